"""What if the answer is ignored? Who goes blind, who of the customers is hit, what waiting would bring."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import CaseEvidence, ClientsEvidence, Dark, Verdict
from tidegate.present.quantities import count_text, duration_text, percent_text
from tidegate.present.sentence import capitalised, inside, listed
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import bound_text, failed_count, of_runs
from tidegate.present.verdict.said import Part
from tidegate.present.verdict.verdict_words import EITHER_WAY, case_clause, not_acting, only_if

_NAMED_COUNT = 3
_BET = "It would be a bet on guesses"


def otherwise_part(verdict: Verdict, told: Sequence[str] = ()) -> Part:
    """Return what comes of ignoring an answer that is not *proceed*; empty of one that is.

    Parameters
    ----------
    verdict
        Whose it is.
    told
        What the answer has said before: that is not said again in other words.
    """
    if verdict.verdict == "proceed":
        return Part()
    case = highlights.deciding_case(verdict)
    tooling, segments = highlights.lost(verdict, "tooling"), highlights.lost(verdict, "segment")
    must = [
        *([f"{blind_text(verdict, tooling)}."] if tooling else []),
        *([f"{_hit(verdict, segments)}."] if segments else []),
    ]
    course = _guessed(verdict) or course_text(verdict, case)
    if not course or is_told(course, told):
        course = lasting_text(verdict, case, told) or course or _mild(verdict, case)
    may = [course] if must else []
    must = must or [course]
    keeps = dict.fromkeys(inside(dark.keeps).rstrip(".") for dark in segments if dark.keeps)
    if keeps:
        may.append(f"Still works: {', '.join(keeps)}.")
    may += not_acting(verdict)
    brief = _briefly(verdict, tooling, segments)
    if not brief and must == [course]:
        brief = _course_briefly(verdict, case) if course == course_text(verdict, case) else ()
    if not brief and must == [course] == [_guessed(verdict)]:
        brief = (f"{_BET}.",)  # how many fail stands with how sure it is
    return Part(must=tuple(must), may=tuple(may), brief=brief)


def is_told(course: str, told: Sequence[str]) -> bool:
    """Whether what was said before says the same: as it is, or as an objective of the worst minute."""
    of_worst_minute = any("succeed in the worst minute" in one for one in told)
    return course in told or (of_worst_minute and course.startswith("In the worst minute"))


def lasting_text(verdict: Verdict, case: CaseEvidence, told: Sequence[str]) -> str:
    """Return for how long service is away and when it is back, as a sentence; empty where it is not away."""
    unserved_s, recovery_s = highlights.unserved_s(case), highlights.recovery_s(case)
    said = []
    if unserved_s and not any("nobody is answered" in one for one in told):
        said.append(f"nobody is answered for {duration_text(unserved_s)}")
    if recovery_s:
        said.append(f"service is normal again after {duration_text(recovery_s)}")
    elif said and highlights.collapses(case):
        said.append(f"it does not clear within {duration_text(verdict.horizon_s)}")
    return f"{capitalised('; '.join(said))}." if said else ""


def _guessed(verdict: Verdict) -> str:
    """Return what a guess stakes where some numbers of their ranges hold and others do not, as a sentence."""
    drawn = next((one for one in verdict.ranges if one.case == "believed"), None)
    if verdict.verdict != "cannot_tell" or drawn is None or not drawn.collapse.value > 0.0:
        return ""
    within = duration_text(verdict.horizon_s)
    as_given = ", and so do most runs" if highlights.collapses(highlights.believed(verdict)) else ""
    return f"{_BET}: {of_runs(drawn.collapse)} worlds fail within {within}{as_given}."


def _mild(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what comes of what most runs recover from, as a sentence."""
    many, failed = case.collapse.runs_count, failed_count(case.collapse)
    normal = f"normal again after {duration_text(case.recovery_s)}" if case.recovery_s else "normal"
    if failed:
        within = duration_text(verdict.horizon_s)
        return f"In {failed} of {many} runs it does not clear within {within}; in the others it is {normal}."
    if case.exceeded:
        return f"More is wanted than the limit allows; in all {many} runs service is {normal} all the same."
    if verdict.failed_objectives:
        return f"An objective is missed; in all {many} runs service is {normal}."
    return f"It may fail: {bound_text(case.collapse)} recover within {duration_text(verdict.horizon_s)}."


def _briefly(verdict: Verdict, tooling: tuple[Dark, ...], segments: tuple[Dark, ...]) -> tuple[str, ...]:
    """Return who goes blind and how many are hit in one sentence, where there are many; else nothing."""
    if len(tooling) + len(segments) <= _NAMED_COUNT or not tooling:
        return ()
    names = [dark.title or dark.name for dark in tooling]
    first = f"{names[0]} and {len(names) - 1} more go dark" if len(names) > 1 else f"{names[0]} goes dark"
    hit = f"; {len(segments)} groups of customers are hit" if len(segments) > 1 else ""
    alike = only_if(verdict, segments) == only_if(verdict, tooling)
    hit += "" if alike or not hit else only_if(verdict, segments)
    # As believed it may come back, with the belief wrong it may not: for how long stands in the longer text.
    lasts = ", for a while at least" if only_if(verdict, tooling) == EITHER_WAY else ""
    return (f"{_blind(verdict, tooling)}{lasts}: {first}{hit}.",)


def blind_text(verdict: Verdict, tooling: tuple[Dark, ...]) -> str:
    """Return which tools go dark, how soon, and in which case where it is not in all, as a clause."""
    return f"{_blind(verdict, tooling)}: {_names(tooling)} go{'es' * (len(tooling) == 1)} dark"


def _blind(verdict: Verdict, tooling: tuple[Dark, ...]) -> str:
    return f"You would be blind {_soon(tooling)}{only_if(verdict, tooling)}"


def _hit(verdict: Verdict, segments: tuple[Dark, ...]) -> str:
    return f"Customers hit{only_if(verdict, segments)}: {_names(segments)}"


def _names(things: tuple[Dark, ...]) -> str:
    names = [dark.title or dark.name for dark in things]
    more = len(names) - _NAMED_COUNT
    if more > 0:
        return f"{', '.join(names[:_NAMED_COUNT])} and {more} more"
    return listed(names)


def _soon(things: tuple[Dark, ...]) -> str:
    """Return how soon the first is lost; no sharper than a minute has bins for."""
    first_s = min(dark.from_s or 0.0 for dark in things)
    return "within seconds" if first_s < 60.0 else f"after {duration_text(first_s)}"


def course_text(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what the runs of a case look like to those who use it, as a sentence; may be empty."""
    within = duration_text(verdict.horizon_s)
    floor = highlights.success_floor_ratio(case)
    late = highlights.late_clients(verdict, case)
    said = []
    if late is not None:
        peak, usual = count_text(late.waiting_peak_count), _usual(late)
        said.append(f"{peak} requests wait at once, where {usual} on a normal day")
    elif floor is not None and floor < highlights.LITTLE_IS_LOST_RATIO:
        said.append(f"in the worst minute {percent_text(floor)} of the requests are answered")
    if highlights.collapses(case):
        said.append(f"it does not clear within {within}")
    elif said and failed_count(case.collapse):
        said.append(f"in {of_runs(case.collapse)} runs it does not clear within {within}")
    # What happens comes first: where there is no room for all of it, that is what must not be missing.
    clause = f", {case_clause(case)}" if case.name.startswith("counter:") and said else ""
    return f"{capitalised('; '.join(said) + clause)}." if said else ""


def _usual(late: ClientsEvidence) -> str:
    normal = late.waiting_normal_count
    return f"{count_text(normal)} do" if normal >= 1.0 else "less than one does"


def _course_briefly(verdict: Verdict, case: CaseEvidence) -> tuple[str, ...]:
    """Return the same so shortly that it fits a line of its own."""
    within = duration_text(verdict.horizon_s)
    floor, late = highlights.success_floor_ratio(case), highlights.late_clients(verdict, case)
    said = []
    if late is not None:
        said.append(f"{count_text(late.waiting_peak_count)} requests wait at once")
    elif floor is not None and floor < highlights.LITTLE_IS_LOST_RATIO:
        said.append(f"at worst {percent_text(floor)} of requests are answered")
    if highlights.collapses(case):
        said.append(f"not cleared within {within}")
    elif said and failed_count(case.collapse):
        said.append(f"in {of_runs(case.collapse)} runs not cleared")
    lead = f"{case_clause(case)}, " if case.name.startswith("counter:") else ""
    return (f"{capitalised(lead + '; '.join(said))}.",) if said else ()
