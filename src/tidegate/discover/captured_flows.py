"""What flows do captured packets tell of? Of SYN, FIN and RST, or of everything.

A connection is told of as `conntrack` would: begun, answered, closing, over. Packets between do no more than
show that a connection was open before. Behind a translation the same packet is captured twice, with other
addresses: the second is passed over.

Source: RFC 9293, 3.3.2 and 3.6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from tidegate.discover.asked_end import AskedEnds
from tidegate.discover.capture import Packet, network, upper
from tidegate.discover.conntrack_text import Entry, Happens, Passed, entry_of

_ETHERNET = 1
_TCP, _UDP = 6, 17
_IPV4_KEY_BYTES = 12
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_LOOK_EVERY_S = 30.0
_TRIED_S = 130.0
_DATAGRAM_S = 30.0
_AGAIN_S = 0.2
_SAID_AFTER_S = 1.0
_TWIN_S = 1.0
_DISORDER_S = 1e-3
_PLAIN = b"\x08\x00\x45"
"""IPv4 without options, in Ethernet without a tag: nearly every packet."""
_PLAIN_BYTES = 47
_UNCUT = frozenset({b"\x00\x00", b"\x40\x00"})
"""No fragment, whether it might have become one or not."""


@dataclass(slots=True)
class _Flow:
    """A flow that has not ended, in a capture."""

    begun_s: float
    seen_s: float
    sequence: int
    is_answered: bool = False
    closed_by: int = 0
    """1: who asked, 2: who was asked, 3: both."""
    twin: bytes = b""
    """The same flow behind a translation."""


@dataclass
class CaptureReader:
    """Turns packets into entries.

    Parameters
    ----------
    passed
        Is told what was not taken in.
    """

    passed: Passed
    _flows: dict[bytes, _Flow] = field(default_factory=dict)
    _ended: dict[bytes, float] = field(default_factory=dict)
    _firsts: dict[bytes, tuple[float, bytes]] = field(default_factory=dict)
    _twins: set[bytes] = field(default_factory=set)
    _names: dict[bytes, str] = field(default_factory=dict)
    _ends: AskedEnds = field(default_factory=AskedEnds)
    _is_whole: bool = False
    _look_s: float = float("-inf")
    _last_s: float = float("-inf")

    def entries(self, captured: Iterable[Packet]) -> Iterator[Entry]:
        """Yield what packets tell, in the order of their times; an earlier one is taken as at the last's."""
        for at_s, link, data in captured:
            yield from self._take(self._in_order_s(at_s), link, data)
            if at_s >= self._look_s:
                yield from self._look(self._last_s)
        for key in [key for key in self._flows if len(key) & 1]:  # datagrams: each a flow for one answer
            yield self._entry(self._last_s, "DESTROY", "", key)

    def _in_order_s(self, at_s: float) -> float:
        if at_s < self._last_s:
            self.passed.backwards_count += at_s < self._last_s - _DISORDER_S
        else:
            self._last_s = at_s
        return self._last_s

    def _take(self, at_s: float, link: int, data: bytes) -> Iterable[Entry]:
        if link == _ETHERNET and len(data) > _PLAIN_BYTES and data[12:15] == _PLAIN and data[20:22] in _UNCUT:
            protocol, end, key = data[23], 34, data[26:38]
        else:
            found = self._addressed(link, data)
            if found is None:
                return ()
            protocol, end, key = found
        if protocol == _TCP and len(data) > end + 13:
            return self._tcp(at_s, key, data[end + 13], data[end + 4 : end + 8])
        if protocol == _UDP:
            return self._udp(at_s, key)
        self.passed.portless_count += 1
        return ()

    def standing(self) -> list[Entry] | None:
        """Return the connections that stand at the end, as a dump; None where too little was captured for it.

        Of SYN, FIN and RST alone those are missing that began before; else each shows by what it carries.
        """
        if not self._is_whole:
            return None
        return [
            self._entry(self._last_s, "", "ESTABLISHED", key)._replace(at_s=None)
            for key, flow in self._flows.items()
            if flow.is_answered and not flow.closed_by and not len(key) & 1
        ]

    def _addressed(self, link: int, data: bytes) -> tuple[int, int, bytes] | None:
        """Return a packet's protocol, where that begins, and addresses with ports; None where it has none."""
        found = network(link, data)
        if found is None:
            self.passed.portless_count += 1
            return None
        at, version = found
        if version == 4 and len(data) >= at + 20:
            end = at + (data[at] & 0x0F) * 4
            if (data[at + 6] & 0x1F) | data[at + 7] or len(data) < end + 4:
                return None  # a later fragment
            return data[at + 9], end, data[at + 12 : at + 20] + data[end : end + 4]
        if version == 6 and len(data) >= at + 40:
            protocol, end = upper(data, at)
            if protocol and len(data) >= end + 4:
                return protocol, end, data[at + 8 : at + 40] + data[end : end + 4]
        self.passed.portless_count += 1
        return None

    def _tcp(self, at_s: float, key: bytes, flags: int, sequence: bytes) -> Iterable[Entry]:
        if flags & (_SYN | _ACK) == _SYN:
            return self._first(at_s, key, int.from_bytes(sequence, "big"))
        flow, is_back = self._flows.get(key), False
        if flow is None:
            turned = _turned(key)
            flow = self._flows.get(turned)
            if flow is None:
                return self._unknown(at_s, key, turned, flags)
            key, is_back = turned, True
        flow.seen_s = at_s
        if flags & _SYN:
            return self._answered(at_s, key, flow) if is_back else ()
        if flags & _RST:
            return self._reset(at_s, key, flow, is_back=is_back)
        if flags & _FIN:
            return self._closed(at_s, key, flow, 2 if is_back else 1) if flow.is_answered else ()
        self._is_whole |= at_s > flow.begun_s + _SAID_AFTER_S
        return ()

    def _answered(self, at_s: float, key: bytes, flow: _Flow) -> Iterator[Entry]:
        if not flow.is_answered:
            flow.is_answered = True
            yield self._entry(at_s, "UPDATE", "ESTABLISHED", key)

    def _reset(self, at_s: float, key: bytes, flow: _Flow, *, is_back: bool) -> Iterator[Entry]:
        """End a connection at once; or an attempt, which was refused where the reset came back."""
        self._forget(at_s, key)
        if flow.is_answered and not flow.closed_by:
            yield self._entry(at_s, "UPDATE", "CLOSE", key)
        is_refused = is_back and not flow.is_answered
        yield self._entry(at_s, "DESTROY", "CLOSE" if is_refused else "", key)

    def _first(self, at_s: float, key: bytes, sequence: int) -> Iterator[Entry]:
        """Take a first packet: of a new flow, sent again, or behind a translation."""
        flow = self._flows.get(key)
        if flow is not None and flow.sequence == sequence:
            self.passed.retried_count += at_s - flow.seen_s > _AGAIN_S
            flow.seen_s = at_s
            return
        size = (len(key) - 4) // 2
        mark = key[size : 2 * size] + key[-2:] + sequence.to_bytes(4, "big")
        first = self._firsts.get(mark)
        if first is not None and first[1] != key and at_s - first[0] <= _TWIN_S and first[1] in self._flows:
            self.passed.twice_count += 1
            self._flows[first[1]].twin = key
            self._twins.add(key)
            return
        self._firsts[mark] = (at_s, key)
        if flow is not None:
            yield self._entry(at_s, "DESTROY", "", key)
        self._ended.pop(key, None)
        self._flows[key] = _Flow(at_s, at_s, sequence)
        begun = self._entry(at_s, "NEW", "SYN_SENT", key)
        self._ends.learn("tcp", begun.target, begun.target_port)
        yield begun

    def _closed(self, at_s: float, key: bytes, flow: _Flow, side: int) -> Iterator[Entry]:
        if flow.closed_by & side:
            return
        flow.closed_by |= side
        if flow.closed_by == 3:
            self._forget(at_s, key)
            yield self._entry(at_s, "DESTROY", "", key)
        else:
            yield self._entry(at_s, "UPDATE", "FIN_WAIT", key)

    def _unknown(self, at_s: float, key: bytes, turned: bytes, flags: int) -> Iterator[Entry]:
        """Take a packet of a connection whose beginning was not captured."""
        is_over = key in self._ended or turned in self._ended
        if is_over or flags & _RST or key in self._twins or turned in self._twins:
            return
        if flags & _SYN:  # its answer was
            self._flows[turned] = _Flow(at_s, at_s, -1, is_answered=True)
            self._ends.learn("tcp", *self._end(turned, 1))
            yield self._entry(at_s, "NEW", "SYN_SENT", turned)
            yield self._entry(at_s, "UPDATE", "ESTABLISHED", turned)
            return
        self._ends.meet("tcp", key[-4] << 8 | key[-3], key[-2] << 8 | key[-1])
        is_back = self._ends.is_asked("tcp", self._end(key, 0), self._end(key, 1))
        key = turned if is_back else key
        flow = self._flows[key] = _Flow(at_s, at_s, -1, is_answered=True)
        if flags & _FIN:
            yield from self._closed(at_s, key, flow, 2 if is_back else 1)
        else:
            yield self._entry(at_s, "UPDATE", "ESTABLISHED", key)

    def _udp(self, at_s: float, key: bytes) -> Iterator[Entry]:
        key = b"u" + key
        flow = self._flows.get(key)
        if flow is not None:
            flow.seen_s = at_s
            return
        turned = b"u" + _turned(key[1:])
        flow = self._flows.get(turned)
        if flow is None:
            self._flows[key] = _Flow(at_s, at_s, -1)
            yield self._entry(at_s, "NEW", "", key)
            return
        flow.seen_s = at_s
        if not flow.is_answered:
            flow.is_answered = True
            yield self._entry(at_s, "UPDATE", "", turned)

    def _look(self, now_s: float) -> Iterator[Entry]:
        """Forget attempts that were given up, and datagrams that nothing follows."""
        self._look_s = now_s + _LOOK_EVERY_S
        over = [
            key
            for key, flow in self._flows.items()
            if (not flow.is_answered and now_s - flow.seen_s > _TRIED_S)
            or (len(key) & 1 and now_s - flow.seen_s > _DATAGRAM_S)
        ]
        for key in over:
            self._forget(now_s, key)
            yield self._entry(now_s, "DESTROY", "", key)
        self._ended = {key: at_s for key, at_s in self._ended.items() if now_s - at_s < _TRIED_S}
        self._firsts = {mark: one for mark, one in self._firsts.items() if now_s - one[0] < _TWIN_S}

    def _forget(self, at_s: float, key: bytes) -> None:
        """Take a flow for over; packets that come after that tell nothing."""
        flow = self._flows.pop(key)
        self._ended[key] = at_s
        if flow.twin:
            self._twins.discard(flow.twin)
            self._ended[flow.twin] = at_s

    def _end(self, key: bytes, number: int) -> tuple[str, int]:
        size = (len(key) - 4) // 2
        at = 2 * size + 2 * number
        return self._name(key[number * size : number * size + size]), key[at] << 8 | key[at + 1]

    def _name(self, address: bytes) -> str:
        name = self._names.get(address)
        if name is None:
            make: Callable[[bytes], object] = IPv4Address if len(address) == 4 else IPv6Address
            name = self._names[address] = str(make(address))
        return name

    def _entry(self, at_s: float, happens: Happens, state: str, key: bytes) -> Entry:
        protocol = "tcp"
        if len(key) & 1:
            protocol, key = "udp", key[1:]
        size = 4 if len(key) == _IPV4_KEY_BYTES else 16
        one, other = key[:size], key[size : 2 * size]
        source = self._names.get(one) or self._name(one)
        target = self._names.get(other) or self._name(other)
        source_port, target_port = key[-4] << 8 | key[-3], key[-2] << 8 | key[-1]
        return entry_of((at_s, happens, state, protocol, source, source_port, target, target_port))


def _turned(key: bytes) -> bytes:
    size = (len(key) - 4) // 2
    return key[size : 2 * size] + key[:size] + key[-2:] + key[-4:-2]
