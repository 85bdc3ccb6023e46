"""What does a verdict say in whole sentences? The same words for the terminal, the report and others.

Sentences only, built from the evidence: no layout, no markup, no escaping.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.verdict import CaseEvidence, CrossingEvidence, Dark, Ranges, Remedy, Rest, Verdict
from tidegate.present import reading
from tidegate.present.quantities import (
    after_text,
    count_text,
    duration_text,
    percent_text,
    probability_text,
)

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
    """Return what was judged: the world and the activity."""
    return f"{verdict.world} · {verdict.activity_title or verdict.activity}"


def condition_text(verdict: Verdict) -> str:
    """Return what the verdict hangs on, as it follows the verdict's word; may be empty."""
    if verdict.verdict == "cannot_tell":
        rest = reading.rest_named(verdict, verdict.deciding)
        return f"one {rest.kind if rest else 'number'} decides and is not known" if verdict.deciding else ""
    if not verdict.condition:
        return ""
    rest = reading.rest_named(verdict, verdict.condition)
    says = _inside(rest.says) if rest else verdict.condition
    basis = f" ({_BASIS_WORDS.get(rest.basis, rest.basis)})" if rest else ""
    link = "as long as" if verdict.verdict == "proceed" else "unless"
    return f"{link} {says}{basis}"


def case_clause(case: CaseEvidence) -> str:
    """Return the case as part of a sentence: "as believed", "if back-off fails"."""
    return f"if {case.title}" if case.name.startswith("counter:") else case.title


def folded_text(verdict: Verdict) -> str:
    """Return the counter-beliefs that have no column of their own, in one sentence; may be empty."""
    folded = reading.acting_cases(verdict)[reading.CASES_SHOWN_COUNT :]
    if not folded:
        return ""
    listed = "; ".join(f"{case_clause(case)} {probability_text(case.collapse)}" for case in folded)
    return f"P(collapse) also {listed}."


_PROBE = "`tidegate probe` can measure it"
# How notes on limits begin that need no simulation: those that are exceeded, and those that are full.
COUNTED = "By arithmetic"
FULL = "It leaves nothing"


def advice_text(verdict: Verdict) -> str:
    """Return the one paragraph a tired engineer can act on."""
    if verdict.verdict == "cannot_tell":
        return " ".join(_cannot_tell(verdict))
    if verdict.verdict == "proceed":
        return " ".join(_proceed(verdict))
    return " ".join(_hold(verdict))


def _proceed(verdict: Verdict) -> list[str]:
    case = reading.believed(verdict)
    sentences = ["It may go ahead as planned."]
    choke = reading.choke(case)
    if choke is not None:
        pressure = percent_text(reading.pressure_ratio(choke))
        sentences.append(f"{choke.name} comes to {pressure} of its nearest limit.")
    sentences += [note for note in verdict.notes if note.startswith(FULL)]
    if case.recovery_s:
        sentences.append(f"Service is normal again after {duration_text(case.recovery_s)}.")
    elif case.recovery_s is not None:
        sentences.append("Service stays normal throughout.")
    if verdict.condition:
        rest = reading.rest_named(verdict, verdict.condition)
        sentences.append(f"Make sure of one thing first{_how(rest)}")
    elif len(verdict.cases) > 1 and all(
        one.collapse.value <= verdict.acceptable_ratio for one in reading.acting_cases(verdict)
    ):
        sentences.append("That holds whichever one of the beliefs is wrong.")
    return [*sentences, *verdict.failed_objectives]


def _hold(verdict: Verdict) -> list[str]:
    case = reading.deciding_case(verdict)
    choke = reading.choke(case)
    place = choke.name if choke else "the path"
    opening = {
        "slow_down": "Do not run it this fast: run it in smaller steps.",
        "protect_first": f"Do not run it before {_protected(verdict, place)} is protected.",
    }.get(verdict.verdict, "Do not run it yet." if verdict.condition else "Do not run it as planned.")
    sentences = [opening, *_what_happens(verdict, case, choke)]
    sentences += [note for note in verdict.notes if note.startswith(COUNTED)]
    blind = next((dark for dark in reading.lost(verdict, "tooling") if dark.role == "monitoring"), None)
    if blind is not None and blind.from_s is not None:
        sentences.append(f"You would be blind from {after_text(blind.from_s)}: {_name(blind)} goes with it.")
    rest = reading.rest_named(verdict, verdict.condition) if verdict.condition else None
    if rest is not None and verdict.verdict in {"slow_down", "protect_first"}:
        sentences.append(f"It may run as planned once it is known that {_inside(rest.says)}{_how(rest)}")
    elif rest is not None:
        sentences.append(f"Find out first whether {_inside(rest.says)}{_how(rest)}")
    if verdict.verdict == "slow_down":
        sentences.append(f"`tidegate ramp --activity {verdict.activity}` finds the fastest safe pace.")
    if verdict.remedy is not None:
        sentences += _protect(verdict, verdict.remedy)
    return [*sentences, *verdict.failed_objectives]


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
    sentences = [f"{_capital(clause)}, {strain}."] if strain else []
    start = "Service" if strain else f"{_capital(clause)}, service"
    if case.collapse.value > verdict.acceptable_ratio:
        share, horizon = percent_text(case.collapse.value), duration_text(verdict.horizon_s)
        sentences.append(f"{start} does not recover within {horizon} in {share} of the runs.")
    floor = reading.success_floor_ratio(case)
    late = reading.late_clients(verdict, case)
    if late is not None:
        peak, normal = count_text(late.waiting_peak_count), count_text(late.waiting_normal_count)
        sentences.append(
            f"Requests are late rather than lost: {peak} wait at once ({late.title}), {normal} are normal."
        )
    if floor is not None and floor < 0.99:
        sentences.append(f"In the worst minute {percent_text(floor)} of the requests are served.")
    return sentences


def strain_text(crossing: CrossingEvidence) -> str:
    """Return which limit of a crossing gives way, as part of a sentence; empty where none does."""
    name = crossing.name
    if reading.setup_ratio(crossing) >= 1.0 and crossing.setup_capacity_per_s is not None:
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
    if reading.packets_ratio(crossing) >= 1.0 and crossing.packets_capacity_per_s is not None:
        peak, capacity = count_text(crossing.packets_peak_per_s), count_text(crossing.packets_capacity_per_s)
        return f"{name} gets {peak} packets/s but can forward {capacity}"
    return ""


def _cannot_tell(verdict: Verdict) -> list[str]:
    if not verdict.deciding:
        share = probability_text(reading.believed(verdict).collapse)
        limit = percent_text(verdict.acceptable_ratio)
        return [
            f"The runs do not settle it: P(collapse) is {share}, and {limit} is acceptable.",
            "Give it more runs with `--runs`.",
        ]
    rest = reading.rest_named(verdict, verdict.deciding)
    if rest is None:
        return [f"We do not know {verdict.deciding}, and it decides."]
    measure = f"How to find out: {_measure_clause(rest)}"
    if rest.kind == "belief":
        return [f"We do not know whether {_inside(rest.says)}, and it decides.", measure]
    return [
        f"We do not know {verdict.deciding}, and it decides.",
        f"In this world {rest.says.rstrip('.')}.",
        "At one end of that range the activity is safe, at the other it is not.",
        measure,
    ]


def holding_back(verdict: Verdict) -> tuple[str, ...]:
    """Return what not acting, acting slower and protecting first would do, the loud sentence first."""
    sentences = []
    if verdict.holding_back_is_worse:
        acting = probability_text(reading.deciding_case(verdict).collapse)
        idle = reading.case_named(verdict, "not_acting")
        against = f" in {probability_text(idle.collapse)} of the runs, acting in {acting}" if idle else ""
        sentences.append(f"HOLDING BACK IS WORSE: not acting collapses{against}.")
    others = {"not_acting": "Not acting", "slower": "Acting slower", "protected": "Acting protected"}
    for name, what in others.items():
        case = reading.case_named(verdict, name)
        if case is not None and not (name == "not_acting" and verdict.holding_back_is_worse):
            detail = f" ({case.title})" if name != "not_acting" and case.title else ""
            sentences.append(f"{what}{detail} {_fate(case, verdict)}.")
    return tuple(sentences)


def _fate(case: CaseEvidence, verdict: Verdict) -> str:
    horizon = duration_text(verdict.horizon_s)
    share = f"P(collapse within {horizon}) {probability_text(case.collapse)}"
    if case.collapse.high <= verdict.acceptable_ratio:
        return f"is safe for {horizon}: {share}"
    if reading.collapses(case):
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
        if (case := reading.case_named(verdict, ranges.case)) is not None
    )


def _range_text(ranges: Ranges, case: CaseEvidence) -> str:
    down = reading.collapses(case)
    held_ratio = ranges.collapse.value if down else 1.0 - ranges.collapse.value
    share = "all" if held_ratio == 1.0 else percent_text(held_ratio)
    outcome = "collapse" if down else "recovery"
    numbers = f"{ranges.numbers_count} number{'s' if ranges.numbers_count != 1 else ''}"
    points = f"{ranges.collapse.runs_count} points of {numbers}"
    if ranges.mixed_count:
        points += f"; chance decides at {ranges.mixed_count} of them"
    return f"{_capital(case_clause(case))}, {outcome} holds over {share} of the assumed ranges ({points})."


def dark_text(verdict: Verdict) -> str:
    """Return the tooling that goes dark with the activity and when, as a sentence; may be empty."""
    tooling = reading.lost(verdict, "tooling")
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
    segments = reading.lost(verdict, "segment")
    if not segments:
        return ""
    names = ", ".join(_name(dark) for dark in segments)
    keeps = dict.fromkeys(_inside(dark.keeps).rstrip(".") for dark in segments if dark.keeps)
    kept = [f"Still works: {', '.join(keeps)}."] if keeps else []
    return " ".join([f"Customers{_only_if(verdict, segments)}: {names}.", *kept])


def changes(verdict: Verdict, *, most_count: int = 3) -> tuple[Change, ...]:
    """Return what would change the answer, the greatest effect first."""
    return tuple(
        Change(says=_with_basis(rest), measure=_measure_text(rest))
        for rest in verdict.rests_on[:most_count]
        if rest.flips or rest.effect_ratio > 0.0
    )


def size_text(verdict: Verdict) -> str:
    """Return which share of the world's size was run: ``at 1/100 of its size``; empty for all of it."""
    fractions = verdict.reproduction.fractions
    least = min(fractions, default=1.0)
    return "" if least >= 1.0 else f"at 1/{round(1 / least):,} of its size"


def runs_text(verdict: Verdict) -> str:
    """Return how many runs each case took: ``240 + 260 runs``."""
    return f"{' + '.join(str(case.collapse.runs_count) for case in verdict.cases)} runs"


def _only_if(verdict: Verdict, things: tuple[Dark, ...]) -> str:
    """Return the one case in which all of `things` are lost, where that is a counter-belief."""
    names = {dark.case for dark in things}
    case = reading.case_named(verdict, names.pop()) if len(names) == 1 else None
    return f" {case_clause(case)}" if case is not None and case.name != "believed" else ""


def _with_basis(rest: Rest) -> str:
    says = rest.says.rstrip(".")
    return says if rest.kind == "number" else f"{says} ({rest.basis})"


def _how(rest: Rest | None) -> str:
    return f": {_measure_clause(rest)}" if rest is not None and rest.measure else "."


def _measure_text(rest: Rest) -> str:
    """Return how to find out, and that `tidegate probe` can where it can; may be empty."""
    probe = _PROBE if _says_probe(rest) else ""
    return " · ".join(part for part in (rest.measure, probe) if part)


def _measure_clause(rest: Rest) -> str:
    text = _sentence(rest.measure, capital=False) if rest.measure else "measure it first."
    return f"{text} {_PROBE}." if _says_probe(rest) else text


def _says_probe(rest: Rest) -> bool:
    """Whether it needs saying that `tidegate probe` can measure it: not where the world says so itself."""
    return rest.probed and "tidegate probe" not in rest.measure


def _name(dark: Dark) -> str:
    return dark.title or dark.name


def _from(at_s: float | None) -> str:
    return f" from {after_text(at_s)}" if at_s is not None else ""


def _inside(sentence: str) -> str:
    """Return a sentence as part of another: no full stop, small first letter unless an acronym."""
    text = sentence.rstrip(". ")
    return text[:1].lower() + text[1:] if text[1:2].islower() or text[1:2] == " " else text


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _sentence(text: str, *, capital: bool = True) -> str:
    ended = text if text.endswith((".", "!", "?")) else f"{text}."
    return _capital(ended) if capital else ended
