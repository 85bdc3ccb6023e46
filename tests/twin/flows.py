"""What a device remembers of flows: entries, ports, and how long it holds both down."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from reference.agenda import Agenda, ns
from tidegate.world.crossing import Crossing
from tidegate.world.service import Service
from twin.port_blocks import NOBODY, PPM, PortBlocks, Source


class Room(Enum):
    """What a device does with a new flow."""

    TAKEN = auto()
    DROPPED = auto()
    REFUSED = auto()


@dataclass(eq=False)
class Held:
    """An entry whose flow is over; it may be evicted before its time."""

    is_there: bool = True


class FlowTable:
    """Entries and ports of one device."""

    def __init__(self, agenda: Agenda) -> None:
        self._agenda = agenda
        self.open_count = 0
        self.strays_count = 0
        self._closed: deque[Held] = deque()
        self._unanswered: deque[Held] = deque()
        self._ports: dict[tuple[str, Source], int] = {}
        self._blocks = PortBlocks(agenda)

    @property
    def entries_count(self) -> int:
        """Open flows and those that are held down."""
        return self.open_count + len(self._closed) + len(self._unanswered)

    def ports_count(self, service: str, source: Source = NOBODY) -> int:
        """Ports taken towards a service, by a source where each has its own; those held down included."""
        return self._ports.get((service, source), 0)

    def fullest_ppm(self, crossing: Crossing, name: str, service: Service) -> int:
        """Return how full the ports towards a service are, of the source that has the fewest left."""
        assert crossing.ports is not None
        if crossing.ports.block is None:
            return self.ports_count(name) * PPM // ports_most(crossing, service)
        taken = {source: count for (to, source), count in self._ports.items() if to == name and count > 0}
        each = [count * PPM // self._blocks.ports_most(source, service) for source, count in taken.items()]
        return max(each, default=0)

    def enter(
        self, crossing: Crossing, name: str, service: Service, source: Source, flows_count: int
    ) -> Room:
        """Find an entry and a port for each of so many new flows, or say what becomes of them."""
        table, ports = crossing.table, crossing.ports
        if table is not None:
            missing = self.entries_count + flows_count - entries_most(crossing)
            if missing > 0 and not self._evict(table.when_full, missing):
                return Room.REFUSED if table.when_full == "refuse" else Room.DROPPED
        if ports is not None:
            source = NOBODY if ports.block is None else source
            wanted = self.ports_count(name, source) + flows_count
            if ports.block is None:
                fits = wanted <= ports_most(crossing, service)
            else:
                fits = self._blocks.has(ports, service, source, wanted)
            if not fits:
                return Room.REFUSED if ports.when_full == "refuse" else Room.DROPPED
            self._ports[name, source] = wanted
        self.open_count += flows_count
        return Room.TAKEN

    def has_room(self, crossing: Crossing, name: str, service: Service, source: Source) -> bool:
        """Say whether one more flow fits without anything being evicted."""
        limit = crossing.admission
        most_open = None if limit is None else limit.concurrent_count
        if most_open is not None and self.open_count >= most_open:
            return False
        if crossing.table is not None and self.entries_count >= entries_most(crossing):
            return False
        ports = crossing.ports
        if ports is not None and ports.block is not None:
            wanted = self.ports_count(name, source) + 1
            self._blocks.settle(ports, service, source, wanted)
            return wanted <= self._blocks.ports_most(source, service)
        return ports is None or self.ports_count(name) < ports_most(crossing, service)

    def _evict(self, when_full: str, count: int) -> bool:
        """Forget as many flows that are over, the oldest first and closed ones before unanswered ones."""
        closed = self._closed if when_full == "evict" else deque[Held]()
        unanswered = self._unanswered if when_full in {"evict", "evict_unanswered"} else deque[Held]()
        if len(closed) + len(unanswered) < count:
            return False
        for _ in range(count):
            (closed or unanswered).popleft().is_there = False
        return True

    def forget(self) -> None:
        """An open flow was idle for too long."""
        self.open_count -= 1

    def close(self, crossing: Crossing, flows_count: int, *, answered: bool) -> None:
        """Hold down the entries of a flow that is over."""
        table = crossing.table
        hold_s = 0.0
        if table is not None:
            hold_s = table.closed_hold_s if answered else table.unanswered_hold_s
        for _ in range(flows_count):
            self.open_count -= 1
            self._agenda.after(ns(hold_s), self._hold(answered=answered).end)

    def free_ports(
        self, crossing: Crossing, name: str, source: Source, flows_count: int, *, after_ns: int
    ) -> None:
        """Hold down the ports of a flow that is over for so long."""
        assert crossing.ports is not None
        to = (name, NOBODY if crossing.ports.block is None else source)
        for _ in range(flows_count):
            self._agenda.after(after_ns, lambda: self._free_port(to))

    def _hold(self, *, answered: bool) -> _Ending:
        held, line = Held(), self._closed if answered else self._unanswered
        line.append(held)
        return _Ending(held, line)

    def _free_port(self, to: tuple[str, Source]) -> None:
        self._ports[to] -= 1

    def stray(self, crossing: Crossing) -> bool:
        """A flow comes that nobody will answer: it takes an entry where there is one, and holds it."""
        table = crossing.table
        assert table is not None
        missing = self.entries_count + 1 - entries_most(crossing)
        fits = missing <= 0 or self._evict(table.when_full, missing)
        if fits:
            self.strays_count += 1
            self._agenda.after(ns(table.unanswered_hold_s), self._hold_stray())
        return fits

    def _hold_stray(self) -> Callable[[], None]:
        """Hold the entry of a flow that nobody answers; it is open until then, even if it is evicted."""
        end = self._hold(answered=False).end

        def over() -> None:
            self.strays_count -= 1
            end()

        return over

    # -- what a day has left -----------------------------------------------------------------

    def hold_old_entries(self, crossing: Crossing, count: int, *, answered: bool) -> None:
        """Hold down flows that were over evenly over the time of a hold before the run."""
        table = crossing.table
        assert table is not None
        left = min(count, entries_most(crossing) - self.entries_count)
        limit = crossing.admission
        if not answered and limit is not None and limit.concurrent_count is not None:
            left = min(left, limit.concurrent_count - self.open_count)
        self.strays_count += 0 if answered else max(left, 0)
        ends = [self._hold(answered=True).end if answered else self._hold_stray() for _ in range(left)]
        self._end_evenly(ns(table.closed_hold_s if answered else table.unanswered_hold_s), ends)

    def hold_old_ports(
        self, crossing: Crossing, name: str, service: Service, source: Source, count: int
    ) -> None:
        """Hold down their ports."""
        ports = crossing.ports
        assert ports is not None
        to = (name, NOBODY if ports.block is None else source)
        taken = self._ports.get(to, 0)
        if ports.block is None:
            most = ports_most(crossing, service)
        else:
            self._blocks.settle(ports, service, source, taken + count)
            most = self._blocks.ports_most(source, service)
        left = min(count, most - taken)
        if left > 0:
            self._ports[to] = taken + left
            self._end_evenly(ns(ports.hold_s), [lambda: self._free_port(to)] * left)

    def _end_evenly(self, hold_ns: int, ends: list[object]) -> None:
        for i, end in enumerate(ends):
            assert callable(end)
            self._agenda.at(hold_ns // len(ends) // 2 + 1 + i * (hold_ns // len(ends)), end)


@dataclass
class _Ending:
    held: Held
    line: deque[Held]

    def end(self) -> None:
        """The hold-down is over, unless the entry was evicted."""
        if self.held.is_there:
            self.line.remove(self.held)


def entries_most(crossing: Crossing) -> int:
    """Return how many flows one device can hold."""
    assert crossing.table is not None
    return max(crossing.table.entries_count - crossing.background.flows_count, 1)


def ports_most(crossing: Crossing, service: Service) -> int:
    """Return how many ports one device has towards a service: so many for each of its addresses."""
    assert crossing.ports is not None
    usable = int(crossing.ports.per_destination_count * crossing.ports.usable_ratio)
    return usable * service.addresses_count
