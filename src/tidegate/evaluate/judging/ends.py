"""What does a number that decides come to at its ends, by arithmetic? The sum at the bad one, and its edge.

Sums alone: nothing is run. Where arithmetic says the same at both ends, but for its numbers, or something
else at each, it does not tell them apart, and nothing is said.
"""

from __future__ import annotations

import re

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.arithmetic_notes import BY_ARITHMETIC, sums
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.fits import written
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.overlay import overlay
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

_HALVINGS = 20
_NUMBERS = re.compile(r"[\d,.]*\d")
_AHEAD = re.compile(r", about \S+ already before anything happens")
"""What is added where a limit is exceeded from the beginning: it is the same limit."""


def end_sentences(file: WorldFile, activity: str | None, path: str) -> tuple[str, ...]:
    """Return what arithmetic says at the one end of a number's range at which it says anything.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    path
        A number with a range.
    """
    estimate = file.estimates.get(path)
    if estimate is None or not estimate.is_uncertain:
        return ()
    low, high = (_said(file, activity, path, value) for value in (estimate.low, estimate.high))
    if (low.keys() <= high.keys()) == (high.keys() <= low.keys()):
        return ()
    is_low = low.keys() > high.keys()
    more, less = (low, high) if is_low else (high, low)
    bad, good = (estimate.low, estimate.high) if is_low else (estimate.high, estimate.low)
    kind = next(one for one in more if one not in less)
    edge = _edge(file, activity, path, kind, bad=bad, good=good)
    since = f"from about {written(path, edge)} on" if bad > good else f"up to about {written(path, edge)}"
    return (f"{BY_ARITHMETIC}: with {path} {written(path, bad)}, {more[kind]}. That is so {since}.",)


def _said(file: WorldFile, activity: str | None, path: str, value: float) -> dict[str, str]:
    """Return what arithmetic says where a number has a value, by what it says without its numbers.

    Of a world that contradicts itself it says nothing.
    """
    try:
        script = script_of(overlay(file, {path: value}), activity)
    except InputError:
        return {}
    said = (*exceeded_limits(script), *sums(script, activity))
    return {_NUMBERS.sub("", _AHEAD.sub("", one)): one for one in said}


def _edge(file: WorldFile, activity: str | None, path: str, kind: str, *, bad: float, good: float) -> float:
    """Return from where on arithmetic says something, to two figures, on the side on which it does."""
    slot = slot_at(path)
    whole = slot is not None and slot.shape.unit in {"count", "bytes"}
    for _ in range(_HALVINGS):
        middle = 0.5 * (bad + good)
        if whole:
            middle = float(round(middle))
            if middle in {bad, good}:
                break
        bad, good = (middle, good) if kind in _said(file, activity, path, middle) else (bad, middle)
    return float(f"{bad:.2g}")
