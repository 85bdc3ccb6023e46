"""Does the discovered world do what was recorded? It is run over the same spells, and attempts are counted.

What no record shows (how fast a service and a device are) is not asked here: both are ample, so that only
what was measured of clients decides. Each five seconds of a group that asks with a flow for each request
are held against twelve runs.

Source: a posterior predictive check (Gelman et al., Bayesian Data Analysis, 2013, 6.3).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.flow_book import FlowBook
from tidegate.discover.number import doubted
from tidegate.discover.place_names import names
from tidegate.discover.population import Asked, Population
from tidegate.discover.tree_number import Tree, text
from tidegate.discover.world_tree import grouped
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world

_BIN_S = 5.0
_RUNS_COUNT = 12
_SEED = 1
_DEVIATIONS = 2.5
_LEAST_BINS = 3
_MOST_OUTSIDE_RATIO = 0.3
_LEAST_LENGTH_S = 20.0
_DOUBT_RATIO = 3.0

Array = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Replayed:
    """How one group's attempts stand beside those of the world's own runs.

    Parameters
    ----------
    group
        What it is called in the world.
    quiet_outside, failing_outside
        Five seconds whose attempts lie outside of what runs make of them, while all was well and while not.
    quiet_count, failing_count
        Of how many.
    """

    group: str
    quiet_outside: int
    quiet_count: int
    failing_outside: int
    failing_count: int

    @property
    def quiet_holds(self) -> bool:
        """Whether what it does when all is well is as the world says."""
        return _holds(self.quiet_outside, self.quiet_count)

    @property
    def failing_holds(self) -> bool:
        """Whether what it does when its place fails is as the world says."""
        return _holds(self.failing_outside, self.failing_count)


def replay(tree: Mapping[str, Any], book: FlowBook, places: Sequence[Asked]) -> tuple[Replayed, ...]:
    """Return how the world's own runs stand beside the record, for each group that can be counted."""
    if book.length_s < _LEAST_LENGTH_S:
        return ()
    compared = [one for one in grouped(places) if _is_countable(one[1], one[2])]
    if not compared:
        return ()
    told = _over_the_same(tree, book, places, [name for name, _, _ in compared])
    mean, deviation, populations = _runs(told)
    found = []
    for name, asked, one in compared:
        if name in populations:
            row = populations.index(name)
            found.append(
                _beside(name, _seen(asked, one, book), (mean[:, row], deviation[:, row]), asked, one)
            )
    return tuple(found)


def doubts(places: Sequence[Asked], replayed: Sequence[Replayed]) -> tuple[Asked, ...]:
    """Return places with wide ranges for those numbers that did not give what was recorded."""
    at = {one.group: one for one in replayed}
    changed = {
        id(population): _doubted(population, at[name])
        for name, _, population in grouped(places)
        if name in at and not (at[name].quiet_holds and at[name].failing_holds)
    }
    return tuple(
        replace(asked, populations=tuple(changed.get(id(one), one) for one in asked.populations))
        for asked in places
    )


def _doubted(one: Population, replayed: Replayed) -> Population:
    if not replayed.quiet_holds:
        one = replace(
            one,
            rate_per_s=one.rate_per_s and doubted(one.rate_per_s, _DOUBT_RATIO),
            think_s=one.think_s and doubted(one.think_s, _DOUBT_RATIO),
        )
    law, timeout_s = one.failing.law, one.failing.timeout_s
    if not replayed.failing_holds and law is not None:
        wide = replace(
            law,
            base_s=law.base_s and doubted(law.base_s, _DOUBT_RATIO),
            factor=None,
            cap_s=None,
            retries_count=None,
        )
        timeout_s = timeout_s and doubted(timeout_s, _DOUBT_RATIO)
        one = replace(one, failing=replace(one.failing, law=wide, timeout_s=timeout_s))
    return one


def _holds(outside: int, count: int) -> bool:
    return count < _LEAST_BINS or outside <= max(1.0, _MOST_OUTSIDE_RATIO * count)


def _is_countable(asked: Asked, one: Population) -> bool:
    """Return whether a group makes a connection for each request, and its sources do nothing else there."""
    others = {source for each in asked.populations if each is not one for source in each.sources}
    known = one.think_s is not None or one.rate_per_s is not None
    return not one.is_kept and known and not others & {*one.sources}


def _over_the_same(
    tree: Mapping[str, Any], book: FlowBook, places: Sequence[Asked], compared: Sequence[str]
) -> Tree:
    """Return the world with the record's spells for triggers, everything ample, and whom it compares."""
    world = copy.deepcopy(dict(tree))
    called = names([one.place for one in places if one.place.protocol == "tcp" and one.populations])
    world |= {
        "horizon": text(math.floor(book.length_s / _BIN_S) * _BIN_S, "s"),
        "beliefs": {},
        "activities": {},
    }
    world["crossings"]["nat"] |= {"setup": "10M/s", "table": {"entries": 100_000_000}, "background": {}}
    world["clients"] = {name: one for name, one in world["clients"].items() if name in compared}
    used = {one["service"] for one in world["clients"].values()}
    world["services"] = {name: one for name, one in world["services"].items() if name in used}
    triggers: Tree = {}
    for asked in places:
        service = called.get(asked.place)
        if service not in used:
            continue
        lives = [one.life_s for one in asked.populations if one.life_s is not None and not one.is_kept]
        ample = {"concurrency": 1_000_000, "setup_time": "0s"}
        world["services"][service].pop("connections", None)  # as many as are wanted
        world["services"][service].pop("connections_when_full", None)
        world["services"][service] |= ample | {"service_time": text(max(lives, default=0.01), "s")}
        for number, spell in enumerate(asked.spells.failed):
            if spell.end_s - spell.begin_s < 0.1:
                continue
            down = "silent" if spell.how == "silent" else "refuse"
            triggers[f"{service}_{number}"] = {
                "at": text(max(spell.begin_s - book.first_s, 0.001), "s"),
                "for": text(spell.end_s - spell.begin_s, "s"),
                "set": {f"services.{service}.instances": 0, f"services.{service}.when_down": down},
            }
    world["triggers"] = triggers
    return {key: value for key, value in world.items() if value != {}}


def _runs(told: Tree) -> tuple[Array, Array, list[str]]:
    """Return mean and deviation of attempts in each bin and group, of all clients, and the groups' names."""
    file = read_world(write_world(told), "the discovered world over again")
    script = write_script(file)
    horizon_s = file.world.horizon_s
    fraction = choose_fraction(script, horizon_s)
    tables = lower(script, horizon_s=horizon_s, fraction=fraction, bin_s=_BIN_S)
    counts = np.array(
        [
            simulate(tables, seed=_SEED, replication=number).populations.attempts_count / fraction
            for number in range(_RUNS_COUNT)
        ]
    )
    # a fraction of a world varies more than all of it, and a mean of few runs is itself not sure
    deviation = counts.std(axis=0, ddof=1) * math.sqrt(fraction) * math.sqrt(1.0 + 1.0 / _RUNS_COUNT)
    return counts.mean(axis=0), deviation, list(tables.populations)


def _seen(asked: Asked, one: Population, book: FlowBook) -> Array:
    """Return how many attempts of a group began in each bin of the record."""
    bins = math.floor(book.length_s / _BIN_S)
    tallies = [book.tallies[asked.place, source] for source in one.sources]
    at_s = np.array([at_s for each in tallies for at_s in (*each.opened_s, *each.refused_s, *each.silent_s)])
    numbers = ((at_s - book.first_s) / _BIN_S).astype(np.int64)
    return np.bincount(numbers[(numbers >= 0) & (numbers < bins)], minlength=bins) / (1.0 - book.lost_ratio)


def _beside(name: str, seen: Array, runs: tuple[Array, Array], asked: Asked, one: Population) -> Replayed:
    mean, deviation = runs
    bins = min(len(seen), len(mean))
    doubt = _doubt_ratio(one)
    band = _DEVIATIONS * np.maximum(deviation, np.sqrt(np.maximum(mean, 1.0)))[:bins] + doubt * mean[:bins]
    outside = np.abs(seen[:bins] - mean[:bins]) > band
    width = int(_BIN_S)
    calm = np.array([asked.spells.is_quiet[i * width : (i + 1) * width].all() for i in range(bins)])
    spells = asked.spells
    troubled = np.array(
        [
            any(
                spell.begin_s - spells.first_s < (i + 1) * width and spell.end_s - spells.first_s > i * width
                for spell in spells.failed
            )
            for i in range(bins)
        ]
    )
    is_judged = (
        troubled if one.failing.law is not None and one.failing.timeout_s is not None else troubled & False
    )
    return Replayed(
        group=name,
        quiet_outside=int((outside & calm).sum()),
        quiet_count=int(calm.sum()),
        failing_outside=int((outside & is_judged).sum()),
        failing_count=int(is_judged.sum()),
    )


def _doubt_ratio(one: Population) -> float:
    """Return by how much its mean may be off, as its own interval says."""
    number = one.think_s or one.rate_per_s
    assert number is not None
    return (number.high - number.low) / 2.0 / max(number.value, 1e-9)
