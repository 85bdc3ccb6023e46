"""Was a ruling right, by what was seen to happen? One rule, of which the how-to shows the table.

A ruling is right or wrong only where its change happened alone, at the size asked for, and everything that
must hold was seen to hold or to fail. All else is unknown: silence is no proof that all went well.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.track.given_ruling import AskedGrowth, GivenRuling

RIGHT, WRONG, UNKNOWN = "right", "wrong", "unknown"
MISS, FALSE_ALARM = "miss", "false_alarm"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """The size just before a change, the greatest within its time, and the last."""

    before_count: float
    most_count: float
    last_count: float


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of one change.

    Parameters
    ----------
    sizes
        Its sizes; None where they were not seen.
    unseen
        Why they were not; empty where they were.
    beside
        What else changed in the same world at the same time, each as a clause.
    failed_before, failed
        What failed before it, and what after, each as a clause.
    unknown
        Why it cannot be told of some of what must hold, each as a clause.
    looked_at_count
        Of how many things it is stated that they must hold.
    """

    sizes: Sizes | None = None
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
    growth, sizes = ruling.growth, seen.sizes
    if growth is None or sizes is None or not _says_anything(ruling):
        return _unknown(_nothing_to_compare(ruling, seen))
    if why := _not_as_asked(growth, sizes, seen):
        return _unknown(why)
    if seen.failed:
        return _failed(ruling, sizes, seen.failed[0])
    if why := _not_shown_to_hold(growth, sizes, seen):
        return _unknown(why)
    return _held(ruling, sizes)


def _says_anything(ruling: GivenRuling) -> bool:
    """Whether a ruling says anything of a change that then happened as it was asked about."""
    return ruling.verdict != "cannot_tell" and ruling.to_count is None


def _nothing_to_compare(ruling: GivenRuling, seen: Seen) -> str:
    """Return why there is nothing to compare."""
    rows = (
        (ruling.verdict == "cannot_tell", "nothing was told" + _also(seen.failed)),
        (ruling.growth is None, "it is not one thing that grows from a known size to a known one"),
        (
            ruling.to_count is not None,
            f"it was brought down to {ruling.to_count}, and asked about again as that",
        ),
    )
    return next((why for is_so, why in rows if is_so), f"its size was not seen: {seen.unseen}")


def _not_as_asked(growth: AskedGrowth, sizes: Sizes, seen: Seen) -> str:
    """Return why what came after says nothing of the change that was asked about; empty where it does."""
    before_count, most_count = growth.before_count, sizes.most_count
    rows = (
        (most_count <= before_count, f"it never happened: the size stayed at {most_count:,.0f}"),
        (
            sizes.before_count != before_count,
            f"the size before was {sizes.before_count:,.0f}, and it was asked from {before_count:,}",
        ),
        (seen.beside, f"something else changed at the same time: {_first(seen.beside)}"),
        (
            most_count > growth.after_count,
            f"it went on to {most_count:,.0f}, and {growth.after_count:,} was asked about",
        ),
        (seen.failed_before, f"it failed before as well: {_first(seen.failed_before)}"),
    )
    return next((why for is_so, why in rows if is_so), "")


def _failed(ruling: GivenRuling, sizes: Sizes, failed: str) -> Score:
    """Return the score where it failed: a miss if that size was called safe, whatever was said of more."""
    called_safe = ruling.verdict == "proceed" or sizes.most_count <= (ruling.allowed_count or 0)
    if called_safe:
        because = f"it went to {sizes.most_count:,.0f}, called safe, and {failed}."
        return Score(outcome=WRONG, mistake=MISS, because=because)
    return Score(outcome=RIGHT, because=f"it went to {sizes.most_count:,.0f}, and {failed}.")


def _not_shown_to_hold(growth: AskedGrowth, sizes: Sizes, seen: Seen) -> str:
    """Return why it is not shown to have held at the size asked for, where nothing failed; else nothing."""
    reached, wanted_count = f"it went to {sizes.most_count:,.0f}", growth.after_count
    rows = (
        (not seen.looked_at_count, "nothing states which series says whether it held"),
        (seen.unknown, f"{reached}, and whether all held is not known: {_first(seen.unknown)}"),
        (sizes.most_count < wanted_count, f"{reached} of {wanted_count:,}, and nothing failed there"),
        (
            sizes.last_count < wanted_count,
            f"{reached} and back to {sizes.last_count:,.0f} before its time was over",
        ),
    )
    return next((why for is_so, why in rows if is_so), "")


def _held(ruling: GivenRuling, sizes: Sizes) -> Score:
    """Return the score where all held at the size asked for."""
    reached = f"it went to {sizes.most_count:,.0f}"
    if ruling.verdict == "proceed":
        return Score(outcome=RIGHT, because=f"{reached}, and all that must hold held.")
    because = f"{reached}, called unsafe, and all that must hold held."
    return Score(outcome=WRONG, mistake=FALSE_ALARM, because=because)


def _unknown(why: str) -> Score:
    return Score(outcome=UNKNOWN, because=f"{why}.")


def _first(clauses: tuple[str, ...]) -> str:
    return clauses[0] if clauses else ""


def _also(failed: tuple[str, ...]) -> str:
    return f", and {failed[0]}" if failed else ""
