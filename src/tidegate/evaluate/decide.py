"""From evidence to a verdict: the rules, in the order in which they are asked.

1. As believed it surely collapses too often: *stop*, unless a number that is only assumed decides
   whether it does; then *cannot tell*, naming that number.
2. As believed it holds, but a belief that was never measured is all that holds it up: *stop*, unless
   that belief is shown to be true.
3. It holds at the numbers given, but not over the ranges assumed for them: *cannot tell*, naming the
   number that decides.
4. An objective other than collapse fails: *stop*, naming it.
5. The runs are too few to show that it holds: *cannot tell*, naming no number.
6. Otherwise: *proceed*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.evaluate.verdict import CaseEvidence, Ranges, Rest
from tidegate.world.world import World

HOLDS_OVER_SHARE = 0.05  # of the ranges may collapse before the ranges count as deciding
MIXED_SHARES = (0.1, 0.9)


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The verdict's word and what it hangs on; see `Verdict`."""

    verdict: str
    condition: str = ""
    deciding: str = ""


def failed_objectives(world: World, believed: CaseEvidence) -> tuple[str, ...]:
    """Return sentences on objectives other than collapse that do not hold as believed."""
    wanted = world.objectives
    said = []
    for clients in believed.clients:
        floor = clients.success_floor_ratio
        if wanted.success_ratio is not None and floor < wanted.success_ratio:
            said.append(
                f"{clients.title}: {100 * floor:.1f} % of requests succeed in the worst minute; "
                f"the objective is {100 * wanted.success_ratio:.1f} %."
            )
        p99_s = clients.request_p99_s
        if wanted.request_p99_s is not None and p99_s is not None and p99_s > wanted.request_p99_s:
            said.append(
                f"{clients.title}: the 99th percentile of requests is {p99_s:.3g} s; "
                f"the objective is {wanted.request_p99_s:.3g} s."
            )
    return tuple(said)


def decide(
    world: World,
    cases: Sequence[CaseEvidence],
    ranges: Sequence[Ranges],
    rests_on: Sequence[Rest],
    failed: Sequence[str],
) -> Decision:
    """Apply the rules to the evidence.

    Parameters
    ----------
    world
        Its objectives and the bases of its beliefs.
    cases
        As believed first, then the counter-beliefs.
    ranges
        What came of the ranges, per case.
    rests_on
        Ranked; its numbers' `flips` say whether a number decides.
    failed
        Objectives other than collapse that do not hold.
    """
    acceptable = world.objectives.collapse_probability_ratio
    believed = cases[0]
    number = next((rest.path for rest in rests_on if rest.kind == "number" and rest.flips), "")
    over_ranges = next((r.collapse.value for r in ranges if r.case == "believed"), None)
    if believed.collapse.low > acceptable:
        mixed = over_ranges is not None and MIXED_SHARES[0] < over_ranges < MIXED_SHARES[1]
        if mixed and number:
            return Decision(verdict="cannot_tell", deciding=number)
        return Decision(verdict="stop")
    for case in cases[1:]:
        name = case.name.removeprefix("counter:")
        if case.collapse.low > acceptable and world.beliefs[name].basis != "measured":
            return Decision(verdict="stop", condition=name)
    if over_ranges is not None and over_ranges > HOLDS_OVER_SHARE and number:
        return Decision(verdict="cannot_tell", deciding=number)
    if failed:
        return Decision(verdict="stop")
    return Decision(verdict="proceed" if believed.collapse.high < acceptable else "cannot_tell")
