"""What could be set so that a plan keeps its pace? Where slower is enough, a few settings are tried besides.

Whoever may not wait asks for it next, and often the number that was too small is the better answer.

Shortcut: a setting counts as holding after nine runs at the numbers given, three with each belief wrong that
was never measured, and the worlds drawn over the ranges. How far it has something to spare is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.arithmetic_notes import sums
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import Gathered, fails
from tidegate.evaluate.judging.remedy import Instead, Remedy, Tried
from tidegate.evaluate.judging.trying import few_runs
from tidegate.evaluate.variants.doubt import doubts_of, in_doubt
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import believed_case
from tidegate.world.file.overlay import overlay

_TRIED_MOST = 3
_SHARE = 0.1  # of what the answer has cost so far: after that nothing more is begun
_PACES = ("activities.", ".start_spread")  # how a path begins, or ends, that is a pace itself


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What came of keeping the pace.

    Parameters
    ----------
    instead
        What is enough; None where nothing was found to be.
    tried
        What is not, or only at the numbers given.
    """

    instead: Instead | None = None
    tried: tuple[Tried, ...] = ()


def kept_pace(bench: Bench, known: Gathered, remedies: Iterable[Remedy], *, condition: str) -> Kept:
    """Try a few single settings at the pace that was planned.

    Parameters
    ----------
    bench, known
        The question, and what is known of it.
    remedies
        Single settings, that which asks least in front.
    condition
        The name of the belief that the answer hangs on; empty where it hangs on none.
    """
    belief = bench.file.world.beliefs.get(condition)
    under = {} if belief is None else belief.counter
    shows_at_given = bool(under) or fails(bench.file.world, known.cases[0])
    begun_count = bench.budget.spent_count
    tried: list[Tried] = []
    for remedy in _likely(bench, under, remedies)[:_TRIED_MOST]:
        if bench.budget.is_spent or bench.budget.spent_count - begun_count > _SHARE * begun_count:
            break
        runs_count = _well_count(bench, remedy, under) if shows_at_given else 0
        worlds = _worlds(bench, remedy) if runs_count or not shows_at_given else None
        runs_count = runs_count or (0 if worlds is None else _well_count(bench, remedy, under))
        if worlds is not None and runs_count:
            drawn, failed = worlds
            instead = Instead(
                settings=remedy.settings,
                runs_count=runs_count,
                worlds_count=drawn,
                worlds_failed_count=failed,
            )
            return Kept(instead=instead, tried=tuple(tried))
        is_enough = shows_at_given and runs_count > 0
        tried.append(Tried(name=remedy.name, settings=remedy.settings, is_enough_as_given=is_enough))
    return Kept(tried=tuple(tried))


def _likely(bench: Bench, under: Mapping[str, object], remedies: Iterable[Remedy]) -> list[Remedy]:
    """Return what is no pace and keeps every limit; first that of which the sums leave the least to say."""
    found: list[tuple[int, Remedy]] = []
    for remedy in remedies:
        if any(path.startswith(_PACES[0]) or path.endswith(_PACES[1]) for path in remedy.changes):
            continue
        try:
            laid = overlay(bench.file, in_doubt(bench.file, under, remedy.changes))
        except InputError:
            continue  # a world that contradicts itself is no way out
        script = script_of(laid, bench.activity)
        if not exceeded_limits(script):
            found.append((len(sums(script, bench.activity)), remedy))
    return [remedy for _, remedy in sorted(found, key=lambda one: one[0])]


def _well_count(bench: Bench, remedy: Remedy, under: Mapping[str, object]) -> int:
    """Return in how many runs at the numbers given it holds, beliefs wrong or not; 0 where not in all."""
    doubts = [one for one in doubts_of(bench.file.world).values() if one != under]
    count = 0
    # What decides is asked first, since it refutes most.
    for wrong in (under, *([{}] if under else []), *doubts):
        seen = few_runs(bench, f"with {remedy.name}", remedy.settings, sure=not wrong, under=wrong)
        if seen is None or seen.collapse.value > 0.0 or fails(bench.file.world, seen):
            return 0
        count += seen.collapse.runs_count
    return count


def _worlds(bench: Bench, remedy: Remedy) -> tuple[int, int] | None:
    """Return how many worlds were drawn over the ranges and how many fail; None where that is too many."""
    case = believed_case(overlay(bench.file, remedy.changes), bench.activity)
    title = f"with {remedy.name}"
    is_held, ranges = bench.over_ranges(replace(case, name="instead", title=title))
    if not is_held:
        return None
    drawn = 0 if ranges is None else ranges.collapse.runs_count
    return drawn, 0 if ranges is None else round(ranges.collapse.value * drawn)
