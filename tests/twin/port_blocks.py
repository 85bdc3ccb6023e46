"""Ports of each source: a block of its own at a device, which grows if the device lets it."""

from __future__ import annotations

from reference.agenda import Agenda, ns
from tidegate.world.crossing import Ports
from tidegate.world.service import Service

Source = tuple[str, int]
"""Of whom (a population of clients, or a service), and which of them."""
NOBODY: Source = ("", 0)
PPM = 1_000_000


class PortBlocks:
    """The blocks that one device has given."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self._counts: dict[Source, int] = {}
        self._growing: set[Source] = set()

    def ports_most(self, source: Source, service: Service) -> int:
        """Return the ports that a source has towards a service: so many for each of its addresses."""
        return self._counts.get(source, 0) * service.addresses_count

    def has(self, ports: Ports, service: Service, source: Source, wanted_count: int) -> bool:
        """Say whether a source has so many ports; a block that is too small begins to grow."""
        self._give_least(ports, source)
        if wanted_count <= self.ports_most(source, service):
            return True
        assert ports.block is not None
        if source not in self._growing and self._doubling(ports, source) > 0:
            self._growing.add(source)

            def grow() -> None:
                self._growing.remove(source)
                self._give(ports, source, self._doubling(ports, source))

            self._agenda.after(ns(ports.block.growth_time_s), grow)
        return False

    def settle(self, ports: Ports, service: Service, source: Source, wanted_count: int) -> None:
        """Let a block be as large as a day before the run has made it."""
        self._give_least(ports, source)
        while wanted_count > self.ports_most(source, service):
            if not self._give(ports, source, self._doubling(ports, source)):
                return

    def _give_least(self, ports: Ports, source: Source) -> None:
        assert ports.block is not None
        self._give(ports, source, ports.block.least_count - self._counts.get(source, 0))

    def _doubling(self, ports: Ports, source: Source) -> int:
        block, count = ports.block, self._counts.get(source, 0)
        assert block is not None
        return min(count, (block.most_count or block.least_count) - count)

    def _give(self, ports: Ports, source: Source, count: int) -> bool:
        """Give a block more ports, all of them or none."""
        if count <= 0 or sum(self._counts.values()) + count > ports.per_destination_count:
            return False
        self._counts[source] = self._counts.get(source, 0) + count
        return True
