"""What can be said within half a second, before the exact runs? Two or three lines, marked as such.

Nothing heavy may be imported here: these words are printed while the compiled engine still loads.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, after_text, duration_text, of_capacity_text


@dataclass(frozen=True, kw_only=True)
class FirstCase:
    """What the fluid engine says of one case.

    Parameters
    ----------
    title
        "as believed", "back-off fails".
    collapses
        Whether service is still down at the horizon.
    recovery_s
        Time from the activity's start until service is normal again; None where it is not.
    crossing
        The crossing under the greatest pressure; empty in a world without crossings.
    offered_peak_per_s, capacity_per_s
        New flows a second that are asked of it and that it can set up; None without a limit.
    limit_at_s
        When it first reaches its limit, from the activity's start; None where it does not.
    """

    title: str
    collapses: bool
    recovery_s: float | None
    crossing: str
    offered_peak_per_s: float
    capacity_per_s: float | None
    limit_at_s: float | None


@dataclass(frozen=True, kw_only=True)
class FirstWords:
    """The first estimate of one activity: as believed, then the counter-beliefs.

    Parameters
    ----------
    world, activity
        What people call them.
    horizon_s
        How long was simulated.
    limits
        Clauses on countable limits that are exceeded, which the fluid engine does not follow.
    """

    world: str
    activity: str
    horizon_s: float
    cases: tuple[FirstCase, ...]
    limits: tuple[str, ...] = ()


def first_words_text(words: FirstWords, *, width: int = 80, unicode: bool = True) -> str:
    """Return the first estimate in a few lines, ending in a line break."""
    opening = opening_text(words, width=width, unicode=unicode)
    return opening + closing_text(words, width=width, unicode=unicode)


def opening_text(words: FirstWords, *, width: int = 80, unicode: bool = True) -> str:
    """Return what is known as soon as the believed case is: the heading and its sentence."""
    lines = wrap(plain(f"{words.world} · {words.activity}", unicode=unicode), width)
    head = "First estimate (fluid; exact runs follow)"
    lines.extend(wrap(f"{head}: {_sentence(words.cases[0], words)}", width))
    return _text(lines, unicode=unicode)


def closing_text(words: FirstWords, *, width: int = 80, unicode: bool = True) -> str:
    """Return what the counter-beliefs and arithmetic add to the opening."""
    lines: list[str] = []
    worse = [case for case in words.cases[1:] if case.collapses] or list(words.cases[1:])
    if worse:
        lines.extend(wrap(plain(_capital(_sentence(worse[0], words)), unicode=unicode), width))
    for limit in words.limits:
        lines.extend(wrap(plain(f"By arithmetic: {limit}.", unicode=unicode), width))
    if words.limits:
        lines.append("The estimate leaves such limits out; the exact runs do not.")
    return _text(lines, unicode=unicode)


def _text(lines: list[str], *, unicode: bool) -> str:
    return "".join(plain(line, unicode=unicode).replace(NO_BREAK, " ") + "\n" for line in lines)


def _sentence(case: FirstCase, words: FirstWords) -> str:
    clause = case.title if case is words.cases[0] else f"if {case.title}"
    if case.collapses:
        outcome = f"service does not recover within {duration_text(words.horizon_s)}"
    elif case.recovery_s:
        outcome = f"service is normal again after {duration_text(case.recovery_s)}"
    else:
        outcome = "service stays normal"
    if not case.crossing:
        return f"{clause}, {outcome}."
    peak = of_capacity_text(case.offered_peak_per_s, case.capacity_per_s)
    when = f" at {after_text(case.limit_at_s)}" if case.limit_at_s is not None else ""
    return f"{clause}, {case.crossing} is asked for {peak} new flows/s{when}; {outcome}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
