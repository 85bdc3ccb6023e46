"""How do the ways it can go differ over time? One picture: the deciding case, the believed one, the remedy.

Two panes share one upright axis: the first while second by second, then a torn axis and the rest. The axes
are linear: fresh readers read a logarithm as a gentle slope, and the abruptness is the story. Labels stand at
the lines. It needs no script, and is drawn twice, for a page and for a phone, so that words keep their size.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from tidegate.present.quantities import count_text, duration_text
from tidegate.present.report.markup import Html, join, tag

_SIZES = {"wide-only": (700.0, 300.0), "small-only": (358.0, 260.0)}
_LEFT, _RIGHT, _TOP, _BOTTOM, _GAP = 46.0, 6.0, 26.0, 24.0, 22.0
_NEAR_SHARE = 2 / 3
_LEAST_NEAR_S, _MOST_NEAR_S, _BEFORE_S = 20.0, 600.0, 10.0
_WHOLE_RATIO = 0.5  # a near pane of more than this share of the time is the whole picture
_LINE_HEIGHT = 15.0
_FLAT_RATIO = 0.02
_FINE = 10  # places are told to a tenth of a pixel

_Point = tuple[int, int]


@dataclass(frozen=True, kw_only=True)
class Line:
    """One way it can go.

    Parameters
    ----------
    label, kind
        What stands at it, and how it is drawn: "choke" (it decides), "ink" or "tide" (it helps).
    times_s
        Since the activity began.
    values, low, high
        Its course, and the band that most runs stay in; empty where there is none.
    """

    label: str
    kind: str
    times_s: tuple[float, ...]
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Course:
    """One picture.

    Parameters
    ----------
    title, remark
        What is counted, with its unit; and what is normal of it.
    lines
        The ways it can go, the deciding one first.
    settled_s
        When the last of those that settle has; 0 where none was away.
    limit, limit_words
        What can be done of it; None where nothing limits it.
    """

    title: str
    remark: str
    lines: tuple[Line, ...]
    settled_s: float = 0.0
    limit: float | None = None
    limit_words: str = ""


@dataclass(frozen=True, kw_only=True)
class _Pane:
    left: float
    right: float
    start_s: float
    end_s: float

    def x(self, at_s: float) -> float:
        return self.left + (self.right - self.left) * (at_s - self.start_s) / (self.end_s - self.start_s)


def round_up(value: float) -> float:
    """Return the next round number at or above `value`: 1, 1.5, 2, 3, 4, 5, 6 or 8 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(step * power for step in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * 0.9999)


def moves(line: Line) -> bool:
    """Whether a line is worth drawing: a flat one is a sentence."""
    return bool(line.values) and max(line.values) - min(line.values) > _FLAT_RATIO * max(line.values)


def figure(course: Course) -> Html:
    """Return the picture with its caption."""
    remark = tag("span", f" · {course.remark}") if course.remark else ""
    drawings = [tag("div", _drawing(course, *size), class_=kind) for kind, size in _SIZES.items()]
    return tag("figure", tag("figcaption", course.title, remark), *drawings, class_="course")


def _drawing(course: Course, width: float, height: float) -> Html:
    values = [value for line in course.lines for value in (*line.values, *line.high)]
    most = round_up(1.05 * max((*values, course.limit or 0.0)))
    floor_y = height - _BOTTOM

    def y(value: float) -> float:
        return floor_y - (floor_y - _TOP) * min(value / most, 1.0)

    panes = _panes(course, width)
    parts = [_grid(panes, most, y(0.0), y(most / 2), y(most))]
    if course.limit is not None:
        at = y(course.limit)
        parts.append(_rule("cap", _LEFT, width - _RIGHT, at, at))
    for line in reversed(course.lines):
        parts += [_curve(line, pane, y, fills=line.kind == "tide") for pane in panes]
    parts.append(_labels(course, width, y))
    return tag(
        "svg", *parts, viewBox=f"0 0 {width:.0f} {height:.0f}", role="img", aria_label=_description(course)
    )


def _panes(course: Course, width: float) -> tuple[_Pane, ...]:
    """Return the panes: the while in which it is decided and the rest, or all in one where that is short."""
    first_s, last_s = course.lines[0].times_s[0], course.lines[0].times_s[-1]
    near_s = min(max(2.0 * course.settled_s, _LEAST_NEAR_S), _MOST_NEAR_S) if course.settled_s else 60.0
    right = width - _RIGHT
    start_s = max(first_s, -max(_BEFORE_S, near_s / 6))
    if near_s >= _WHOLE_RATIO * last_s:
        return (_Pane(left=_LEFT, right=right, start_s=start_s, end_s=last_s),)
    middle = _LEFT + (right - _LEFT - _GAP) * _NEAR_SHARE
    near = _Pane(left=_LEFT, right=middle, start_s=start_s, end_s=near_s)
    return near, _Pane(left=middle + _GAP, right=right, start_s=near_s, end_s=last_s)


def _grid(panes: Sequence[_Pane], most: float, floor_y: float, middle_y: float, top_y: float) -> Html:
    parts: list[Html] = []
    for at, value in ((floor_y, 0.0), (middle_y, most / 2), (top_y, most)):
        parts += [_rule("grid", one.left, one.right, at, at) for one in panes]
        parts.append(_text(count_text(value), _LEFT - 6, at + 4, "tick", "end"))
    start = panes[0].x(0.0)
    parts.append(_rule("start", start, start, _TOP - 4, floor_y))
    parts.append(_text("it begins", start + 4, _TOP - 10, "quiet"))
    ends = [(start, "0", "middle"), (panes[0].right, f"+{duration_text(panes[0].end_s)}", "end")]
    if len(panes) > 1:
        far = panes[1]
        parts.append(_text("//", far.left - _GAP / 2, floor_y + 5, "tick", "middle"))
        ends.append((far.right, duration_text(far.end_s), "end"))
    return join(*parts, *(_text(text, x, floor_y + 16, "tick", anchor) for x, text, anchor in ends))


def _curve(line: Line, pane: _Pane, y: Callable[[float], float], *, fills: bool) -> Html:
    picked = _picked(line, pane)
    if len(picked) < 2:
        return join()

    def drawn(values: Sequence[float]) -> list[_Point]:
        places = [(pane.x(line.times_s[i]), y(values[i])) for i in picked]
        return _turns([(round(_FINE * left), round(_FINE * top)) for left, top in places])

    course = drawn(line.values)
    parts = []
    if line.low and line.high:
        band = [*drawn(line.high), *reversed(drawn(line.low))]
        parts.append(tag("path", class_=f"spread {line.kind}", d=f"{_path(band)}Z"))
    if fills:
        ground = round(_FINE * y(0.0))
        area = [(course[0][0], ground), *course, (course[-1][0], ground)]
        parts.append(tag("path", class_="fill", d=f"{_path(area)}Z"))
    return join(*parts, tag("path", class_=f"way {line.kind}", d=_path(course)))


def _turns(points: Sequence[_Point]) -> list[_Point]:
    """Return the points of a course without those in the middle of what is level."""
    last = len(points) - 1
    return [
        one
        for i, one in enumerate(points)
        if i in {0, last} or not points[i - 1][1] == one[1] == points[i + 1][1]
    ]


def _path(points: Sequence[_Point]) -> str:
    """Return a path from its first point on in steps: those take half the bytes of places."""
    (left, top), *_ = points
    steps = " ".join(f"{(c - a) / _FINE:g} {(d - b) / _FINE:g}" for (a, b), (c, d) in pairwise(points))
    return f"M{left / _FINE:g} {top / _FINE:g}l{steps}"


def _picked(line: Line, pane: _Pane) -> list[int]:
    """Return which points are drawn: no more than the pane has room to show."""
    inside = [i for i, at_s in enumerate(line.times_s) if pane.start_s <= at_s <= pane.end_s]
    step = max(1, round(2 * len(inside) / (pane.right - pane.left)))
    return inside[::step]


def _labels(course: Course, width: float, y: Callable[[float], float]) -> Html:
    """Return the names of the lines at their ends, spread so that none covers another."""
    wanted = [(y(line.values[-1]) - 6, line.label, line.kind) for line in course.lines]
    if course.limit is not None:
        wanted.append((y(course.limit) - 6, course.limit_words, "quiet"))
    made: list[Html] = []
    below = float("inf")
    for at, text, kind in sorted(wanted, reverse=True):
        placed = min(at, below - _LINE_HEIGHT)
        made.append(_text(text, width - _RIGHT, placed, f"lab {kind}", "end"))
        below = placed
    return join(*made)


def _rule(kind: str, left: float, right: float, top: float, bottom: float) -> Html:
    ends = {"x1": left, "x2": right, "y1": top, "y2": bottom}
    return tag("line", class_=kind, **{key: f"{value:.1f}" for key, value in ends.items()})


def _text(text: str, x: float, y: float, kind: str, anchor: str = "start") -> Html:
    return tag("text", text, class_=kind, x=f"{x:.1f}", y=f"{y:.1f}", text_anchor=anchor)


def _description(course: Course) -> str:
    """Return the picture in a sentence, for those who hear it."""
    parts = [
        f"{line.label}: at most {count_text(max(line.values))}, at the end {count_text(line.values[-1])}"
        for line in course.lines
    ]
    limit = f"; {course.limit_words}" if course.limit_words else ""
    return f"{course.title}. {'; '.join(parts)}{limit}."
