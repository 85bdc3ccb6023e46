"""How sure is it? Counts first, and beside them the one word that they allow.

Two things that are never mixed in one number: *chance* (the numbers as they are, only luck differs: runs)
and *firmness* (the numbers are off: worlds drawn from their ranges). A word is chosen by the end of the
95 % interval that speaks against the sentence, so that words cost runs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from tidegate.evaluate.judging.verdict import CaseEvidence, Probability, Ranges
from tidegate.experiment.parts import LEAST_SHARE
from tidegate.present.quantities import percent_text

_CHANCES = (
    (0.99, "practically certain"),
    (0.90, "very likely"),
    (0.66, "likely"),
)
_EXACT = 1e-9
_ONE_IN = 0.01  # below which a bound is told as one of many
_FIRMNESS = ((0.95, "firm"), (0.75, "fairly firm"), (0.60, "it leans this way"))
_MISSED = {
    "unserved_within": "nobody is answered for too long",
    "lost": "too much is lost for good",
    "success": "too little succeeds in the worst minute",
    "request_p99": "requests take too long",
}
"""What was missed where service recovers and no limit is exceeded, by the key of the objective."""
_MOST_SURE_WORDS = {"firm": 1.0, "fairly firm": 0.9, "it leans this way": 0.66, "open": 0.0}


def given_words(guesses_count: int) -> str:
    """Return with which numbers something was run: with those given, unless some of them are guesses."""
    if not guesses_count:
        return "With your numbers"
    return f"Taking {guesses_count} guess{'es' * (guesses_count > 1)} as true"


def given_briefly(guesses_count: int) -> str:
    """Return the same behind what was run: ``with 30 guesses as given``."""
    if not guesses_count:
        return "with your numbers"
    return f"with {guesses_count} guess{'es' * (guesses_count > 1)} as given"


def failed_count(collapse: Probability) -> int:
    """Return in how many of the runs service does not recover."""
    return round(collapse.value * collapse.runs_count)


def of_runs(share: Probability) -> str:
    """Return in how many of the runs something is so: ``12 of 20``."""
    return f"{failed_count(share)} of {share.runs_count}"


def runs_cell(collapse: Probability) -> str:
    """Return in how many runs service does not recover, as a table shows it: ``20 of 20 runs``."""
    if collapse.of_whole:
        return _of_whole(collapse)
    failed = failed_count(collapse)
    return f"{failed} of {collapse.runs_count}{' runs' if failed else ''}"


def runs_clause(collapse: Probability, *, fails: str = "do not recover", holds: str = "recover") -> str:
    """Return what the runs say, as a clause: ``20 of 20 runs do not recover``, ``all 300 runs recover``.

    Parameters
    ----------
    collapse
        What was counted.
    fails, holds
        How those that collapse, and those that do not, are told.
    """
    many, failed = collapse.runs_count, failed_count(collapse)
    if collapse.of_whole:
        return f"{_of_whole(collapse)} of all runs of the whole {fails}, by where {many} runs of a part tip"
    if failed:
        return f"{failed} of {many} runs {fails}"
    harder = ""
    if collapse.harder_times is not None:
        harder = f", and {_harder(collapse, collapse.harder_times)}"
    return f"all {many} runs {holds}{harder}"


def _of_whole(collapse: Probability) -> str:
    """Return the chance of the whole; where it is too small for one law, only that it is no more."""
    if collapse.value > LEAST_SHARE:
        return f"about {percent_text(collapse.value)}"
    return f"at most {percent_text(LEAST_SHARE)}"


def held_runs(collapse: Probability) -> str:
    """Return which runs hold, as a list goes on: ``all 20 runs, 24 harder ones (…)``."""
    if failed_count(collapse) or collapse.of_whole:
        return runs_clause(collapse, fails="fail")
    harder = ""
    if collapse.harder_times is not None:
        harder = f", {_harder(collapse, collapse.harder_times)}"
    return f"all {collapse.runs_count} runs{harder}"


def _harder(collapse: Probability, times: float) -> str:
    """Return how many were run of what shows more than as many runs of today's demand would."""
    return f"{collapse.harder_runs_count} harder ones ({times:.3g} times the demand)"


def bound_text(collapse: Probability) -> str:
    """Return of how many in a hundred it may be said that they would not recover: ``at least 86 in 100``.

    Always of those that do not, whatever was counted, so that less is safer.
    """
    low, high = math.floor(100.0 * collapse.low + _EXACT), math.ceil(100.0 * collapse.high - _EXACT)
    if collapse.high < _ONE_IN or failed_count(collapse) == 0 or low == 0:
        return f"{at_most_text(collapse.high)} would not"
    if high >= 100:
        return f"at least {low} in 100 would not"
    return f"{low} to {high} in 100 would not"


def bound_beside(collapse: Probability, acceptable_ratio: float) -> str:
    """Return the same beside a count; of what is shown to be too many as what luck leaves of it.

    Else *at least 29 in 100 would not* beside *3 of 3 runs* reads as if 29 were the share.
    """
    bound = bound_text(collapse)
    return f"luck aside, {bound.removesuffix(' would not')}" if collapse.low > acceptable_ratio else bound


def at_most_text(ratio: float) -> str:
    """Return an upper bound of a share as a count: ``at most 14 in 100``, ``fewer than 1 in 1,000``."""
    if ratio >= _ONE_IN:
        return f"at most {math.ceil(100.0 * ratio - _EXACT)} in 100"
    many = next(many for many in (1_000_000, 100_000, 10_000, 1000, 100) if ratio * many < 1.0)
    return f"fewer than 1 in {many:,}"


def sureness(case: CaseEvidence, *, fails: bool) -> float:
    """Return the cautious end of the interval on that a case fails, or that it holds, 0 to 1."""
    return case.collapse.low if fails else 1.0 - case.collapse.high


def chance_word(sure_ratio: float) -> str:
    """Return the word for something of which at least this share of the runs is so; empty below any word."""
    return next((word for least, word in _CHANCES if sure_ratio >= least), "")


def agreeing_ratio(ranges: Ranges, *, fails: bool) -> float:
    """Return the share of the worlds drawn that end as is said."""
    return ranges.collapse.value if fails else 1.0 - ranges.collapse.value


def firm_word(agreeing: float) -> str:
    """Return how firm an answer is of which this share of the worlds drawn agrees."""
    return next((word for least, word in _FIRMNESS if agreeing >= least), "open")


def guesses_clause(agreeing: float) -> str:
    """Return what guesses do to an answer with which this share of the worlds drawn agrees; may be empty."""
    return {"it leans this way": "the guesses matter", "open": "the guesses decide"}.get(
        firm_word(agreeing), ""
    )


def no_surer_than_worlds(sure_ratio: float, ranges: Ranges, *, fails: bool) -> float:
    """Return the lower of a chance and what the worlds drawn allow.

    What holds in all of them but one is not practically certain to hold, however sure the runs are.
    """
    agreeing = agreeing_ratio(ranges, fails=fails)
    allowed = _MOST_SURE_WORDS[firm_word(agreeing)]
    return min(sure_ratio, allowed) if fails else min(sure_ratio, allowed, agreeing)


def worlds_clause(ranges: Ranges, *, says_luck: bool = True, fails: str = "fail") -> str:
    """Return what the worlds drawn say, as a clause.

    ``with other numbers from the 31 ranges, 27 of 40 worlds fail``

    Parameters
    ----------
    ranges
        What was drawn.
    says_luck
        Whether it is told in how many of them two runs ended differently.
    fails
        How those that fail are told.
    """
    return (
        f"with {_drawn(ranges, 'other numbers')}, {worlds_counted(ranges, says_luck=says_luck, fails=fails)}"
    )


def worlds_counted(ranges: Ranges, *, says_luck: bool = True, fails: str = "fail") -> str:
    """Return the same without what they were drawn from: ``27 of 40 worlds fail (in 2 luck decides)``."""
    many, down = ranges.collapse.runs_count, failed_count(ranges.collapse)
    counted = f"{down} of {many} worlds {fails}" if down else f"all {many} worlds hold"
    luck = [f"in {ranges.mixed_count} luck decides"] if ranges.mixed_count and says_luck else []
    return f"{counted}{_in_brackets([*_missed_counts(ranges), *luck])}"


def _missed_counts(ranges: Ranges) -> list[str]:
    """Return in how many of the worlds drawn which objective alone is missed."""
    missed = ((ranges.missed.count(key), words) for key, words in _MISSED.items())
    return [f"in {count} {words}" for count, words in missed if count]


def _in_brackets(said: Sequence[str]) -> str:
    return f" ({'; '.join(said)})" if said else ""


def worlds_briefly(ranges: Ranges) -> str:
    """Return how many worlds drawn fail, behind a clause that says so of runs: ``24 of 40 worlds with …``."""
    return f"{of_runs(ranges.collapse)} worlds with {_others(ranges)}"


def worlds_either_way(ranges: Ranges) -> str:
    """Return how many worlds drawn fail and how many hold, where that is all there is to say."""
    many, down = ranges.collapse.runs_count, failed_count(ranges.collapse)
    missed = _in_brackets(_missed_counts(ranges))
    if down in {0, many}:
        return f"all {many} worlds with {_others(ranges)} {'fail' if down else 'hold'}{missed}"
    return f"of {many} worlds with {_others(ranges)} {down} fail{missed} and {many - down} hold"


def _others(ranges: Ranges) -> str:
    return "other guesses" if ranges.numbers_count > 1 else "another guess"


def holding_worlds(ranges: Ranges) -> str:
    """Return how many of the worlds drawn hold: ``all 40 worlds drawn``."""
    many, held = ranges.collapse.runs_count, ranges.collapse.runs_count - failed_count(ranges.collapse)
    return f"all {many} worlds drawn" if held == many else f"{held} of {many} worlds drawn"


def _drawn(ranges: Ranges, others: str) -> str:
    if ranges.numbers_count > 1:
        return f"{others} from the {ranges.numbers_count} ranges"
    return "another from its range"


def failing_worlds(ranges: Ranges) -> str:
    """Return how many of the worlds drawn fail, as a list goes on: ``1 of 40 worlds``, ``no world of 40``."""
    down = failed_count(ranges.collapse)
    return f"{of_runs(ranges.collapse)} worlds" if down else f"no world of {ranges.collapse.runs_count}"


def share_clause(ratio: float) -> str:
    """Return a share as a count of runs: ``1 in 100``; of what is no whole number of a hundred, of more."""
    for many in (100, 1000, 10_000):
        if abs(ratio * many - round(ratio * many)) < 1e-9 and round(ratio * many):
            return f"{round(ratio * many)} in {many:,}"
    return percent_text(ratio)


def probability_clause(collapse: Probability) -> str:
    """Return what the runs say, and how many of a hundred that may be, as a clause."""
    return f"{runs_clause(collapse)}: {bound_text(collapse)}"


def chance_clause(collapse: Probability, acceptable_ratio: float, *, holds: str = "recover") -> str:
    """Return the same; of what is shown to be too many the least it may be in brackets."""
    clause, bound = runs_clause(collapse, holds=holds), bound_beside(collapse, acceptable_ratio)
    return f"{clause} ({bound})" if collapse.low > acceptable_ratio else f"{clause}: {bound}"


def world_clause(title: str) -> str:
    """Return in which world something was run: ``as believed``, ``if two processes per pod``."""
    return title if title == "as believed" else f"if {title}"
