"""What helps where nothing is shown to be enough? That which is, at the numbers given, or ends the collapse.

Enough is what keeps every objective over all ranges; much less may be worth knowing.

Shortcut: a few runs show it, and only the first few settings are tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import Gathered, fails
from tidegate.evaluate.judging.evidence import evidence_of
from tidegate.evaluate.judging.remedy import Partial, Remedy
from tidegate.evaluate.judging.verdict import CaseEvidence
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.slower import NAME as SLOWER
from tidegate.evaluate.variants.world_case import DEAR_EVENTS, Case
from tidegate.experiment.replicate import BATCH_COUNT
from tidegate.world.file.overlay import overlay

HELPED = "helped"
TRIED_MOST = 8
_DEAR_MOST = 3  # where each run is dear


def partly(
    bench: Bench, known: Gathered, looked: CaseEvidence | None, remedies: Iterable[Remedy]
) -> tuple[Partial, CaseEvidence] | None:
    """Return what keeps all objectives at the numbers given, else what at least lets service come back.

    Where arithmetic has decided, or the plan fails only if a belief is wrong, nothing is looked for.

    Parameters
    ----------
    bench, known
        The question, and what is known of it.
    looked
        What came of acting slower; None where nothing is slower.
    remedies
        What may be set first, that which asks least in front.
    """
    world = bench.file.world
    believed = known.cases[0]
    if bench.shown_at is not None or believed.exceeded or not fails(world, believed):
        return None
    if looked is not None and looked.collapse.value == 0.0 and not fails(world, looked):
        return Partial(case=SLOWER, settings=(), keeps_objectives=True), looked
    comes_back = None
    is_dear = BATCH_COUNT * bench.each_count(bench.fraction) > DEAR_EVENTS
    for remedy in islice(remedies, _DEAR_MOST if is_dear else TRIED_MOST):
        if bench.budget.is_spent:
            break
        laid = overlay(bench.file, remedy.changes)
        case = Case(name=HELPED, title=f"with {remedy.name}", file=laid, activity=bench.activity)
        if exceeded(script_of(laid, bench.activity)):
            continue
        seen = evidence_of(bench.run(case, most=BATCH_COUNT))
        if seen.collapse.value > 0.0:
            continue
        keeps = not fails(world, seen)
        found = Partial(case=HELPED, settings=remedy.settings, keeps_objectives=keeps), seen
        if keeps:
            return found
        comes_back = comes_back or found
    return comes_back if believed.collapse.value > 0.0 else None
