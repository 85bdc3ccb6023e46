"""Little's law on every station of random worlds: the mean number inside is the rate times the time inside.

A run that begins and ends with nobody inside keeps the law exactly, not only in the long run (Stidham
1974): the area under the number inside is the sum of the times that each demand spent there. So demand
ends a while before each run does. The engine shows the number at the end of each bin and a histogram of
times, which leaves two errors: samples for an area (bounded by Student's t over replications, of the
difference itself) and buckets of a sixteenth of an octave, of which the middle is taken.
Source: Little, A proof for the queuing formula L = λW, Operations Research 9 (1961).
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.series import BUCKETS_COUNT
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

HORIZON_S = 15.0
LAST_DEMAND_S = 10.0
REPLICATIONS = 12
T_999 = 4.437  # Student's t, 11 degrees of freedom, two-sided 99.9 %
BUCKET_RATIO = 1.0 / 32  # half a bucket


def middles_s() -> np.ndarray:
    """Return the middle of each bucket of a latency histogram: 16 to an octave from 1,024 ns."""
    octave, part = np.divmod(np.arange(BUCKETS_COUNT), 16)
    return np.where(np.arange(BUCKETS_COUNT) == 0, 0.0, (16.5 + part) * 64e-9 * 2.0**octave)


@st.composite
def clients(draw: st.DrawFn, service: str) -> dict[str, Any]:
    """Return a stationary population that is neither turned away nor loses patience."""
    demand = draw(
        st.sampled_from(
            [
                {"kind": "open", "rate": "37.7/s"},
                {"kind": "open", "rate": "37.7/s", "arrivals": "paced"},
                {"kind": "closed", "think": "500ms"},
                {"kind": "closed", "think": "200ms"},
            ]
        )
    )
    return {
        "network": "a",
        "service": service,
        "population": draw(st.sampled_from([1, 5, 25] if demand["kind"] == "closed" else [5, 25])),
        "timeout": "1000s",
        "connection": draw(st.sampled_from(["per_request", "keep_alive"])),
        "demand": demand,
    }


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Return one to three services, each with one population, some behind a crossing."""
    world: dict[str, Any] = {
        "name": "little",
        "detail": draw(st.sampled_from(["coarse", "packet"])),
        "horizon": f"{HORIZON_S}s",
        "networks": {"a": {}, "b": {}},
        "crossings": {"x": {"between": ["a", "b"], "forwarding": "30k/s", "round_trip": "4ms"}},
        "services": {},
        "clients": {},
    }
    for i in range(draw(st.integers(1, 3))):
        workers = draw(st.integers(1, 4))
        world["services"][f"s{i}"] = {
            "network": draw(st.sampled_from(["a", "b"])),
            "instances": workers,
            "service_time": f"{draw(st.sampled_from([5, 12, 17])) * workers}ms",
            "service_law": draw(st.sampled_from(["exponential", "fixed", "lognormal"])),
            "queue_order": draw(st.sampled_from(["fifo", "lifo"])),
        }
        world["clients"][f"c{i}"] = draw(clients(f"s{i}"))
    return world


def ended(world: dict[str, Any], name: str) -> str:
    """Return the path of what must be zero for population `name` to want nothing more."""
    kind = world["clients"][name]["demand"]["kind"]
    return f"clients.{name}.demand.rate" if kind == "open" else f"clients.{name}.population"


def little(tables: Tables, replication: int) -> tuple[np.ndarray, np.ndarray]:
    """Return L and λW of each population in one run."""
    run = simulate(tables, seed=7, replication=replication)
    inside = run.populations.unanswered_count[: run.bins_count]
    assert not inside[-1].any()
    assert (run.latencies.request_count.sum(axis=1) == run.populations.fresh_count.sum(axis=0)).all()
    seconds = run.bins_count * tables.bin_ns / 1e9
    return inside.mean(axis=0), run.latencies.request_count @ middles_s() / seconds


@settings(max_examples=14, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(world=worlds())
def test_the_number_inside_is_the_rate_times_the_time_inside(world: dict[str, Any]) -> None:
    """L = λW for every population, coarse and packet by packet, whatever law, order and demand."""
    ends = {ended(world, name): 0 for name in world["clients"]}
    world["triggers"] = {"end": {"at": f"{LAST_DEMAND_S}s", "set": ends}}
    tables = lower(write_script(read_world(json.dumps(world), "little.yaml")), horizon_s=HORIZON_S)
    found = [little(tables, i) for i in range(REPLICATIONS)]
    number, spent = (np.array(each) for each in zip(*found, strict=True))
    sampling = T_999 * (number - spent).std(axis=0, ddof=1) / math.sqrt(REPLICATIONS)
    error = sampling + BUCKET_RATIO * spent.mean(axis=0)
    difference = np.abs((number - spent).mean(axis=0))
    assert (difference <= error).all(), (difference, error)
