"""What feeds a collapse that was found? The strongest cycle that goes through what was full in it.

Shortcut: of services and pools the runs do not say here how full they were: where no crossing was full, the
strongest cycle of the world is named.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.arithmetic.feedback.cycle import Cycle, feedback
from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import Case

_MOSTLY_RATIO = 0.5  # of the runs collapse
_FULL_RATIO = 0.99
_AILING_RATIO = 0.5  # of the time before: it did not collapse, it was never well


def fed_by(cases: Sequence[tuple[Case, CaseEvidence]]) -> Cycle | None:
    """Return the cycle that feeds the first case in which most runs collapse; None where there is none.

    Where a limit is exceeded by arithmetic that is the reason, and no cycle is named.
    """
    for case, found in cases:
        if found.collapse.value < _MOSTLY_RATIO or found.exceeded or found.ails_before_ratio > _AILING_RATIO:
            continue
        full = {one.name for one in found.crossings if _is_full(one)}
        feeding = [one for one in feedback(script_of(case.file, case.activity)).cycles if one.feeds_itself]
        through = [one for one in feeding if full & set(one.named("crossings"))]
        if through or not full:
            return next(iter(through or feeding), None)
    return None


def _is_full(crossing: CrossingEvidence) -> bool:
    """Whether a crossing was asked for all it can do, or held all it can hold."""
    asked = (
        (crossing.setup_peak_per_s, crossing.setup_capacity_per_s),
        (crossing.packets_peak_per_s, crossing.packets_capacity_per_s),
    )
    over = any(capacity and peak >= _FULL_RATIO * capacity for peak, capacity in asked)
    held = max(crossing.table_peak_ratio or 0.0, crossing.ports_peak_ratio or 0.0)
    return over or held >= _FULL_RATIO
