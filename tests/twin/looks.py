"""What is counted in each bin of time, and what a look at what stands sees."""

from __future__ import annotations

from collections.abc import Mapping

from reference.agenda import Agenda
from twin.flows import entries_most
from twin.population import Population, PopulationCounts
from twin.service import Service
from twin.way import CrossingCounts, Gate

PPM = 1_000_000
Row = dict[str, int]


class CrossingLooks:
    """The series of one crossing."""

    def __init__(self, gate: Gate, services: Mapping[str, Service]) -> None:
        self._gate = gate
        self._services = services
        self._most: Row = {}
        self._seen = (0, 0)
        self._before = (0, 0)
        self.bins: list[Row] = []

    def look(self) -> None:
        """Note the fullest table and port range, and the busiest second: two looks together."""
        crossing, counts = self._gate.crossing, self._gate.counts
        for device in self._gate.devices[: crossing.devices_count]:
            if crossing.table is not None:
                self._note("entries", device.flows.entries_count * PPM // entries_most(crossing))
            if crossing.ports is not None:
                for name, service in self._services.items():
                    self._note("ports", device.flows.fullest_ppm(crossing, name, service.noun))
        since = counts.offered - self._seen[0], counts.packets - self._seen[1]
        self._note("offered_most", since[0] + self._before[0])
        self._note("packets_most", since[1] + self._before[1])
        self._before, self._seen = since, (counts.offered, counts.packets)

    def _note(self, name: str, value: int) -> None:
        self._most[name] = max(self._most.get(name, 0), value)

    def close(self) -> None:
        """End a bin."""
        none: Row = dict.fromkeys(("entries", "ports", "offered_most", "packets_most"), 0)
        self.bins.append(none | vars(self._gate.counts) | self._most)
        self._gate.counts, self._most, self._seen = CrossingCounts(), {}, (0, 0)


class PopulationLooks:
    """The series of one population."""

    def __init__(self, population: Population) -> None:
        self._population = population
        self._unanswered_most = 0
        self.bins: list[Row] = []

    def look(self) -> None:
        """Note how many wait."""
        self._unanswered_most = max(self._unanswered_most, self._population.unanswered_count)

    def close(self) -> None:
        """End a bin."""
        population = self._population
        self.bins.append(
            vars(population.counts)
            | {"unanswered": population.unanswered_count, "unanswered_most": self._unanswered_most}
        )
        population.counts, self._unanswered_most = PopulationCounts(), 0


class ServiceLooks:
    """The series of one service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._queued_most = self._connections_most = 0
        self.bins: list[Row] = []

    def look(self) -> None:
        """Note the queue and the connections."""
        parts = self._service.parts
        self._queued_most = max(self._queued_most, sum(part.queued_count for part in parts))
        self._connections_most = max(self._connections_most, sum(part.connections_count for part in parts))

    def close(self) -> None:
        """End a bin."""
        parts = self._service.parts
        self.bins.append(
            {
                "busy": sum(part.busy_count for part in parts),
                "queued": sum(part.queued_count for part in parts),
                "served": sum(part.served_count for part in parts),
                "connections": sum(part.connections_count for part in parts),
                "queued_most": self._queued_most,
                "connections_most": self._connections_most,
            }
        )
        self._queued_most = self._connections_most = 0


class Looks:
    """All series of a run.

    Parameters
    ----------
    agenda
        When things happen.
    each
        What is looked at.
    look_ns, looks_a_bin
        How often, and how many looks make a bin.
    """

    def __init__(
        self,
        agenda: Agenda,
        each: list[CrossingLooks | PopulationLooks | ServiceLooks],
        look_ns: int,
        looks_a_bin: int,
    ) -> None:
        self._agenda = agenda
        self._each = each
        self._look_ns = look_ns
        self._looks_a_bin = looks_a_bin
        self._looks_count = 0
        agenda.at(look_ns, self._look)

    def _look(self) -> None:
        self._agenda.after(self._look_ns, self._look)
        for one in self._each:
            one.look()
        self._looks_count += 1
        if self._looks_count == self._looks_a_bin:
            self._looks_count = 0
            for one in self._each:
                one.close()
