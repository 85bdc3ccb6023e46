"""How do the panes look as one picture? An SVG that stands by itself, still or moving.

It moves by uncovering what was measured from left to right, as it happened; where nothing may or can
move, it shows the end.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.present.quantities import NO_BREAK
from tidegate.present.rehearsal import rehearsal_words as words
from tidegate.present.rehearsal.course_picture import PANE_HEIGHT, PANE_WIDTH, STYLE, course_drawing
from tidegate.present.rehearsal.live import Pane, agreement_text, end_text, greatest
from tidegate.present.report.markup import Html, tag
from tidegate.rehearse.rehearsal import Rehearsal

_WIDTH, _GAP = 880, 20
_HEAD, _ROW = 58, 220
_MOVES_S, _RESTS_S = 12.0, 6.0
_MOVED = _MOVES_S / (_MOVES_S + _RESTS_S)


def live_svg(panes: Sequence[Pane], *, moving: bool) -> str:
    """Return the panes as one SVG file.

    Parameters
    ----------
    panes
        Scenes that have ended.
    moving
        Whether the measurement is uncovered bit by bit, again and again.
    """
    rehearsals = [pane.ended for pane in panes if pane.ended is not None]
    rows_count = -(-len(panes) // 2)
    height = _HEAD + rows_count * _ROW + 14
    most = greatest(panes)
    drawn = []
    for i, pane in enumerate(panes):
        x, y = 10 + (i % 2) * (PANE_WIDTH + _GAP), _HEAD + (i // 2) * _ROW
        drawn.append(_pane(pane, most, x=x, y=y, key=f"k{i}", moving=moving))
    says = "Answers a second: dashed as predicted, solid as a real Linux NAT device then did"
    return tag(
        "svg",
        tag("title", f"{says}. {_ending(rehearsals)}"),
        tag("style", Html(STYLE)),
        tag("rect", class_="g", width=_WIDTH, height=height, rx=8),
        tag("text", says, class_="h", x=10, y=28),
        *drawn,
        tag("text", _ending(rehearsals), class_="e", x=10, y=height - 12),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {_WIDTH} {height}",
        width=_WIDTH,
        role="img",
    )


def _ending(rehearsals: Sequence[Rehearsal]) -> str:
    return agreement_text(rehearsals).replace(NO_BREAK, " ")


def _pane(pane: Pane, most: float, *, x: int, y: int, key: str, moving: bool) -> Html:
    assert pane.ended is not None
    drawing = course_drawing(
        pane.prediction.series[pane.population, "served"],
        pane.ended.runs[-1].series[pane.population, "served"],
        pane.prediction.tables,
        most=most,
        clip=f"url(#{key})" if moving else None,
    )
    return tag(
        "g",
        _uncovering(key) if moving else "",
        tag("text", pane.title, class_="t", x=0, y=12),
        tag("g", drawing, transform="translate(0 22)"),
        *_labels(pane, moving=moving),
        transform=f"translate({x} {y})",
    )


def _uncovering(key: str) -> Html:
    """Return a clip that grows with the time that has passed; whole where nothing moves."""
    animate = tag(
        "animate",
        attributeName="width",
        values=f"0;{PANE_WIDTH};{PANE_WIDTH}",
        keyTimes=f"0;{_MOVED:.3f};1",
        dur=f"{_MOVES_S + _RESTS_S:g}s",
        repeatCount="indefinite",
    )
    return tag("clipPath", tag("rect", animate, width=PANE_WIDTH, height=PANE_HEIGHT + 4, y=-4), id=key)


def _changing(values: str) -> Html:
    """Return an opacity that changes once, when all has been uncovered."""
    return tag(
        "animate",
        attributeName="opacity",
        values=values,
        keyTimes=f"0;{_MOVED:.3f};{_MOVED + 0.02:.3f};1",
        dur=f"{_MOVES_S + _RESTS_S:g}s",
        repeatCount="indefinite",
    )


def _labels(pane: Pane, *, moving: bool) -> list[Html]:
    assert pane.ended is not None
    agreement = pane.ended.agreement
    link = "as predicted" if agreement.holds else f"predicted {words.predicted_text(agreement)}"
    kind = "well" if agreement.recovered_count else "down"
    y, appears = 22 + PANE_HEIGHT + 36, _changing("0;0;1;1") if moving else ""
    ended = f"{words.measured_text(agreement)}, {link}"
    said = end_text(pane).replace(NO_BREAK, " ")
    made = [
        tag("text", ended, appears, class_=f"{kind} e", y=y),
        tag("text", said, appears, class_="e", x=PANE_WIDTH, y=y, text_anchor="end"),
    ]
    if moving:
        foretold = f"predicted {words.predicted_text(agreement)}"
        made.append(tag("text", foretold, _changing("1;1;0;0"), class_="f", y=y, opacity=0))
    return made
