"""How sure is the answer, and what is to be done instead? Counts, the word they allow, and the guesses.

Of guesses nothing is said as if they were known, and of what hangs on a belief nothing as if that were.
"""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import CaseEvidence, Ranges, Verdict
from tidegate.present.rehearsal.rehearsed_words import rehearsed_text
from tidegate.present.sentence import capitalised
from tidegate.present.verdict import counts, highlights
from tidegate.present.verdict.edge_text import edges_text
from tidegate.present.verdict.said import Part

_REMEDIES = {"slow_down": "slower", "protect_first": "protected", "cannot_tell": "protected"}

_TOO_MANY = "sure that too many fail"


def sure_part(verdict: Verdict) -> Part:
    """Return how sure an answer is: of what decides, then of the remedy."""
    held = verdict.verdict in {"proceed", "cannot_tell"}
    case = highlights.believed(verdict) if held else highlights.deciding_case(verdict)
    fails = not held and case.collapse.value > verdict.acceptable_ratio
    ranges = highlights.drawn(verdict, case.name)
    must = _words(verdict, case, ranges, fails=fails)
    if ranges is not None and verdict.verdict != "cannot_tell":
        must.append(_firmness(verdict, case, ranges, down=fails or bool(case.exceeded)))
    rehearsed = (rehearsed_text(verdict.rehearsed),) if verdict.rehearsed is not None else ()
    brief = _briefly(verdict, case, ranges, fails=fails)
    shown, shortly = _shown_words(verdict), _shown_words(verdict, is_brief=True)
    # What is to be shown is all that a stop offers, so that how sure it is then is not left out there.
    stops = verdict.verdict == "stop"
    shortly = (*remedy_words(verdict, is_brief=True), *(shortly if stops else ()))
    return Part(
        must=(*must, *remedy_words(verdict), *(shown if stops else ()), *rehearsed),
        may=(*(() if stops else shown), *_edges(verdict)),
        brief=(*brief, *shortly, *rehearsed) if brief else (),
    )


def _edges(verdict: Verdict) -> tuple[str, ...]:
    """Return how far it stands from its edge; why that is unknown is for the longer text."""
    is_known = verdict.demand_edge or verdict.step_edge or highlights.believed(verdict).exceeded
    return (edges_text(verdict),) if is_known else ()


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
    ranges, sure_ratio = highlights.drawn(verdict, name), 1.0 - least.high
    if ranges is not None:
        sure_ratio = counts.no_surer_than_worlds(sure_ratio, ranges, fails=False)
    word = counts.chance_word(sure_ratio) or "likely"
    if is_brief:
        what = what.partition(" instead of ")[0]
        worlds = f", {counts.holding_worlds(ranges).removesuffix(' drawn')}" if ranges is not None else ""
        either = ", either way" if name == "slower" and len(verdict.remedy_runs) > 1 else ""
        if verdict.sure:
            return (f"{what}{either}: {word} to hold: {counts.held_runs(least)}{worlds}.",)
        return (f"{what}: held in few runs ({counts.bound_text(least)}): `--runs 400`.",)
    worlds = f"; {counts.holding_worlds(ranges)} hold" if ranges is not None else ""
    if not verdict.sure:
        return (f"{what} it held in few runs ({counts.bound_text(least)}{worlds}): `--runs 400` makes sure.",)
    either = ", whichever belief is wrong" if len(verdict.remedy_runs) > 1 else ""
    runs = capitalised(counts.runs_clause(least))
    return (f"{what} it holds: {word}. {runs}{either}: {counts.bound_text(least)}{worlds}.",)


def _shown_words(verdict: Verdict, *, is_brief: bool = False) -> tuple[str, ...]:
    """Return how sure it is that it holds once the belief is shown, where that is offered instead.

    Where it is to be brief, the runs stand among the ways it can go.
    """
    if not verdict.condition_settles or verdict.verdict == "proceed":
        return ()
    case, ranges = highlights.believed(verdict), highlights.drawn(verdict, "believed")
    word = _word(verdict, case, ranges, fails=False) or "likely"
    if is_brief and ranges is not None:
        return (f"Otherwise {word} to hold: {counts.holding_worlds(ranges).removesuffix(' drawn')} do.",)
    failed = counts.failed_count(case.collapse) and not case.collapse.of_whole
    runs = f"{counts.of_runs(case.collapse)} runs fail" if failed else counts.held_runs(case.collapse)
    worlds = f", {counts.failing_worlds(ranges)}" if ranges is not None else ""
    return (f"Otherwise {word} to hold ({runs}{worlds}).",)


def _words(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> list[str]:
    """Return the word that stands first, and what the runs say."""
    if verdict.verdict == "cannot_tell":
        return ["Not at all yet.", _undecided(verdict, case, ranges)]
    if case.exceeded:
        return [_count(verdict, case, ranges), f"{_agreed(case)}."]
    if verdict.verdict == "proceed" or fails:
        return _chance(verdict, case, ranges, fails=fails)
    if verdict.failed_objectives:
        return [f"It is an objective that does not hold, {_missing(verdict, case)}."]
    return [_runs(verdict, case)]


def _missing(verdict: Verdict, case: CaseEvidence) -> str:
    """Return in how many runs an objective is missed: in the middle of all, or in more than are accepted."""
    shares = [one.share for clients in case.clients for one in clients.missed]
    most = max(shares, key=lambda share: share.value, default=None)
    if most is None or most.value >= 0.5:
        return f"in the middle of {case.collapse.runs_count} runs"
    accepted = counts.share_clause(verdict.acceptable_ratio)
    return f"in {counts.of_runs(most)} runs; {accepted} is accepted"


def _holds(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what is said of runs that do not fail; of a world that is never well not that it is normal."""
    if case.recovery_s:
        return "recover"
    return "end as they began" if verdict.ill_without or case.exceeded else "stay normal"


def _undecided(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, is_brief: bool = False) -> str:
    """Return what is known of what cannot be told; of values that are guesses, that it is of these alone."""
    if ranges is None or not ranges.collapse.value > 0.0:
        return _runs(verdict, case)
    given = capitalised(counts.given_briefly(verdict.guesses_count))
    holds = _holds(verdict, case)
    runs = counts.runs_clause(case.collapse, holds=holds)
    worlds = counts.worlds_either_way(ranges)
    if is_brief:
        return f"{given}, {runs}, and {worlds}."
    accepted = f"accepted: {counts.share_clause(verdict.acceptable_ratio)}"
    return f"{given}, {runs} ({accepted}); that is so of these values alone: {worlds}."


def _count(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None) -> str:
    """Return how sure a limit is that is exceeded by arithmetic: as sure as its numbers, and its belief."""
    firm = ranges is None or counts.firm_word(counts.agreeing_ratio(ranges, fails=True)) == "firm"
    many = verdict.guesses_count
    guessed = f" ({many} of this world's {'is a guess' if many == 1 else 'are guesses'})" if many else ""
    if case.name.startswith("counter:"):
        rest = highlights.rest_named(verdict, case.name.removeprefix("counter:"))
        never = ", which nobody has measured," if rest is None or rest.basis == "assumed" else ""
        sure = "a count, and certain" if firm else "a count"
        return f"If {case.title}{never or ','} it is {sure} as far as its numbers are true{guessed}."
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
    if verdict.verdict == "cannot_tell":
        return ("Not at all yet.", _undecided(verdict, case, ranges, is_brief=True))
    if case.exceeded:
        drawn_fail = f", {counts.of_runs(ranges.collapse)} worlds drawn fail" if ranges is not None else ""
        return (_count(verdict, case, ranges), f"{_agreed(case)}{drawn_fail}.")
    if not fails or ranges is None:
        return ()
    word = _word(verdict, case, ranges, fails=True)
    runs = counts.runs_clause(case.collapse, fails="do" if word else "fail")
    accepted = counts.share_clause(verdict.acceptable_ratio)
    word = f"sure that more than the accepted {accepted} fail" if word == _TOO_MANY else word
    given, worlds = counts.given_briefly(verdict.guesses_count), counts.worlds_briefly(ranges)
    guesses = counts.guesses_clause(ranges.collapse.value)
    tail = f": {guesses}" if guesses else ""
    said = f"{runs} {given}, {worlds}{tail}." if word else f"{runs} {given}, {worlds} (accepted: {accepted})."
    return (_told_of(case, f"{word}: {said}" if word else said),)


def _told_of(case: CaseEvidence, said: str) -> str:
    """Return a sentence with the belief in it that it hangs on, where it does: no number loses its *if*."""
    return capitalised(f"if {case.title}, {said}" if case.name.startswith("counter:") else said)


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
    word, runs = _word(verdict, case, ranges, fails=fails), _runs(verdict, case)
    if not word:
        return [_told_of(case, f"{runs[:1].lower()}{runs[1:]}")]
    return [_told_of(case, f"{word}."), runs]


def _word(verdict: Verdict, case: CaseEvidence, ranges: Ranges | None, *, fails: bool) -> str:
    """Return the word that runs and worlds drawn allow together; empty where they allow none."""
    sure_ratio = counts.sureness(case, fails=fails)
    if ranges is not None:
        sure_ratio = counts.no_surer_than_worlds(sure_ratio, ranges, fails=fails)
    word = counts.chance_word(sure_ratio)
    if not word and fails and case.collapse.low > verdict.acceptable_ratio:
        return _TOO_MANY
    return f"{word} to fail" if word and fails else word


def _runs(verdict: Verdict, case: CaseEvidence) -> str:
    """Return what the runs of a case say, how many of a hundred that may be, and how many are accepted."""
    holds = _holds(verdict, case)
    clause = counts.chance_clause(case.collapse, verdict.acceptable_ratio, holds=holds)
    accepted = counts.share_clause(verdict.acceptable_ratio)
    return f"{counts.given_words(verdict.guesses_count)}, {clause}; {accepted} is accepted."
