"""How sure is the answer, and what is to be done instead? Counts, the word they allow, and the guesses.

Of guesses nothing is said as if they were known, and of what hangs on a belief nothing as if that were.
"""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import CaseEvidence, Ranges, Verdict
from tidegate.present.rehearsal.rehearsed_words import rehearsed_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict import counts, highlights
from tidegate.present.verdict.said import Part

_REMEDIES = {"slow_down": "slower", "protect_first": "protected", "cannot_tell": "protected"}


def sure_part(verdict: Verdict) -> Part:
    """Return how sure an answer is: of what decides, then of the remedy."""
    held = verdict.verdict in {"proceed", "cannot_tell"}
    case = highlights.believed(verdict) if held else highlights.deciding_case(verdict)
    fails = not held and case.collapse.value > verdict.acceptable_ratio
    ranges = highlights.drawn(verdict, case.name)
    must = _words(verdict, case, ranges, fails=fails)
    if ranges is not None and (verdict.verdict != "cannot_tell" or ranges.collapse.value > 0.0):
        must.append(_firmness(verdict, case, ranges, down=fails or bool(case.exceeded)))
    rehearsed = (rehearsed_text(verdict.rehearsed),) if verdict.rehearsed is not None else ()
    brief = _briefly(verdict, case, ranges, fails=fails)
    return Part(
        must=(*must, *remedy_words(verdict), *rehearsed),
        may=_shown_words(verdict),
        brief=(*brief, *remedy_words(verdict, is_brief=True), *rehearsed) if brief else (),
    )


def remedy_words(verdict: Verdict, *, is_brief: bool = False) -> tuple[str, ...]:
    """Return how sure it is that what is to be done instead holds, as a sentence; none without one.

    Whichever belief is wrong that nobody measured: the run that is least sure is told.
    """
    name = _REMEDIES.get(verdict.verdict, "")
    case = highlights.case_named(verdict, name)
    if case is None or not verdict.remedy_runs:
        return ()
    what = capitalised(case.title) if name == "slower" else "So protected"
    least = max(verdict.remedy_runs, key=lambda one: one.high)
    ranges, word = highlights.drawn(verdict, name), counts.chance_word(1.0 - least.high) or "likely"
    if is_brief:
        what = what.partition(" instead of ")[0]
        worlds = f", {counts.holding_worlds(ranges).removesuffix(' drawn')}" if ranges is not None else ""
        either = ", either way" if name == "slower" and len(verdict.remedy_runs) > 1 else ""
        if verdict.sure:
            return (f"{what}{either}: {word} to hold ({counts.held_runs(least)}{worlds}).",)
        return (f"{what}: held in few runs ({counts.bound_text(least)}): `--runs 400`.",)
    worlds = f"; {counts.holding_worlds(ranges)} hold" if ranges is not None else ""
    if not verdict.sure:
        return (f"{what} it held in few runs ({counts.bound_text(least)}{worlds}): `--runs 400` makes sure.",)
    either = ", whichever belief is wrong" if len(verdict.remedy_runs) > 1 else ""
    runs = capitalised(counts.runs_clause(least))
    return (f"{what} it holds: {word}. {runs}{either}: {counts.bound_text(least)}{worlds}.",)


def _shown_words(verdict: Verdict) -> tuple[str, ...]:
    """Return how sure it is that it holds once the belief is shown, where that is offered instead."""
    if not verdict.condition_settles or verdict.verdict == "proceed":
        return ()
    word = counts.chance_word(1.0 - highlights.believed(verdict).collapse.high) or "likely"
    ranges = highlights.drawn(verdict, "believed")
    worlds = f"; {counts.holding_worlds(ranges)} do" if ranges is not None else ""
    return (f"Once that is shown: {word} to hold{worlds}.",)


def _words(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> list[str]:
    """Return the word that stands first, and what the runs say."""
    if verdict.verdict == "cannot_tell":
        return ["Not at all yet.", _runs(verdict, case)]
    if case.exceeded:
        return [_count(verdict, case, ranges), f"{_agreed(case)}."]
    if verdict.verdict == "proceed" or fails:
        return _chance(verdict, case, ranges, fails=fails)
    if verdict.failed_objectives:
        return [f"It is an objective that does not hold, in the middle of {case.collapse.runs_count} runs."]
    return [_runs(verdict, case)]


def _count(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, named: bool = True) -> str:
    """Return how sure a limit is that is exceeded by arithmetic: as sure as its numbers, and its belief.

    The case that it is of is named, or stands above.
    """
    firm = ranges is None or counts.firm_word(counts.agreeing_ratio(ranges, fails=True)) == "firm"
    many = verdict.guesses_count
    guessed = f" ({many} of this world's {'is a guess' if many == 1 else 'are guesses'})" if many else ""
    if case.name.startswith("counter:"):
        rest = highlights.rest_named(verdict, case.name.removeprefix("counter:"))
        never = ", which nobody has measured," if rest is None or rest.basis == "assumed" else ""
        sure = "a count, and certain" if firm else "a count"
        what = case.title if named else "so"
        return f"If {what}{never} it is {sure} as far as its numbers are true{guessed}."
    if firm:
        return f"Certain, as far as these numbers are true{guessed}: a count."
    return f"Not certain: a count, no truer than its numbers{guessed}."


def _agreed(case: CaseEvidence) -> str:
    """Return whether the runs show what arithmetic has decided."""
    many, failed = case.collapse.runs_count, counts.failed_count(case.collapse)
    if not failed:
        return f"All {many} runs are normal again at the end, and yet the limit is exceeded"
    return f"{failed} of {many} runs do not recover"


def _briefly(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> tuple[str, ...]:
    """Return what runs and worlds drawn say in one sentence; nothing where nothing shorter says as much."""
    worlds = f"; {counts.worlds_briefly(ranges)}" if ranges is not None else ""
    if verdict.verdict == "cannot_tell":
        given = counts.given_words(verdict.guesses_count)
        return ("Not at all yet.", f"{given}, {counts.runs_clause(case.collapse)}{worlds}.")
    if case.exceeded:
        drawn_fail = f", {counts.of_runs(ranges.collapse)} worlds drawn fail" if ranges is not None else ""
        return (_count(verdict, case, ranges, named=False), f"{_agreed(case)}{drawn_fail}.")
    if not fails or ranges is None:
        return ()
    (*words, _), so = _chance(verdict, case, ranges, fails=True), _if_so(case)
    word = f"{words[0].rstrip('.').lower() if so else words[0].rstrip('.')}: " if words else ""
    bound = counts.bound_text(case.collapse).removesuffix(" would not")
    accepted = counts.share_clause(verdict.acceptable_ratio).removesuffix(" in 100")
    guesses = counts.guesses_clause(ranges.collapse.value)
    given = counts.given_briefly(verdict.guesses_count)
    tail = f": {guesses}" if guesses else ""
    return (f"{so}{word}{bound} runs do (accepted: {accepted}), {given}{worlds}{tail}.",)


def _if_so(case: CaseEvidence) -> str:
    """Return that something is said of the case that stands above, where it hangs on a belief."""
    return "If so, " if case.name.startswith("counter:") else ""


def _firmness(verdict: Verdict, case: CaseEvidence, ranges: Ranges, *, down: bool) -> str:
    """Return how firm the answer is if the numbers are off; no word where the worlds drawn are the answer."""
    fails = "fail or exceed a limit" if case.exceeded else "fail"
    clause = counts.worlds_clause(ranges, says_luck=False, fails=fails)
    words = ""
    if down or verdict.verdict == "proceed":
        words = counts.guesses_clause(counts.agreeing_ratio(ranges, fails=down))
    return f"{capitalised(clause)}{f': {words}' if words else ''}."


def _chance(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> list[str]:
    """Return the word that runs and worlds drawn allow together, and what the runs say."""
    sure_ratio = counts.sureness(case, fails=fails)
    if ranges is not None:
        firm = counts.firm_word(counts.agreeing_ratio(ranges, fails=fails))
        sure_ratio = counts.no_surer_than(sure_ratio, firm)
    word = counts.chance_word(sure_ratio)
    word = f"{word} to fail" if word and fails else word
    if not word and fails and case.collapse.low > verdict.acceptable_ratio:
        word = "sure that too many fail"
    return [*([f"{capitalised(word)}."] if word else []), _runs(verdict, case)]


def _runs(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what the runs of a case say, how many of a hundred that may be, and how many are accepted."""
    holds = "recover" if case.recovery_s else "stay normal"
    clause = counts.runs_clause(case.collapse, holds=holds)
    accepted = counts.share_clause(verdict.acceptable_ratio)
    given = counts.given_words(verdict.guesses_count)
    return f"{given}, {clause}: {counts.bound_text(case.collapse)}; {accepted} is accepted."
