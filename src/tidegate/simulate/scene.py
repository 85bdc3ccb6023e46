"""What is lowered, and which number does each of its names have? The rows of all tables, by name.

The script's phases with the populations the engine sees in them, and where each population's
clients and each crossing's devices begin. Costs, limits and behaviour are lowered elsewhere.

Shortcut: times are whole nanoseconds, and so is the time between two events of a rate.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from tidegate.simulate.policies import NS
from tidegate.simulate.rows import Row, rows_of, running_count
from tidegate.simulate.script import Script
from tidegate.simulate.size import Workers, scaled_count, scaled_pool, scaled_workers, shrink_of
from tidegate.world.pooling import with_own_places
from tidegate.world.service import Service


def time_ns(seconds: float) -> int:
    """Return a time in whole nanoseconds."""
    return round(seconds * NS)


def interval_ns(rate_per_s: float) -> int:
    """Return the time between two events of a rate, in whole nanoseconds; 0 without any."""
    return round(NS / rate_per_s) if rate_per_s > 0 else 0


class Scene:
    """A script at one fraction of its size, with a number for each name.

    Parameters
    ----------
    script
        What happens.
    fraction
        Of the world's size.
    """

    def __init__(self, script: Script, fraction: float) -> None:
        self.script = script
        self.fraction = fraction
        self.worlds = [with_own_places(phase.world) for phase in script.phases]
        self.rows = [rows_of(world) for world in self.worlds]
        self.names = list(dict.fromkeys(name for rows in self.rows for name in rows))
        first = self.worlds[0]
        self.crossings = list(first.crossings)
        self.services = list(first.services)
        self.shrinks = {
            name: shrink_of([world.services[name] for world in self.worlds], fraction)
            for name in self.services
        }
        self.slots = [max(self.slots_count(rows.get(name)) for rows in self.rows) for name in self.names]
        self.slots = [
            count + self._added_most(name) for count, name in zip(self.slots, self.names, strict=True)
        ]
        self.first_client = np.concatenate([[0], np.cumsum(self.slots)]).astype(np.int64)
        devices = [
            max(world.crossings[name].devices_most_count for world in self.worlds) for name in self.crossings
        ]
        self.first_device = np.concatenate([[0], np.cumsum(devices)]).astype(np.int64)

    def clients_count(self, row: Row) -> int:
        """Return how many clients a population has in the run."""
        if row.service is not None:
            many = row.service
            if row.kind == "call":
                many = replace(many, instances_count=running_count(many))
            return self.each_instance_count(row) * self.workers(row.owner, many).instances_count
        return scaled_count(row.clients.population_count, self.fraction)

    def workers(self, name: str, service: Service) -> Workers:
        """Return the places that a service has in the run, as it stands in one phase."""
        return scaled_workers(service, self.shrinks[name])

    def each_instance_count(self, row: Row) -> int:
        """Return how many clients one instance of a service brings to a population it owns."""
        if row.service is None:
            return 0
        if row.pool is not None:
            return self.pooled_count(row, row.service.pool_count(row.pool))
        return self.workers(row.owner, row.service).concurrency_count if row.kind == "call" else 1

    def pooled_count(self, row: Row, count: int) -> int:
        """Return how many of so many connections of each instance there are in the run."""
        assert row.service is not None
        running = replace(row.service, instances_count=running_count(row.service))
        return scaled_pool(count, running, self.shrinks[row.owner])

    def _added_most(self, name: str) -> int:
        """Return how many clients an autoscaler may add to a population, beyond those of any phase."""
        row = self.row_in_any(name)
        if row.service is None:
            return 0
        scaled = [world.services[row.owner] for world in self.worlds]
        most = [service.autoscaler.most_count for service in scaled if service.autoscaler is not None]
        if not most:
            return 0
        ratio = self.shrinks[row.owner].instances_ratio
        fewest = min(self.workers(row.owner, service).instances_count for service in scaled)
        each = max(self.each_instance_count(rows[name]) for rows in self.rows if name in rows)
        return max(scaled_count(max(most), ratio) - fewest, 0) * each

    def slots_count(self, row: Row | None) -> int:
        """Return how many exchanges a population can hold at once: a pool's for each client, else one."""
        if row is None:
            return 1
        stride = row.clients.pool_count if row.clients.connection == "pool" and row.kind != "call" else 1
        return max(1, self.clients_count(row) * stride)

    def row_in_any(self, name: str) -> Row:
        """Return a population as it stands in the first phase that has it."""
        return next(rows[name] for rows in self.rows if name in rows)

    def row_in_each(self, name: str) -> list[Row]:
        """Return a population phase by phase; where a phase has it not, as in the first that has."""
        return [rows.get(name) or self.row_in_any(name) for rows in self.rows]

    def names_with(self, part: str) -> list[str]:
        """Return the populations that have a part ("cache", "probe") in any phase, in order."""
        return [
            name
            for name in self.names
            if any(name in rows and getattr(rows[name], part) for rows in self.rows)
        ]
