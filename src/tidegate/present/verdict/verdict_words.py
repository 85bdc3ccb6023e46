"""What does a verdict say in whole sentences? The same words for the terminal, the report and others.

Sentences only, built from the evidence: no layout, no markup, no escaping.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.judging.verdict import (
    CaseEvidence,
    CrossingEvidence,
    Dark,
    Ranges,
    Remedy,
    Rest,
    Verdict,
)
from tidegate.present.quantities import (
    NO_BREAK,
    after_text,
    count_text,
    duration_text,
    percent_text,
    probability_text,
)
from tidegate.present.sentence import capitalised, inside
from tidegate.present.verdict import highlights
from tidegate.present.verdict.fitting import fits_text
from tidegate.present.verdict.unknown import cannot_tell, how, measure_text

VERDICT_WORDS = {
    "proceed": "PROCEED",
    "slow_down": "SLOW DOWN",
    "protect_first": "PROTECT FIRST",
    "stop": "STOP",
    "cannot_tell": "CANNOT TELL",
}
_BASIS_WORDS = {
    "assumed": "believed, never measured",
    "published": "published, not measured here",
    "measured": "measured",
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


def condition_text(verdict: Verdict) -> str:
    """Return what the verdict hangs on, as it follows the verdict's word; may be empty."""
    if verdict.verdict == "cannot_tell":
        return _unknown_text(verdict) if verdict.deciding else ""
    if not verdict.condition:
        return ""
    rest = highlights.rest_named(verdict, verdict.condition)
    says = inside(rest.says) if rest else verdict.condition
    basis = f" ({_BASIS_WORDS.get(rest.basis, rest.basis)})" if rest else ""
    link = "as long as" if verdict.verdict == "proceed" else "unless"
    return f"{link} {says}{basis}"


def _unknown_text(verdict: Verdict) -> str:
    """Return how many things decide that are not known, as the list of what would change it counts them."""
    rest = highlights.rest_named(verdict, verdict.deciding)
    kind = rest.kind if rest else "number"
    if rest is not None and not rest.flips:
        return f"{kind}s that are not known decide together"
    count = sum(one.flips and one.kind == kind for one in _moving(verdict, _LISTED_COUNT))
    if count > 1:
        return f"{count} {kind}s decide, each alone, and are not known"
    return f"one {kind} decides and is not known"


def case_clause(case: CaseEvidence) -> str:
    """Return the case as part of a sentence: "as believed", "if back-off fails"."""
    return f"if {case.title}" if case.name.startswith("counter:") else case.title


def folded_text(verdict: Verdict) -> str:
    """Return the counter-beliefs that have no column of their own, in one sentence; may be empty."""
    folded = highlights.acting_cases(verdict)[highlights.CASES_SHOWN_COUNT :]
    if not folded:
        return ""
    listed = "; ".join(f"{case_clause(case)} {probability_text(case.collapse)}" for case in folded)
    return f"P(collapse) also {listed}."


# How notes on limits begin that need no simulation: those that are exceeded, and those that are full.
COUNTED = "By arithmetic"
FULL = "It leaves nothing"
IDLE_BELIEF = "The counter-belief "  # … NAME changes nothing
# How lists of what is not used of a manifest begin, and how many paths of each a terminal shows.
UNUSED_SHOWN = {"Not used, and it bears on start and stop: ": 12, "Not used besides: ": 4}


_LISTED_COUNT = 3
_AILING = 0.05  # of the time before: more than chance


def advice_text(verdict: Verdict) -> str:
    """Return the one paragraph a tired engineer can act on."""
    if verdict.verdict == "cannot_tell":
        counted = [note for note in verdict.notes if note.startswith(COUNTED)]
        return " ".join([*cannot_tell(verdict), *counted])
    if verdict.verdict == "proceed":
        return " ".join(_proceed(verdict))
    return " ".join(_hold(verdict))


def _objectives(verdict: Verdict) -> list[str]:
    """Return which objectives do not hold, no number apart from its sign."""
    return [sentence.replace(" %", f"{NO_BREAK}%") for sentence in verdict.failed_objectives]


def _proceed(verdict: Verdict) -> list[str]:
    case = highlights.believed(verdict)
    sentences = ["It may go ahead as planned."]
    sentences += _nearest(verdict, case)
    sentences += [note for note in verdict.notes if note.startswith((FULL, COUNTED))]
    if case.recovery_s:
        sentences.append(f"Service is normal again after {duration_text(case.recovery_s)}.")
    elif case.recovery_s is not None:
        sentences.append("Service stays normal throughout.")
    if verdict.condition:
        rest = highlights.rest_named(verdict, verdict.condition)
        sentences.append(f"Make sure of one thing first{how(rest)}")
    elif all(one.collapse.value <= verdict.acceptable_ratio for one in highlights.acting_cases(verdict)):
        idle_count = sum(note.startswith(IDLE_BELIEF) for note in verdict.notes)
        if len(highlights.acting_cases(verdict)) > 1 + idle_count:
            other = "other " if idle_count else ""
            sentences.append(f"That holds whichever one of the {other}beliefs is wrong.")
    return [*sentences, *_objectives(verdict)]


def _nearest(verdict: Verdict, case: CaseEvidence) -> list[str]:
    """Return how near the activity comes to the nearest of all limits, those that are sums among them."""
    choke = highlights.choke(case)
    pressure = highlights.pressure_ratio(choke) if choke is not None else 0.0
    limit = verdict.nearest
    if limit is not None and limit.pressure_ratio >= pressure:
        wanted, allowed = count_text(limit.wanted), count_text(limit.allowed)
        each = "/s" if limit.kind == "rate" else ""
        of = f" ({wanted} of {allowed}{each})"
        share = percent_text(limit.pressure_ratio)
        return [f"{limit.path} is the nearest limit: {share} of it is wanted{of}."]
    if choke is None:
        return []
    return [f"{choke.name} comes to {percent_text(pressure)} of its nearest limit."]


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


def _hold(verdict: Verdict) -> list[str]:
    case = highlights.deciding_case(verdict)
    choke = highlights.choke(case)
    place = choke.name if choke else "the path"
    opening = {
        "slow_down": "Do not run it this fast: run it in smaller steps.",
        "protect_first": f"Do not run it before {_protected(verdict, place)} is protected.",
    }.get(verdict.verdict, "Do not run it yet." if verdict.condition else "Do not run it as planned.")
    sentences = [opening, *_what_happens(verdict, case, choke)]
    sentences += [note for note in verdict.notes if note.startswith(COUNTED)]
    if verdict.fits:
        sentences.append(f"It would fit with {fits_text(verdict.fits)}.")
    blind = next((dark for dark in highlights.lost(verdict, "tooling") if dark.role == "monitoring"), None)
    if blind is not None and blind.from_s is not None:
        sentences.append(f"You would be blind from {after_text(blind.from_s)}: {_name(blind)} goes with it.")
    rest = highlights.rest_named(verdict, verdict.condition) if verdict.condition else None
    if rest is not None and verdict.verdict in {"slow_down", "protect_first"}:
        sentences.append(f"It may run as planned once it is known that {inside(rest.says)}{how(rest)}")
    elif rest is not None:
        sentences.append(f"Find out first whether {inside(rest.says)}{how(rest)}")
    if verdict.verdict == "slow_down":
        sentences.append(f"`tidegate ramp --activity {verdict.activity}` finds the fastest safe pace.")
    if verdict.remedy is not None:
        sentences += _protect(verdict, verdict.remedy)
    if not verdict.sure:
        sentences.append("These runs are too few to be sure of that: give it more with `--runs`.")
    return [*sentences, *_objectives(verdict)]


def _protected(verdict: Verdict, place: str) -> str:
    """Return the crossing where the remedy is set there; what helps elsewhere protects the whole."""
    settings = verdict.remedy.settings if verdict.remedy is not None else ()
    names = {setting.path.split(".")[1] for setting in settings}
    return place if not names or place in names else "it"


def _protect(verdict: Verdict, remedy: Remedy) -> list[str]:
    """Return what is to be set first, and who looks for less."""
    values = ", ".join(f"{setting.path} to {setting.value}" for setting in remedy.settings)
    option = f" --activity {verdict.activity}" if verdict.activity else ""
    looks = f"`tidegate protect{option}` looks for the fewest settings, with margin, and writes their files."
    return [f"It holds with {remedy.name}: set {values} first.", looks]


def _what_happens(verdict: Verdict, case: CaseEvidence, choke: CrossingEvidence | None) -> list[str]:
    clause = case_clause(case)
    strain = strain_text(choke) if choke else ""
    reasons = [*_counted(verdict, case), strain]
    sentences = [f"{capitalised(clause)}, {reason}." for reason in reasons if reason]
    start = "Service" if sentences else f"{capitalised(clause)}, service"
    if case.collapse.value > verdict.acceptable_ratio:
        share, horizon = percent_text(case.collapse.value), duration_text(verdict.horizon_s)
        sentences.append(f"{start} does not recover within {horizon} in {share} of the runs.")
    if case.tips_ratio > verdict.acceptable_ratio:
        share = percent_text(case.tips_ratio)
        sentences.append(
            f"That is not the activity's doing alone: in {share} of the runs calm itself tips, long after."
        )
    if case.spinning:
        often = count_text(case.spinning_per_s)
        sentences.append(
            f"{case.spinning} makes {often} attempts/s without a pause; the runs were ended for it."
        )
    if case.recurs_ratio > verdict.acceptable_ratio:
        share = percent_text(case.recurs_ratio)
        sentences.append(f"The outage comes again after a calm in {share} of the runs.")
    if case.unstarted_ratio > verdict.acceptable_ratio:
        share = percent_text(case.unstarted_ratio)
        sentences.append(f"Not all have started by then in {share} of the runs.")
    if case.ails_before_ratio > _AILING:
        share = percent_text(case.ails_before_ratio)
        sentences.append(f"Service is bad for {share} of the time before anything happens.")
    floor = highlights.success_floor_ratio(case)
    late = highlights.late_clients(verdict, case)
    if late is not None:
        peak, normal = count_text(late.waiting_peak_count), count_text(late.waiting_normal_count)
        sentences.append(
            f"Requests are late rather than lost: {peak} wait at once ({late.title}), usually {normal}."
        )
    if floor is not None and floor < 0.99:
        sentences.append(f"In the worst minute {percent_text(floor)} of the requests are served.")
    return sentences


def _counted(verdict: Verdict, case: CaseEvidence) -> tuple[str, ...]:
    """Return the limits that arithmetic says are exceeded where a belief is wrong; notes tell the others."""
    return () if case is verdict.cases[0] else case.exceeded


def strain_text(crossing: CrossingEvidence) -> str:
    """Return which limit of a crossing gives way, as part of a sentence; empty where none does."""
    name = crossing.name
    if highlights.setup_ratio(crossing) >= 1.0 and crossing.setup_capacity_per_s is not None:
        peak, capacity = count_text(crossing.setup_peak_per_s), count_text(crossing.setup_capacity_per_s)
        since = (
            f", over its limit from {after_text(at_s)}"
            if (at_s := crossing.setup_limit_at_s) is not None
            else ""
        )
        return f"{name} is asked for {peak} new flows/s but can set up {capacity}{since}"
    if (crossing.table_peak_ratio or 0.0) >= 1.0:
        return f"the flow table of {name} is full{_from(crossing.table_full_at_s)}"
    if (crossing.ports_peak_ratio or 0.0) >= 1.0:
        return f"{name} has no port left{_from(crossing.ports_full_at_s)}"
    if highlights.packets_ratio(crossing) >= 1.0 and crossing.packets_capacity_per_s is not None:
        peak, capacity = count_text(crossing.packets_peak_per_s), count_text(crossing.packets_capacity_per_s)
        return f"{name} gets {peak} packets/s but can forward {capacity}"
    return ""


def holding_back(verdict: Verdict) -> tuple[str, ...]:
    """Return what not acting, acting slower and protecting first would do, the loud sentence first."""
    sentences = []
    if verdict.holding_back_is_worse:
        acting = probability_text(highlights.deciding_case(verdict).collapse)
        idle = highlights.case_named(verdict, "not_acting")
        against = f" in {probability_text(idle.collapse)} of the runs, acting in {acting}" if idle else ""
        sentences.append(f"HOLDING BACK IS WORSE: not acting collapses{against}.")
    others = {"not_acting": "Not acting", "slower": "Acting slower", "protected": "Acting protected"}
    for name, what in others.items():
        case = highlights.case_named(verdict, name)
        if case is not None and not (name == "not_acting" and verdict.holding_back_is_worse):
            detail = f" ({case.title})" if name != "not_acting" and case.title else ""
            sentences.append(f"{what}{detail} {_fate(case, verdict)}.")
    return tuple(sentences)


def _fate(case: CaseEvidence, verdict: Verdict) -> str:
    horizon = duration_text(verdict.horizon_s)
    share = f"P(collapse within {horizon}) {probability_text(case.collapse)}"
    if case.collapse.high <= verdict.acceptable_ratio:
        return f"is safe for {horizon}: {share}"
    if highlights.collapses(case):
        return f"collapses as well: {share}"
    if case.collapse.low > verdict.acceptable_ratio:
        return f"is not safe either: {share}"
    if case.collapse.value <= verdict.acceptable_ratio:
        return f"looks safe for {horizon}, but the runs are too few to be sure: {share}"
    return f"looks unsafe, but the runs are too few to be sure: {share}"


def ranges_texts(verdict: Verdict) -> tuple[str, ...]:
    """Return, per case, over what share of the assumed ranges the outcome holds."""
    return tuple(
        _range_text(ranges, case)
        for ranges in verdict.ranges
        if (case := highlights.case_named(verdict, ranges.case)) is not None
    )


def _range_text(ranges: Ranges, case: CaseEvidence) -> str:
    down = highlights.collapses(case)
    held_ratio = ranges.collapse.value if down else 1.0 - ranges.collapse.value
    share = "all" if held_ratio == 1.0 else percent_text(held_ratio)
    outcome = "collapse" if down else "recovery" if case.recovery_s else "it"
    numbers = f"{ranges.numbers_count} number{'s' if ranges.numbers_count != 1 else ''}"
    points = f"{ranges.collapse.runs_count} points of {numbers}"
    if ranges.mixed_count:
        points += f"; chance decides at {ranges.mixed_count} of them"
    return f"{capitalised(case_clause(case))}, {outcome} holds over {share} of the assumed ranges ({points})."


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
    return f"Goes dark with it{_only_if(verdict, tooling)}: {', '.join(said)}."


def customers_text(verdict: Verdict) -> str:
    """Return who of the customers is affected and what goes on working, as sentences; may be empty."""
    segments = highlights.lost(verdict, "segment")
    if not segments:
        return ""
    names = ", ".join(_name(dark) for dark in segments)
    keeps = dict.fromkeys(inside(dark.keeps).rstrip(".") for dark in segments if dark.keeps)
    kept = [f"Still works: {', '.join(keeps)}."] if keeps else []
    return " ".join([f"Customers{_only_if(verdict, segments)}: {names}.", *kept])


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


def _only_if(verdict: Verdict, things: tuple[Dark, ...]) -> str:
    """Return the one case in which all of `things` are lost, where that is a counter-belief."""
    names = {dark.case for dark in things}
    case = highlights.case_named(verdict, names.pop()) if len(names) == 1 else None
    return f" {case_clause(case)}" if case is not None and case.name != "believed" else ""


def _with_basis(rest: Rest) -> str:
    says = rest.says.rstrip(".")
    return says if rest.kind == "number" else f"{says} ({rest.basis})"


def _name(dark: Dark) -> str:
    return dark.title or dark.name


def _from(at_s: float | None) -> str:
    return f" from {after_text(at_s)}" if at_s is not None else ""
