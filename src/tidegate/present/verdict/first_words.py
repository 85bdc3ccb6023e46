"""What can be said within half a second, before the exact runs? A few lines, marked as what they are.

Where a limit is exceeded by arithmetic that is the answer, with what would fit: no estimate stands beside it
that does not know of such limits.

Nothing heavy may be imported here: these words are printed while the compiled engine still loads.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.judging.remedy import Setting
from tidegate.present.layout import plain, wrap
from tidegate.present.quantities import NO_BREAK, count_text, duration_text
from tidegate.present.verdict.fitting import fits_text

_ESTIMATE = "First estimate, no verdict; the answer below replaces it"


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
    follows
        Whether it follows all that instances wait for as they start, and their queues; else its outcome is
        not to be told.
    beyond
        What else of the world it does not follow, as a clause; empty where there is nothing.
    exceeded
        Clauses on the limits that are exceeded in this case by arithmetic, which the fluid engine does not
        follow: they are told, and no estimate is.
    """

    title: str
    collapses: bool
    recovery_s: float | None = None
    crossing: str = ""
    offered_peak_per_s: float = 0.0
    capacity_per_s: float | None = None
    limit_at_s: float | None = None
    follows: bool = True
    beyond: str = ""
    exceeded: tuple[str, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it is known or foreseen that this case does not hold."""
        return bool(self.exceeded) or (self.collapses and self.follows and not self.beyond)


@dataclass(frozen=True, kw_only=True)
class FirstWords:
    """The first estimate of one activity: as believed, then the counter-beliefs.

    Parameters
    ----------
    world, activity
        What people call them.
    horizon_s
        How long was simulated.
    exceeded
        Clauses on the limits that are exceeded as believed, by arithmetic alone; there are no cases then.
    fits
        What would fit then: settings each of which is enough by itself.
    limits
        Clauses on what the fluid engine does not follow as believed.
    unfollowed
        What of the world it does not follow at all.
    """

    world: str
    activity: str
    horizon_s: float
    cases: tuple[FirstCase, ...]
    exceeded: tuple[str, ...] = ()
    fits: tuple[Setting, ...] = ()
    limits: tuple[str, ...] = ()
    unfollowed: tuple[str, ...] = ()


def opening_text(words: FirstWords, *, width: int = 80, unicode: bool = True) -> str:
    """Return what is known as soon as the believed case is: the heading and its sentence."""
    lines = wrap(plain(f"{words.world} · {words.activity}", unicode=unicode), width)
    said = _arithmetic(words) if words.exceeded else [f"{_ESTIMATE}: {_sentence(words.cases[0], words)}"]
    for sentence in said:
        lines.extend(wrap(plain(sentence, unicode=unicode), width))
    return _text(lines, unicode=unicode)


def _arithmetic(words: FirstWords) -> list[str]:
    """Return what arithmetic has decided before anything is run, and what would fit."""
    said = [f"By arithmetic, before anything is run: {clause}." for clause in words.exceeded]
    if words.fits:
        said.append(f"It would fit with {fits_text(words.fits)}.")
    return [*said, "As planned it does not hold; exact runs follow, to say what that looks like."]


def closing_text(words: FirstWords, *, width: int = 80, unicode: bool = True) -> str:
    """Return what the counter-beliefs and arithmetic add to the opening."""
    lines: list[str] = []
    if words.exceeded:
        return ""
    worse = [case for case in words.cases[1:] if case.fails] or list(words.cases[1:])
    if worse:
        lines.extend(wrap(plain(_capital(_sentence(worse[0], words)), unicode=unicode), width))
    for limit in words.limits:
        lines.extend(wrap(plain(f"By arithmetic: {limit}.", unicode=unicode), width))
    if words.limits:
        lines.append("The estimate leaves such limits out; the exact runs do not.")
    for part in words.unfollowed:
        said = f"The estimate does not follow {part}; the exact runs do."
        lines.extend(wrap(plain(said, unicode=unicode), width))
    return _text(lines, unicode=unicode)


def _text(lines: list[str], *, unicode: bool) -> str:
    return "".join(plain(line, unicode=unicode).replace(NO_BREAK, " ") + "\n" for line in lines)


def _sentence(case: FirstCase, words: FirstWords) -> str:
    clause = case.title if case is words.cases[0] else f"if {case.title}"
    if case.exceeded:
        return f"{clause}, {'; '.join(case.exceeded)}: by arithmetic it does not hold."
    if not case.follows:
        unknown = "it does not know when those that start are ready"
        outcome = unknown if words.limits else "how it ends the exact runs say"
    elif case.beyond:
        outcome = f"it does not know {case.beyond}"
    elif case.collapses:
        outcome = f"service would not recover within {duration_text(words.horizon_s)}"
    elif case.recovery_s:
        outcome = f"service would be normal again after {duration_text(case.recovery_s)}"
    else:
        outcome = "service would stay normal"
    if not case.crossing or (case.capacity_per_s is None and case.limit_at_s is None):
        # What is asked of a place without a limit says nothing of how it goes.
        return f"{clause}, {outcome}."
    peak = count_text(case.offered_peak_per_s)
    asked = f"{case.crossing} would be asked for about {peak} new connections a second"
    can = f" and can set up {count_text(case.capacity_per_s)}" if case.capacity_per_s is not None else ""
    when = f" after {duration_text(case.limit_at_s)}" if case.limit_at_s is not None else ""
    return f"{clause}, {asked}{when}{can}; {outcome}."


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
