"""Who asks a place? Its sources, put together where they do alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import FlowBook, Place, Tally
from tidegate.discover.habit import Demand, age_s, demand_kind, rate_per_s, think_s
from tidegate.discover.kind_of_use import cut_s
from tidegate.discover.number import Number
from tidegate.discover.quiet_time import Spells, quiet_spells

_ALIKE_POOL_RATIO = 0.2
_ALIKE_LEAST_DEVIATIONS = 3.0


@dataclass(frozen=True, kw_only=True)
class Population:
    """Sources that do alike.

    Parameters
    ----------
    sources
        Their addresses, sorted.
    is_kept
        Whether they keep connections.
    pool
        Connections that each keeps; None where they keep none.
    demand
        Whether each waits for its answer, as far as that shows; of kept connections it never does.
    rate_per_s
        New flows a second of all of them; None where too few were seen.
    think_s
        The pause of one between an answer and the next flow; None where it does not wait, or too few were
        seen.
    age_s
        How old its connections become, where they are closed for it.
    life_s
        The median life of a flow that was made for one request: no request took longer, set-up included.
    most_open_count
        The most that one source had open at a time.
    unseen_count
        How many more there may be that asked nothing while the record ran.
    """

    sources: tuple[str, ...]
    is_kept: bool
    pool: Number | None = None
    demand: Demand = "untold"
    rate_per_s: Number | None = None
    think_s: Number | None = None
    age_s: Number | None = None
    life_s: float | None = None
    most_open_count: int = 0
    unseen_count: int = 0


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One place and who asks it.

    Parameters
    ----------
    place
        What is asked.
    populations
        Who asks.
    spells
        When it was quiet.
    refused_count, unanswered_count
        Attempts that met a refusal, or silence.
    """

    place: Place
    populations: tuple[Population, ...]
    spells: Spells
    refused_count: int
    unanswered_count: int


def asked_places(book: FlowBook) -> tuple[Asked, ...]:
    """Return every place that answered, with who asks it, the busiest first."""
    by_place: dict[Place, dict[str, Tally]] = {}
    for (place, source), tally in book.tallies.items():
        by_place.setdefault(place, {})[source] = tally
    found = [_asked(place, tallies, book) for place, tallies in sorted(by_place.items())]
    return tuple(sorted(found, key=lambda one: -sum(len(each.sources) for each in one.populations)))


def _asked(place: Place, tallies: Mapping[str, Tally], book: FlowBook) -> Asked:
    refused, silent = book.refused_s.get(place, ()), book.unanswered_s.get(place, ())
    answered = [at_s for tally in tallies.values() for at_s in tally.opened_s]
    spells = quiet_spells(book.first_s, book.length_s, answered, [*refused, *silent])
    cut = cut_s([life for tally in tallies.values() for life in tally.life_s])
    kept = _kept(tallies, cut, book)
    asking = _asking(tallies, cut, spells, book)
    return Asked(
        place=place,
        populations=(*kept, *asking),
        spells=spells,
        refused_count=len(refused),
        unanswered_count=len(silent),
    )


def _flows(tally: Tally) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    begun_s = np.frombuffer(tally.opened_s, dtype=np.float64) if len(tally.opened_s) else np.zeros(0)
    life_s = np.frombuffer(tally.life_s, dtype=np.float64) if len(tally.life_s) else np.zeros(0)
    order = np.argsort(begun_s, kind="stable")
    return begun_s[order], life_s[order]


def _parts(
    tally: Tally, cut: float, last_s: float
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Return the flows that are kept, and those that were made for one request.

    One that is still open is kept when it is older than any request took.
    """
    begun_s, life_s = _flows(tally)
    old_s = np.where(np.isfinite(life_s), life_s, last_s - begun_s)
    is_kept = old_s >= cut if math.isfinite(cut) else np.zeros(len(old_s), dtype=np.bool_)
    return (begun_s[is_kept], life_s[is_kept]), (begun_s[~is_kept], life_s[~is_kept])


def _pool_count(tally: Tally, cut: float, book: FlowBook) -> int:
    """Return how many connections a source keeps: as the dumps say, less those that just came and went.

    Without a dump, as many as were open at an end of the record and lived for long enough.
    """
    dumps = len(book.entries_by_dump)
    if dumps:
        listed = [tally.listed_counts.get(i, 0) for i in range(dumps)]
        passing = sum(life < cut for life in tally.listed_life_s)
        return int(statistics.median_low(listed)) - math.ceil(passing / dumps)
    begun_s, life_s = _parts(tally, cut, book.last_s)[0]
    return max(int((~np.isfinite(life_s)).sum()), tally.open_before_count if len(begun_s) else 0)


def _kept(tallies: Mapping[str, Tally], cut: float, book: FlowBook) -> tuple[Population, ...]:
    counts = {source: _pool_count(tally, cut, book) for source, tally in tallies.items()}
    pools = {source: count for source, count in counts.items() if count > 0}
    is_listed = bool(book.entries_by_dump)
    found = []
    for sources in _alike_pools(pools):
        sizes = [pools[one] for one in sources]
        size = float(statistics.median_low(sizes))
        flows = [_parts(tallies[one], cut, book.last_s)[0] for one in sources]
        begun_s, life_s = (np.concatenate(parts) for parts in zip(*flows, strict=True))
        found.append(
            Population(
                sources=tuple(sources),
                is_kept=True,
                pool=Number(
                    value=size,
                    low=min(sizes),
                    high=max(sizes) if is_listed else 4.0 * max(sizes),
                    count=len(sizes) if is_listed else 0,
                ),
                age_s=age_s(begun_s, life_s, book.last_s),
                most_open_count=max(tallies[one].most_open_count for one in sources),
            )
        )
    return tuple(found)


def _alike_pools(pools: Mapping[str, int]) -> list[list[str]]:
    groups: list[list[str]] = []
    for source in sorted(pools, key=lambda one: (pools[one], one)):
        if groups and pools[source] <= (1.0 + _ALIKE_POOL_RATIO) * pools[groups[-1][0]]:
            groups[-1].append(source)
        else:
            groups.append([source])
    return [sorted(group) for group in groups]


def _asking(
    tallies: Mapping[str, Tally], cut: float, spells: Spells, book: FlowBook
) -> tuple[Population, ...]:
    flows = {one: _parts(tally, cut, book.last_s)[1] for one, tally in tallies.items()}
    counts = {one: int(spells.holds(begun_s).sum()) for one, (begun_s, _) in flows.items() if len(begun_s)}
    found = []
    for sources in _alike_counts(counts):
        each = [flows[one] for one in sources]
        begun_s = np.sort(np.concatenate([begun for begun, _ in each]))
        lives = np.concatenate([life for _, life in each])
        demand = demand_kind(each, spells)
        found.append(
            Population(
                sources=tuple(sources),
                is_kept=False,
                demand=demand,
                rate_per_s=rate_per_s(begun_s, spells),
                think_s=think_s(each, spells) if demand == "closed" else None,
                life_s=float(np.median(lives[np.isfinite(lives)])) if np.isfinite(lives).any() else None,
                most_open_count=max(tallies[one].most_open_count for one in sources),
                unseen_count=_unseen([counts[one] for one in sources]),
            )
        )
    return tuple(found)


def _alike_counts(counts: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups whose numbers of flows differ as chance has it, the busiest first.

    Of many that do alike one always lies far out: about sqrt(2 ln n) deviations, and seldom one more.
    """
    far = max(_ALIKE_LEAST_DEVIATIONS, 1.0 + math.sqrt(2.0 * math.log(max(len(counts), 1))))
    groups: list[list[str]] = []
    for source in sorted(counts, key=lambda one: (-counts[one], one)):
        if groups:
            mean = statistics.fmean(counts[one] for one in groups[-1])
            if mean - counts[source] <= far * math.sqrt(mean) + 1.0:
                groups[-1].append(source)
                continue
        groups.append([source])
    return [sorted(group) for group in groups]


def _unseen(counts: Sequence[int]) -> int:
    """Return how many more sources there may be than those that were seen.

    Source: Chao (1984), the lower bound of the number of species; doubled here as an upper end.
    """
    once, twice = sum(one == 1 for one in counts), sum(one == 2 for one in counts)
    return math.ceil(2.0 * once * (once - 1) / (2.0 * (twice + 1)))
