"""The site's other pages: history, planned work, how we speak, how to follow, a segment's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tidegate.inform.site.apart import TOGETHER, Apart
from tidegate.inform.site.segment_link import is_private, word_of
from tidegate.inform.site.view import PublicOutage, PublicView, PublicWork
from tidegate.journal.moment import utc
from tidegate.present.record.outage_text import span_text
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import filled, line
from tidegate.present.site.frame import (
    Place,
    apart_lines,
    asking_way,
    believed_line,
    day_text,
    nothing,
    page,
    section,
)
from tidegate.present.site.front import answer_block, of_segment, segment_answer, work_block
from tidegate.present.site.markdown import paragraphs
from tidegate.present.site.outage import outage_line, outage_path, outline, timeline


def year_of(one: PublicOutage) -> int:
    """Return the UTC year in which an outage began."""
    return utc(one.since_s).year


def history_path(year: int, years: Sequence[int]) -> str:
    """Return the path of the history of a year: the latest is the history."""
    return "history.html" if not years or year == years[0] else f"history/{year}.html"


def history_page(
    place: Place, year: int, years: tuple[int, ...], outages: tuple[PublicOutage, ...], until_s: float
) -> bytes:
    """Return the outages of one year by month; `until_s` ends what still lasts."""
    words = place.words
    title = f"{words('history')} {year}" if years else words("history")
    parts: list[Html] = [tag("h1", title)]
    months: dict[int, list[Html]] = {}
    for one in outages:
        months.setdefault(utc(one.since_s).month, []).append(outage_line(place, one, until_s))
    for month, rows in months.items():
        parts.append(section(f"{words.phrases.months[month - 1]} {year}", tag("ul", *rows, class_="lines")))
    if not outages:
        parts.append(nothing(words("no_outages")))
    if len(years) > 1:
        ways = [
            tag(
                "a",
                str(other),
                href=place.to(history_path(other, years)),
                aria_current="page" if other == year else None,
            )
            for other in years
        ]
        parts.append(tag("nav", *ways, class_="years", aria_label=words("years")))
    return page(place, title, *parts)


def maintenance_page(place: Place, works: tuple[PublicWork, ...], believed: tuple[float, float]) -> bytes:
    """Return planned work: under way and ahead, then done and cancelled."""
    words = place.words
    now_s = believed[0]
    ahead: list[tuple[tuple[float, float], PublicWork]] = []
    past: list[tuple[tuple[float, float], PublicWork]] = []
    for work in works:
        over = [at for at in work.windows if work.is_cancelled or at[1] <= now_s]
        past += [(at, work) for at in over[-_MOST_TIMES:]]
        ahead += [(at, work) for at in work.windows[len(over) :][:_MOST_TIMES]]
    ahead.sort(key=lambda one: (one[0], one[1].id))
    past.sort(key=lambda one: (one[0], one[1].id), reverse=True)
    shown = [work_block(place, work, at, is_running=at[0] <= now_s) for at, work in ahead[:_MOST]]
    calendar = tag("a", words("calendar"), " (iCalendar)", href=place.up + "maintenance.ics")
    parts: list[Html] = [tag("h1", words("maintenance")), believed_line(place, believed)]
    parts.append(section(words("planned"), *shown) if shown else nothing(words("no_work")))
    parts.append(tag("p", calendar))
    if past:
        done = [work_block(place, work, at, is_running=False) for at, work in past[:_MOST]]
        parts.append(section(words("past_work"), *done))
    return page(place, words("maintenance"), *parts, believed=believed)


_MOST = 30
_MOST_TIMES = 3


def record_page(place: Place, outages: tuple[PublicOutage, ...]) -> bytes:
    """Return how soon we spoke in each outage, and whether we kept our promises."""
    words = place.words
    told = [one for one in outages if one.counts]
    parts: list[Html] = [tag("h1", words("record")), tag("p", words("record_lead"), class_="lead")]
    if not told:
        return page(place, words("record"), *parts, nothing(words("no_outages")))
    after = [one.words.first_after_s for one in told if one.words.first_after_s is not None]
    made = sum(one.words.promises_count for one in told)
    kept = sum(one.words.kept_count for one in told)
    of = words("median", len(after)) if len(after) > 1 else words("median_one")
    figures = []
    if after:
        figures.append(_figure(words("first_word"), span_text(median(after)), of))
    if made:
        figures.append(
            _figure(words("kept_promises"), words("of", count=kept, all=made), f"{int(kept / made * 100)} %")
        )
    heads = ("outage", "first_word", "updates_count", "kept_promises")
    table = tag(
        "table",
        tag("caption", words("history")),
        tag("thead", tag("tr", *(tag("th", words(name), scope="col") for name in heads))),
        tag("tbody", *(_spoken(place, one) for one in told[:_MOST_ROWS])),
    )
    wide = tag("div", table, class_="scroll", tabindex=0, role="region", aria_label=words("record"))
    return page(place, words("record"), *parts, tag("dl", *figures, class_="figures"), wide)


_MOST_ROWS = 200


def _figure(name: str, value: str, about: str) -> Html:
    return tag("div", tag("dt", name), tag("dd", tag("b", value, class_="figure"), " ", tag("small", about)))


def _spoken(place: Place, one: PublicOutage) -> Html:
    words, said = place.words, one.words
    way = tag("a", line(one.title), href=place.to(outage_path(one)))
    first = words("nothing_said") if said.first_after_s is None else span_text(said.first_after_s)
    promised = (
        words("of", count=said.kept_count, all=said.promises_count)
        if said.promises_count
        else words("no_promise")
    )
    head = tag("th", way, tag("span", day_text(one.since_s, place), class_="quiet"), scope="row")
    return tag("tr", head, tag("td", first), tag("td", str(said.updates_count)), tag("td", promised))


def follow_page(place: Place, public_key: str) -> bytes:
    """Return every way to hear of outages, and how a copy is checked."""
    words, setting = place.words, place.setting
    up = place.up
    feeds = tag(
        "p", tag("a", "Atom", href=up + "history.atom"), " · ", tag("a", "RSS", href=up + "history.rss")
    )
    api = ("summary", "status", "components", "incidents", "incidents/unresolved", "scheduled-maintenances")
    ways = [
        tag("li", tag("a", tag("code", f"/api/v2/{name}.json"), href=f"{up}api/v2/{name}.json"))
        for name in api
    ]
    badge = tag("img", src=up + "badge.svg", alt=words("badges"), height=20)
    manifest = tag("a", tag("code", "manifest.json"), href=up + "manifest.json")
    parts: list[Html] = [tag("h1", words("follow")), tag("p", words("follow_lead"), class_="lead")]
    if setting.subscribe_url:
        parts.append(tag("p", tag("a", words("subscribe"), href=asking_way(place, setting.subscribe_url))))
    parts += [
        section(words("feeds"), feeds),
        section(words("calendar"), tag("p", tag("a", "iCalendar", href=up + "maintenance.ics"))),
        section(words("machine"), tag("p", words("machine_what")), tag("ul", *ways)),
        section(words("badges"), tag("p", badge), tag("p", words("badge_what"))),
        section(
            words("signed"),
            tag("p", filled(words("signed_what"), manifest)),
            tag("p", tag("code", public_key)),
        ),
    ]
    return page(place, words("follow"), *parts)


def missing_page(place: Place) -> bytes:
    """Return what a server shows for an address that is none."""
    words = place.words
    way = tag("a", words("front"), href=place.to("index.html"))
    return page(place, words("not_found"), tag("h1", words("not_found")), tag("p", way))


def unmade_page(place: Place) -> bytes:
    """Return what stands where a page could not be made: nothing that could stop it too."""
    words = place.words
    feed = tag("a", "Atom", href=place.up + "history.atom")
    what = tag("p", filled(words("unmade_what"), feed))
    head = tag("h1", words("unmade"))
    return page(place, words("unmade"), head, what, is_private=is_private(place.path))


@dataclass(frozen=True, kw_only=True)
class Own:
    """What is peculiar to a segment's own page: when its address lapses, in seconds since 1970."""

    lapses_s: float


def segment_page(place: Place, view: PublicView, own: Own, apart: Apart = TOGETHER) -> bytes:
    """Return the page of one segment: only what touches it, with the words for it alone."""
    words, segment = place.words, line(view.segment)
    headline, status = segment_answer(view, view.segment, words)
    believed = (view.now_s, view.until_s)
    parts: list[Html] = [tag("p", words("segment_page", segment), class_="quiet")]
    below = [believed_line(place, believed), *apart_lines(place, apart)]
    parts.append(answer_block(headline, status, *below))
    for one in of_segment(view.open_outages, view.segment):
        told = tag("article", *outline(place, one, view.now_s), class_="outage")
        parts.append(section(words("open"), told))
        mine = [hit for hit in one.segments if hit.title == view.segment]
        parts += [_own(place, hit.sees, hit.keeps) for hit in mine if hit.sees or hit.keeps]
        parts.append(section(words("updates"), timeline(place, one, view.now_s, segment)))
    over = [one for one in of_segment(view.outages, view.segment) if not one.is_open][:_MOST]
    if over:
        rows = [outage_line(place, one, view.now_s) for one in over]
        parts.append(section(words("history"), tag("ul", *rows, class_="lines")))
    way = asking_way(place, place.setting.subscribe_url, word_of(place.path))
    if way:
        parts.append(tag("p", tag("a", words("subscribe_segment", segment), href=way)))
    lapses = day_text(own.lapses_s, place)
    parts.append(tag("p", filled(words("segment_why"), lapses), class_="quiet"))
    return page(place, f"{headline} · {segment}", *parts, believed=believed, is_private=True)


def _own(place: Place, sees: str, keeps: str) -> Html:
    words = place.words
    rows = [
        tag("div", tag("dt", words(name)), tag("dd", paragraphs(text)))
        for name, text in (("loses", sees), ("keeps", keeps))
        if text
    ]
    return tag("dl", *rows, class_="who")
