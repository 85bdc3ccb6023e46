"""How a client finds out its service's address.

Name lookups over UDP: as many queries as the world says, tried again after their time-out at once,
known by the client for the time to live. The queries are proper DNS questions, so that a name server
can stand in. Shortcut: what the answer says is not read; the address is known from the rig's plan.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from tidegate.adapters.linux.clients.population_record import PopulationRecord

if TYPE_CHECKING:
    from tidegate.adapters.linux.clients.client import Client
    from tidegate.adapters.linux.clients.next_instance import Instances
    from tidegate.adapters.linux.event_loop import EventLoop
    from tidegate.world.clients import Lookup

_DATAGRAM = socket.SOCK_DGRAM | socket.SOCK_NONBLOCK
_LONGEST_BYTES = 4096
_HEADER = struct.Struct("!6H")
_RECURSION_WANTED = 0x0100
_FAILURE = 0x0F  # of a header's last byte of flags: what is wrong
_GOLDEN = 0.6180339887498949  # its multiples lie evenly and in no order, as in the engine
_ADDRESS_IN_INTERNET = struct.pack("!2H", 1, 1)


class Lookups:
    """The lookups of one population.

    Parameters
    ----------
    lookup
        How they are made; `change` replaces it.
    service
        Whose name is looked up.
    loop, instances
        Time and sockets, and which name servers to ask.
    size_count
        Clients that look names up.
    """

    def __init__(
        self,
        lookup: Lookup,
        service: str,
        *,
        loop: EventLoop,
        instances: Instances,
        size_count: int,
    ) -> None:
        self.change(lookup, size_count)
        self.loop = loop
        self.instances = instances
        self.record = PopulationRecord()
        self.unanswered_count = 0
        label = service.encode()[:63]
        self.question = bytes([len(label)]) + label + b"\0" + _ADDRESS_IN_INTERNET

    def change(self, lookup: Lookup, size_count: int) -> None:
        """From now on names are looked up like this, by so many clients."""
        self.lookup = lookup
        self._size_count = size_count

    def known_for_s(self, index: int, pause_s: float) -> float:
        """Return how long a client knows its name at the start: it was asked at all moments before.

        Parameters
        ----------
        index
            The client's number.
        pause_s
            How long it has nothing to ask, in the mean.
        """
        ttl_s = self.lookup.ttl_s
        return max(index * _GOLDEN % 1.0 * (ttl_s + pause_s) - pause_s, 0.0)

    def ask(self, client: Client, resolved: Callable[[bool], None]) -> None:
        """Look the name up for `client` and call `resolved` with whether it is known."""
        self.record.fresh += 1
        self.unanswered_count += 1
        _Try(self, client, resolved, self.lookup.tries_count)

    def end_bin(self) -> Mapping[str, int]:
        """Close a time bin; see `PopulationRecord.end_bin`."""
        return self.record.end_bin(size_count=self._size_count, unanswered_count=self.unanswered_count)


class _Try:
    """One try of one lookup, on a socket of its own."""

    __slots__ = ("_client", "_lookups", "_missing", "_resolved", "_socket", "_tries_count", "round_number")

    def __init__(
        self, lookups: Lookups, client: Client, resolved: Callable[[bool], None], tries_count: int
    ) -> None:
        self._lookups = lookups
        self._client = client
        self._resolved = resolved
        self._tries_count = tries_count
        self._missing = set(range(lookups.lookup.queries_count))
        self.round_number = 0
        self._socket = socket.SocketType(socket.AF_INET, _DATAGRAM, 0)
        lookups.record.attempts += 1
        self._send()
        lookups.loop.listen(self._socket.fileno(), self)
        lookups.loop.at(lookups.loop.now_s + lookups.lookup.timeout_s, self._time_out, None)

    def _send(self) -> None:
        instances = self._lookups.instances
        number = instances.take()
        instances.give_back(number)
        try:
            if self._client.source is not None:
                self._socket.bind((self._client.source, 0))
            self._socket.connect(instances.endpoints[number])
            for query in sorted(self._missing):
                header = _HEADER.pack(query, _RECURSION_WANTED, 1, 0, 0, 0)
                self._socket.send(header + self._lookups.question)
        except OSError:
            return  # as good as lost: the time-out tells

    def ready(self, mask: int) -> None:
        """Count the answers that have come; one that says that it cannot say ends the try."""
        del mask
        try:
            while self._missing:
                answer = self._socket.recv(_LONGEST_BYTES)
                if len(answer) < _HEADER.size:
                    continue
                if answer[3] & _FAILURE:
                    self._fail()
                    return
                self._missing.discard(int.from_bytes(answer[:2], "big"))
        except OSError:
            return
        self.close()
        lookups = self._lookups
        lookups.record.served += 1
        lookups.unanswered_count -= 1
        self._client.name_until_s = lookups.loop.now_s + lookups.lookup.ttl_s
        self._resolved(True)

    def _time_out(self, _: None, number: int) -> None:
        del number
        if self._missing:
            self._lookups.record.timed_out += 1
            self._fail()

    def _fail(self) -> None:
        """Try again, or say that the name is not known."""
        self.close()
        self._missing.clear()
        lookups = self._lookups
        if self._tries_count > 1:
            _Try(lookups, self._client, self._resolved, self._tries_count - 1)
            return
        # A name that is not found is no demand given up: whoever asked fails, and tries again.
        lookups.unanswered_count -= 1
        self._resolved(False)

    def close(self) -> None:
        """Close the socket: the lookup has ended, or the loop does."""
        self._lookups.loop.forget(self._socket.fileno())
        self._socket.close()
