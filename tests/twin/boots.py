"""What new instances ask for before they take requests.

An instance that a trigger adds makes its boot calls from the nanosecond before it would take requests, one of
a growth as it starts; it is held back until all of them are answered. A call that was given up is made again
after the boot time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from reference.agenda import Agenda, ns
from tidegate.world import service as world
from tidegate.world.boot import BootCall
from tidegate.world.clients import Clients, Demand
from twin.population import Population

if TYPE_CHECKING:
    from twin.population import Client
    from twin.request import Request
    from twin.service import Service


def boots_of(service: world.Service, number: int) -> Clients:
    """Return the behaviour of those who make a boot call, in the words of clients."""
    boot = service.boot.calls[number]
    return Clients(
        network=service.network,
        service=boot.service,
        population_count=service.instances_count,
        timeout_s=boot.timeout_s,
        timeout_law=boot.timeout_law,
        answer_size_bytes=boot.answer_size_bytes,
        demand=Demand(kind="none"),
        retry=boot.retry,
    )


@dataclass
class Booter:
    """One instance that boots."""

    held_count: int = 0
    calls_count: int = 0


class Boots(Population):
    """The requests of one boot call, of all instances; they keep nothing."""

    keeps_nothing = True
    starts: Starts
    call: BootCall
    began_count = 0

    def stand(self) -> None:
        """Nothing stands."""

    def wave(self, count: int, hold_ns: int) -> None:
        """So many instances make this call from now on, request by request; in so long they are held back."""
        first, self.began_count = self.began_count, self.began_count + count
        self._step(0, count, first, hold_ns)

    def _step(self, i: int, count: int, first: int, hold_ns: int) -> None:
        if i == count * self.call.requests_count:
            return
        if i == 0 and self.starts.calls[0] is self:
            for number in range(first, first + count):
                if hold_ns:
                    self.agenda.after(hold_ns, partial(self.starts.hold_unanswered, number))
                else:
                    self.starts.hold(number)
        self.agenda.after(0, partial(self._step, i + 1, count, first, hold_ns))
        number = (first + i % count) % len(self.everybody)
        self.starts.booters[number].calls_count += 1
        at_once = self.call.at_once_count
        if at_once is not None and i >= count * at_once:
            self.starts.owed[self.name, number] = self.starts.owed.get((self.name, number), 0) + 1
        else:
            self._ask(self.everybody[number])

    def _ask(self, instance: Client) -> None:
        request = self.want(instance)
        self.agenda.soon(lambda: self.start(request))

    def end(self, request: Request, *, is_good: bool) -> None:
        """A call has ended: the instance comes one step nearer, or makes it again later."""
        request.close()
        self.unanswered_count -= 1
        self.counts.served += is_good
        self.counts.failed += not is_good
        instance = request.client
        assert instance is not None
        if not is_good:
            self.agenda.after(ns(self.starts.service.noun.boot.time_s), partial(self._ask, instance))
            return
        key = self.name, instance.number
        if self.starts.owed.get(key, 0) > 0:
            self.starts.owed[key] -= 1
            self._ask(instance)
        self.starts.comes_nearer(instance.number)


class Starts:
    """The instances of one service that boot.

    Parameters
    ----------
    agenda, service
        When things happen, and whose instances.
    """

    def __init__(self, agenda: Agenda, service: Service) -> None:
        self.service = service
        self.calls: list[Boots] = []
        self.booters: list[Booter] = []
        self.owed: dict[tuple[str, int], int] = {}
        self._agenda = agenda

    def add(self, calls: Boots, call: BootCall) -> None:
        """Know the requests of one more call."""
        calls.starts, calls.call = self, call
        self.calls.append(calls)
        self.booters = [Booter() for _ in calls.everybody]

    def rise(self, at_ns: int, count: int, *, boots_ns: int = 0) -> None:
        """So many instances more would take requests from then on, or as they have booted for so long."""
        hold_ns = max(boots_ns - 1, 0)
        for calls in self.calls:
            self._agenda.at(at_ns if hold_ns else max(at_ns - 1, 0), partial(calls.wave, count, hold_ns))

    def hold(self, number: int) -> None:
        """An instance is held back."""
        self.booters[number % len(self.booters)].held_count += 1
        self.service.booting_count += 1

    def hold_unanswered(self, number: int) -> None:
        """An instance that has booted is held back where not all that it asked was answered."""
        if self.booters[number % len(self.booters)].calls_count > 0:
            self.hold(number)

    def comes_nearer(self, number: int) -> None:
        """An instance has one call less to wait for: after the last it takes requests."""
        booter = self.booters[number]
        booter.calls_count -= 1
        if booter.calls_count == 0 and booter.held_count > 0:
            self.service.booting_count -= booter.held_count
            booter.held_count = 0
            self.service.more_are_there()
