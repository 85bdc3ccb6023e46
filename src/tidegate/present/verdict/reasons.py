"""What decides? The cause, by arithmetic or in the runs, and what would fit; then the objectives it costs.

The last sentences are the first to go where there is no room (`screen`), so that what decides stands first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence, ServiceEvidence, Verdict
from tidegate.present.quantities import NO_BREAK, count_text, duration_text, of_capacity_text, percent_text
from tidegate.present.sentence import capitalised, ended
from tidegate.present.verdict import headline, highlights
from tidegate.present.verdict.consequence import course_text, is_told, lasting_text
from tidegate.present.verdict.counts import runs_clause
from tidegate.present.verdict.said import Part
from tidegate.present.verdict.unknown import cannot_tell, unknown_numbers
from tidegate.present.verdict.verdict_words import COUNTED, FULL, IDLE_BELIEF, case_clause, without_text

_AILING = 0.05  # of the time before: more than chance
_LIMITS_SHOWN = 2


def why_part(verdict: Verdict, *, is_compared: bool) -> Part:
    """Return what decides; `is_compared` says that a table with the runs stands beside it."""
    if verdict.verdict == "proceed":
        return _proceeds(verdict)
    case = highlights.deciding_case(verdict)
    missed = _few(_objectives(verdict), "objectives do not hold either")
    counted = _counted(verdict)
    cause = [*counted[:1], *_ill_without(verdict), *counted[1:]]
    if verdict.verdict == "cannot_tell":
        unknown, rest = cannot_tell(verdict), (*missed, *_strain(case))
        # What is not known stands beside the verdict's word, and the count of it decides.
        first = len(cause) - len(counted[1:])
        shorter = (*cause[:first], *unknown[1:], *cause[first:], *rest) if unknown_numbers(verdict) else ()
        return Part(must=(*unknown, *cause, *rest), brief=shorter)
    strain = _strain(case)
    must = [*cause, *([] if case.exceeded else strain), *missed]
    must += [*_turns(verdict, case), *_others(verdict, case)]
    fails = case.collapse.value > verdict.acceptable_ratio
    if fails and not (must and is_compared):
        clause = runs_clause(case.collapse, fails="do not recover")
        must.append(f"{capitalised(case_clause(case))}, {clause} within {duration_text(verdict.horizon_s)}.")
    elif not (fails or case.exceeded or verdict.failed_objectives):
        must += cannot_tell(verdict)
    may = tuple(strain) if case.exceeded else ()
    return Part(must=tuple(must) or _course(verdict, case), may=may)


def _course(verdict: Verdict, case: CaseEvidence) -> tuple[str, ...]:
    """Return what the runs look like where nothing says more, and not what stands beside the verdict."""
    course, beside = course_text(verdict, case), (headline.remedy_text(verdict),)
    if is_told(course, beside):
        course = lasting_text(verdict, case, beside) or course
    return (course,) if course else ()


def _proceeds(verdict: Verdict) -> Part:
    counted = [note for note in verdict.notes if note.startswith((FULL, COUNTED))]
    near = _narrowest(verdict)
    acting = highlights.acting_cases(verdict)
    idle_count = sum(note.startswith(IDLE_BELIEF) for note in verdict.notes)
    tested = []
    if len(acting) > 1 + idle_count and all(one.collapse.value <= verdict.acceptable_ratio for one in acting):
        other = "other " if idle_count else ""
        tested.append(f"That holds whichever one of the {other}beliefs is wrong.")
    if verdict.condition:
        failed = highlights.deciding_case(verdict)
        if failed is not highlights.believed(verdict):
            tested.append(f"{capitalised(case_clause(failed))}, {runs_clause(failed.collapse)}.")
    return Part(must=(*near, *counted, *_objectives(verdict), *tested))


def _narrowest(verdict: Verdict) -> list[str]:
    """Return which place is nearest to one of its limits, and how near."""
    choke = highlights.choke(highlights.believed(verdict))
    pressure = highlights.pressure_ratio(choke) if choke is not None else 0.0
    limit = verdict.nearest
    if limit is not None and limit.pressure_ratio >= pressure:
        return [f"The nearest limit: {limit.says}."]
    if choke is None or not pressure:
        return ["No limit of this world is near."]
    return [f"The nearest limit: {use_text(choke)}."]


def use_text(crossing: CrossingEvidence) -> str:
    """Return how much is used of the limit that a crossing comes nearest to, as a clause."""
    name, ratio = crossing.name, highlights.pressure_ratio(crossing)
    if ratio == highlights.setup_ratio(crossing):
        used = of_capacity_text(crossing.setup_peak_per_s, crossing.setup_capacity_per_s)
        return f"{name} is asked for {used} new connections a second at most{_together(crossing)}"
    if ratio == highlights.packets_ratio(crossing):
        used = of_capacity_text(crossing.packets_peak_per_s, crossing.packets_capacity_per_s)
        return f"{name} gets {used} packets a second at most{_together(crossing)}"
    what = "flow table" if ratio == crossing.table_peak_ratio else "ports"
    return f"{percent_text(ratio)} of the {what} of {name} are taken at most"


def _counted(verdict: Verdict) -> list[str]:
    """Return the limits that arithmetic says are exceeded, the first of many and how many more there are."""
    case = highlights.deciding_case(verdict)
    notes = [note for note in verdict.notes if note.startswith(COUNTED)]
    if case is not highlights.believed(verdict):
        clauses = [f"{capitalised(case_clause(case))}, {case.exceeded[0]}."] if case.exceeded else []
        notes += [*clauses, *(f"And {limit}." for limit in case.exceeded[1:])]
    told = headline.remedy_text(verdict)
    rest = [note for note in notes if _clause(note) not in told and not _is_repeated(note, notes)]
    said = _few(rest, "more that arithmetic says (--more)")
    if any(_clause(note) in told for note in notes):
        said.insert(0, _count_text(verdict))
    return said


def _count_text(verdict: Verdict) -> str:
    """Return that a sum has decided, and whether a slower pace would change it, as far as that is known.

    Where one was run the limit is kept with it, or it would not have been; a herd's time is a matter of pace.
    """
    slower, limit = highlights.case_named(verdict, "slower"), verdict.narrowest
    if slower is not None:
        pace = slower.title.partition(" instead of ")[0]
        return f"This is a count, not a forecast; {pace} the limit is kept."
    pace_matters = not verdict.activity or (limit is not None and limit.kind == "time")
    return f"This is a count, not a forecast{'' if pace_matters else ': no pace helps'}."


def _ill_without(verdict: Verdict) -> list[str]:
    """Return that a world is not well without what is judged either: then it is no cause, or not the only."""
    if not verdict.ill_without:
        return []
    first = verdict.ill_without[0]
    told = any(first.rstrip(".") in note for note in verdict.notes)
    lead = f"It does not hold {without_text(verdict)} either"
    return [f"{lead}."] if told else [f"{lead}: {first}"]


def _clause(note: str) -> str:
    return note.removeprefix(f"{COUNTED}: ").rstrip(".")


def _is_repeated(note: str, notes: Sequence[str]) -> bool:
    """Whether another note says the same of the number that decides: what is believed is its bad end."""
    return any(other != note and f", {_clause(note)}." in other for other in notes)


def _few(sentences: Iterable[str], more_words: str) -> list[str]:
    every = list(sentences)
    more = len(every) - _LIMITS_SHOWN
    return every if more <= 0 else [*every[:_LIMITS_SHOWN], f"And {more} {more_words}."]


def _objectives(verdict: Verdict) -> list[str]:
    """Return which objectives do not hold, no number apart from its sign."""
    told = headline.remedy_text(verdict)
    said = [one.replace(" %", f"{NO_BREAK}%") for one in verdict.failed_objectives]
    return [one for one in said if one.rstrip(".") not in told]


def _strain(case: CaseEvidence) -> list[str]:
    """Return which place gives way in a case, as a sentence: a crossing, else a service that lets wait."""
    choke = highlights.choke(case)
    strain = (strain_text(choke) if choke else "") or wait_text(case)
    return [f"{capitalised(case_clause(case))}, {strain}."] if strain else []


def _turns(verdict: Verdict, case: CaseEvidence) -> list[str]:
    """Return what is unusual about how it fails."""
    said = []
    if case.spinning:
        often = count_text(case.spinning_per_s)
        said.append(f"{case.spinning} makes {often} attempts/s without a pause; the runs were ended for it.")
    if case.tips_ratio > verdict.acceptable_ratio:
        share = percent_text(case.tips_ratio)
        said.append(
            f"That is not the activity's doing alone: in {share} of the runs calm itself tips, long after."
        )
    if case.recurs_ratio > verdict.acceptable_ratio:
        said.append(f"The outage comes again after a calm in {percent_text(case.recurs_ratio)} of the runs.")
    if case.unstarted_ratio > verdict.acceptable_ratio:
        said.append(f"Not all have started by then in {percent_text(case.unstarted_ratio)} of the runs.")
    if case.ails_before_ratio > _AILING:
        share = percent_text(case.ails_before_ratio)
        said.append(f"Service is bad for {share} of the time before anything happens.")
    return said


def _others(verdict: Verdict, deciding: CaseEvidence) -> list[str]:
    """Return in which other cases it fails as well, as one sentence."""
    believed = highlights.believed(verdict)
    failing = [
        case
        for case in highlights.doubted_cases(verdict)
        if case.name not in {deciding.name, believed.name}
        and (case.exceeded or case.collapse.value > verdict.acceptable_ratio)
    ]
    if not failing:
        return []
    return [ended(f"it fails as well {', '.join(case_clause(case) for case in failing)}")]


def strain_text(crossing: CrossingEvidence) -> str:
    """Return which limit of a crossing gives way, as part of a sentence; empty where none does."""
    name = crossing.name
    if highlights.setup_ratio(crossing) >= 1.0 and crossing.setup_capacity_per_s is not None:
        peak, capacity = count_text(crossing.setup_peak_per_s), count_text(crossing.setup_capacity_per_s)
        can = f"{capacity}{_together(crossing)}"
        return f"{name} is asked for {peak} new connections a second and can set up {can}"
    if (crossing.table_peak_ratio or 0.0) >= 1.0:
        return f"the flow table of {name} is full"
    if (crossing.ports_peak_ratio or 0.0) >= 1.0:
        return f"{name} has no port left"
    if highlights.packets_ratio(crossing) >= 1.0 and crossing.packets_capacity_per_s is not None:
        peak, capacity = count_text(crossing.packets_peak_per_s), count_text(crossing.packets_capacity_per_s)
        return f"{name} gets {peak} packets a second and can forward {capacity}{_together(crossing)}"
    return ""


def _together(crossing: CrossingEvidence) -> str:
    """Return whose numbers these are, where there are several devices."""
    many = crossing.devices_count
    return f" ({many} devices together)" if many > 1 else ""


def wait_text(case: CaseEvidence) -> str:
    """Return at which service requests wait longer than who asks does, as a clause; may be empty."""
    late = [one for one in case.services if one.patience_s and one.waiting_peak_count >= 1.0]
    worst = max(late, key=_impatience, default=None)
    if worst is None or _impatience(worst) < 1.0:
        return ""
    count = count_text(worst.waiting_peak_count)
    gives_up = f"who asks gives up after {duration_text(worst.patience_s or 0.0)}"
    if worst.wait_peak_s is None:
        return f"{count} requests wait for {worst.title} at once, and are never all answered; {gives_up}"
    return (
        f"{count} requests wait for {worst.title} at once, the last of them for "
        f"{duration_text(worst.wait_peak_s)}; {gives_up}"
    )


def _impatience(one: ServiceEvidence) -> float:
    """Return how long the last of those who wait does, in time-outs of those who ask."""
    wait_s = math.inf if one.wait_peak_s is None else one.wait_peak_s
    return wait_s / (one.patience_s or math.inf)
