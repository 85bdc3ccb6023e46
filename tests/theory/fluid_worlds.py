"""Random worlds on which the fluid engine is compared with the mean of many event runs.

Half are queues (coarse detail, no crossing), half packet processors. A drawn world is kept only where the
fluid engine's own outcome stays the same with the spike a quarter smaller and a quarter larger: at an edge
the event engine's runs differ among themselves, and a mean means nothing.
"""

from __future__ import annotations

import pathlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tidegate.simulate.fluid import FluidRun, run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.parameters import Services
from tidegate.simulate.run import simulate
from tidegate.simulate.script import Script, write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.read import read_world

LAST_S = 5
WORLDS_COUNT = 24
SEED = 2026
EXAMPLE = pathlib.Path(__file__).parents[1] / "published" / "worlds" / "metastable_example.yaml"
Counts = NDArray[np.float64]

QUEUE = """
name: drawn
detail: coarse
horizon: 40s
networks: {{a: {{}}}}
services:
  api:
    network: a
    instances: {workers}
    service_time: {service_s}s
    queue: {queue}
    queue_when_full: {when_full}
"""
PACKETS = """
name: drawn
horizon: 40s
networks: {{a: {{}}, b: {{}}}}
crossings:
  device: {{between: [a, b], forwarding: {forwarding}/s, queue_packets: {packets}, round_trip: 1ms}}
services:
  api: {{network: b, instances: 1000, service_time: 1ms}}
"""
CLIENTS = """
clients:
  users:
    network: a
    service: api
    population: 1000
    timeout: {timeout_s}s
    syn: linux-classic
    demand: {{kind: open, rate: {rate}/s}}
    retry: {{layers: [{{retries: {retries}, backoff: exponential, base: {base_s}s, jitter: full, cap: 5s}}]}}
triggers:
  spike: {{at: 8s, for: {spike_s}s, set: {{clients.users.demand.rate: {spike}/s}}}}
"""


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One random world: its text and what was drawn."""

    kind: str
    text: str
    words: str


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """The fluid engine beside the mean of event runs, for one world.

    Parameters
    ----------
    collapses_fluid, collapses_ratio
        The fluid's outcome, and the share of event runs that end collapsed.
    offered_mean_ratio, offered_worst_ratio
        Difference of offered attempts in bins of 1 s, as a share of the greatest: mean, worst.
    delay_fluid_s, delay_event_s
        The longest wait in the queue.
    """

    drawn: Drawn
    collapses_fluid: bool
    collapses_ratio: float
    offered_mean_ratio: float
    offered_worst_ratio: float
    delay_fluid_s: float
    delay_event_s: float

    @property
    def same_outcome(self) -> bool:
        """Whether most event runs end as the fluid does."""
        return self.collapses_fluid == (self.collapses_ratio > 0.5)

    @property
    def delay_error_ratio(self) -> float:
        """Difference of the longest waits, as a share of the event engine's (at least 50 ms)."""
        return abs(self.delay_fluid_s - self.delay_event_s) / max(self.delay_event_s, 0.05)


def _draw(kind: str, spike_factor: float, numbers: dict[str, float]) -> Drawn:
    n = numbers
    spike = n["rate"] + spike_factor * (n["spike"] - n["rate"])
    head = QUEUE if kind == "queue" else PACKETS
    text = (head + CLIENTS).format(**{**n, "spike": f"{spike:.0f}", "when_full": "silent"})
    words = (
        f"{n['capacity']:.0f}/s, base {n['rate']:.0f}, spike {n['spike']:.0f} for {n['spike_s']:.0f} s, "
        f"T {n['timeout_s']:.2f} s, {n['retries']:.0f} retries from {n['base_s']:.2f} s, queue "
        f"{n['buffer_s']:.2f} s"
    )
    return Drawn(kind=kind, text=text, words=words)


def _numbers(rng: np.random.Generator, kind: str) -> dict[str, float]:
    capacity = float(rng.uniform(300, 1500))
    buffer_s = float(np.exp(rng.uniform(np.log(0.2), np.log(3.0))))
    workers = int(rng.integers(5, 40))
    return {
        "capacity": capacity,
        "rate": round(capacity * float(rng.uniform(0.3, 0.75))),
        "spike": round(capacity * float(rng.uniform(1.2, 4.0))),
        "spike_s": round(float(rng.uniform(2, 8))),
        "timeout_s": round(float(rng.uniform(0.3, 2.0)), 2),
        "retries": int(rng.integers(0, 6)),
        "base_s": round(float(rng.uniform(0.05, 0.6)), 2),
        "buffer_s": buffer_s,
        "workers": workers,
        "service_s": round(workers / capacity, 6),
        "queue": round(capacity * buffer_s),
        "forwarding": round(10 * capacity),
        "packets": round(10 * capacity * buffer_s),
    }


def _script(drawn: Drawn) -> Script:
    return write_script(read_world(drawn.text, "drawn"))


def _collapses(run: FluidRun) -> bool:
    flow = run.clients["users"]
    late = [i for i, t in enumerate(run.times_s) if t >= run.until_s - LAST_S]
    served = sum(flow.served_per_s[i] for i in late)
    return served < 0.5 * sum(flow.fresh_per_s[i] for i in late)


@cache
def drawn_worlds() -> tuple[Drawn, ...]:
    """Return the worlds, always the same."""
    rng = np.random.default_rng(SEED)
    kept: list[Drawn] = []
    while len(kept) < WORLDS_COUNT:
        kind = "queue" if len(kept) % 2 == 0 else "packets"
        numbers = _numbers(rng, kind)
        smaller, drawn, larger = (_draw(kind, factor, numbers) for factor in (0.75, 1.0, 1.25))
        outcomes = {_collapses(run_fluid(_script(each))) for each in (smaller, drawn, larger)}
        if len(outcomes) == 1:
            kept.append(drawn)
    return tuple(kept)


def _per_second(times_s: Sequence[float], rates_per_s: Sequence[float], end_s: int) -> Counts:
    """Rates of equal times as counts of whole seconds."""
    width_s = times_s[1] - times_s[0]
    edges_s = np.concatenate([[0.0], np.asarray(times_s) + 0.5 * width_s])
    total = np.concatenate([[0.0], np.cumsum(rates_per_s) * width_s])
    return np.diff(np.interp(np.arange(end_s + 1), edges_s, total))


def _event_run(tables: Tables, replication: int, kind: str) -> tuple[Counts, bool, float]:
    """Offered attempts in whole seconds, whether it ends collapsed, and the longest wait."""
    run = simulate(tables, seed=SEED, replication=replication)
    each_s = round(1e9 / tables.bin_ns)
    seen = run.populations.bins(end=tables.horizon_ns // tables.bin_ns).row(0)
    attempts_count = seen.attempts_count
    offered = np.add.reduceat(attempts_count, np.arange(0, len(attempts_count), each_s)).astype(np.float64)
    late = slice(-LAST_S * each_s, None)
    if kind == "queue":
        delay_s = float(run.services.queued_count[:, 0].max()) / _capacity_per_s(tables)
    else:
        delay_s = float(run.crossings.delay_ns[:, 0].max()) / 1e9
    return offered, bool(seen.served_count[late].sum() < 0.5 * seen.fresh_count[late].sum()), delay_s


def _capacity_per_s(tables: Tables) -> float:
    services = Services(tables)
    workers_count = services.instances_count[0, 0] * services.concurrency_count[0, 0]
    return float(workers_count / (services.mean_ns[0, 0] / 1e9))


def compare(drawn: Drawn, runs_count: int) -> Agreement:
    """Return how far the fluid is from the mean of `runs_count` event runs."""
    script = _script(drawn)
    horizon_s = script.phases[0].world.horizon_s
    fluid, tables = run_fluid(script), lower(script, horizon_s=horizon_s)
    found = [_event_run(tables, i, drawn.kind) for i in range(runs_count)]
    mean = np.mean([offered for offered, _, _ in found], axis=0)
    fluid_offered = _per_second(fluid.times_s, fluid.clients["users"].attempts_per_s, round(horizon_s))
    error = np.abs(fluid_offered - mean) / mean.max()
    if drawn.kind == "queue":
        delay_s = max(fluid.services["api"].queued_count) / _capacity_per_s(tables)
    else:
        delay_s = max(fluid.crossings["device"].delay_s)
    return Agreement(
        drawn=drawn,
        collapses_fluid=_collapses(fluid),
        collapses_ratio=sum(collapsed for _, collapsed, _ in found) / runs_count,
        offered_mean_ratio=float(error.mean()),
        offered_worst_ratio=float(error.max()),
        delay_fluid_s=float(delay_s),
        delay_event_s=float(np.mean([delay_s for _, _, delay_s in found])),
    )


def agreement_on_the_example(runs_count: int) -> Agreement:
    """Return the same for the smallest world that collapses for good."""
    return compare(
        Drawn(kind="queue", text=EXAMPLE.read_text(encoding="utf-8"), words="the example"), runs_count
    )
