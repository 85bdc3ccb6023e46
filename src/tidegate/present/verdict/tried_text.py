"""What was tried besides, and is not enough, or only at the numbers given? One short line of each.

Whoever reads the answer would think of the same things first; so it is said what came of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from tidegate.evaluate.judging.remedy import Tried
from tidegate.evaluate.judging.verdict import Verdict

_SHOWN = 4
_GIVEN_SHOWN = 3


def tried_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return what is enough only at the numbers given, and what is not; nothing that is told elsewhere."""
    told = [verdict.partial.settings] if verdict.partial is not None else []
    told += [(one,) for one in verdict.fits] if verdict.verdict == "stop" else []
    fit = {one.path for one in verdict.fits}  # nearer to today than what is tried of the same thing
    left = [one for one in verdict.tried if one.settings not in told and (one.fits or not _is_of(one, fit))]
    given = [one for one in left if one.is_enough_as_given]
    failed = [one for one in left if not one.is_enough_as_given]
    fitted = [one for one in failed if one.fits]
    at_pace = " at the planned pace" if verdict.verdict == "slow_down" else ""
    return (
        *_sentence(
            f"Enough{at_pace} at the numbers given, not over their ranges",
            list(map(_set, given)),
            _GIVEN_SHOWN,
        ),
        *_sentence(
            "By the sum alone this would fit, and in the runs it is not enough",
            list(map(_set, fitted)),
            _SHOWN,
        ),
        *_sentence(
            f"Tried{at_pace}, and not enough", [_named(one) for one in failed if not one.fits], _SHOWN
        ),
    )


def kept_pace_sentences(verdict: Verdict) -> tuple[str, ...]:
    """Return what could be set instead of acting slower, and what shows it; none where nothing was found."""
    found = verdict.instead
    if found is None:
        return ()
    listed = ", ".join(f"{one.path}={one.value}" for one in found.settings)
    many, of = found.worlds_count - found.worlds_failed_count, found.worlds_count
    worlds = f" and {'all' if many == of else f'{many} of'} {of} worlds drawn" if of else ""
    shown = f"all {found.runs_count} runs{worlds} hold"
    return (f"Or keep the pace, and set {listed}: {shown}.",)


def _sentence(opening: str, each: Sequence[str], most_count: int) -> tuple[str, ...]:
    each = tuple(dict.fromkeys(each))
    if not each:
        return ()
    more = len(each) - most_count
    shown = [*each[:most_count], *([f"{more} more"] if more > 0 else [])]
    return (f"{opening}: {'; '.join(shown)}.",)


def _is_of(one: Tried, paths: Collection[str]) -> bool:
    """Whether it is another value of one thing that is told."""
    return len(one.settings) == 1 and one.settings[0].path in paths


def _named(one: Tried) -> str:
    """Return what people call it, with its number where it is one."""
    number = one.settings[0].value if len(one.settings) == 1 and one.settings[0].now else ""
    return f"{one.name} ({number})" if number else one.name


def _set(one: Tried) -> str:
    """Return what is set, as `--set` takes it; of a pace what people call it."""
    return ", ".join(f"{each.path}={each.value}" for each in one.settings) or one.name
