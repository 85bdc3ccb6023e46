"""What arithmetic says of a script, to stand beside every answer: limits, and sums that bear on it."""

from __future__ import annotations

from tidegate.evaluate.arithmetic.bandwidth import fetches
from tidegate.evaluate.arithmetic.checked import calling
from tidegate.evaluate.arithmetic.cold_start import warming_sentences
from tidegate.evaluate.arithmetic.connecting import connects
from tidegate.evaluate.arithmetic.downtime import starts
from tidegate.evaluate.arithmetic.exceeded import exactly_full, exceeded_limits, late_limits
from tidegate.evaluate.arithmetic.filling import tips
from tidegate.evaluate.arithmetic.meanwhile import meanwhile
from tidegate.evaluate.arithmetic.restarting import darkness_sentences
from tidegate.evaluate.arithmetic.withdrawn import withdrawn_sentences
from tidegate.simulate.script import Script
from tidegate.world.file.called import called

BY_ARITHMETIC = "By arithmetic"
"""How its sentences begin."""


def arithmetic_notes(script: Script, activity: str | None = None) -> tuple[str, ...]:
    """Return what arithmetic says of limits that are exceeded, or exactly full.

    Parameters
    ----------
    script
        What happens.
    activity
        The activity in it; None for the triggers alone.
    """
    world = script.phases[0].world
    full = [
        f"{one.wanted:,.0f} of {one.allowed:,.0f} of {called(one.path, world)}"
        for one in exactly_full(script)
    ]
    late = [f"{limit}; answers come late" for limit in late_limits(script)]
    said = [f"{BY_ARITHMETIC}: {one}." for one in (*exceeded_limits(script), *late, *sums(script, activity))]
    return (*said, *([f"It leaves nothing: {'; '.join(full)}."] if full else []))


def sums(script: Script, activity: str | None = None) -> tuple[str, ...]:
    """Return, as clauses, what is no limit and bears on what happens: herds, starts, and what passes."""
    found = (*darkness_sentences(script, activity), *starts(script), *connects(script), *tips(script))
    found = (*found, *warming_sentences(script), *meanwhile(script), *fetches(script))
    called = (one.says for one in calling(script.phases[0].world))
    return (*found, *withdrawn_sentences(script), *called)
