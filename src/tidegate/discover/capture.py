"""What do captured packets say? pcap and pcapng of SYN, FIN and RST, or of everything, read as a stream.

A connection is told of as `conntrack` would: begun, answered, closing, over. Packets between do no more than
show that a connection was open before. Behind a translation the same packet is captured twice, with other
addresses: the second is passed over.

Sources: IETF draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; tcpdump.org, link-layer header types; RFC
9293.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from tidegate.discover.asked_end import AskedEnds
from tidegate.discover.conntrack_text import Entry, Happens, Passed, entry_of

_MICRO, _NANO = 0xA1B2C3D4, 0xA1B23C4D
_SECTION = 0x0A0D0D0A
_BYTE_ORDER = 0x1A2B3C4D
_MOST_PACKET_BYTES = 1 << 18
_MOST_BLOCK_BYTES = 1 << 22
_INTERFACE, _SIMPLE, _STATISTICS, _ENHANCED = 1, 3, 5, 6
_RESOLUTION, _OFFSET, _DROPPED = 9, 14, 5
_ETHERNET = 1
_VLANS = frozenset({0x8100, 0x88A8, 0x9100})
_IPV4, _IPV6 = 0x0800, 0x86DD
_LINKS: dict[int, tuple[int, int]] = {1: (14, 12), 113: (16, 14), 276: (20, 0)}
"""Where the network's packet begins, and where its kind stands, by link-layer type."""
_RAW = frozenset({12, 14, 101, 228, 229})
_LOOPBACK = frozenset({0, 108})
_EXTENSIONS = frozenset({0, 43, 60, 51, 135})
_FRAGMENT = 44
_TCP, _UDP = 6, 17
_IPV4_KEY_BYTES = 12
_FIN, _SYN, _RST, _ACK = 1, 2, 4, 16
_LOOK_EVERY_S = 30.0
_TRIED_S = 130.0
_DATAGRAM_S = 30.0
_AGAIN_S = 0.2
_SAID_AFTER_S = 1.0
_TWIN_S = 1.0

Packet = tuple[float, int, bytes]


def is_capture(beginning: bytes) -> bool:
    """Return whether bytes begin a capture."""
    if len(beginning) < 4:
        return False
    one, other = (struct.unpack_from(f"{order}I", beginning)[0] for order in "<>")
    return one in {_MICRO, _NANO, _SECTION} or other in {_MICRO, _NANO}


def packets(pieces: Iterable[bytes], passed: Passed) -> Iterator[Packet]:
    """Yield time, link-layer type and bytes of each packet.

    Parameters
    ----------
    pieces
        The file, cut anywhere.
    passed
        Is told where it ends in the middle, and what was lost.
    """
    stream = iter(pieces)
    beginning = b""
    while len(beginning) < 24:
        piece = next(stream, None)
        if piece is None:
            break
        beginning += piece
    if len(beginning) >= 4 and struct.unpack_from("<I", beginning)[0] == _SECTION:
        yield from _of_blocks(beginning, stream, passed)
    elif len(beginning) >= 24:
        yield from _of_records(beginning, stream, passed)
    else:
        passed.cut_short.append("the capture ends within its first header")


def _of_records(data: bytes, stream: Iterator[bytes], passed: Passed) -> Iterator[Packet]:
    order = "<" if struct.unpack_from("<I", data)[0] in {_MICRO, _NANO} else ">"
    magic = struct.unpack_from(f"{order}I", data)[0]
    link = struct.unpack_from(f"{order}I", data, 20)[0] & 0x0FFFFFFF
    unit_s = 1e-9 if magic == _NANO else 1e-6
    unpack = struct.Struct(f"{order}IIII").unpack_from
    at, count = 24, 0
    while True:
        most = len(data) - 16
        while at <= most:
            second, part, length, _ = unpack(data, at)
            end = at + 16 + length
            if length > _MOST_PACKET_BYTES:
                passed.cut_short.append(f"packet {count + 1:,} says that it has {length:,} bytes")
                return
            if end > len(data):
                break
            count += 1
            yield second + part * unit_s, link, data[at + 16 : end]
            at = end
        piece = next(stream, None)
        if piece is None:
            break
        data, at = data[at:] + piece, 0
    if at < len(data):
        passed.cut_short.append(f"it ends in the middle of packet {count + 1:,}")


@dataclass
class _Interface:
    link: int
    unit_s: float = 1e-6
    offset_s: int = 0


def _of_blocks(data: bytes, stream: Iterator[bytes], passed: Passed) -> Iterator[Packet]:
    order, at, count = "<", 0, 0
    interfaces: list[_Interface] = []
    while True:
        while at + 12 <= len(data):
            if struct.unpack_from("<I", data, at)[0] == _SECTION:
                order = "<" if struct.unpack_from("<I", data, at + 8)[0] == _BYTE_ORDER else ">"
                interfaces = []
            kind, length = struct.unpack_from(f"{order}II", data, at)
            if length < 12 or length % 4 or length > _MOST_BLOCK_BYTES:
                passed.cut_short.append(f"block after packet {count:,} says that it has {length:,} bytes")
                return
            if at + length > len(data):
                break
            body = data[at + 8 : at + length - 4]
            at += length
            if kind == _ENHANCED and len(body) >= 20:
                number, high, low, kept = struct.unpack_from(f"{order}IIII", body)
                if number < len(interfaces) and kept <= len(body) - 20:
                    one = interfaces[number]
                    count += 1
                    at_s = (high << 32 | low) * one.unit_s + one.offset_s
                    yield at_s, one.link, body[20 : 20 + kept]
                else:
                    passed.not_understood(count + 1, "a packet of an interface that is not described")
            elif kind == _INTERFACE and len(body) >= 8:
                interfaces.append(_interface(body, order))
            elif kind == _STATISTICS:
                dropped = _options(body[12:], order).get(_DROPPED, b"")
                passed.lost_count += struct.unpack(f"{order}Q", dropped)[0] if len(dropped) == 8 else 0
            elif kind == _SIMPLE:
                passed.untimed_count += 1
        piece = next(stream, None)
        if piece is None:
            break
        data, at = data[at:] + piece, 0
    if at < len(data):
        passed.cut_short.append(f"it ends in the middle of a block, after packet {count:,}")


def _interface(body: bytes, order: str) -> _Interface:
    one = _Interface(link=struct.unpack_from(f"{order}H", body)[0])
    options = _options(body[8:], order)
    resolution = options.get(_RESOLUTION, b"")
    if len(resolution) == 1:
        power = resolution[0] & 0x7F
        one.unit_s = 2.0**-power if resolution[0] & 0x80 else 10.0**-power
    if len(options.get(_OFFSET, b"")) == 8:
        one.offset_s = struct.unpack(f"{order}q", options[_OFFSET])[0]
    return one


def _options(data: bytes, order: str) -> dict[int, bytes]:
    found, at = {}, 0
    while at + 4 <= len(data):
        code, length = struct.unpack_from(f"{order}HH", data, at)
        if code == 0:
            break
        found[code] = data[at + 4 : at + 4 + length]
        at += 4 + (length + 3 & ~3)
    return found


def network(link: int, data: bytes) -> tuple[int, int] | None:
    """Return where a packet's network header begins, and of which version it is; None where it has none."""
    if link in _RAW:
        return (0, data[0] >> 4) if data else None
    if link in _LOOPBACK:
        return (4, data[4] >> 4) if len(data) > 4 else None
    at, kind_at = _LINKS.get(link, (0, -1))
    if kind_at < 0 or len(data) < at + 20:
        return None
    kind = data[kind_at] << 8 | data[kind_at + 1]
    while kind in _VLANS and len(data) >= at + 24:
        kind = data[at + 2] << 8 | data[at + 3]
        at += 4
    return (at, {_IPV4: 4, _IPV6: 6}[kind]) if kind in {_IPV4, _IPV6} else None


def _upper(data: bytes, at: int) -> tuple[int, int]:
    """Return the protocol of an IPv6 packet and where its header begins; zeros where it has none of use."""
    protocol, end = data[at + 6], at + 40
    for _ in range(8):
        if protocol == _FRAGMENT and len(data) >= end + 8:
            if (data[end + 2] << 8 | data[end + 3]) & 0xFFF8:
                return 0, 0
            protocol, end = data[end], end + 8
        elif protocol in _EXTENSIONS and len(data) >= end + 2:
            size = data[end + 1] * 4 + 8 if protocol == 51 else data[end + 1] * 8 + 8
            protocol, end = data[end], end + size
        else:
            return protocol, end
    return 0, 0


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
        """Yield what packets tell, in the order of their times; one before another's is taken as at its time."""
        for at_s, link, data in captured:
            if at_s < self._last_s:
                self.passed.backwards_count += at_s < self._last_s - 1e-3
                at_s = self._last_s  # noqa: PLW2901
            self._last_s = at_s
            if at_s >= self._look_s:
                yield from self._look(at_s)
            if link == _ETHERNET and len(data) > 47 and data[12] == 8 and not data[13] and data[14] == 0x45:
                at, protocol, upper, key = 14, data[23], 34, data[26:38]
                if (data[20] & 0x1F) | data[21]:
                    continue  # a later fragment
            else:
                found = self._addressed(link, data)
                if found is None:
                    continue
                at, protocol, upper, key = found
            if protocol == _TCP:
                if len(data) > upper + 13:
                    yield from self._tcp(at_s, key, data[upper + 13], data[upper + 4 : upper + 8])
            elif protocol == _UDP:
                yield from self._udp(at_s, key)
            else:
                self.passed.portless_count += 1
        for key in [key for key in self._flows if len(key) & 1]:
            yield self._entry(
                self._last_s, "DESTROY", "", key
            )  # no datagram follows: they are flows for one answer

    def standing(self) -> list[Entry] | None:
        """Return the connections that stand at the end, as a dump; None where only SYN, FIN and RST were
        captured.

        Then those are missing that began before; else each shows by what it carries.
        """
        if not self._is_whole:
            return None
        return [
            self._entry(self._last_s, "", "ESTABLISHED", key)._replace(at_s=None)
            for key, flow in self._flows.items()
            if flow.is_answered and not flow.closed_by and not len(key) & 1
        ]

    def _addressed(self, link: int, data: bytes) -> tuple[int, int, int, bytes] | None:
        """Return where a packet begins, its protocol, where that begins, and addresses with ports."""
        found = network(link, data)
        if found is None:
            self.passed.portless_count += 1
            return None
        at, version = found
        if version == 4 and len(data) >= at + 20:
            upper = at + (data[at] & 0x0F) * 4
            if (data[at + 6] & 0x1F) | data[at + 7] or len(data) < upper + 4:
                return None
            return at, data[at + 9], upper, data[at + 12 : at + 20] + data[upper : upper + 4]
        if version == 6 and len(data) >= at + 40:
            protocol, upper = _upper(data, at)
            if protocol and len(data) >= upper + 4:
                return at, protocol, upper, data[at + 8 : at + 40] + data[upper : upper + 4]
        self.passed.portless_count += 1
        return None

    def _tcp(self, at_s: float, key: bytes, flags: int, sequence: bytes) -> Iterator[Entry]:
        if flags & _SYN and not flags & _ACK:
            yield from self._first(at_s, key, int.from_bytes(sequence, "big"))
            return
        flow, is_back = self._flows.get(key), False
        if flow is None:
            turned = _turned(key)
            flow = self._flows.get(turned)
            if flow is None:
                yield from self._unknown(at_s, key, turned, flags)
                return
            key, is_back = turned, True
        flow.seen_s = at_s
        if flags & _SYN:
            if not flow.is_answered and is_back:
                flow.is_answered = True
                yield self._entry(at_s, "UPDATE", "ESTABLISHED", key)
        elif flags & _RST:
            self._forget(at_s, key)
            if flow.is_answered:
                if not flow.closed_by:
                    yield self._entry(at_s, "UPDATE", "CLOSE", key)
                yield self._entry(at_s, "DESTROY", "", key)
            else:
                yield self._entry(at_s, "DESTROY", "CLOSE" if is_back else "", key)
        elif flags & _FIN and flow.is_answered:
            yield from self._closed(at_s, key, flow, 2 if is_back else 1)
        elif not flags & _FIN and at_s > flow.begun_s + _SAID_AFTER_S:
            self._is_whole = True

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
