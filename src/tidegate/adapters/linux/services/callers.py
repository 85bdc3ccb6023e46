"""What the services of one network ask of others: their calls, and what their instances ask as they boot.

Populations like those of clients, over real sockets from the network of the service that asks. When a
request needs a call must not live here (`serving`), nor what an instance that boots waits for (`boots`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from tidegate.adapters.linux.clients.instance_places import places_of
from tidegate.adapters.linux.clients.next_instance import Instances
from tidegate.adapters.linux.clients.population import Population
from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.errors import RigError
from tidegate.rehearse.measurement import MeasuredPopulation
from tidegate.rehearse.sizes import sized
from tidegate.simulate.rows import Row, rows_of
from tidegate.simulate.script import Script, Wave
from tidegate.world.world import World

READY_S = 0.1  # connections that stand are opened until this long before the start
MOST_MISSING_RATIO = 0.01  # of those
_BEGIN_RATIO = 0.3  # of the time before the start, in which the services that are asked begin to listen

Endpoints = Mapping[str, Sequence[tuple[str, int]]]


class Callers:
    """Whatever the services of one network ask of others, over one run.

    Parameters
    ----------
    script
        Phases and waves, as for the engines.
    services
        Whose calls they are.
    endpoints
        By service, where it is reached.
    loop, seed
        Time and sockets, and the random streams.

    Attributes
    ----------
    populations
        By name, as the engine has them: "web/call/0", "web/boot/0".
    """

    def __init__(
        self, script: Script, services: Iterable[str], *, endpoints: Endpoints, loop: EventLoop, seed: int
    ) -> None:
        self._script = script
        self._loop = loop
        self._endpoints = endpoints
        self._instances: dict[str, Instances] = {}
        self._rows = [asking_rows(phase.world, set(services)) for phase in script.phases]
        self.populations = {
            name: self._population(row, script.phases[0].world, seed) for name, row in self._rows[0].items()
        }
        for i, phase in enumerate(script.phases[1:], start=1):
            loop.at(phase.at_s, self._take_phase, phase.world, i)
        for wave in script.waves:
            if wave.kind == "break":
                loop.at(wave.at_s, self._break, wave)

    def asked_by(self, service: str, kind: str) -> tuple[Population, ...]:
        """Return the calls of a service ("call"), or what its instances ask first ("boot"), in order."""
        return tuple(
            population
            for name, population in self.populations.items()
            if name.startswith(f"{service}/{kind}/")
        )

    def prepare(self) -> None:
        """Before time zero: open the connections that stand already."""
        begin_s = self._loop.now_s * (1.0 - _BEGIN_RATIO)
        self._loop.at(begin_s, self._prepare, None)

    def begin(self) -> None:
        """Time zero: the connections of the pools are free.

        Raises
        ------
        RigError
            Too many of those that should stand do not.
        """
        counts = [each.standing_count() for each in self.populations.values()]
        wanted_count = sum(wanted for wanted, _ in counts)
        missing_count = wanted_count - sum(stand for _, stand in counts)
        if missing_count > MOST_MISSING_RATIO * wanted_count:
            raise RigError(
                f"{missing_count:,} of {wanted_count:,} connections that services keep to others did not "
                "stand at the start"
            )
        for population in self.populations.values():
            population.begin()

    def end_bin(self) -> dict[str, Mapping[str, int]]:
        """Close a time bin of all of them."""
        return {name: population.end_bin() for name, population in self.populations.items()}

    def series(self) -> dict[str, MeasuredPopulation]:
        """Return all bins that were closed."""
        return {name: population.record.series() for name, population in self.populations.items()}

    def _population(self, row: Row, world: World, seed: int) -> Population:
        return Population(
            row,
            row.clients.population_count,
            loop=self._loop,
            instances=self._instances_of(row.clients.service, world),
            names=None,
            seed=seed,
            addresses=(),
            served_age=world.services[row.clients.service].connection_age,
        )

    def _prepare(self, what: Any, number: int) -> None:
        del what, number
        for population in self.populations.values():
            population.prepare(min(-READY_S, self._loop.now_s / 2.0))

    def _instances_of(self, service: str, world: World) -> Instances:
        if service not in self._instances:
            present_count = world.services[service].instances_count
            places = [(str(address), int(port)) for address, port in self._endpoints[service]]
            self._instances[service] = Instances(places, present_count)
        return self._instances[service]

    def _take_phase(self, world: World, number: int) -> None:
        for service, instances in self._instances.items():
            instances.change(world.services[service].instances_count)
        for name, population in self.populations.items():
            row = self._rows[number][name]
            served_age = world.services[row.clients.service].connection_age
            population.change(row, row.clients.population_count, served_age)

    def _break(self, wave: Wave, number: int) -> None:
        """Let the connections that calls keep to instances that restart break."""
        del number
        for name, row in self._rows[0].items():
            if places_of(row) is not None and row.clients.service == wave.service:
                self.populations[name].reconnect(wave)


def asking_rows(world: World, services: set[str]) -> dict[str, Row]:
    """Return what these services ask of others: their calls, and what their instances ask as they boot."""
    return {
        name: sized(row, world)
        for name, row in rows_of(world).items()
        if row.kind in {"call", "boot"} and row.owner in services
    }


def standing_count(script: Script, services: set[str]) -> int:
    """Return how many connections these services keep to others at the start."""
    return sum(
        sum(places.is_kept(i) for i in range(row.clients.population_count))
        for row in asking_rows(script.phases[0].world, services).values()
        if (places := places_of(row)) is not None
    )
