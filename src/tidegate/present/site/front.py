"""How is it now? The front page: the answer, what is wrong, every component by group and region."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.inform.site.apart import TOGETHER, Apart
from tidegate.inform.site.view import PublicComponent, PublicOutage, PublicView, PublicWork
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line, mark, status_words
from tidegate.present.site.frame import Place, apart_lines, believed_line, nothing, page, section
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.outage import card, outage_line
from tidegate.present.site.words import SiteWords
from tidegate.track.component import RANK, Status, worst

RECENT_S = 14 * 86_400.0
SOON_S = 7 * 86_400.0
LISTED_COUNT = 100
"""With more components than this the front page lists only those that do not work."""
OPEN_COUNT = 12
"""With at most so many components, groups are shown open even while everything in them works."""


def front_page(place: Place, view: PublicView, apart: Apart = TOGETHER) -> bytes:
    """Return the front page."""
    words = place.words
    believed = (view.now_s, view.until_s)
    headline, status = answer(view, words)
    recent = [
        one
        for one in view.outages
        if one.until_s is not None and one.counts and view.now_s - one.until_s <= RECENT_S
    ]
    below = [believed_line(place, believed), *apart_lines(place, apart)]
    parts = [answer_block(headline, status, *below)]
    parts += [tag("p", words("empty_how"))] if not (view.components or view.open_outages) else []
    parts += [_open(place, view)] if view.open_outages else []
    parts += (
        [section(words("planned"), *(_work(place, work, view) for work in soon(view)))] if soon(view) else []
    )
    parts += [_components(place, view)] if view.components else []
    lines = [outage_line(place, one, view.now_s) for one in recent]
    parts.append(
        section(
            words("recent"), tag("ul", *lines, class_="lines") if lines else nothing(words("none_recent"))
        )
    )
    return page(place, headline, *parts, believed=believed)


def answer(view: PublicView, words: SiteWords) -> tuple[str, Status]:
    """Return the answer in one sentence, and the status that colours it: never better than what is open."""
    statuses = [one.status for one in view.components]
    hit = sum(RANK[status] > RANK[Status.UNKNOWN] for status in statuses)
    unknown, maintained = statuses.count(Status.UNKNOWN), statuses.count(Status.MAINTENANCE)
    total = len(statuses)
    if hit:
        return _hit(hit, total, words), worst(statuses)
    if view.open_outages:
        return _looking(view, words), Status.UNKNOWN
    if unknown:
        return words("unknown_count", count=unknown, all=total), Status.UNKNOWN
    if not total:
        return words("empty"), Status.UNKNOWN
    if maintained:
        return words("maintained", count=maintained, all=total), Status.MAINTENANCE
    return words("all_work"), Status.OPERATIONAL


def _hit(hit: int, total: int, words: SiteWords) -> str:
    if hit == 1:
        return words("hit_only") if total == 1 else words("hit_one", all=total)
    return words("hit", count=hit, all=total)


def _looking(view: PublicView, words: SiteWords) -> str:
    """Say that there is a problem, and for how many where no component says where."""
    count = len({found.title for one in view.open_outages for found in one.segments})
    if not count:
        return words("looking")
    return words("groups_one") if count == 1 else words("groups", count=count)


def answer_block(headline: str, status: Status, *below: Html) -> Html:
    """Return the answer as the first thing on a page."""
    head = tag("h1", mark(status), tag("span", headline))
    return tag("div", head, *below, class_=f"answer {status.value}")


def _open(place: Place, view: PublicView) -> Html:
    drills = [one for one in view.outages if one.is_open and one.is_exercise]
    shown = [*view.open_outages, *drills]
    return section(place.words("open"), *(card(place, one, view.now_s) for one in shown), name="open")


# -- components -----------------------------------------------------------------------------------


def _components(place: Place, view: PublicView) -> Html:
    words = place.words
    regions = sorted({one.region for one in view.components}, key=lambda region: (not region, region))
    parts = [_grid(place, view.components, regions)] if len(regions) > 1 else []
    all_listed = len(view.components) <= LISTED_COUNT
    grouped = groups(view.components)
    for name, members in grouped.items():
        hit = [one for one in members if one.status is not Status.OPERATIONAL]
        title = name or (words("others") if len(grouped) > 1 else "")
        is_open = bool(hit) or len(view.components) <= OPEN_COUNT
        parts.append(_group(words, title, members, members if all_listed else hit, is_open=is_open))
    if not all_listed:
        way = tag("a", words("uptime"), href=place.to("uptime.html"))
        before, _, after = words("listed_in").partition("{}")
        parts.append(tag("p", before, way, after, class_="quiet"))
    return section(words("components"), *parts, name="components")


def groups(components: Sequence[PublicComponent]) -> dict[str, list[PublicComponent]]:
    """Return the components by group, in their order; those of no group last."""
    found: dict[str, list[PublicComponent]] = {}
    for one in sorted(components, key=lambda one: one.group == ""):
        found.setdefault(one.group, []).append(one)
    return found


def _group(
    words: SiteWords,
    name: str,
    members: Sequence[PublicComponent],
    shown: Sequence[PublicComponent],
    *,
    is_open: bool,
) -> Html:
    rows = [_row(words, one) for one in sorted(shown, key=lambda one: -RANK[one.status])]
    listed = tag("ul", *rows, class_="components")
    if not name:
        return listed
    head = join(tag("span", line(name), class_="name"), _counted(words, members))
    if not rows:
        return tag("p", head, class_="group")
    return tag("details", tag("summary", head), listed, open=is_open, class_="group")


def _counted(words: SiteWords, members: Sequence[PublicComponent]) -> Html:
    status = worst(one.status for one in members)
    if len(members) == 1:
        text = words.status(status)
    elif status is Status.OPERATIONAL:
        text = words("all_of", len(members))
    elif RANK[status] > RANK[Status.UNKNOWN]:
        hit = sum(RANK[one.status] > RANK[Status.UNKNOWN] for one in members)
        text = (
            words("some_of", count=hit, all=len(members))
            if hit > 1
            else words("some_of_one", all=len(members))
        )
    else:
        held = sum(one.status is status for one in members)
        text = f"{words('of', count=held, all=len(members))}: {words.status(status)}"
    return tag("span", mark(status), text, class_=f"status {status.value}")


def _row(words: SiteWords, one: PublicComponent) -> Html:
    region = tag("span", line(one.region), class_="quiet") if one.region else ""
    about = tag("span", line(one.describes), class_="about") if one.describes else ""
    title = tag("span", tag("span", line(one.title)), region, about, class_="title")
    return tag("li", title, status_words(one.status, words))


def _grid(place: Place, components: Sequence[PublicComponent], regions: Sequence[str]) -> Html:
    words = place.words
    heads = [tag("th", line(region) or words("no_region"), scope="col") for region in regions]
    rows = []
    for name, members in groups(components).items():
        cells = []
        for region in regions:
            found = [one for one in members if one.region == region]
            cells.append(tag("td", _cell(words, found)) if found else tag("td", "–"))
        rows.append(tag("tr", tag("th", line(name) or words("others"), scope="row"), *cells))
    made = tag(
        "table",
        tag("caption", words("by_region")),
        tag("thead", tag("tr", tag("th", words("group"), scope="col"), *heads)),
        tag("tbody", *rows),
    )
    return tag("div", made, class_="scroll", tabindex=0, role="region", aria_label=words("by_region"))


def _cell(words: SiteWords, members: Sequence[PublicComponent]) -> Html:
    status = worst(one.status for one in members)
    hit = sum(one.status is status for one in members)
    counted = (
        ""
        if status is Status.OPERATIONAL or len(members) == 1
        else tag("small", words("of", count=hit, all=len(members)))
    )
    return join(status_words(status, words), " ", counted)


# -- planned work ---------------------------------------------------------------------------------


def soon(view: PublicView) -> tuple[PublicWork, ...]:
    """Return the work that is under way or begins within a week."""
    near = [(window(work, view.now_s, SOON_S), work) for work in view.works if not work.is_cancelled]
    return tuple(work for at, work in sorted(near, key=lambda one: (one[0] or (0.0,), one[1].id)) if at)


def window(work: PublicWork, now_s: float, ahead_s: float) -> tuple[float, float] | None:
    """Return begin and end of the time a work takes place now, or next within `ahead_s`; None otherwise."""
    return next((found for found in work.windows if found[1] > now_s and found[0] < now_s + ahead_s), None)


def _work(place: Place, work: PublicWork, view: PublicView) -> Html:
    found = window(work, view.now_s, SOON_S)
    assert found is not None  # `soon` has seen it
    return work_block(place, work, found, is_running=found[0] <= view.now_s)


def work_block(place: Place, work: PublicWork, at: tuple[float, float], *, is_running: bool) -> Html:
    """Return one planned work with one of its times."""
    words = place.words
    state = words("cancelled") if work.is_cancelled else words("running") if is_running else ""
    until = place.when(at[1], dated=at[1] - at[0] > 43_200.0)
    facts = [place.when(at[0]), f" {words('until')} ", until, f" · {span_text(at[1] - at[0])}"]
    names = ", ".join(line(title) for _, title in work.components)
    return tag(
        "article",
        tag("h3", line(work.title), *([" ", tag("span", state, class_="tagged")] if state else [])),
        tag("p", *facts, class_="facts"),
        *([tag("p", f"{words('touches')}: {names}")] if names else []),
        paragraphs(work.describes),
        class_="work",
    )


def segment_answer(view: PublicView, segment: str, words: SiteWords) -> tuple[str, Status]:
    """Return the answer for the readers of a segment's own page."""
    mine = of_segment(view.open_outages, segment)
    if not mine:
        return words("segment_fine"), Status.OPERATIONAL
    statuses = [status for one in mine for status in one.components.values()]
    return words("segment_hit"), max([Status.DEGRADED, *statuses], key=RANK.__getitem__)


def of_segment(outages: Sequence[PublicOutage], segment: str) -> tuple[PublicOutage, ...]:
    """Return the outages that touch a segment, or about which words for it were published."""
    return tuple(
        one
        for one in outages
        if any(hit.title == segment for hit in one.segments)
        or any(said.is_for_segment for said in one.updates)
    )
