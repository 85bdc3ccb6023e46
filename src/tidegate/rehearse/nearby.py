"""Does a world end the same way where its numbers are a few percent other? If not, it lies near an edge.

A kernel's timers tick in steps of 4 ms, and a real device forwards a little more or less than it says. Where
so much decides how a world ends, the prediction is that chance decides, and that is said before anything is
measured. Worlds and shares alone; where runs happen is passed in.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor

from tidegate.evaluate.judging.verdict import Probability
from tidegate.rehearse.prediction import predict, tables_of
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

NEARBY_RATIO = 0.03
"""How far off a number may be."""
NEARBY_RUNS_COUNT = 20


def nearby_worlds(file: WorldFile) -> Iterator[WorldFile]:
    """Yield the world with its devices, time-outs and queues a little smaller, and a little larger."""
    for times in (1.0 - NEARBY_RATIO, 1.0 + NEARBY_RATIO):
        yield overlay(file, dict(_capacities(file.world, times)))
        yield overlay(file, dict(_time_outs(file.world, times)))
        yield overlay(file, dict(_queues(file.world, times)))


def recovers_nearby(
    file: WorldFile,
    activity: str | None,
    *,
    seed: int,
    runs_count: int = NEARBY_RUNS_COUNT,
    executor: Executor,
) -> tuple[Probability, ...]:
    """Return how often the worlds nearby recover.

    Parameters
    ----------
    file, activity
        The rehearsable world, and what happens in it.
    seed
        Chooses the random streams.
    runs_count
        Runs of each.
    executor
        Where they happen.
    """
    return tuple(
        predict(tables_of(one, activity), seed=seed, runs_count=runs_count, executor=executor).recovers
        for one in nearby_worlds(file)
    )


def _capacities(world: World, times: float) -> Iterator[tuple[str, object]]:
    for name, crossing in world.crossings.items():
        if crossing.forwarding_per_s is not None:
            yield f"crossings.{name}.forwarding", crossing.forwarding_per_s * times
        if crossing.setup_per_s is not None:
            yield f"crossings.{name}.setup", crossing.setup_per_s * times
        if crossing.bandwidth_bit_per_s is not None:
            yield f"crossings.{name}.bandwidth", crossing.bandwidth_bit_per_s * times
    for name, service in world.services.items():
        yield f"services.{name}.service_time", service.service_time_s / times


def _time_outs(world: World, times: float) -> Iterator[tuple[str, object]]:
    for name, clients in world.clients.items():
        yield f"clients.{name}.timeout", clients.timeout_s * times


def _queues(world: World, times: float) -> Iterator[tuple[str, object]]:
    for name, crossing in world.crossings.items():
        yield f"crossings.{name}.queue_packets", max(round(crossing.queue_packets_count * times), 1)
    for name, service in world.services.items():
        if service.queue_count is not None:
            yield f"services.{name}.queue", max(round(service.queue_count * times), 1)
