"""What does a verdict say in whole sentences? The same words for the terminal, the report and others.

Sentences only, built from the evidence: no layout, no markup, no escaping.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence, Dark, Verdict
from tidegate.present.quantities import after_text
from tidegate.present.sentence import capitalised, inside
from tidegate.present.verdict import counts, highlights
from tidegate.present.verdict.unknown import measure_text, told_number

VERDICT_WORDS = {
    "proceed": "PROCEED",
    "slow_down": "SLOW DOWN",
    "protect_first": "PROTECT FIRST",
    "stop": "STOP",
    "cannot_tell": "CANNOT TELL",
}


@dataclass(frozen=True, kw_only=True)
class Change:
    """One thing that would change the answer, and how to find out; `measure` may be empty."""

    says: str
    measure: str


def title_text(verdict: Verdict) -> str:
    """Return what was judged: the world and the activity; and at which size, where that is not the whole."""
    most = max(verdict.reproduction.fractions, default=1.0)
    size = "" if most >= 1.0 else f" · run at 1/{round(1 / most):,} of its size"
    return f"{verdict.world} · {verdict.activity_title or verdict.activity}{size}"


def case_clause(case: CaseEvidence) -> str:
    """Return the case as part of a sentence: "as believed", "if back-off fails"."""
    return f"if {case.title}" if case.name.startswith("counter:") else case.title


def folded_text(verdict: Verdict) -> str:
    """Return the counter-beliefs that have no column of their own, in one sentence; may be empty."""
    folded = highlights.acting_cases(verdict)[highlights.CASES_SHOWN_COUNT :]
    if not folded:
        return ""
    listed = "; ".join(f"{case_clause(case)}, {counts.runs_clause(case.collapse)}" for case in folded)
    return f"{capitalised(listed)}."


# How notes on limits begin that need no simulation: those that are exceeded, and those that are full.
COUNTED = "By arithmetic"
FULL = "It leaves nothing"
IDLE_BELIEF = "The counter-belief "  # … NAME changes nothing
# How lists of what is not used of a manifest begin, and how many paths of each a terminal shows.
UNUSED_SHOWN = {"Not used, and it bears on start and stop: ": 12, "Not used besides: ": 4}
_LISTED_COUNT = 3
EITHER_WAY = " either way"
"""Behind what is so as believed and with the belief wrong that the answer hangs on."""


def notes_texts(verdict: Verdict) -> tuple[str, ...]:
    """Return the notes that stand nowhere else in the answer: assumed, not used, without effect."""
    return tuple(note_text(note) for note in verdict.notes if not note.startswith((COUNTED, FULL)))


def note_text(note: str) -> str:
    """Return a note as a terminal shows it: of a long list of what is not used, the first and a count."""
    opening = next((opening for opening in UNUSED_SHOWN if note.startswith(opening)), "")
    listed, of, named = note.removeprefix(opening).rpartition(" of ")
    paths, most = listed.split(", "), UNUSED_SHOWN.get(opening, 0)
    if not opening or len(paths) <= most + 1:
        return note
    first = ", ".join(paths[:most])
    return f"{opening}{first} and {len(paths) - most:,} more{of}{named} All are in `--format json`."


def not_acting(verdict: Verdict) -> tuple[str, ...]:
    """Return what not acting would do, where that is not said loudly; the first of `holding_back`."""
    told = verdict.holding_back_is_worse or highlights.case_named(verdict, "not_acting") is None
    return () if told else holding_back(verdict)[:1]


def without_text(verdict: Verdict) -> str:
    """Return how what comes without what is judged is called: an activity is a change, triggers happen."""
    return "without the change" if verdict.activity else "without the triggers"


def holding_back(verdict: Verdict) -> tuple[str, ...]:
    """Return what not acting, acting slower and protecting first would do, the loud sentence first."""
    sentences = []
    if verdict.holding_back_is_worse:
        acting = counts.runs_cell(highlights.deciding_case(verdict).collapse)
        idle = highlights.case_named(verdict, "not_acting")
        against = f" in {counts.runs_cell(idle.collapse)}, acting in {acting}" if idle else ""
        sentences.append(f"HOLDING BACK IS WORSE: not acting, service does not recover{against}.")
    others = {
        "not_acting": capitalised(without_text(verdict)),
        "slower": "Acting slower",
        "protected": "Acting protected",
    }
    for name, what in others.items():
        case = highlights.case_named(verdict, name)
        if case is not None and not (name == "not_acting" and verdict.holding_back_is_worse):
            detail = f" ({case.title})" if name != "not_acting" and case.title else ""
            sentences.append(f"{what}{detail}, {_fate(case, verdict)}.")
    return tuple(sentences)


def _fate(case: CaseEvidence, verdict: Verdict) -> str:
    """Return what the runs of a case say, and where that is too many that it is none the better."""
    if case.name == "not_acting" and verdict.ill_without:
        return f"it does not hold either: {verdict.ill_without[0].rstrip('.')}"
    said = counts.chance_clause(case.collapse, verdict.acceptable_ratio)
    if case.collapse.low > verdict.acceptable_ratio:
        return f"{said}, which is not safe either"
    return said


def ranges_texts(verdict: Verdict) -> tuple[str, ...]:
    """Return, per case, what the worlds say that were drawn from the ranges."""
    return tuple(
        f"{capitalised(case_clause(case))}, {counts.worlds_clause(ranges)}."
        for ranges in verdict.ranges
        if (case := highlights.case_named(verdict, ranges.case)) is not None
    )


def dark_text(verdict: Verdict) -> str:
    """Return the tooling that goes dark with the activity and when, as a sentence; may be empty."""
    tooling = highlights.lost(verdict, "tooling")
    if not tooling:
        named = any(dark.kind == "tooling" for dark in verdict.dark)
        return "Goes dark with it: none of the tooling the world names." if named else ""
    said: list[str] = []
    last: float | None = None
    for dark in tooling:
        when = f" ({after_text(dark.from_s)})" if dark.from_s is not None and dark.from_s != last else ""
        said.append(f"{_name(dark)}{when}")
        last = dark.from_s
    return f"Goes dark with it{only_if(verdict, tooling)}: {', '.join(said)}."


def customers_text(verdict: Verdict) -> str:
    """Return who of the customers is affected and what goes on working, as sentences; may be empty."""
    segments = highlights.lost(verdict, "segment")
    if not segments:
        return ""
    names = ", ".join(_name(dark) for dark in segments)
    keeps = dict.fromkeys(inside(dark.keeps).rstrip(".") for dark in segments if dark.keeps)
    kept = [f"Still works: {', '.join(keeps)}."] if keeps else []
    return " ".join([f"Customers{only_if(verdict, segments)}: {names}.", *kept])


def changes(verdict: Verdict, *, most_count: int = _LISTED_COUNT) -> tuple[Change, ...]:
    """Return what would change the answer, the greatest effect first."""
    return tuple(
        Change(says=_with_basis(rest), measure=measure_text(rest)) for rest in _moving(verdict, most_count)
    )


def _moving(verdict: Verdict, most_count: int) -> tuple[Rest, ...]:
    return tuple(one for one in verdict.rests_on[:most_count] if one.flips or one.effect_ratio > 0.0)


def size_text(verdict: Verdict) -> str:
    """Return which shares of its size were run: ``at 1/50 and 1/100 of its size``; empty for all."""
    fractions = sorted({one for one in verdict.reproduction.fractions if one < 1.0}, reverse=True)
    listed = " and ".join(f"1/{round(1 / one):,}" for one in fractions)
    return f"at {listed} of its size" if listed else ""


def runs_text(verdict: Verdict) -> str:
    """Return how many runs each case took: ``240 + 260 runs``."""
    counts = (case.collapse.runs_count + case.collapse.harder_runs_count for case in verdict.cases)
    return f"{' + '.join(map(str, counts))} runs"


def only_if(verdict: Verdict, things: tuple[Dark, ...]) -> str:
    """Return in which case `things` are lost, as far as it is not certain that they are; may be empty.

    Where some are lost as believed and some with a belief wrong, that it is so of some.
    """
    wrong = [highlights.case_named(verdict, one.case) for one in things if one.case != "believed"]
    clauses = [case_clause(one) for one in dict.fromkeys(filter(None, wrong))]
    if clauses:
        some = "" if len(wrong) == len(things) and len(clauses) == 1 else ", some of it only"
        return f"{some} {' or '.join(clauses)}"
    if verdict.verdict == "cannot_tell" and any(one.collapse.value > 0.0 for one in verdict.ranges):
        return f" at the values {'assumed' if verdict.guesses_count else 'given'}"
    decides = highlights.deciding_case(verdict)
    if decides is highlights.believed(verdict):
        return ""
    lost_too = all(_is_over(decides, one.because) for one in things)
    return EITHER_WAY if lost_too else " even as believed"


def _is_over(case: CaseEvidence, crossing: str) -> bool:
    """Whether a crossing comes to a limit in a case."""
    found = highlights.crossing_named(case, crossing)
    return found is not None and found.saturated_at_s is not None


def _with_basis(rest: Rest) -> str:
    return told_number(rest) if rest.kind == "number" else f"{rest.says.rstrip('.')} ({rest.basis})"


def _name(dark: Dark) -> str:
    return dark.title or dark.name


def _from(at_s: float | None) -> str:
    return f" from {after_text(at_s)}" if at_s is not None else ""
