"""How do the ways it can go differ? The case that decides first, the believed one, and the remedy.

Only what differs: a row whose cells are alike says nothing here, and a case that is no other than its
neighbour has no column. The cells are words already, so that every surface shows the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from tidegate.evaluate.judging.verdict import CaseEvidence, ClientsEvidence, CrossingEvidence, Verdict
from tidegate.present.quantities import count_text, duration_text, percent_text
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import of_runs, runs_cell
from tidegate.present.verdict.verdict_words import case_clause, without_text

_WHOLE_RATIO = 0.95  # of what is left of the horizon: nothing is answered as good as all the time


@dataclass(frozen=True, kw_only=True)
class Line:
    """One quantity over all columns."""

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """The ways it can go, side by side.

    Parameters
    ----------
    cases
        One for each column.
    headings
        What stands above them.
    lines
        The rows that differ, the one that says most first.
    """

    cases: tuple[CaseEvidence, ...]
    headings: tuple[str, ...]
    lines: tuple[Line, ...]


def comparison(verdict: Verdict) -> Comparison:
    """Return the columns in the order in which they are read, and the rows that differ."""
    cases = compared_cases(verdict)
    lines = tuple(line for line in _lines(verdict, cases) if len(set(line.cells)) > 1)
    return Comparison(cases=cases, headings=tuple(heading(verdict, one) for one in cases), lines=lines)


def compared_cases(verdict: Verdict) -> tuple[CaseEvidence, ...]:
    """Return the deciding case, the believed one and the remedy, each once."""
    cases = [highlights.deciding_case(verdict), highlights.believed(verdict)]
    # What is said to be set stands here, and not a pace beside it that was tried as well.
    remedy = highlights.case_named(verdict, "slower" if verdict.remedy is None else "protected")
    if remedy is None or _flatters(verdict, remedy):
        remedy = highlights.case_named(verdict, "not_acting") if verdict.verdict != "proceed" else None
    if remedy is not None:
        cases.append(remedy)
    return tuple({case.name: case for case in cases}.values())


def _flatters(verdict: Verdict, case: CaseEvidence) -> bool:
    """Whether a slower pace that is not shown to hold was run, and holds, as believed alone.

    Its column beside a case with a belief wrong would look like a way out.
    """
    decides = highlights.deciding_case(verdict) is not highlights.believed(verdict)
    is_answer = verdict.verdict in {"slow_down", "protect_first"} or case.name == "protected"
    return decides and not is_answer and case.collapse.value <= verdict.acceptable_ratio


def heading(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what a column is called: ``planned, if two processes per pod``; its case is never left open."""
    believed_decides = highlights.deciding_case(verdict) is highlights.believed(verdict)
    otherwise = "" if believed_decides else ", otherwise"
    if case.name == "protected" and verdict.remedy is not None:
        settings = verdict.remedy.settings
        either = ", either way" if verdict.condition else ""
        if len(settings) == 1:
            key = settings[0].path.rpartition(".")[2].replace("_", " ")
            return f"{key} {settings[0].value}{either}"
        return f"protected{either}"
    if case.name == "not_acting":
        shortly = "no change, otherwise" if verdict.activity else "no triggers, otherwise"
        return shortly if otherwise else without_text(verdict)
    if case.name == "slower":
        pace = case.title.partition(" instead of ")[0]
        shown = verdict.verdict == "slow_down" and len(verdict.remedy_runs) > 1
        return f"{pace}, either way" if shown else f"{pace}{otherwise}"
    if believed_decides:
        return "as planned"
    return "planned, otherwise" if case.name == "believed" else f"planned, {case_clause(case)}"


def _lines(verdict: Verdict, cases: tuple[CaseEvidence, ...]) -> Iterator[Line]:
    def line(label: str, cell: Callable[[CaseEvidence], str]) -> Line:
        return Line(label=label, cells=tuple(cell(case) for case in cases))

    # None of 400 and none of 20 are alike: how many were run says nothing of how it goes.
    if len({case.collapse.value for case in cases}) > 1:
        yield line("does not recover", lambda case: runs_cell(case.collapse))
    if sum(highlights.drawn(verdict, case.name) is not None for case in cases) > 1:
        yield line("with other guesses", partial(_drawn, verdict))
    if any(highlights.unserved_s(case) for case in cases):
        yield line("no answers for", lambda case: _unserved(verdict, case))
    floors = [highlights.success_floor_ratio(case) for case in cases]
    if any(one is not None and one < highlights.LITTLE_IS_LOST_RATIO for one in floors):
        yield line("answered, worst", _floor)
    late = next((one for case in cases if (one := highlights.late_clients(verdict, case))), None)
    if late is not None:
        yield line("waiting at once", lambda case: _waiting(late, case))
    place = highlights.choke(cases[0])
    if place is not None and highlights.pressure_ratio(place) >= 1.0:
        yield line(f"asked of {place.name}", lambda case: _asked(place, case))
    yield line("normal again", lambda case: _recovered(verdict, case))


def _drawn(verdict: Verdict, case: CaseEvidence) -> str:
    ranges = highlights.drawn(verdict, case.name)
    return f"{of_runs(ranges.collapse)} worlds" if ranges is not None else "not shown"


def _unserved(verdict: Verdict, case: CaseEvidence) -> str:
    unserved_s = highlights.unserved_s(case)
    left_s = verdict.horizon_s - verdict.cases[0].activity_at_s
    if not unserved_s:
        return "no time"
    return (
        f"all {duration_text(left_s)}" if unserved_s >= _WHOLE_RATIO * left_s else duration_text(unserved_s)
    )


def _floor(case: CaseEvidence) -> str:
    return percent_text(highlights.success_floor_ratio(case) or 0.0)


def _waiting(late: ClientsEvidence, case: CaseEvidence) -> str:
    clients = next(one for one in case.clients if one.name == late.name)
    return count_text(clients.waiting_peak_count)


def _asked(place: CrossingEvidence, case: CaseEvidence) -> str:
    crossing = highlights.crossing_named(case, place.name)
    return "" if crossing is None else limit_text(highlights.pressure_ratio(crossing))


def limit_text(ratio: float) -> str:
    """Return how much of a limit is asked for: ``7.0 × its limit``; of less than the whole the share."""
    if ratio >= 1.005:
        return f"{ratio:.1f} × its limit" if ratio < 99.5 else f"{ratio:,.0f} × its limit"
    return f"{percent_text(ratio)} of it"


def _recovered(verdict: Verdict, case: CaseEvidence) -> str:
    recovery_s = highlights.recovery_s(case)
    if recovery_s is None:
        return f"not within {duration_text(verdict.horizon_s)}"
    return f"after {duration_text(recovery_s)}" if recovery_s else "stays normal"
