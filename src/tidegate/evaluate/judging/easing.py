"""How little of a setting is enough? Between what stands today and what was proven, where it tips.

Halved a few times by the rule that decides, in few runs; what is told is then proven as the setting was.

Shortcut: only a setting of one number, and only where a run is cheap.
"""

from __future__ import annotations

import math
from dataclasses import replace

from tidegate.evaluate.judging.bench import COUNTER_MOST, Bench
from tidegate.evaluate.judging.decide import Held
from tidegate.evaluate.judging.fits import written
from tidegate.evaluate.judging.remedy import Remedy
from tidegate.evaluate.variants.axis import number_at
from tidegate.world.file.overlay import overlay
from tidegate.world.file.shape import slot_at

_HALVINGS = 4
_CHEAP_COUNT = 5e6
"""Happenings of a run up to which it is eased."""


def eased(bench: Bench, name: str, remedy: Remedy, held: Held) -> tuple[Remedy, Held]:
    """Return a remedy with its one number as near to today's as was proven, and with what does not hold.

    Parameters
    ----------
    bench, name
        The question, and what the case is called.
    remedy, held
        What was proven, and what shows it.
    """
    if len(remedy.settings) != 1 or bench.each_count(bench.fraction) > _CHEAP_COUNT:
        return remedy, held
    (setting,) = remedy.settings
    bad, good = (
        number_at(bench.file, setting.path),
        number_at(overlay(bench.file, remedy.changes), setting.path),
    )
    slot = slot_at(setting.path)
    if bad is None or good is None or slot is None or math.isinf(bad):
        return remedy, held
    proven, least_failed = good, bad
    for _ in range(_HALVINGS):
        middle = _between(bad, good, whole=slot.shape.whole)
        if middle in {bad, good}:
            break
        if bench.may_hold({setting.path: written(setting.path, middle)}):
            good = middle
        else:
            bad = least_failed = middle
    value, fails_at = written(setting.path, good), written(setting.path, least_failed)
    # A number that decides may hold as it is believed to be, if only its range is ruled out.
    because = setting.because if value == setting.value else ""
    one = replace(setting, value=value, fails_at="" if fails_at == value else fails_at, because=because)
    nearer = replace(remedy, settings=(one,))
    if good == proven:
        return nearer, held
    found = bench.holds(name, f"with {remedy.name}", nearer.changes, most=COUNTER_MOST)
    return (nearer, found) if found is not None else (remedy, held)


def _between(bad: float, good: float, *, whole: bool) -> float:
    """Return a value of two figures between two, on a logarithmic scale where both are above zero."""
    middle = math.sqrt(bad * good) if min(bad, good) > 0.0 else 0.5 * (bad + good)
    rounded = float(f"{middle:.2g}")
    if whole:
        rounded = float(round(rounded))
    return rounded if min(bad, good) < rounded < max(bad, good) else good
