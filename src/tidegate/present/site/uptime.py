"""How much of the time was each component up? Its share, the arithmetic behind it, and a strip of days.

Only whole days in UTC count, the last 90 up to yesterday, so that a figure can be worked out again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tidegate.inform.site.view import PublicComponent, PublicOutage, PublicView
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import line, status_words
from tidegate.present.site.frame import Place, believed_line, day_text, nothing, page, section
from tidegate.present.site.front import groups
from tidegate.present.site.outage import component_path, outage_line
from tidegate.present.site.words import SiteWords
from tidegate.track.component import RANK, Status, worst
from tidegate.track.uptime import WEIGHT, Span, Uptime, uptime

DAY_S = 86_400.0
DAYS_COUNT = 90
STRIPS_COUNT = 60
"""With more components than this their strips are on their own pages only."""


@dataclass(frozen=True, kw_only=True)
class Record:
    """How one component fared in whole days.

    Parameters
    ----------
    first_s, last_s
        Begin of the first day and end of the last, in seconds since 1970.
    days
        The worst of each day, and how long it was not operational, in seconds.
    up
        The sum of all; None where there is no whole day yet.
    """

    first_s: float
    last_s: float
    days: tuple[tuple[Status, float], ...]
    up: Uptime | None


def records(view: PublicView) -> Mapping[str, Record]:
    """Return how each component fared, by its name in addresses."""
    spans: dict[str, list[Span]] = {}
    for one in view.outages:
        if one.counts:
            for name, held in one.spans.items():
                spans.setdefault(name, []).extend(held)
    for work in view.works:
        for name, _ in work.components if not work.is_cancelled else ():
            spans.setdefault(name, []).extend(
                (starts_s, ends_s, Status.MAINTENANCE) for starts_s, ends_s in work.windows
            )
    today_s = view.now_s - view.now_s % DAY_S
    return {one.name: _record(one, spans.get(one.name, ()), today_s) for one in view.components}


def _record(one: PublicComponent, spans: Sequence[Span], today_s: float) -> Record:
    declared_s = one.declared_s - one.declared_s % DAY_S
    first_s = min(max(today_s - DAYS_COUNT * DAY_S, declared_s), today_s)
    near = [span for span in spans if span[1] > first_s and span[0] < today_s]
    count = round((today_s - first_s) / DAY_S)
    if not near:  # most components, most of the time
        up = uptime((), first_s, today_s) if count else None
        return Record(first_s=first_s, last_s=today_s, days=((Status.OPERATIONAL, 0.0),) * count, up=up)
    days = []
    for number in range(count):
        begin_s = first_s + number * DAY_S
        hit = [span for span in near if span[1] > begin_s and span[0] < begin_s + DAY_S]
        spent_s = uptime(hit, begin_s, begin_s + DAY_S).spent_s if hit else {}
        days.append((worst(spent_s), sum(spent_s.values())))
    return Record(first_s=first_s, last_s=today_s, days=tuple(days), up=uptime(near, first_s, today_s))


def uptime_page(
    place: Place,
    components: Sequence[PublicComponent],
    found: Mapping[str, Record],
    believed: tuple[float, float],
) -> bytes:
    """Return the page of all components, with how they are and how much of the time they were up."""
    words = place.words
    parts: list[Html] = [tag("h1", words("uptime")), tag("p", words("uptime_how"), class_="lead")]
    parts.append(believed_line(place, believed))
    with_strips = len(components) <= STRIPS_COUNT
    for name, members in groups(components).items():
        rows = [_row(place, one, found[one.name], with_strip=with_strips) for one in members]
        parts.append(section(line(name) or words("components"), tag("ul", *rows, class_="uptimes")))
    if not components:
        parts.append(nothing(words("empty_how")))
    return page(place, words("uptime"), *parts, believed=believed)


def _row(place: Place, one: PublicComponent, found: Record, *, with_strip: bool) -> Html:
    words = place.words
    way = tag("a", line(one.title), href=place.to(component_path(one.name)))
    region = tag("span", line(one.region), class_="quiet") if one.region else ""
    strip_ = strip(place, found) if with_strip and found.days else ""
    head = tag("span", way, region, class_="title")
    figure = tag("span", share(found, words), class_="share")
    return tag("li", head, strip_, figure, status_words(one.status, words))


def share(found: Record, words: SiteWords) -> str:
    """Return the share of time up, cut off and never rounded up to all of it."""
    if found.up is None or found.up.ratio is None:
        return words("no_day")
    return f"{int(found.up.ratio * 100_000) / 1000:.3f}".rstrip("0").rstrip(".") + " %"


def strip(place: Place, found: Record) -> Html:
    """Return the days as a strip, the worst of each as colour and height."""
    words = place.words
    shapes = []
    for number, (status, _) in enumerate(found.days):
        height = _HEIGHT[status]
        shapes.append(
            f'<rect class="{status.value}" x="{number * 4}" y="{24 - height}" width="3" height="{height}"/>'
        )
    hit = sum(status not in {Status.OPERATIONAL, Status.MAINTENANCE} for status, _ in found.days)
    told = words("days_hit", count=hit, all=len(found.days))
    width = max(len(found.days) * 4 - 1, 1)
    return tag(
        "svg", Html("".join(shapes)), class_="strip", role="img", aria_label=told,
        viewBox=f"0 0 {width} 24", preserveAspectRatio="none",
    )  # fmt: skip


_HEIGHT = {
    Status.OPERATIONAL: 6,
    Status.MAINTENANCE: 10,
    Status.UNKNOWN: 12,
    Status.DEGRADED: 14,
    Status.PARTIAL: 19,
    Status.MAJOR: 24,
}


def component_page(
    place: Place, one: PublicComponent, found: Record, outages: tuple[PublicOutage, ...], until_s: float
) -> bytes:
    """Return the page of one component: what was, not how it is; `until_s` ends what still lasts."""
    words = place.words
    title = line(one.title)
    parts: list[Html] = [tag("h1", title)]
    where = " · ".join(line(part) for part in (one.group, one.region) if part)
    parts += [tag("p", where, class_="quiet")] if where else []
    parts += [tag("p", line(one.describes), class_="lead")] if one.describes else []
    parts.append(section(words("uptime"), *_worked_out(place, found)))
    rows = [outage_line(place, hit, until_s) for hit in outages]
    listed = tag("ul", *rows, class_="lines") if rows else nothing(words("no_outages"))
    parts.append(section(words("its_outages"), listed))
    parts.append(section(words("follow"), _ways(place, one)))
    return page(place, title, *parts)


def _worked_out(place: Place, found: Record) -> Iterator[Html]:
    words = place.words
    if found.up is None:
        yield nothing(words("no_day"))
        return
    first, last = day_text(found.first_s, place), day_text(found.last_s - 1.0, place)
    yield tag(
        "p", tag("b", share(found, words), class_="figure"), " ", words("uptime_of", first=first, last=last)
    )
    yield strip(place, found)
    yield tag("p", tag("b", words("arithmetic"), ": "), tag("code", _sum(found.up, words)))
    yield tag("p", words("uptime_how"), class_="quiet")
    hit = [(number, day) for number, day in enumerate(found.days) if day[0] is not Status.OPERATIONAL]
    rows = [
        tag(
            "li",
            day_text(found.first_s + number * DAY_S, place),
            " · ",
            status_words(status, words),
            f" {span_text(spent_s)}",
        )
        for number, (status, spent_s) in hit
    ]
    if rows:
        yield tag("ul", *reversed(rows), class_="states")


def _sum(up: Uptime, words: SiteWords) -> str:
    terms = [
        f"{WEIGHT[status]:g} × {up.spent_s[status]:,.0f} s {words.status(status)}"
        for status in sorted(up.spent_s, key=lambda status: -RANK[status])
        if status in WEIGHT
    ]
    left = f" ({words('left_out', span_text(up.left_out_s))})" if up.left_out_s else ""
    if up.ratio is None:
        return words("no_day") + left
    down = " + ".join(terms) or "0 s"
    return f"1 − ({down}) / {up.counted_s:,.0f} s = {up.ratio:.5%}{left}".replace("%", " %")


def _ways(place: Place, one: PublicComponent) -> Html:
    stem = f"{place.up}components/{one.name}"
    badge = tag("span", tag("a", "SVG", href=f"{stem}.svg"), class_="quiet")
    return tag(
        "p", tag("a", "Atom", href=f"{stem}.atom"), " · ", tag("a", "RSS", href=f"{stem}.rss"), " · ",
        join(f"{place.words('badges')}: ", badge),
    )  # fmt: skip
