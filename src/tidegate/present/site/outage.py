"""What is known of one outage? Its page, its card on the front page, its line in a list."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.inform.site.view import Affected, PublicOutage, PublicUpdate
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import filled, line, mark, status_words
from tidegate.present.site.frame import Place, believed_line, day_text, page, section
from tidegate.present.site.markdown import paragraphs
from tidegate.track.component import RANK, Status, worst

SHOWN_COUNT = 8


def outage_path(one: PublicOutage | str) -> str:
    """Return the path of an outage's page, by the outage or its id."""
    return f"outages/{one if isinstance(one, str) else one.id}.html"


def component_path(name: str) -> str:
    """Return the path of a component's page, by its name in addresses."""
    return f"components/{name}.html"


def shown_status(one: PublicOutage) -> Status:
    """Return the status that colours an outage: how bad it is, or was."""
    statuses = one.components if one.is_open else one.touched
    if one.is_exercise or not (one.counts or one.is_open):
        return Status.MAINTENANCE
    found = worst(statuses.values())
    return Status.UNKNOWN if one.is_open and found is Status.OPERATIONAL else found


def outage_page(place: Place, one: PublicOutage, believed: tuple[float, float] | None) -> bytes:
    """Return the page of an outage; `believed` is given while it lasts."""
    words = place.words
    now_s = believed[0] if believed else one.changed_s
    title = line(one.title)
    head = tag("h1", mark(shown_status(one)), tag("span", title))
    below = [tag("p", *_facts(place, one, now_s), class_="facts")]
    below += [believed_line(place, believed)] if believed else []
    parts = [tag("div", head, *below, class_=f"answer {shown_status(one).value}")]
    parts += [tag("p", said, class_="loud") for said in _warnings(place, one)]
    parts += [section(words("updates"), timeline(place, one, now_s), name="updates")]
    parts += _touched(place, one)
    parts += [_states(place, one)]
    parts += [
        tag("p", filled(words("corrected"), place.when(at_s)), class_="quiet") for at_s in one.corrections
    ]
    return page(place, title, *parts, believed=believed)


def card(place: Place, one: PublicOutage, now_s: float) -> Html:
    """Return an open outage with its latest words, for the front page."""
    parts = [*outline(place, one, now_s)]
    if one.updates:
        parts += [tag("h4", place.words("latest"), " · ", place.when(one.updates[-1].at_s, dated=False))]
        parts += [_said(place, one.updates[-1])]
    else:
        parts.append(tag("p", place.words("no_words")))
    parts += _promise(place, one, now_s, said=_text(place, one.updates[-1])[1] if one.updates else "")
    said = one.updates[-1].texts.values() if one.updates else ()
    unsaid = [line(hit.title) for hit in one.segments if not any(hit.title in text for text in said)]
    if unsaid:
        parts.append(tag("p", tag("b", place.words("who"), ":"), f" {', '.join(unsaid)}"))
    parts += _counts(place, one)
    parts.append(tag("p", tag("a", place.words("all_updates"), href=place.to(outage_path(one)))))
    return tag("article", *parts, class_=f"outage {shown_status(one).value}")


def outline(place: Place, one: PublicOutage, now_s: float) -> Iterator[Html]:
    """Yield title and facts of an outage, without its words."""
    way = tag("a", line(one.title), href=place.to(outage_path(one)))
    yield tag("h3", mark(shown_status(one)), way)
    yield tag("p", *_facts(place, one, now_s), class_="facts")
    for said in _warnings(place, one):
        yield tag("p", said, class_="loud")


def outage_line(place: Place, one: PublicOutage, now_s: float) -> Html:
    """Return an outage as one line of a list."""
    words = place.words
    end_s = now_s if one.until_s is None else one.until_s
    ended = (
        words("lasted", span_text(end_s - one.since_s)) if one.until_s is not None else words.state(one.state)
    )
    if not one.is_open and not one.counts:
        ended = words.state(one.state)
    way = tag("a", line(one.title), href=place.to(outage_path(one)))
    return tag(
        "li",
        mark(shown_status(one)),
        tag("span", way, tag("span", day_text(one.since_s, place), f" · {ended}", class_="quiet")),
    )


def _facts(place: Place, one: PublicOutage, now_s: float) -> Iterator[str]:
    words = place.words
    yield tag("b", words.state(one.state))
    yield f" · {words('since')} "
    yield place.when(one.since_s)
    if one.until_s is not None:
        yield f" · {words('until')} "
        yield place.when(one.until_s, dated=one.until_s - one.since_s > 43_200.0)
        yield f" · {words('lasted', span_text(one.until_s - one.since_s))}"
    else:
        yield f" · {words('lasts', span_text(max(now_s - one.since_s, 0.0)))}"
    if one.is_open and one.certainty in {"likely", "possible"}:
        yield f" · {words(one.certainty)}"


def _warnings(place: Place, one: PublicOutage) -> Iterator[Html]:
    words = place.words
    if one.is_exercise:
        yield join(words("drill"))
    if one.into:
        yield filled(words("merged_into"), tag("a", words("another"), href=place.to(outage_path(one.into))))


def _counts(place: Place, one: PublicOutage) -> Iterator[Html]:
    """Yield how many components are how, the worst first."""
    words = place.words
    statuses = list(one.components.values())
    hit = sorted({*statuses} - {Status.OPERATIONAL}, key=lambda status: -RANK[status])
    if hit:
        rows = [
            tag(
                "li",
                tag(
                    "span", mark(status), f"{statuses.count(status)} {words.status(status)}", class_="status"
                ),
            )
            for status in hit
        ]
        yield tag("ul", *rows, class_="counts")


def _promise(place: Place, one: PublicOutage, now_s: float, said: str = "") -> Iterator[Html]:
    """Yield when we speak next, where words beside it do not say so already."""
    if one.promise_s is None:
        return
    words = place.words
    at = place.when(one.promise_s, dated=False)
    if now_s > one.promise_s:
        yield tag("p", filled(words("overdue"), at), class_="loud")
    elif words.promise(one.promise_s, place.setting.zone) not in said:
        yield tag("p", tag("b", filled(words("next"), at)))


def _said(place: Place, update: PublicUpdate) -> Html:
    """Return words that were published, in the page's language or else in whichever there are."""
    tongue, text = _text(place, update)
    lang = tongue if tongue and tongue != place.language else None
    return tag("div", paragraphs(text), class_="words", lang=lang)


def _text(place: Place, update: PublicUpdate) -> tuple[str, str]:
    tongue = next(
        (name for name in (place.language, "en") if update.texts.get(name)), next(iter(update.texts), "")
    )
    return tongue, update.texts.get(tongue, "")


def timeline(place: Place, one: PublicOutage, now_s: float, segment: str = "") -> Html:
    """Return everything that was said of an outage, the latest first."""
    words = place.words
    if not one.updates:
        return tag("p", words("no_words") if one.is_open else words("never_said"), class_="quiet")
    items = []
    for update in reversed(one.updates):
        own = [" ", tag("span", words("for_you", segment), class_="tagged")] if update.is_for_segment else []
        head = tag("h3", place.when(update.at_s), " · ", words.state(update.state), *own)
        items.append(
            tag("li", head, _said(place, update), *_changes(place, one, update), id=f"u-{update.id}")
        )
    return join(*_promise(place, one, now_s), tag("ol", *items, class_="timeline"))


def _changes(place: Place, one: PublicOutage, update: PublicUpdate) -> Iterator[Html]:
    if not update.changes:
        return
    words = place.words
    rows = [
        tag("li", line(one.titles.get(name, name)), " ", status_words(after, words))
        for name, _, after in update.changes[:SHOWN_COUNT]
    ]
    if len(update.changes) > SHOWN_COUNT:
        rows.append(tag("li", words("more", len(update.changes) - SHOWN_COUNT)))
    yield tag("ul", *rows, class_="changes")


def _touched(place: Place, one: PublicOutage) -> Iterator[Html]:
    words = place.words
    hit = [(name, status) for name, status in one.touched.items() if status is not Status.OPERATIONAL]
    if hit:
        shown = [(name, one.components.get(name, status) if one.is_open else status) for name, status in hit]
        rows = [
            tag("li", _component(place, one, name), status_words(status, words))
            for name, status in sorted(shown, key=lambda found: -RANK[found[1]])
        ]
        yield section(
            words("affected") if one.is_open else words("was_affected"), tag("ul", *rows, class_="components")
        )
    if one.segments:
        who = [tag("div", *_segment(place, found, is_open=one.is_open)) for found in one.segments]
        yield section(words("who") if one.is_open else words("who_was"), tag("dl", *who, class_="who"))


def _component(place: Place, one: PublicOutage, name: str) -> Html:
    title = line(one.titles.get(name, name))
    if name not in one.declared:
        return tag("span", title, class_="title")
    return tag("a", title, href=place.to(component_path(name)), class_="title")


def _segment(place: Place, found: Affected, *, is_open: bool) -> Iterator[Html]:
    words = place.words
    yield tag("dt", line(found.title))
    if found.sees:
        yield tag("dd", tag("b", words("loses") if is_open else words("lost")), ": ", line(found.sees))
    if found.keeps:
        yield tag("dd", tag("b", words("keeps") if is_open else words("kept")), ": ", line(found.keeps))


def _states(place: Place, one: PublicOutage) -> Html:
    words = place.words
    rows = [tag("li", place.when(one.since_s), " · ", words("began"))]
    rows += [tag("li", place.when(at_s), " · ", words.state(state)) for state, at_s in one.moves]
    return section(words("states"), tag("ul", *rows, class_="states"))
