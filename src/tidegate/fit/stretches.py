"""When was all well, and when was nobody answered? From what clients count, sample by sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tidegate.fit.courses import Course, Flags, Floats, History

_BAD_RATIO = 0.02
_AFTER_STEPS = 3
_LEAST_SILENT_STEPS = 4
_FULL_RATIO = 0.98


@dataclass(frozen=True, kw_only=True)
class Stretch:
    """From one sample to another."""

    first_s: float
    last_s: float

    @property
    def length_s(self) -> float:
        """How long it is."""
        return self.last_s - self.first_s


def quiet(history: History, every_s: float) -> tuple[Stretch, ...]:
    """Return when nothing was repeated, refused or given up, the longest first.

    A few steps after a bad one are not quiet either. Where nothing counts failures, all of it is.
    """
    at_s = _grid(history, every_s)
    if len(at_s) < 2:
        return ()
    bad = np.zeros(len(at_s) - 1, dtype=np.bool_)
    for name, course in history.items():
        bad |= _torn_at(course, at_s)
        if name.endswith((".failed", ".refused", ".packets_dropped")):
            grown = np.diff(course.at(at_s))
            whole = grown[np.isfinite(grown)]
            bad |= np.nan_to_num(grown) > _BAD_RATIO * max(float(np.abs(whole).max(initial=0.0)), 1.0)
        elif name.endswith(".attempts") and (begun := history.get(name.replace(".attempts", ".requests"))):
            again = np.diff(course.at(at_s)) - np.diff(begun.at(at_s))
            bad |= np.nan_to_num(again) > np.maximum(_BAD_RATIO * np.nan_to_num(np.diff(begun.at(at_s))), 1.0)
    late = bad.copy()
    for step in range(1, _AFTER_STEPS + 1):
        late[step:] |= bad[:-step]
        late[:-1] |= bad[1:]
    return tuple(sorted(_runs(at_s, ~late), key=lambda one: -one.length_s))


def silent(history: History, clients: str, every_s: float) -> tuple[Stretch, ...]:
    """Return when some clients asked and none of them was answered, the longest first.

    Each begins at the last sample that still saw an answer, and ends at the last that saw none.
    """
    served, begun = history.get(f"clients.{clients}.served"), history.get(f"clients.{clients}.requests")
    if served is None or begun is None:
        return ()
    at_s = _grid({"served": served, "begun": begun}, every_s)
    answered, asked = np.diff(served.at(at_s)), np.diff(begun.at(at_s))
    known = answered[np.isfinite(answered)]
    usual = float(np.median(known)) if len(known) else 0.0
    none = (answered <= 0.0) & (usual > 0.0)
    found = []
    for one in _runs(at_s, none):
        steps = (at_s >= one.first_s) & (at_s <= one.last_s)
        if steps.sum() > _LEAST_SILENT_STEPS and np.nansum(asked[steps[:-1] & steps[1:]]) > 0:
            before = at_s[at_s < one.first_s]
            found.append(
                Stretch(first_s=float(before[-1]) if len(before) else one.first_s, last_s=one.last_s)
            )
    return tuple(sorted(found, key=lambda one: -one.length_s))


def full(standing: Course, refused: Course) -> float | None:
    """Return where what stands came to its limit: it stood still there while others were turned away."""
    starts, lengths, grown = refused.steps()
    turned = grown > 0.0
    if turned.sum() < 2 or not len(standing.values):
        return None
    most = float(standing.values.max())
    during = [
        standing.at(np.array([at, at + step]))
        for at, step in zip(starts[turned], lengths[turned], strict=True)
    ]
    at_limit = sum(bool((one >= _FULL_RATIO * most).all()) for one in during)
    return most if at_limit >= 2 and at_limit >= 0.5 * len(during) else None


def _grid(history: History, every_s: float) -> Floats:
    first_s = max((float(one.at_s[0]) for one in history.values()), default=0.0)
    last_s = min((float(one.at_s[-1]) for one in history.values()), default=0.0)
    return np.arange(first_s, last_s + 0.5 * every_s, every_s) if last_s > first_s else np.zeros(0)


def _torn_at(course: Course, at_s: Floats) -> Flags:
    torn = np.zeros(len(at_s) - 1, dtype=np.bool_)
    for begin, end in zip(course.at_s[:-1][course.is_torn], course.at_s[1:][course.is_torn], strict=True):
        torn |= (at_s[:-1] < end) & (at_s[1:] > begin)
    return torn


def _runs(at_s: Floats, holds: Flags) -> Iterator[Stretch]:
    """Yield each stretch of steps for which something holds."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], holds, [False]]).astype(np.int8)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        yield Stretch(first_s=float(at_s[first]), last_s=float(at_s[end]))
