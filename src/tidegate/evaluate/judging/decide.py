"""From evidence to a verdict: every rule that decides, in the order in which they are asked.

1. As believed it fails (a limit is exceeded by arithmetic, it surely collapses too often, an objective
   does not hold): *stop*, unless a number that is only assumed decides whether it does; then *cannot
   tell*, naming that number.
2. As believed it holds, but it fails where a belief that was never measured is wrong: *stop*, unless that
   belief is shown to be true.
3. It holds at the numbers given, but not over the ranges assumed for them, or not where one assumed
   number by itself is at an end of its range: *cannot tell*, naming the number that decides.
4. The runs are too few to show that it holds, as believed or with a belief wrong, or were ended because of
   what they cost: *cannot tell*.
5. Otherwise: *proceed*; as long as clients back off, where it fails without a back-off that nobody
   measured or wrote down.

Where 1 to 4 do not let it go ahead, and it is shown to hold more slowly, the answer is *slow down*, also
where the runs are too few to be sure of that, unless they are all that holds it up (4); where it would
be *stop* and it is shown to hold with a protection, *protect first*.

Nothing is run here, and what was not asked for (None) decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence, ClientsEvidence, Probability, Ranges
from tidegate.world.objective import Objectives
from tidegate.world.world import World

HOLDS_OVER_SHARE = 0.05  # of the ranges may collapse before the ranges count as deciding
MIXED_SHARES = (0.1, 0.9)


@dataclass(frozen=True, kw_only=True)
class Held:
    """The evidence that an activity holds with something changed first.

    Parameters
    ----------
    evidence
        As believed, with the change.
    sure
        Whether the runs are enough to be sure.
    doubted
        By title, with the change and something else wrong.
    ranges
        What came of the ranges, with the change; None where no number has one.
    """

    evidence: CaseEvidence
    sure: bool = True
    doubted: Mapping[str, CaseEvidence] = field(default_factory=dict)
    ranges: Ranges | None = None

    @property
    def collapses(self) -> tuple[Probability, ...]:
        """How often service does not recover: as believed, then with each belief wrong."""
        return (self.evidence.collapse, *(one.collapse for one in self.doubted.values()))


@dataclass(frozen=True, kw_only=True)
class Gathered:
    """What is known of an activity by now.

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
    backoff
        What it rests on, and the evidence, where it fails without a back-off that nobody measured; None
        where it does not.
    corners
        The assumed numbers that break it by themselves at an end of their range, the others as believed.
    slower, protected
        What shows that it holds more slowly, and with a protection; None where nothing does.
    is_cut
        Whether the runs were ended because of what they cost: what was not run shows nothing.
    """

    world: World
    cases: tuple[CaseEvidence, ...]
    ranges: Sequence[Ranges] = ()
    rests_on: Sequence[Rest] = ()
    backoff: tuple[Rest, CaseEvidence] | None = None
    corners: tuple[Rest, ...] = ()
    slower: Held | None = None
    protected: Held | None = None
    is_cut: bool = False


@dataclass(frozen=True, kw_only=True)
class Decision:
    """The verdict's word, what it hangs on and whether that is sure; see `Verdict`."""

    verdict: str
    condition: str = ""
    condition_settles: bool = False
    deciding: str = ""
    sure: bool = True


def failed_objectives(world: World, case: CaseEvidence) -> tuple[str, ...]:
    """Return sentences on objectives other than collapse that do not hold in a case.

    What nobody stated is said only where neither a limit nor a collapse says more.
    """
    wanted = world.objectives
    failed = bool(case.exceeded) or case.collapse.low > wanted.collapse_probability_ratio
    unstated = wanted.success_ratio is None and not failed
    return tuple(said for clients in case.clients for said in _failed(world, clients, unstated=unstated))


def _failed(world: World, clients: ClientsEvidence, *, unstated: bool) -> Iterator[str]:
    wanted = world.objectives
    often = {
        one.objective: f"in {_runs(one.share)} runs"
        for one in clients.missed
        if one.share.low > wanted.collapse_probability_ratio
    }
    if clients.unserved_s > wanted.unserved_within_s:
        yield (
            f"{clients.title}: nobody is answered for {_seconds(clients.unserved_s)}; the objective is "
            f"{_seconds(wanted.unserved_within_s)}."
        )
    elif "unserved_within" in often:
        yield (
            f"{clients.title}: {often['unserved_within']} nobody is answered for longer than the "
            f"{_seconds(wanted.unserved_within_s)} of the objective."
        )
    if clients.lost_ratio > wanted.lost_ratio:
        yield (
            f"{clients.title}: {100 * clients.lost_ratio:.3g} % of the requests are lost for good; the "
            f"objective is {100 * wanted.lost_ratio:.3g} %."
        )
    elif "lost" in often:
        yield (
            f"{clients.title}: {often['lost']} more than the {100 * wanted.lost_ratio:.3g} % of the "
            "objective are lost for good."
        )
    floor, p99_s = clients.success_floor_ratio, clients.request_p99_s
    if unstated or wanted.success_ratio is not None:
        if floor < wanted.least_success_ratio:
            yield (
                f"{clients.title}: {100 * floor:.1f} % of requests succeed in the worst minute; "
                f"{_least_success(wanted)}."
            )
        elif "success" in often:
            yield (
                f"{clients.title}: {often['success']} too few requests succeed in the worst minute; "
                f"{_least_success(wanted)}."
            )
    if wanted.request_p99_s is not None and p99_s is not None and p99_s > wanted.request_p99_s:
        yield (
            f"{clients.title}: the 99th percentile of requests is {p99_s:.3g} s; "
            f"the objective is {wanted.request_p99_s:.3g} s."
        )


def _runs(share: Probability) -> str:
    """Return in how many of how many runs, as words."""
    return f"{round(share.value * share.runs_count):,} of {share.runs_count:,}"


def _least_success(wanted: Objectives) -> str:
    """Return what must succeed in the worst minute, and whether the world says so."""
    least = f"{100 * wanted.least_success_ratio:.1f} %"
    if wanted.success_ratio is not None:
        return f"the objective is {least}"
    return f"{least} is the least unless objectives.success says otherwise"


def _seconds(value_s: float) -> str:
    return f"{value_s:,.0f} s" if value_s >= 1000.0 else f"{value_s:.3g} s"


def ill_without(world: World, calm: CaseEvidence | None) -> tuple[str, ...]:
    """Return sentences on what does not hold without what is judged either; none where all does.

    Parameters
    ----------
    world
        Its objectives.
    calm
        What comes where nothing of it happens; None where that was not run.
    """
    if calm is None:
        return ()
    said = [*(f"{limit}." for limit in calm.exceeded), *failed_objectives(world, calm)]
    if calm.collapse.low > world.objectives.collapse_probability_ratio:
        said.append(f"service is not normal at the end of {_runs(calm.collapse)} runs.")
    return tuple(said)


def fails(world: World, case: CaseEvidence) -> bool:
    """Whether a case is shown not to hold: by arithmetic, by its runs, or for an objective."""
    too_often = case.collapse.low > world.objectives.collapse_probability_ratio
    return bool(case.exceeded) or too_often or bool(failed_objectives(world, case))


def holds(world: World, case: CaseEvidence) -> bool:
    """Whether a case is shown to hold; neither this nor `fails` where the runs are too few."""
    few = world.objectives.collapse_probability_ratio
    seldom = all(one.share.high < few for clients in case.clients for one in clients.missed)
    return case.collapse.high < few and seldom and not fails(world, case)


def passes(world: World, case: CaseEvidence, *, is_bounded: bool) -> bool:
    """Whether a case holds, or may hold and was given no more runs to show it (`is_bounded`)."""
    few = is_bounded and case.collapse.value <= world.objectives.collapse_probability_ratio
    return holds(world, case) or (few and not fails(world, case))


def decide(known: Gathered) -> Decision:
    """Apply the rules to what is known."""
    planned = _as_planned(known)
    if planned.verdict == "proceed":
        backoff = known.backoff
        return (
            planned
            if backoff is None
            else replace(planned, condition=backoff[0].path, condition_settles=True)
        )
    if planned.condition:
        planned = replace(planned, condition_settles=_settles(known, planned.condition))
    few = planned.verdict == "cannot_tell" and not _ranges_decide(known)
    if known.slower is not None and (known.slower.sure or not few):
        return replace(planned, verdict="slow_down", deciding="", sure=known.slower.sure)
    if planned.verdict == "stop" and known.protected is not None:
        return replace(planned, verdict="protect_first", sure=known.protected.sure)
    return planned


def _as_planned(known: Gathered) -> Decision:
    world, believed, over_ranges = known.world, known.cases[0], _over_ranges(known)
    number = next((rest.path for rest in known.rests_on if rest.kind == "number" and rest.flips), "")
    if fails(world, believed):
        mixed = MIXED_SHARES[0] < over_ranges < MIXED_SHARES[1]
        unknown = mixed and number
        return Decision(verdict="cannot_tell", deciding=number) if unknown else Decision(verdict="stop")
    doubted = [case for case in known.cases[1:] if is_doubted(world, case)]
    broken = next((case for case in doubted if fails(world, case)), None)
    if broken is not None:
        return Decision(verdict="stop", condition=belief_of(broken))
    if _over_ranges(known) > HOLDS_OVER_SHARE:
        return Decision(verdict="cannot_tell", deciding=number or _foremost_number(known.rests_on))
    if known.corners:
        return Decision(verdict="cannot_tell", deciding=known.corners[0].path)
    if known.is_cut or not all(holds(world, case) for case in (believed, *doubted)):
        return Decision(verdict="cannot_tell")
    return Decision(verdict="proceed")


def _settles(known: Gathered, condition: str) -> bool:
    """Whether it would go ahead if one belief were shown to be true, and nothing else."""
    left = tuple(case for case in known.cases if case is known.cases[0] or belief_of(case) != condition)
    return _as_planned(replace(known, cases=left)).verdict == "proceed"


def _over_ranges(known: Gathered) -> float:
    """Return over what share of the ranges it collapses as believed."""
    believed = known.cases[0].name
    return next((one.collapse.value for one in known.ranges if one.case == believed), 0.0)


def _ranges_decide(known: Gathered) -> bool:
    """Whether it does not hold over the ranges, however many runs there are."""
    return bool(known.corners) or _over_ranges(known) > HOLDS_OVER_SHARE


def belief_of(case: CaseEvidence) -> str:
    """Return the name of the belief that is wrong in a case."""
    return case.name.removeprefix("counter:")


def is_doubted(world: World, case: CaseEvidence) -> bool:
    """Whether nobody has measured that the belief is true which is wrong in a case."""
    belief = world.beliefs.get(belief_of(case))
    return belief is None or belief.basis != "measured"


def _foremost_number(rests_on: Sequence[Rest]) -> str:
    """Return the number with the greatest effect, though by itself it may not decide."""
    return next((rest.path for rest in rests_on if rest.kind == "number"), "")
