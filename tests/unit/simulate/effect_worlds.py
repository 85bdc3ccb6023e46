"""One small world for all effects, changed by overlays, and what a run of it counted."""

from __future__ import annotations

from typing import Any

import numpy as np

from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

# Nothing in it limits anything: 100 requests a second, evenly paced, each on a connection of its own.
BASE = """
name: effect
horizon: 10s
networks: {near: {}, far: {}}
crossings:
  gate: {between: [near, far], round_trip: 2ms}
services:
  web: {network: far, instances: 1, concurrency: 1000, service_time: 1ms, service_law: fixed}
clients:
  users:
    network: near
    service: web
    population: 100
    timeout: 900ms
    retry: none
    demand: {kind: open, rate: 100/s, arrivals: paced}
"""

# The same, but the clients hold connections open and only wait for something to happen to them.
STANDING = BASE.replace(
    "demand: {kind: open, rate: 100/s, arrivals: paced}",
    "connection: keep_alive\n    demand: {kind: none}",
)

IMMEDIATE = {"layers": [{"retries": 3, "backoff": "none", "base": "0s"}]}


def median_of(histogram: np.ndarray) -> float:
    """Return the lower edge of the median's bucket, in seconds (16 buckets an octave)."""
    bucket = int(np.searchsorted(np.cumsum(histogram), histogram.sum() / 2))
    return ((16 + bucket % 16) << (bucket // 16 + 6)) / 1e9


class Told:
    """What one run counted, summed over a stretch of time.

    Parameters
    ----------
    text
        The world.
    changes
        What is laid over it.
    activity
        The activity that runs, if any.
    fraction
        Of the world's size.
    """

    def __init__(
        self,
        text: str,
        changes: dict[str, Any] | None = None,
        *,
        activity: str | None = None,
        fraction: float = 1.0,
    ) -> None:
        file = overlay(read_world(text, "effect.yaml"), changes or {})
        script = write_script(file, activity)
        self._tables = lower(script, horizon_s=file.world.horizon_s, fraction=fraction)
        self._run = simulate(self._tables, seed=5)

    def _bins(self, since_s: float, until_s: float) -> slice:
        bin_s = self._tables.bin_ns / 1e9
        return slice(round(since_s / bin_s), min(round(until_s / bin_s), self._run.bins_count))

    def clients(self, series: str, *, name: str = "users", since_s: float = 0.0, until_s: float = 1e6) -> int:
        """Return a population's count within a stretch of time."""
        row = self._tables.populations.index(name)
        return int(getattr(self._run.populations, series)[self._bins(since_s, until_s), row].sum())

    def per_s(self, series: str, *, since_s: float, until_s: float, name: str = "users") -> float:
        """Return a population's count a second."""
        return self.clients(series, name=name, since_s=since_s, until_s=until_s) / (until_s - since_s)

    def waiting(self, *, since_s: float, until_s: float, name: str = "users") -> float:
        """Return how many of a population waited for an answer, on average."""
        row = self._tables.populations.index(name)
        return float(self._run.populations.unanswered_count[self._bins(since_s, until_s), row].mean())

    def crossing(self, series: str, *, name: str = "gate", since_s: float = 0.0, until_s: float = 1e6) -> int:
        """Return a crossing's count within a stretch of time."""
        row = self._tables.crossings.index(name)
        return int(getattr(self._run.crossings, series)[self._bins(since_s, until_s), row].sum())

    def busiest(self, *, name: str = "web", since_s: float = 0.0) -> int:
        """Return the most workers of a service that were busy at once."""
        row = self._tables.services.index(name)
        return int(self._run.services.busy_count[self._bins(since_s, 1e6), row].max())

    def fullest(self, *, name: str = "gate", since_s: float = 0.0, until_s: float = 1e6) -> float:
        """Return how full a crossing's table was at most, as a share."""
        row = self._tables.crossings.index(name)
        return float(self._run.crossings.entries_ppm[self._bins(since_s, until_s), row].max()) / 1e6

    def connections(self, at_s: float, *, name: str = "web") -> int:
        """Return how many connections a service held at a time."""
        row = self._tables.services.index(name)
        return int(self._run.services.connections_count[round(at_s / (self._tables.bin_ns / 1e9)) - 1, row])

    def connected(self, *, name: str = "users") -> int:
        """Return how many connections a population established."""
        return int(self._run.latencies.connect_count[self._tables.populations.index(name)].sum())

    def median_s(self, *, name: str = "users") -> float:
        """Return the median time from wish to answer."""
        return median_of(self._run.latencies.request_count[self._tables.populations.index(name)])
