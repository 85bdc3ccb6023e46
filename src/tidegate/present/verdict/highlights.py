"""What in a verdict matters to a reader: which cases are shown, which crossing chokes, what is lost.

Only choices, no words: terminal and report make the same ones. Nothing here computes new evidence.
"""

from __future__ import annotations

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import (
    CaseEvidence,
    ClientsEvidence,
    CrossingEvidence,
    Dark,
    Ranges,
    Series,
    Verdict,
)

CASES_SHOWN_COUNT = 3
_MATTERS_RATIO = 0.5
_ANSWERED_RATIO = 0.9  # from which share served a collapse is one of lateness, not of loss
LITTLE_IS_LOST_RATIO = 0.99
"""Below so much answered in the worst minute it is said how much."""
_HELD_BACK = ("not_acting", "slower", "protected", "helped")


def believed(verdict: Verdict) -> CaseEvidence:
    """Return the case in which every belief holds."""
    return verdict.cases[0]


def case_named(verdict: Verdict, name: str) -> CaseEvidence | None:
    """Return the case of that name, if it was run."""
    return next((case for case in verdict.cases if case.name == name), None)


def acting_cases(verdict: Verdict) -> tuple[CaseEvidence, ...]:
    """Return the cases in which the activity runs as planned: as believed, then the worst first.

    The counter-belief that the verdict hangs on always comes second.
    """
    counters = [case for case in verdict.cases[1:] if case.name not in _HELD_BACK]
    hangs_on = f"counter:{verdict.condition}"
    counters.sort(
        key=lambda case: (case.name != hangs_on, _is_ruled_out(verdict, case), -case.collapse.value)
    )
    return (verdict.cases[0], *counters)


def doubted_cases(verdict: Verdict) -> tuple[CaseEvidence, ...]:
    """Return the same without those in which a belief is wrong that was measured: they decide nothing."""
    return tuple(case for case in acting_cases(verdict) if not _is_ruled_out(verdict, case))


def _is_ruled_out(verdict: Verdict, case: CaseEvidence) -> bool:
    rest = rest_named(verdict, case.name.removeprefix("counter:"))
    return rest is not None and rest.kind == "belief" and rest.basis == "measured"


def deciding_case(verdict: Verdict) -> CaseEvidence:
    """Return the case the verdict hangs on: its condition's counter-belief, else the worst one."""
    if verdict.condition:
        named = case_named(verdict, f"counter:{verdict.condition}")
        if named is not None:
            return named
    if verdict.verdict == "proceed":
        return believed(verdict)
    return max(doubted_cases(verdict), key=lambda case: case.collapse.value)


def collapses(case: CaseEvidence) -> bool:
    """Return whether most runs of the case collapse."""
    return case.collapse.value >= 0.5


def setup_ratio(crossing: CrossingEvidence) -> float:
    """Return the peak of new flows over what the crossing can set up; 0 without a limit."""
    capacity = crossing.setup_capacity_per_s
    return crossing.setup_peak_per_s / capacity if capacity else 0.0


def packets_ratio(crossing: CrossingEvidence) -> float:
    """Return the peak of packets over what the crossing can forward; 0 without a limit."""
    capacity = crossing.packets_capacity_per_s
    return crossing.packets_peak_per_s / capacity if capacity else 0.0


def pressure_ratio(crossing: CrossingEvidence) -> float:
    """Return how near the crossing comes to the nearest of its limits; 1 is at the limit."""
    return max(
        setup_ratio(crossing),
        packets_ratio(crossing),
        crossing.table_peak_ratio or 0.0,
        crossing.ports_peak_ratio or 0.0,
    )


def choke(case: CaseEvidence) -> CrossingEvidence | None:
    """Return the crossing under the greatest pressure; None in a world without crossings."""
    return max(case.crossings, key=pressure_ratio, default=None)


def crossing_named(case: CaseEvidence, name: str) -> CrossingEvidence | None:
    """Return what the crossing of that name goes through in `case`."""
    return next((crossing for crossing in case.crossings if crossing.name == name), None)


def crossings_that_matter(verdict: Verdict) -> tuple[str, ...]:
    """Return the crossings that come half-way to a limit in any case shown, and always the choke."""
    greatest: dict[str, float] = {}
    for case in acting_cases(verdict)[:CASES_SHOWN_COUNT]:
        for crossing in case.crossings:
            greatest[crossing.name] = max(greatest.get(crossing.name, 0.0), pressure_ratio(crossing))
    ranked = sorted(greatest, key=lambda name: -greatest[name])
    return tuple(name for i, name in enumerate(ranked) if i == 0 or greatest[name] >= _MATTERS_RATIO)


def success_floor_ratio(case: CaseEvidence) -> float | None:
    """Return the share of requests served in the worst minute of the worst-off population."""
    return min((clients.success_floor_ratio for clients in case.clients), default=None)


def unserved_s(case: CaseEvidence) -> float:
    """Return the longest time in which nobody of some population was answered although somebody waited."""
    return max((clients.unserved_s for clients in case.clients), default=0.0)


def late_clients(verdict: Verdict, case: CaseEvidence) -> ClientsEvidence | None:
    """Return the worst-off population of a case that collapses although its requests are served, late."""
    floor = success_floor_ratio(case)
    if case.collapse.value <= verdict.acceptable_ratio or floor is None or floor < _ANSWERED_RATIO:
        return None
    late = [one for one in case.clients if one.waiting_peak_count > one.waiting_normal_count > 0.0]
    return max(late, key=lambda one: one.waiting_peak_count / one.waiting_normal_count, default=None)


def recovery_s(case: CaseEvidence) -> float | None:
    """Return the median time to recover; None where most runs do not, whatever the lucky few take."""
    return None if collapses(case) else case.recovery_s


def drawn(verdict: Verdict, case_name: str) -> Ranges | None:
    """Return what the worlds drawn say of a case; None where none were."""
    return next((one for one in verdict.ranges if one.case == case_name), None)


def series_named(series: tuple[Series, ...], name: str) -> Series | None:
    """Return the series of that name."""
    return next((one for one in series if one.name == name), None)


def offered_and_served(crossing: CrossingEvidence) -> tuple[Series | None, Series | None]:
    """Return what is asked of a crossing and what is served of it, both in one unit: flows, or requests."""
    kept = series_named(crossing.series, "asked") is not None
    names = ("asked", "answered") if kept else ("offered", "served")
    return series_named(crossing.series, names[0]), series_named(crossing.series, names[1])


def lost(verdict: Verdict, kind: str) -> tuple[Dark, ...]:
    """Return the tooling (or segments) that are lost at all, earliest first, each once."""
    seen: dict[str, Dark] = {}
    for dark in sorted(verdict.dark, key=lambda dark: (dark.from_s is None, dark.from_s or 0.0)):
        if dark.kind == kind and dark.from_s is not None:
            seen.setdefault(dark.name, dark)
    return tuple(seen.values())


def rest_named(verdict: Verdict, path: str) -> Rest | None:
    """Return what is known about one belief or number that the answer rests on."""
    return next((rest for rest in verdict.rests_on if rest.path == path), None)
