"""Was a ruling right, by what was seen to happen? One rule, of which the how-to shows the table.

A ruling is right or wrong only where its change happened alone, at the size asked for, and everything that must
hold was seen to hold or to fail. All else is unknown: silence is no proof that all went well.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.track.given_ruling import GivenRuling

RIGHT, WRONG, UNKNOWN = "right", "wrong", "unknown"
MISS, FALSE_ALARM = "miss", "false_alarm"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of one change.

    Parameters
    ----------
    before_count, most_count, last_count
        The size just before, the greatest within the time that was looked at, and the last; None where the
        size was not seen.
    unseen
        Why the size was not seen; empty where it was.
    beside
        What else changed in the same world at the same time, each as a clause.
    failed_before, failed
        What failed before it, and what after, each as a clause.
    unknown
        Why it cannot be told of some of what must hold, each as a clause.
    looked_at_count
        Of how many things it is stated that they must hold.
    """

    before_count: float | None = None
    most_count: float | None = None
    last_count: float | None = None
    unseen: str = ""
    beside: tuple[str, ...] = ()
    failed_before: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    looked_at_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Score:
    """Whether a ruling was right.

    Parameters
    ----------
    outcome
        "right", "wrong" or "unknown".
    because
        What was seen, as a sentence.
    mistake
        "miss" or "false_alarm" where it was wrong; else empty.
    """

    outcome: str
    because: str
    mistake: str = ""


def score(ruling: GivenRuling, seen: Seen) -> Score:
    """Return whether a ruling was right.

    Parameters
    ----------
    ruling
        What was said.
    seen
        What happened.
    """
    growth = ruling.growth
    if ruling.verdict == "cannot_tell":
        return _unknown("nothing was told" + _and(seen.failed))
    if growth is None:
        return _unknown("it is not one thing that grows from a known size to a known one")
    if seen.before_count is None or seen.most_count is None or seen.last_count is None:
        return _unknown(f"its size was not seen: {seen.unseen}")
    if seen.most_count <= growth.before_count:
        return _unknown(f"it never happened: the size stayed at {seen.most_count:,.0f}")
    if seen.before_count != growth.before_count:
        what = f"before it the size was {seen.before_count:,.0f}, and it was asked from {growth.before_count:,}"
        return _unknown(what)
    if seen.beside:
        return _unknown(f"something else changed at the same time: {seen.beside[0]}")
    if seen.failed_before:
        return _unknown(f"it failed before as well: {seen.failed_before[0]}")
    wanted_count = growth.after_count
    if seen.most_count > wanted_count:
        return _unknown(f"it went on to {seen.most_count:,.0f}, and {wanted_count:,} was asked about")
    called_safe = ruling.verdict == "proceed" or seen.most_count <= (ruling.allowed_count or 0)
    reached = f"it went to {seen.most_count:,.0f}"
    if seen.failed and called_safe:
        return Score(outcome=WRONG, mistake=MISS, because=f"{reached}, called safe, and {seen.failed[0]}.")
    if seen.failed:
        return Score(outcome=RIGHT, because=f"{reached}, and {seen.failed[0]}.")
    if not seen.looked_at_count:
        return _unknown("nothing states which series says whether it held")
    if seen.unknown:
        return _unknown(f"{reached}, and whether all held is not known: {seen.unknown[0]}")
    if seen.most_count < wanted_count:
        return _unknown(f"{reached} of {wanted_count:,}, and nothing failed there")
    if seen.last_count < wanted_count:
        return _unknown(f"{reached} and back to {seen.last_count:,.0f} before its time was over")
    if ruling.verdict == "proceed":
        return Score(outcome=RIGHT, because=f"{reached}, and all that must hold held.")
    because = f"{reached}, called unsafe, and all that must hold held."
    return Score(outcome=WRONG, mistake=FALSE_ALARM, because=because)


def _unknown(why: str) -> Score:
    return Score(outcome=UNKNOWN, because=f"{why}.")


def _and(failed: tuple[str, ...]) -> str:
    return f", and {failed[0]}" if failed else ""
