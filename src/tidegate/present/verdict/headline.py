"""What stands beside the verdict's word? What is to be done differently, with its number.

From what to what, in the plan's own unit. Where no number was looked for, the one thing that it hangs on.
"""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.decide import HOLDS_OVER_SHARE
from tidegate.evaluate.judging.remedy import Setting
from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import Edge, Verdict
from tidegate.present.layout import cut, plain
from tidegate.present.quantities import NO_BREAK, count_text, duration_text, percent_text
from tidegate.present.sentence import inside, listed
from tidegate.present.verdict import highlights
from tidegate.present.verdict.counts import of_runs, runs_clause
from tidegate.present.verdict.unknown import name_of, number_text, unknown_numbers
from tidegate.present.verdict.verdict_words import VERDICT_WORDS, case_clause
from tidegate.world.file.called import called

LINE_COUNT = 140
"""So many characters fit a commit status, a chat message, a pager."""
_LITTLE_RATIO = 0.9
_FAR_RATIO = 0.01
SETTINGS_SHOWN = 2


def remedy_text(verdict: Verdict) -> str:
    """Return what is to be done differently, as it follows the verdict's word."""
    return {
        "proceed": _left,
        "slow_down": _slower,
        "protect_first": _protected,
        "stop": _stopped,
        "cannot_tell": _unknown,
    }[verdict.verdict](verdict)


def line_text(verdict: Verdict) -> str:
    """Return the whole answer in one line of at most 140 characters."""
    name = f"{verdict.world}/{verdict.activity}" if verdict.activity else verdict.world
    said = f"{VERDICT_WORDS[verdict.verdict]} {name}: {remedy_text(verdict)}"
    case = highlights.deciding_case(verdict)
    wrong = f"{case_clause(case)}, " if case.name.startswith("counter:") else ""
    runs = runs_clause(case.collapse)
    for counted in (f" ({wrong}{runs})", f" ({runs})", ""):
        whole = plain(said + counted, unicode=True).replace(NO_BREAK, " ")
        if len(whole) <= LINE_COUNT:
            return whole
    return cut(plain(said, unicode=True).replace(NO_BREAK, " "), LINE_COUNT, unicode=True)


def undecided_line(sentence: str) -> str:
    """Return in one such line what could not be judged at all."""
    said = f"{VERDICT_WORDS['cannot_tell']} {sentence}"
    return cut(plain(said, unicode=True).replace(NO_BREAK, " "), LINE_COUNT, unicode=True)


def setting_text(setting: Setting) -> str:
    """Return one value to be set, from what to what: ``the pool of pods: 11 instead of 20``."""
    instead = f" instead of {setting.now}" if setting.now and setting.now != setting.value else ""
    return f"{setting.name or called(setting.path)}: {setting.value}{instead}"


def settings_text(settings: Sequence[Setting], *, most_count: int = SETTINGS_SHOWN) -> str:
    """Return values that are to be set together, the first of many and how many more."""
    shown = [setting_text(one) for one in settings[:most_count]]
    more = len(settings) - len(shown)
    return " and ".join(shown) + (f" and {more} more" if more > 0 else "")


def belief_text(verdict: Verdict) -> str:
    """Return what must be true for the plan to hold, as a clause; empty where it hangs on no belief."""
    if not verdict.condition:
        return ""
    rest = highlights.rest_named(verdict, verdict.condition)
    return inside(rest.says) if rest else verdict.condition


def beyond_text(verdict: Verdict) -> str:
    """Return what stands in the way even if that is true, as a clause; empty where nothing does."""
    if not verdict.condition or verdict.condition_settles:
        return ""
    over = highlights.drawn(verdict, "believed")
    if over is not None and over.collapse.value > HOLDS_OVER_SHARE:
        return f"with other guesses {of_runs(over.collapse)} worlds fail even then"
    hangs_on = {"believed", f"counter:{verdict.condition}"}
    others = (one for one in highlights.doubted_cases(verdict) if one.name not in hangs_on)
    other = next((one for one in others if one.exceeded or highlights.collapses(one)), None)
    fails = f"it fails even then {case_clause(other)}" if other is not None else ""
    return fails or "the runs are too few even then"


def _or_shown(verdict: Verdict) -> str:
    """Return what could be shown instead: only what is enough by itself."""
    return f", or show that {belief_text(verdict)}" if verdict.condition_settles else ""


def _slower(verdict: Verdict) -> str:
    slower = highlights.case_named(verdict, "slower")
    pace = f"run it {slower.title}" if slower is not None else "run it in smaller steps"
    return f"{pace}{_or_shown(verdict)}"


def _protected(verdict: Verdict) -> str:
    if verdict.remedy is None:
        return f"protect it before it runs{_or_shown(verdict)}"
    return f"{settings_text(verdict.remedy.settings)}{_or_shown(verdict)}"


def _stopped(verdict: Verdict) -> str:
    if verdict.condition:
        rest = highlights.rest_named(verdict, verdict.condition)
        never = ", which nobody has measured" if rest is None or rest.basis == "assumed" else ""
        beyond = beyond_text(verdict)
        return f"unless {belief_text(verdict)}{never}{f'; {beyond}' if beyond else ''}"
    over = highlights.deciding_case(verdict).exceeded
    if over:
        more = f" (and {len(over) - 1} more)" if len(over) > 1 else ""
        return f"{over[0]}{more}"
    if verdict.failed_objectives and not highlights.collapses(highlights.deciding_case(verdict)):
        return verdict.failed_objectives[0].rstrip(".").replace(" %", f"{NO_BREAK}%")
    helps = partial_text(verdict) if verdict.partial is not None else "no remedy was found"
    case = highlights.deciding_case(verdict)
    is_fine = case.unstarted_ratio > verdict.acceptable_ratio and case.longest_bad_s == 0.0
    fails = "what starts is not there" if is_fine else "service does not recover"
    return f"{fails} within {duration_text(verdict.horizon_s)}; {helps}"


def partial_text(verdict: Verdict) -> str:
    """Return, as a clause, what helps where nothing is shown to be enough; empty where nothing does."""
    partial = verdict.partial
    if partial is None:
        return ""
    case = highlights.case_named(verdict, partial.case)
    how = f"with {settings_text(partial.settings)}" if partial.settings else (case.title if case else "")
    if partial.keeps_objectives:
        return f"{how} it holds at the numbers given"
    after = f" after {duration_text(case.recovery_s)}" if case is not None and case.recovery_s else ""
    return f"{how} it comes back{after}"


def _unknown(verdict: Verdict) -> str:
    rests = unknown_numbers(verdict)
    if rests:
        return _depends(verdict, rests)
    if verdict.deciding:
        return f"it depends on {called(verdict.deciding)}, which is not known"
    over = next((one.collapse.value for one in verdict.ranges if one.case == "believed"), 0.0)
    if over > 0.0 and not highlights.collapses(highlights.believed(verdict)):
        return "it holds with these numbers, and not over all of their ranges"
    return "the runs are too few to tell"


def _depends(verdict: Verdict, rests: Sequence[Rest]) -> str:
    first = rests[0]
    if len(rests) > 1:
        more = verdict.needed_left is not None and verdict.needed_left.value > HOLDS_OVER_SHARE
        many = f"{'at least ' if more else ''}{len(rests)} numbers"
        return f"it depends on {many}: {listed([name_of(one) for one in rests])}"
    if first.kind == "belief":
        return f"it depends on whether {inside(first.says)}"
    if first.flips or verdict.needed:
        return f"it depends on {number_text(first)}"
    return f"numbers that are not known decide together; most of all {number_text(first)}"


def _left(verdict: Verdict) -> str:
    """Return what it costs while it lasts, and how much is left of what comes nearest to its limit."""
    believed = highlights.believed(verdict)
    recovery_s, floor = believed.recovery_s, highlights.success_floor_ratio(believed)
    normal = f"normal again after {duration_text(recovery_s)}" if recovery_s else "service stays normal"
    if verdict.condition:
        return f"{normal}, as long as {belief_text(verdict)}"
    if recovery_s and floor is not None and floor < highlights.LITTLE_IS_LOST_RATIO:
        return f"{normal}; {percent_text(floor)} of what is asked in the worst minute is answered"
    tips = _tips_text(verdict.step_edge)
    full, of = nearest(verdict)
    if full is not None and full >= _LITTLE_RATIO:
        return f"{normal}; little is left: {of}"  # a count comes before where the runs tip
    if tips:
        return f"{normal}; {tips}"
    if full is not None and full < _FAR_RATIO:
        return f"{normal}; no limit is near"  # 0 % reads as if nothing had been looked at
    return f"{normal}; the nearest limit: {of}" if of else f"{normal}; this world states no limit"


def _tips_text(edge: Edge | None) -> str:
    if edge is None or edge.at_times is None or edge.value is None:
        return ""
    size = f"{round(edge.value):,} instances" if edge.unit == "instances" else percent_text(edge.value)
    return f"it tips at about {size}"


def nearest(verdict: Verdict) -> tuple[float | None, str]:
    """Return how much is wanted of the limit that is pressed hardest, of all there are, and its words."""
    choke = highlights.choke(highlights.believed(verdict))
    pressure = highlights.pressure_ratio(choke) if choke is not None else 0.0
    limit = verdict.nearest
    if limit is not None and limit.pressure_ratio >= pressure:
        return limit.pressure_ratio, _limit_text(limit)
    if choke is None:
        return None, ""
    return pressure, f"{percent_text(pressure)} of what {choke.name} can do"


def _limit_text(limit: Limit) -> str:
    """Return how much is wanted of a limit: ``1,840 of 2,000 (92 %) of the connections that db accepts``."""
    each = "/s" if limit.kind == "rate" else ""
    wanted, allowed = _exact(limit.wanted), _exact(limit.allowed)
    return f"{wanted} of {allowed}{each} ({percent_text(limit.pressure_ratio)}) of {called(limit.path)}"


def _exact(value: float) -> str:
    return f"{value:,.0f}" if value == round(value) and value < 1e6 else count_text(value)
