"""What does the console show of the world's places while they live? Each as the narrow place, with limits.

The same part is sent again and again while somebody looks; without a script the page loads itself anew. What
is not seen stands before what is, and nothing that is not seen is shown as fine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tidegate.journal.moment import moment_text, utc
from tidegate.observe.live_number import LOADS
from tidegate.observe.place_reading import PlaceState
from tidegate.present.console.frame import LIVE, LIVE_SCRIPT_PATH, Reader, console_page, more, section
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.sentence import capitalised
from tidegate.present.watched_text import drift_text, load_text, state_words, unseen_text, unwatched_text

if TYPE_CHECKING:
    from tidegate.observe.place_reading import Load, Reading, SourceState, Watched

STREAM = f"{LIVE}/stream"
_AGAIN_S = 10
_RANK = {PlaceState.BROKEN: 0, PlaceState.BLIND: 1, PlaceState.FINE: 2}
_MARKS = {PlaceState.FINE: "●", PlaceState.BROKEN: "■", PlaceState.BLIND: "○"}
_STYLES = {PlaceState.FINE: "over", PlaceState.BROKEN: "critical", PlaceState.BLIND: "blind"}


def live_page(reader: Reader, seen: Watched | None, *, within_s: float) -> str:
    """Return the page of all places.

    Parameters
    ----------
    reader
        For whom.
    seen
        What is seen now; None where nothing was seen yet.
    within_s
        A page that has heard nothing for so long says so.
    """
    again = tag("noscript", tag("meta", http_equiv="refresh", content=f"{_AGAIN_S}"))
    script = tag("script", src=f"/assets/{LIVE_SCRIPT_PATH}", defer=True)
    late = tag("p", id="live-late", role="alert", class_="alarms", hidden=True)
    part = tag(
        "div", live_part(seen), id="live", data_stream=STREAM,
        data_within=f"{within_s:g}",
    )  # fmt: skip
    return console_page(reader, "Live", late, part, here=LIVE, head=(again, script))


def live_part(seen: Watched | None) -> Html:
    """Return what is seen, the worst first; it stands by itself, so that it can be sent alone."""
    if seen is None:
        head = tag("h1", _mark(PlaceState.BLIND), " Blind")
        return join(head, tag("p", "Nothing has been seen yet since the server was started."))
    readings = sorted(seen.readings, key=lambda one: _RANK[one.state])
    return join(
        tag("h1", _mark(seen.state), f" {seen.world}: {state_words(seen)}"),
        tag("p", "As of ", _when(seen.at_s), *_blind_since(seen), class_="facts"),
        *(_place(one, seen.at_s) for one in readings),
        section("Sources", tag("ul", *(_source(one) for one in seen.sources))),
        *([_unbound(seen)] if seen.unbound else []),
    )


def _when(at_s: float) -> Html:
    """Return a time to the second: a minute is long here."""
    return tag("time", f"{utc(at_s):%d %b, %H:%M:%S} UTC", datetime=moment_text(at_s))


def _mark(state: PlaceState) -> Html:
    return tag("span", _MARKS[state], aria_hidden="true")


def _blind_since(seen: Watched) -> Iterator[str]:
    if seen.blind_since_s is not None:
        yield from (". Something is not seen since ", _when(seen.blind_since_s))


def _place(one: Reading, now_s: float) -> Html:
    name = f"{one.section.removesuffix('s')} {one.name}"
    since = () if one.state is PlaceState.FINE else (" since ", _when(one.since_s))
    unseen = [tag("li", unseen_text(each, now_s)) for each in one.unseen]
    why = [
        tag("li", f"{capitalised(text)}.")
        for text in one.why
        if not any(text.startswith(each.path) for each in one.unseen)
    ]
    drifts = [tag("li", drift_text(each)) for each in one.drifts if not each.is_inside]
    unwatched = [tag("li", capitalised(unwatched_text(what))) for what in one.unwatched]
    notes = [tag("li", f"{capitalised(text)}.") for text in one.notes]
    told = [*why, *unseen, *unwatched, *notes, *drifts]
    bars = [_bar(load) for load in one.loads if load.share_ratio is not None]
    rest = [tag("li", capitalised(said)) for load in one.loads if (said := _without_limit(load))]
    return tag(
        "article",
        tag("h2", _mark(one.state), f" {name}: {one.state.value}", *since),
        *([tag("ul", *told, class_="findings")] if told else []),
        *([tag("ul", *bars, class_="bars")] if bars else []),
        *([more("What else is read", tag("ul", *rest))] if rest else []),
        class_=f"card {_STYLES[one.state]}",
    )


def _bar(load: Load) -> Html:
    """Return one load beside its limit: the upright line."""
    ratio = load.share_ratio or 0.0
    wide = min(80.0 * ratio, 100.0)
    drawing = tag(
        "svg",
        tag("rect", class_="track", width=100, height=10),
        tag("rect", class_="beyond" if ratio >= 1.0 else "used", width=f"{wide:.1f}", height=10),
        tag("line", class_="rule", x1=80, x2=80, y1=0, y2=10),
        viewBox="0 0 100 10", preserveAspectRatio="none", aria_hidden="true",
    )  # fmt: skip
    return tag("li", tag("span", _said(load)), drawing)


def _said(load: Load) -> str:
    assert load.amount is not None
    going = ""
    if load.reached_in_s is None and load.grows_per_s is not None and load.grows_per_s < 0:
        going = ", and falls"
    if load.reached_in_s == 0:
        going = ", at its limit now"
    return f"{capitalised(load_text(load, load.amount))}{going}"


def _without_limit(load: Load) -> str:
    """Return a load that has no limit here, or is not seen; empty of what has a bar."""
    if load.share_ratio is not None:
        return ""
    if load.amount is not None:
        return f"{load_text(load, load.amount)} (no limit is stated)"
    return f"{LOADS[load.what][1]}: not seen"


def _source(one: SourceState) -> Html:
    if one.state is PlaceState.BLIND:
        return tag("li", _mark(one.state), f" {one.name}: blind since ", _when(one.since_s), f": {one.why}.")
    return tag("li", _mark(one.state), f" {one.name}: read.")


def _unbound(seen: Watched) -> Html:
    listed = tag("ul", *(tag("li", name) for name in seen.unbound))
    return section("Not watched", tag("p", "Nothing is read of these, so nothing is known of them."), listed)
