"""How well did rehearsals of a world agree with their predictions? Carried into its verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.rehearse.rehearsal_record import read_records, summarise
from tidegate.world.world import World


def with_rehearsals(
    verdicts: Sequence[Verdict], world: World, records_text: str, source: str
) -> tuple[Verdict, ...]:
    """Return the verdicts, each with what the records say about its world and activity.

    Parameters
    ----------
    verdicts
        Judged of `world`.
    world
        The world, overlays laid.
    records_text
        The lines that `rehearse` has kept; empty where there are none.
    source
        Name of their file; empty where there is none.

    Raises
    ------
    InputError
        If a line is no record.
    """
    records = read_records(records_text, source)
    return tuple(
        replace(one, rehearsed=summarise(records, world=world, activity=one.activity, source=source))
        for one in verdicts
    )
