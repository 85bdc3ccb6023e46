"""Who asks a place? Its sources, put together where they do alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.alike import alike_counts, alike_lives, alike_pools
from tidegate.discover.flow_book import FlowBook, Place, Tally
from tidegate.discover.habit import Demand, age_s, demand_kind, idle_s, rate_per_s, think_s
from tidegate.discover.number import Number, doubted, times, widened
from tidegate.discover.quiet_time import Spells, quiet_time
from tidegate.discover.reconnecting import spread_s
from tidegate.discover.source_flows import (
    Flows,
    Source,
    all_asking,
    attempts_at,
    cut_of,
    joined_s,
    kept_ends,
    source_at,
    without_passing,
)
from tidegate.discover.spell import failing_spells, joined, restarts
from tidegate.discover.when_failing import NOTHING_SEEN, WhenFailing, as_ranges, when_failing

_PAUSES_FROM_S = 0.1
_LEAST_KEPT_ALIVE_COUNT = 5
_OVERLAP_RATIO = 0.2
_MOST_DOWN_RATIO = 0.5
_SAMPLED_DOUBT_RATIO, _STALLED_DOUBT_RATIO = 2.0, 2.0
_LEAST_DATAGRAM_SPELL_S = 2.0
_DATAGRAM_HOLD_S = 30.0
_BUSY_PER_S = 5.0
_MOST_OPEN_OF_ONE = 6
"""Connections that one client opens at a time to one place, as browsers do; more are of several."""
_SELDOM_S = 300.0
_PORTS_COUNT = 28_232
"""Ports that Linux sends from as it comes (net.ipv4.ip_local_port_range)."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """Sources that do alike.

    Parameters
    ----------
    sources
        Their addresses, sorted.
    is_kept
        Whether they keep connections.
    is_keep_alive
        Whether each keeps one, and makes another when it next asks after it was closed.
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
    idle_s
        After how long without a request its connections are closed, where they are.
    most_open_count
        The most that one source had open at a time.
    unseen_count
        How many more there may be that asked nothing while the record ran.
    failing
        What it did where the place failed.
    """

    sources: tuple[str, ...]
    is_kept: bool
    is_keep_alive: bool = False
    pool: Number | None = None
    demand: Demand = "untold"
    rate_per_s: Number | None = None
    think_s: Number | None = None
    age_s: Number | None = None
    life_s: float | None = None
    idle_s: Number | None = None
    most_open_count: int = 0
    unseen_count: int = 0
    failing: WhenFailing = NOTHING_SEEN

    @property
    def hides_clients(self) -> bool:
        """Whether each source asks more than one client would: behind a NAT or a proxy may be many."""
        if self.is_kept or self.demand == "closed" or self.failing.hidden is not None:
            return False
        rate_per_s = self.rate_per_s.value if self.rate_per_s is not None else 0.0
        return rate_per_s > _BUSY_PER_S * len(self.sources) or self.most_open_count > _MOST_OPEN_OF_ONE

    @property
    def most_hidden_count(self) -> int:
        """The most clients that may stand behind the sources, each of which asks once in five minutes."""
        rate_per_s = self.rate_per_s.high if self.rate_per_s is not None else 0.0
        return max(math.ceil(rate_per_s * _SELDOM_S), self.most_open_count * len(self.sources))


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
    attempts = attempts_at(tallies)
    seconds = max(int(book.length_s), 1)
    is_stream = place.protocol == "tcp"
    failing = failing_spells(attempts, book.first_s, seconds) if book.length_s else ()
    if not is_stream:  # where events are lost the answer to a datagram is one of them
        failing = tuple(one for one in failing if one.end_s - one.begin_s >= _LEAST_DATAGRAM_SPELL_S)
    cut = cut_of(tallies, quiet_time(book.first_s, book.length_s, failing)) if is_stream else math.inf
    silences = [one for one in failing if one.how == "silent"]
    known = without_passing(
        {one: source_at(tally, cut, silences, book) for one, tally in tallies.items()}, book
    )
    ended_s, begun_s = kept_ends(known), np.sort(joined_s([one.kept[0] for one in known.values()]))
    kept_count = sum(one.pool for one in known.values())
    failed = joined(failing, restarts(ended_s, begun_s, kept_count, book.length_s) if is_stream else ())
    spells = quiet_time(book.first_s, book.length_s, failed)
    everybody = [*_kept(known, spells, book), *_asking(known, spells, book)]
    everybody += _asking(_left_over(known, everybody), spells, book)
    return Asked(
        place=place,
        populations=tuple(_mended(one, book, is_stream=is_stream) for one in everybody),
        spells=spells,
        refused_count=len(attempts.refused_s),
        unanswered_count=len(attempts.silent_s),
    )


def _left_over(known: Mapping[str, Source], found: Sequence[Population]) -> dict[str, Source]:
    """Return who is in no group so far: whose flows live long, and yet none of them is kept.

    Each is taken for one request that takes so long: nobody who asked is left out.
    """
    placed = {source for one in found for source in one.sources}
    return {
        name: all_asking(one)
        for name, one in known.items()
        if name not in placed and len(one.kept[0]) + len(one.asking[0])
    }


def _mended(one: Population, book: FlowBook, *, is_stream: bool) -> Population:
    """Return a group with what its record lacks: events that were lost, and ports that were used again.

    A lost flow joins two pauses. A datagram from a port that still has an entry makes no other.
    """
    if book.is_sampled:
        return _sampled(one, book.sampled_ratio)
    seen = 1.0 - book.lost_ratio
    rate, pause = one.rate_per_s, one.think_s
    if rate is not None and not is_stream:
        standing = rate.value * _DATAGRAM_HOLD_S / len(one.sources)
        rate = times(rate, 1.0 + min(standing / _PORTS_COUNT, 1.0))
    rate, pause = rate and times(rate, 1.0 / seen), pause and times(pause, seen)
    if book.is_stalled:
        late = book.stalled_s / book.length_s
        return replace(
            one,
            rate_per_s=rate and widened(rate, late / 2.0),
            think_s=pause and widened(pause, late),
            failing=as_ranges(one.failing, _STALLED_DOUBT_RATIO),
        )
    return replace(one, rate_per_s=rate, think_s=pause)


def _sampled(one: Population, ratio: float) -> Population:
    """Return a group of which some flows were recorded: rates roughly, nothing that rests on each flow."""
    rate = one.rate_per_s and doubted(times(one.rate_per_s, 1.0 / ratio), _SAMPLED_DOUBT_RATIO)
    return replace(
        one, rate_per_s=rate, think_s=None, age_s=None, idle_s=None, demand="untold", failing=NOTHING_SEEN
    )


def _kept(known: Mapping[str, Source], spells: Spells, book: FlowBook) -> tuple[Population, ...]:
    alive = _keep_alive(known, is_listed=bool(book.entries_by_dump))
    pooled = {name: one for name, one in known.items() if one.pool > 0 and name not in alive}
    pools = {name: one.pool for name, one in pooled.items()}
    alike = alike_pools(pools) if book.entries_by_dump else [sorted(pools)]  # else each is a lower end
    groups = [part for group in alike if group
              for part in alike_lives({name: pooled[name].kept[1] for name in group})]  # fmt: skip
    found = [_pooling([pooled[name] for name in sources], sources, spells, book) for sources in groups]
    counts = {name: int(spells.holds(one.kept[0]).sum()) for name, one in alive.items()}
    for group in alike_counts(counts):
        for sources in alike_lives({name: alive[name].kept[1] for name in group}):
            found += [_keeping_alive([alive[name] for name in sources], sources, spells)]
    return tuple(found)


def _keep_alive(known: Mapping[str, Source], *, is_listed: bool) -> dict[str, Source]:
    """Return the sources that keep one connection, and leave a pause where that was closed."""
    could = {name: one for name, one in known.items() if one.keeps and (one.pool <= 1 or not is_listed)}
    pauses = [one.kept[0][1:] - (one.kept[0] + one.kept[1])[:-1] for one in could.values()]
    pauses_s = joined_s(pauses)
    pauses_s = pauses_s[np.isfinite(pauses_s)]
    if len(pauses_s) < _LEAST_KEPT_ALIVE_COUNT or float(np.median(pauses_s)) <= _PAUSES_FROM_S:
        return {}
    return could if float((pauses_s < 0.0).mean()) < _OVERLAP_RATIO else {}


def _pooling(each: Sequence[Source], sources: list[str], spells: Spells, book: FlowBook) -> Population:
    sizes = [one.pool for one in each]
    size = float(statistics.median_low(sizes))
    begun_s, life_s = (joined_s([one.kept[i] for one in each]) for i in (0, 1))
    is_listed = bool(book.entries_by_dump)
    return Population(
        sources=tuple(sources),
        is_kept=True,
        pool=Number(
            value=size,
            low=min(sizes),
            high=max(sizes) if is_listed else 4.0 * max(sizes),
            count=len(sizes) if is_listed else 0,
        ),
        age_s=age_s(begun_s, life_s, book.last_s),
        most_open_count=max(one.tally.most_open_count for one in each),
        failing=_reconnecting(each, spells, book),
    )


def _reconnecting(each: Sequence[Source], spells: Spells, book: FlowBook) -> WhenFailing:
    restarted = [one for one in spells.failed if one.how == "restart"]
    if not restarted:
        return NOTHING_SEEN
    first = min(restarted, key=lambda one: one.end_s - one.begin_s)
    later = [one.begin_s for one in spells.failed if one.begin_s > first.end_s]
    refused = [np.array([*one.tally.refused_s, *one.tally.silent_s], dtype=np.float64) for one in each]
    found = spread_s(
        joined_s([one.kept[0] for one in each]), joined_s(refused), first.begin_s, min([book.last_s, *later])
    )
    if found is not None and first.end_s - first.begin_s > _MOST_DOWN_RATIO * found.value:
        return NOTHING_SEEN  # who is refused for long waits again and again: that time is not the spread
    return WhenFailing(spread_s=found)


def _keeping_alive(each: Sequence[Source], sources: list[str], spells: Spells) -> Population:
    flows = [one.kept for one in each]
    begun_s, life_s = (joined_s([one[i] for one in flows]) for i in (0, 1))
    return Population(
        sources=tuple(sources),
        is_kept=True,
        is_keep_alive=True,
        pool=Number(value=1, low=1, high=1, count=len(sources)),
        demand="closed",
        rate_per_s=rate_per_s(begun_s, spells),
        think_s=think_s(flows, spells),
        idle_s=idle_s(life_s[spells.holds(begun_s)]),
        most_open_count=1,
    )


def _asking(known: Mapping[str, Source], spells: Spells, book: FlowBook) -> tuple[Population, ...]:
    asking = {name: one for name, one in known.items() if len(one.asking[0])}
    found = []
    for keeps in (False, True):
        counts = {
            name: int(spells.holds(one.asking[0]).sum()) for name, one in asking.items() if one.keeps == keeps
        }
        for group in alike_counts(counts):
            lives = {name: _quiet(asking[name].asking, spells) for name in group}
            for sources in alike_lives(lives):
                each = [asking[name] for name in sources]
                unseen = _unseen([counts[name] for name in sources])
                one = _requesting(each, sources, spells, book)
                found.append(replace(one, unseen_count=unseen))
    return tuple(found)


def _quiet(flows: Flows, spells: Spells) -> NDArray[np.float64]:
    begun_s, life_s = flows
    return life_s[spells.holds(begun_s)]


def _requesting(each: Sequence[Source], sources: list[str], spells: Spells, book: FlowBook) -> Population:
    flows = [one.asking for one in each]
    begun_s = np.sort(joined_s([begun for begun, _ in flows]))
    lives = joined_s([_quiet(one, spells) for one in flows])
    demand = demand_kind(flows, spells)
    rate = rate_per_s(begun_s, spells)
    pause = think_s(flows, spells) if demand != "open" else None
    life = float(np.median(lives[np.isfinite(lives)])) if np.isfinite(lives).any() else None
    does_more = any(one.keeps for one in each)
    failing = NOTHING_SEEN
    if not does_more:
        tallies = [one.tally for one in each]
        failing = when_failing(
            tallies, flows, spells.failed, book.is_read_late, think_s=pause, rate_per_s=rate, life_s=life
        )
    if demand == "untold" and failing.law is not None:  # it waits before it asks again
        demand = "closed"
    return Population(
        sources=tuple(sources),
        is_kept=False,
        demand=demand,
        rate_per_s=rate,
        think_s=pause if demand == "closed" else None,
        life_s=life,
        most_open_count=max(one.tally.most_open_count for one in each),
        failing=failing,
    )


def _unseen(counts: Sequence[int]) -> int:
    """Return how many more sources there may be than those that were seen.

    Source: Chao (1984), the lower bound of the number of species; doubled here as an upper end.
    """
    once, twice = sum(one == 1 for one in counts), sum(one == 2 for one in counts)
    return math.ceil(2.0 * once * (once - 1) / (2.0 * (twice + 1)))
