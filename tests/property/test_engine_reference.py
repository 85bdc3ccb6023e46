"""The event engine beside the independent reference simulator: the same world, said twice.

Where chance decides, the two have nothing in common but the world, so their mean counts over
replications are compared: fresh demands, attempts, served, given up, unanswered at the end; Welch's z
below 4 for each. With 15 runs of the reference and 200 of the engine a difference of 1.1 standard
deviations of one run would be seen, and each fixed world asserts that this is less than 15 % of its
attempts (4 % with the runs of `make evidence`). Where nothing is left to chance but the moment of the
first arrival, which is then given to both, every count must be the same: that is the sharper test.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from reference.chance import Chance
from reference.fixed_worlds import FIXED_WORLDS, NAIVE, open_, retry
from reference.simulator import simulate_by_objects
from tidegate.simulate.kernels.chance import Cause
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate, stream_keys
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

SUMS = ("fresh_count", "attempts_count", "served_count", "failed_count")
Z_MOST = 4.0
SEED = 17
MASK = (1 << 64) - 1


def world_file(
    *,
    service: dict[str, Any],
    clients: dict[str, Any],
    crossings: tuple[dict[str, Any], ...] = (),
    triggers: dict[str, Any] | None = None,
    others: dict[str, Any] | None = None,
    horizon: str = "10s",
) -> WorldFile:
    """Return a coarse world: clients "c" (and `others`) cross every crossing in turn to service "s"."""
    last = f"n{len(crossings)}"
    base = {"network": "n0", "service": "s", "population": 50, "timeout": "300ms"}
    document = {
        "name": "twice",
        "detail": "coarse",
        "horizon": horizon,
        "networks": {f"n{i}": {} for i in range(len(crossings) + 1)},
        "crossings": {
            f"x{i}": {"between": [f"n{i}", f"n{i + 1}"], **crossing} for i, crossing in enumerate(crossings)
        },
        "services": {"s": {"network": last, **service}},
        "clients": {name: base | each for name, each in {"c": clients, **(others or {})}.items()},
        "triggers": triggers or {},
    }
    return read_world(json.dumps(document), "twice.yaml")


def tables_of(file: WorldFile) -> Tables:
    return lower(write_script(file), horizon_s=file.world.horizon_s)


def by_engine(tables: Tables, replication: int) -> list[int]:
    run = simulate(tables, seed=SEED, replication=replication)
    found: list[int] = []
    for j in range(len(tables.populations)):
        at_end = run.populations.unanswered_count[run.bins_count - 1, j]
        found += [int(getattr(run.populations, name)[:, j].sum()) for name in SUMS] + [int(at_end)]
    return found


def by_reference(file: WorldFile, chance: Chance) -> list[int]:
    found: list[int] = []
    for counts in simulate_by_objects(file, chance).values():
        found += [counts.fresh, counts.attempts, counts.served, counts.given_up, counts.unanswered]
    return found


def compare(
    file: WorldFile, *, first_seed: int, reference_runs: int, engine_runs: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return Welch's z of each count, and the smallest seen difference of attempts as a share of them."""
    tables = tables_of(file)
    ours = np.array([by_reference(file, Chance(first_seed + i)) for i in range(reference_runs)], dtype=float)
    theirs = np.array([by_engine(tables, i) for i in range(engine_runs)], dtype=float)
    # A count that is nearly always the same has a spread that few runs cannot show: a twentieth of one.
    spread = ours.var(axis=0, ddof=1) + 0.05, theirs.var(axis=0, ddof=1) + 0.05
    error = np.sqrt(spread[0] / reference_runs + spread[1] / engine_runs)
    difference = ours.mean(axis=0) - theirs.mean(axis=0)
    seen_ratio = Z_MOST * error[1] / theirs.mean(axis=0)[1]
    return difference / error, np.stack([ours.mean(axis=0), theirs.mean(axis=0)]), float(seen_ratio)


def assert_alike(name: str, *, reference_runs: int, engine_runs: int, seen_most_ratio: float) -> None:
    z, means, seen_ratio = compare(
        world_file(**FIXED_WORLDS[name]),
        first_seed=10_000 * list(FIXED_WORLDS).index(name),
        reference_runs=reference_runs,
        engine_runs=engine_runs,
    )
    assert np.abs(z).max() < Z_MOST, (z.round(1), means.round(1))
    assert seen_ratio < seen_most_ratio


@pytest.mark.parametrize("name", FIXED_WORLDS)
def test_fixed_worlds_have_the_same_means(name: str) -> None:
    """Each world that joins a few features: every mean count is the same, and would be seen if not."""
    assert_alike(name, reference_runs=15, engine_runs=200, seen_most_ratio=0.15)


@pytest.mark.evidence
@pytest.mark.parametrize("name", FIXED_WORLDS)
def test_fixed_worlds_have_the_same_means_in_many_runs(name: str) -> None:
    """The same with twenty times the runs."""
    assert_alike(name, reference_runs=300, engine_runs=4000, seen_most_ratio=0.04)


class EnginesFirstGaps(Chance):
    """Draws of the reference, save that a paced population first asks when the engine's does."""

    def __init__(self, tables: Tables, replication: int) -> None:
        super().__init__(replication)
        self._key = int(stream_keys(SEED, replication)[Cause.ARRIVAL])
        self._index = {name: i for i, name in enumerate(tables.populations)}
        self._chains = dict.fromkeys(tables.populations, -1)

    def first_gap_ns(self, population: str, mean_ns: int) -> int:
        """Return the engine's draw: `kernels.chance.uniform`, written in Python."""
        self._chains[population] += 1
        n = (1 << 40) + self._chains[population]
        x = (self._key + self._index[population] * 0x9E3779B97F4A7C15 + n * 0xD1B54A32D192ED03) & MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        u = (((x ^ (x >> 31)) >> 11) + 0.5) * 2.0**-53
        return max(1, int(minus_log(u) * mean_ns))


def assert_the_same(file: WorldFile, *, runs: int) -> None:
    tables = tables_of(file)
    for i in range(runs):
        assert by_engine(tables, i) == by_reference(file, EnginesFirstGaps(tables, i))


_LAWS: tuple[Any, ...] = (
    "uniform",
    {"values": ["10ms", "50ms", "700ms"], "weights": [6, 3, 1]},
    {"quantiles": {"min": "5ms", "p50": "20ms", "p90": "90ms", "max": "900ms"}},
)
# Odd numbers, so that no two things fall on the same nanosecond.
_LAYERS = (
    {"retries": 3, "backoff": "none", "base": "0s"},
    {"retries": 4, "backoff": "constant", "base": "37ms"},
    {"retries": 3, "backoff": "linear", "base": "53ms", "deadline": "700ms"},
    {"retries": 5, "backoff": "exponential", "base": "31ms", "multiplier": 1.7, "cap": "411ms"},
    {"retries": "unlimited", "backoff": "exponential", "base": "71ms", "cap": "913ms"},
)
_GUARDS = (
    {},
    {"budget": {"tokens": 7, "per_request": 0.3, "floor": "50%", "scope": "population"}},
    {"budget": {"tokens": 19, "per_success": 0.2, "fill": "3/s", "cost": 2, "scope": "population"}},
    {"breaker": {"window": "900ms", "open": "331ms", "least_calls": 6, "scope": "population"}},
    {"breaker": {"failure": "20%", "window": "2s", "open": "47ms", "least_calls": 3, "scope": "population"}},
)


@st.composite
def layers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Return up to two retry layers without jitter, some with a budget or a breaker."""
    inner = draw(st.sampled_from(_LAYERS)) | draw(st.sampled_from(_GUARDS))
    outer = {"retries": 2, "backoff": "constant", "base": "173ms"} | draw(st.sampled_from(_GUARDS))
    return draw(st.sampled_from(([], [inner], [inner], [inner, outer])))


@st.composite
def services(draw: st.DrawFn) -> dict[str, Any]:
    """Return a service, small enough that it is often full."""
    return {
        "instances": draw(st.integers(1, 4)),
        "concurrency": draw(st.integers(1, 2)),
        "service_time": f"{draw(st.sampled_from([11.3, 27.7, 43.1]))}ms",
        "queue": draw(st.sampled_from([0, 3, 20, 100])),
        "queue_order": draw(st.sampled_from(["fifo", "lifo"])),
        "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
        "abandoned_work": draw(st.sampled_from(["served", "leaves"])),
    }


@st.composite
def gates(draw: st.DrawFn) -> tuple[dict[str, Any], ...]:
    """Return no crossing, one or two, each with one device, some with admission."""
    admissions: tuple[dict[str, Any], ...] = (
        {},
        {"admission": {"rate": "47/s", "burst": 3}},
        {"admission": {"rate": "61/s", "burst": 9, "on_excess": "reset"}},
    )
    one = [
        {
            "forwarding": f"{draw(st.sampled_from([611, 1013, 9001]))}/s",
            "queue_packets": draw(st.sampled_from([1, 15, 120])),
            "queue_when_full": draw(st.sampled_from(["silent", "visible"])),
            "round_trip": draw(st.sampled_from(["0s", "7.3ms"])),
            **draw(st.sampled_from(admissions)),
        }
        for _ in range(draw(st.integers(0, 2)))
    ]
    return tuple(one)


@st.composite
def triggers(draw: st.DrawFn, *, slower_device: bool) -> dict[str, Any]:
    """Return a spike, perhaps a herd, perhaps trouble on the service or the way."""
    at_s, for_s = draw(st.sampled_from([1.0, 1.7])), draw(st.sampled_from([0.9, 2.3]))
    found: dict[str, Any] = {
        "spike": {
            "at": f"{at_s}s",
            "for": f"{for_s}s",
            "set": {"clients.c.demand.rate": f"{draw(st.integers(60, 250))}/s"},
        },
        "herd": {"at": "2.5s", "set": {"clients.herd.population": draw(st.sampled_from([1, 30, 90]))}},
    }
    trouble = [{}, {"services.s.instances": 0}, {"services.s.service_time": "91.7ms"}]
    if slower_device:
        trouble.append({"crossings.x0.forwarding": "317/s"})
    paths = draw(st.sampled_from(trouble))
    if paths:
        found["trouble"] = {"at": "2.1s", "for": "1.3s", "set": paths}
    return found


@st.composite
def worlds(draw: st.DrawFn, *, by_chance: bool) -> WorldFile:
    """Return a small world; without chance its every moment but the first arrival is in its text."""
    service, crossings, tries = draw(services()), draw(gates()), draw(layers())
    clients: dict[str, Any] = {
        "retry": {"layers": tries},
        "timeout": draw(st.sampled_from(["97ms", "389ms"])),
    }
    herd = clients | {"population": 0, "start_spread": draw(st.sampled_from(["0s", "601ms"]))}
    arrivals = "paced"
    if by_chance:
        service["service_law"] = draw(st.sampled_from(["exponential", "lognormal", "fixed", *_LAWS]))
        clients["timeout_law"] = draw(st.sampled_from(["fixed", "exponential", *_LAWS]))
        arrivals = draw(st.sampled_from(["poisson", "paced"]))
        for layer in tries:
            layer["jitter"] = draw(st.sampled_from(["full", "equal", "none"]))
            if layer["jitter"] == "none" and layer["backoff"] != "none":
                layer["law"] = draw(st.sampled_from(["fixed", *_LAWS]))
    else:
        service["service_law"] = "fixed"
    return world_file(
        service=service,
        clients=clients | open_(f"{draw(st.integers(20, 150))}/s", arrivals),
        crossings=crossings,
        triggers=draw(triggers(slower_device=by_chance and bool(crossings))),
        others={"herd": herd | {"demand": {"kind": "once"}}},
        horizon="6s",
    )


ALWAYS_THE_SAME = settings(
    max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@ALWAYS_THE_SAME
@given(file=worlds(by_chance=False))
def test_worlds_without_chance_have_the_same_counts(file: WorldFile) -> None:
    """Paced arrivals, fixed service, no jitter, one device a crossing: every count is the same.

    No device changes its speed: the engine then takes the mean cost of packets to count those that wait.
    """
    assert_the_same(file, runs=2)


def test_an_attempt_abandoned_on_its_way_never_takes_a_place() -> None:
    """Where abandoned work leaves, what arrives after its client has gone is neither served nor queued."""
    file = world_file(
        service={"service_time": "27.7ms", "service_law": "fixed", "queue": 0, "abandoned_work": "leaves"},
        clients=open_("20/s", "paced") | {"timeout": "97ms"} | retry(NAIVE | _GUARDS[1]),
        crossings=({"forwarding": "611/s", "queue_packets": 120, "round_trip": "0s"},),
        triggers={"spike": {"at": "1s", "for": "900ms", "set": {"clients.c.demand.rate": "63/s"}}},
    )
    assert_the_same(file, runs=20)


@settings(ALWAYS_THE_SAME, max_examples=6)
@given(file=worlds(by_chance=True))
def test_drawn_worlds_have_the_same_means(file: WorldFile) -> None:
    """Worlds that nobody chose: every mean count is the same, as far as 20 and 150 runs can tell."""
    z, means, _ = compare(file, first_seed=0, reference_runs=20, engine_runs=150)
    assert np.abs(z).max() < Z_MOST, (z.round(1), means.round(1))
