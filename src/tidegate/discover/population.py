"""Who asks a place? Its sources, put together where they do alike."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import FlowBook, Place, Tally
from tidegate.discover.habit import Demand, age_s, demand_kind, idle_s, rate_per_s, think_s
from tidegate.discover.kind_of_use import cut_s
from tidegate.discover.number import Number, doubted, times
from tidegate.discover.quiet_time import Spells, quiet_time
from tidegate.discover.reconnecting import spread_s
from tidegate.discover.spell import Attempts, Spell, failing_spells, joined, restarts
from tidegate.discover.when_failing import NOTHING_SEEN, WhenFailing, when_failing

_ALIKE_POOL_RATIO = 0.2
_ALIKE_LEAST_DEVIATIONS = 3.0
_ALIKE_LIFE_RATIO = 1.5
_LEAST_APART_COUNT = 3
_TOO_UNLIKE = 4.0
_APART_BY_CHANCE = 4.0
"""Medians of n exponential lives scatter by about 1/sqrt(n): so many times that is no chance."""
_PAUSES_FROM_S = 0.1
_LEAST_KEPT_ALIVE_COUNT = 5
_OVERLAP_RATIO = 0.2
_FEW_RATIO = 0.5
_STRAY_KEPT_RATIO = 0.2
_MOST_DOWN_RATIO = 0.5
_SAMPLED_DOUBT_RATIO = 2.0
_DATAGRAM_HOLD_S = 30.0
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


Flows = tuple[NDArray[np.float64], NDArray[np.float64]]


@dataclass(frozen=True, kw_only=True)
class _Source:
    """One source at a place: its flows that are kept, those for one request, and those cut off by silence."""

    tally: Tally
    kept: Flows
    asking: Flows
    pool: int

    @property
    def keeps(self) -> bool:
        """Whether it keeps connections."""
        return self.pool > 0 or _keeps_some(self.kept, self.asking)


def _asked(place: Place, tallies: Mapping[str, Tally], book: FlowBook) -> Asked:
    attempts = _attempts(tallies)
    seconds = max(int(book.length_s), 1)
    failing = failing_spells(attempts, book.first_s, seconds) if book.length_s else ()
    is_stream = place.protocol == "tcp"
    cut = _cut(tallies, quiet_time(book.first_s, book.length_s, failing)) if is_stream else math.inf
    silences = [one for one in failing if one.how == "silent"]
    known = _without_passing(
        {one: _source(tally, cut, silences, book) for one, tally in tallies.items()}, book
    )
    ended_s, begun_s = _kept_ends(known), np.sort(_all([one.kept[0] for one in known.values()]))
    kept_count = sum(one.pool for one in known.values())
    failed = joined(failing, restarts(ended_s, begun_s, kept_count, book.length_s) if is_stream else ())
    spells = quiet_time(book.first_s, book.length_s, failed)
    everybody = [*_kept(known, spells, book), *_asking(known, spells)]
    return Asked(
        place=place,
        populations=tuple(_mended(one, book, is_stream=is_stream) for one in everybody),
        spells=spells,
        refused_count=len(attempts.refused_s),
        unanswered_count=len(attempts.silent_s),
    )


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
    return replace(
        one,
        rate_per_s=rate and times(rate, 1.0 / seen),
        think_s=pause and times(pause, seen),
    )


def _sampled(one: Population, ratio: float) -> Population:
    """Return a group of which only some flows were recorded: rates roughly, and nothing that rests on each."""
    rate = one.rate_per_s and doubted(times(one.rate_per_s, 1.0 / ratio), _SAMPLED_DOUBT_RATIO)
    return replace(
        one, rate_per_s=rate, think_s=None, age_s=None, idle_s=None, demand="untold", failing=NOTHING_SEEN
    )


def _attempts(tallies: Mapping[str, Tally]) -> Attempts:
    answered: list[float] = []
    refused: list[float] = []
    silent: list[float] = []
    late_answers: list[float] = []
    for tally in tallies.values():
        late = set(tally.late_s)
        answered += [at_s for at_s in tally.opened_s if at_s not in late]
        refused += tally.refused_s
        silent += [*tally.silent_s, *late]
        late_answers += [a + b for a, b in zip(tally.late_s, tally.late_by_s, strict=True)]
    return Attempts(
        answered_s=np.sort(np.array(answered, dtype=np.float64)),
        refused_s=np.sort(np.array(refused, dtype=np.float64)),
        silent_s=np.sort(np.array(silent, dtype=np.float64)),
        late_answers_s=np.sort(np.array(late_answers, dtype=np.float64)),
    )


def _flows(tally: Tally) -> Flows:
    begun_s = np.frombuffer(tally.opened_s, dtype=np.float64) if len(tally.opened_s) else np.zeros(0)
    life_s = np.frombuffer(tally.life_s, dtype=np.float64) if len(tally.life_s) else np.zeros(0)
    order = np.argsort(begun_s, kind="stable")
    return begun_s[order], life_s[order]


def _cut(tallies: Mapping[str, Tally], quiet: Spells) -> float:
    """Return where flows of a place part by life; one that was born in an outage does not count."""
    lives: list[float] = []
    for tally in tallies.values():
        begun_s, life_s = _flows(tally)
        lives += life_s[quiet.holds(begun_s)].tolist()
    return cut_s(lives)


def _source(tally: Tally, cut: float, silences: Sequence[Spell], book: FlowBook) -> _Source:
    """Return the flows of a source by what they are for.

    One that is still open is kept when it is older than any request took. What was answered late, or ended
    while the place was silent, was for one request: its life is none.
    """
    begun_s, life_s = _flows(tally)
    old_s = np.where(np.isfinite(life_s), life_s, book.last_s - begun_s)
    is_kept = old_s >= cut if math.isfinite(cut) else np.zeros(len(old_s), dtype=np.bool_)
    if len(tally.late_s):
        late_by_s = dict(zip(tally.late_s, tally.late_by_s, strict=True))
        is_kept &= old_s - np.array([late_by_s.get(float(one), 0.0) for one in begun_s]) >= cut
    if cut > 0.0:
        for one in silences:
            ended_s = begun_s + life_s
            is_kept &= ~((begun_s < one.begin_s) & (ended_s > one.begin_s) & (ended_s < one.end_s))
    kept, asking = ((begun_s[these], life_s[these]) for these in (is_kept, ~is_kept))
    pool = _pool_count(tally, cut, book, kept, asking)
    if not pool and not _keeps_some(kept, asking):  # one that lived long among many that did not
        kept, asking = (begun_s[:0], life_s[:0]), (begun_s, life_s)
    return _Source(tally=tally, kept=kept, asking=asking, pool=pool)


def _without_passing(known: Mapping[str, _Source], book: FlowBook) -> dict[str, _Source]:
    """Return sources without pools that are no more than requests that were just under way in a dump.

    A dump that was taken after the events has flows that these do not know.
    """
    asking = [one for one in known.values() if len(one.asking[0])]
    are_few = sum(one.pool > 0 for one in asking) < _FEW_RATIO * len(asking)

    def passing(one: _Source) -> bool:
        lives = one.asking[1][np.isfinite(one.asking[1])]
        if not one.pool or not len(lives) or _keeps_some(one.kept, one.asking):
            return False
        under_way = float(lives.sum()) / max(book.length_s, 1.0)
        return one.pool <= under_way + 3.0 * math.sqrt(under_way) + float(are_few)

    return {
        name: replace(one, pool=0, kept=(one.kept[0][:0], one.kept[1][:0])) if passing(one) else one
        for name, one in known.items()
    }


def _keeps_some(kept: Flows, asking: Flows) -> bool:
    return len(kept[0]) > _STRAY_KEPT_RATIO * len(asking[0])


def _pool_count(tally: Tally, cut: float, book: FlowBook, kept: Flows, asking: Flows) -> int:
    """Return how many connections a source keeps: as the dumps say, less those that just came and went.

    Without a dump, as many as were open at an end of the record and lived for long enough.
    """
    dumps = len(book.entries_by_dump)
    if dumps:
        counts = [0] * dumps
        for one in tally.listed:
            for number in one.in_dumps:
                counts[number] += one.life_s >= cut
        return int(statistics.median_high(counts))
    still = int((~np.isfinite(kept[1])).sum())
    return max(still, tally.open_before_count) if _keeps_some(kept, asking) else still


def _kept_ends(known: Mapping[str, _Source]) -> NDArray[np.float64]:
    """Return when kept connections ended, ascending, those included that were open before the record."""
    parts = [one.kept[0] + one.kept[1] for one in known.values()]
    parts += [np.array(one.tally.ended_before_s, dtype=np.float64) for one in known.values() if one.keeps]
    ended_s = _all(parts)
    return np.sort(ended_s[np.isfinite(ended_s)])


def _all(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    return np.concatenate(parts) if parts else np.zeros(0)


def _kept(known: Mapping[str, _Source], spells: Spells, book: FlowBook) -> tuple[Population, ...]:
    alive = _keep_alive(known)
    pooled = {name: one for name, one in known.items() if one.pool > 0 and name not in alive}
    groups = [part for group in _alike_pools({name: one.pool for name, one in pooled.items()})
              for part in _alike_lives({name: pooled[name].kept[1] for name in group})]  # fmt: skip
    found = [_pooling([pooled[name] for name in sources], sources, spells, book) for sources in groups]
    counts = {name: int(spells.holds(one.kept[0]).sum()) for name, one in alive.items()}
    for group in _alike_counts(counts):
        for sources in _alike_lives({name: alive[name].kept[1] for name in group}):
            found += [_keeping_alive([alive[name] for name in sources], sources, spells)]
    return tuple(found)


def _keep_alive(known: Mapping[str, _Source]) -> dict[str, _Source]:
    """Return the sources that keep one connection, and leave a pause where that was closed."""
    could = {name: one for name, one in known.items() if one.keeps and one.pool <= 1}
    pauses = [one.kept[0][1:] - (one.kept[0] + one.kept[1])[:-1] for one in could.values()]
    pauses_s = _all(pauses)
    pauses_s = pauses_s[np.isfinite(pauses_s)]
    if len(pauses_s) < _LEAST_KEPT_ALIVE_COUNT or float(np.median(pauses_s)) <= _PAUSES_FROM_S:
        return {}
    return could if float((pauses_s < 0.0).mean()) < _OVERLAP_RATIO else {}


def _pooling(each: Sequence[_Source], sources: list[str], spells: Spells, book: FlowBook) -> Population:
    sizes = [one.pool for one in each]
    size = float(statistics.median_low(sizes))
    begun_s, life_s = (_all([one.kept[i] for one in each]) for i in (0, 1))
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


def _reconnecting(each: Sequence[_Source], spells: Spells, book: FlowBook) -> WhenFailing:
    restarted = [one for one in spells.failed if one.how == "restart"]
    if not restarted:
        return NOTHING_SEEN
    first = min(restarted, key=lambda one: one.end_s - one.begin_s)
    later = [one.begin_s for one in spells.failed if one.begin_s > first.end_s]
    refused = [np.array([*one.tally.refused_s, *one.tally.silent_s], dtype=np.float64) for one in each]
    found = spread_s(
        _all([one.kept[0] for one in each]), _all(refused), first.begin_s, min([book.last_s, *later])
    )
    if found is not None and first.end_s - first.begin_s > _MOST_DOWN_RATIO * found.value:
        return NOTHING_SEEN  # who is refused for long waits again and again: that time is not the spread
    return WhenFailing(spread_s=found)


def _keeping_alive(each: Sequence[_Source], sources: list[str], spells: Spells) -> Population:
    flows = [one.kept for one in each]
    begun_s, life_s = (_all([one[i] for one in flows]) for i in (0, 1))
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


def _asking(known: Mapping[str, _Source], spells: Spells) -> tuple[Population, ...]:
    asking = {name: one for name, one in known.items() if len(one.asking[0])}
    found = []
    for keeps in (False, True):
        counts = {
            name: int(spells.holds(one.asking[0]).sum()) for name, one in asking.items() if one.keeps == keeps
        }
        for group in _alike_counts(counts):
            lives = {name: _quiet(asking[name].asking, spells) for name in group}
            for sources in _alike_lives(lives):
                each = [asking[name] for name in sources]
                unseen = _unseen([counts[name] for name in sources])
                one = _requesting(each, sources, spells)
                found.append(replace(one, unseen_count=unseen))
    return tuple(found)


def _quiet(flows: Flows, spells: Spells) -> NDArray[np.float64]:
    begun_s, life_s = flows
    return life_s[spells.holds(begun_s)]


def _requesting(each: Sequence[_Source], sources: list[str], spells: Spells) -> Population:
    flows = [one.asking for one in each]
    begun_s = np.sort(_all([begun for begun, _ in flows]))
    lives = _all([_quiet(one, spells) for one in flows])
    demand = demand_kind(flows, spells)
    rate = rate_per_s(begun_s, spells)
    pause = think_s(flows, spells) if demand != "open" else None
    life = float(np.median(lives[np.isfinite(lives)])) if np.isfinite(lives).any() else None
    does_more = any(one.keeps for one in each)
    failing = NOTHING_SEEN
    if not does_more:
        tallies = [one.tally for one in each]
        failing = when_failing(tallies, flows, spells.failed, think_s=pause, rate_per_s=rate, life_s=life)
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


def _alike_pools(pools: Mapping[str, int]) -> list[list[str]]:
    groups: list[list[str]] = []
    for source in sorted(pools, key=lambda one: (pools[one], one)):
        if groups and pools[source] <= (1.0 + _ALIKE_POOL_RATIO) * pools[groups[-1][0]]:
            groups[-1].append(source)
        else:
            groups.append([source])
    return [sorted(group) for group in groups]


def _alike_counts(counts: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups whose numbers of flows differ as chance has it, the busiest first."""
    ordered = sorted(counts, key=lambda one: (-counts[one], one))
    return [sorted(group) for group in _parted(ordered, counts)]


def _parted(ordered: Sequence[str], counts: Mapping[str, int]) -> list[list[str]]:
    """Return sources in groups: parted where that makes their numbers most probable, as long as they differ.

    Of many that do alike one always lies far out: about sqrt(2 ln n) deviations, and seldom one more.
    """
    numbers = np.array([counts[one] for one in ordered], dtype=np.float64)
    if len(numbers) < 2:
        return [list(ordered)] if len(numbers) else []
    mean = max(float(numbers.mean()), 0.5)
    far = max(_ALIKE_LEAST_DEVIATIONS, 1.0 + math.sqrt(2.0 * math.log(len(numbers))))
    freedom = len(numbers) - 1.0
    unlike = _deviations(float(((numbers - mean) ** 2).sum()) / mean, freedom)
    if unlike <= _TOO_UNLIKE and float(np.abs(numbers - mean).max()) <= far * math.sqrt(mean) + 1.0:
        return [list(ordered)]
    before = np.arange(1, len(numbers))
    first = np.cumsum(numbers)[:-1] / before
    rest = (numbers.sum() - np.cumsum(numbers)[:-1]) / (len(numbers) - before)
    gain = before * _times_log(first) + (len(numbers) - before) * _times_log(rest)
    at = int(np.argmax(gain)) + 1
    return [*_parted(ordered[:at], counts), *_parted(ordered[at:], counts)]


def _deviations(chi_squared: float, freedom: float) -> float:
    """Return how far a sum of squares lies above chance, in deviations (Wilson and Hilferty, 1931)."""
    spread = 2.0 / (9.0 * freedom)
    return float(((chi_squared / freedom) ** (1.0 / 3.0) - (1.0 - spread)) / math.sqrt(spread))


def _times_log(mean: NDArray[np.float64]) -> NDArray[np.float64]:
    return mean * np.log(np.maximum(mean, 1e-9))


def _alike_lives(lives_s: Mapping[str, NDArray[np.float64]]) -> list[list[str]]:
    """Return sources in groups whose flows live about as long; those that show too few stay with the most."""
    middles: dict[str, float] = {}
    counts: list[int] = []
    for name, every in lives_s.items():
        ended = every[np.isfinite(every)]
        if len(ended) >= _LEAST_APART_COUNT:
            middles[name] = math.log(max(float(np.median(ended)), 1e-3))
            counts.append(len(ended))
    apart = max(math.log(_ALIKE_LIFE_RATIO), _APART_BY_CHANCE / math.sqrt(statistics.median(counts or [1])))
    ordered = sorted(middles, key=lambda one: (middles[one], one))
    gaps = [middles[b] - middles[a] for a, b in pairwise(ordered)]
    could = [
        i + 1
        for i, gap in enumerate(gaps)
        if gap > apart and _LEAST_APART_COUNT <= i + 1 <= len(ordered) - _LEAST_APART_COUNT
    ]
    if not could:
        return [sorted(lives_s)] if lives_s else []
    at = max(could, key=lambda i: gaps[i - 1])
    parts = [ordered[:at], ordered[at:]]
    max(parts, key=len).extend(name for name in lives_s if name not in middles)
    return [sorted(part) for part in parts]


def _unseen(counts: Sequence[int]) -> int:
    """Return how many more sources there may be than those that were seen.

    Source: Chao (1984), the lower bound of the number of species; doubled here as an upper end.
    """
    once, twice = sum(one == 1 for one in counts), sum(one == 2 for one in counts)
    return math.ceil(2.0 * once * (once - 1) / (2.0 * (twice + 1)))
