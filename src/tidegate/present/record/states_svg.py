"""What does the life of an outage look like? The table of its states, drawn.

Every arrow is a row of the table; only where the states stand on the page is chosen here.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.track.lifecycle import NEXT_STATE, OPEN, OutageEvent, OutageState

_S = OutageState
_PLACES: Mapping[OutageState, tuple[int, int]] = {
    _S.EMERGING: (80, 150),
    _S.CONFIRMED: (250, 150),
    _S.CONTAINED: (420, 150),
    _S.RECOVERING: (590, 150),
    _S.RESOLVED: (760, 150),
    _S.FALSE_ALARM: (165, 330),
    _S.MERGED: (420, 330),
    _S.EXERCISE: (675, 330),
}
_WIDE, _HIGH = 108, 34
_STYLE = (
    "text{font:13px system-ui,sans-serif;fill:#1c2733}.e{font-size:11px;fill:#4a5a6a}"
    "path{fill:none;stroke:#7a8a9a;stroke-width:1.2}rect{fill:#eef4f8;stroke:#2b6c8f}.end{fill:#fff}"
    "@media (prefers-color-scheme:dark){text{fill:#e6edf3}.e{fill:#a9b7c4}"
    "rect{fill:#173042}.end{fill:#0f1720}}"
)
_OPENING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -25 840 410" role="img" '
    'aria-label="States of an outage and the events that lead from one to another">'
)
_TIP = (
    '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
    'orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" style="fill:#7a8a9a"/></marker></defs>'
)


def states_svg() -> str:
    """Return the states of an outage and what leads from one to another, as one SVG image."""
    arrows: dict[tuple[OutageState, OutageState], list[OutageEvent]] = {}
    for (state, event), after in NEXT_STATE.items():
        arrows.setdefault((state, after), []).append(event)
    parts = [_OPENING, f"<style>{_STYLE}</style>", _TIP]
    parts += [_arrow(state, after, events) for (state, after), events in arrows.items()]
    parts += [_box(state) for state in OutageState]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _box(state: OutageState) -> str:
    x, y = _PLACES[state]
    kind = "" if state in OPEN else ' class="end"'
    return (
        f'<rect{kind} x="{x - _WIDE // 2}" y="{y - _HIGH // 2}" width="{_WIDE}" height="{_HIGH}" rx="8"/>'
        f'<text x="{x}" y="{y + 4}" text-anchor="middle">{_words(state.value)}</text>'
    )


def _words(name: str) -> str:
    return name.replace("_", " ")


def _arrow(state: OutageState, after: OutageState, events: list[OutageEvent]) -> str:
    """Return an arrow with its events; what leads down to one end has one name, written beside the end."""
    (x1, y1), (x2, y2) = _PLACES[state], _PLACES[after]
    path, where = _along(x1, x2, y1) if y1 == y2 else _across((x1, y1), (x2, y2))
    words = ", ".join(_words(event.value) for event in events)
    if y2 > y1:
        where = (x2, y2 + _HIGH // 2 + 16)
    label = f'<text class="e" x="{where[0]:g}" y="{where[1]:g}" text-anchor="middle">{words}</text>'
    return f'<path d="{path}" marker-end="url(#tip)"/>{label}'


def _along(x1: int, x2: int, y: int) -> tuple[str, tuple[float, float]]:
    """Return the way between two states of one row: straight to the next, in an arc over others or back."""
    half = _WIDE // 2
    if x2 - x1 == 170:
        return f"M{x1 + half} {y}H{x2 - half - 2}", ((x1 + x2) / 2, y - 6)
    top = y - _HIGH // 2
    height = abs(x2 - x1) * (0.24 if x2 > x1 else 0.17) + (12 if x2 > x1 else 0)
    start, end = (x1 - 18, x2 + 18) if x2 < x1 else (x1 + 18, x2 - 18)
    middle = (start + end) / 2
    return f"M{start} {top}Q{middle:g} {top - 1.6 * height:g} {end} {top - 2}", (
        middle,
        top - 0.8 * height - 3,
    )


def _across(start: tuple[int, int], end: tuple[int, int]) -> tuple[str, tuple[float, float]]:
    """Return the way between two states of different rows; down and up do not share one line."""
    (x1, y1), (x2, y2) = start, end
    down = 1 if y2 > y1 else -1
    shift = 10 * down
    x1, x2 = x1 + shift, x2 + shift + (x1 - x2) // 12
    y1, y2 = y1 + down * _HIGH // 2, y2 - down * (_HIGH // 2 + 2)
    return f"M{x1} {y1}L{x2} {y2}", ((x1 + x2) / 2 - 14, (y1 + y2) / 2)
