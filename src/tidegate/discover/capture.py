"""Which packets does a capture hold? pcap and pcapng, read as a stream; and where headers begin.

Sources: IETF draft-ietf-opsawg-pcap and draft-ietf-opsawg-pcapng; tcpdump.org, link-layer header types; RFC
8200.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tidegate.discover.conntrack_text import Passed

_MICRO, _NANO = 0xA1B2C3D4, 0xA1B23C4D
_SECTION = 0x0A0D0D0A
_BYTE_ORDER = 0x1A2B3C4D
_MOST_PACKET_BYTES = 1 << 18
_MOST_BLOCK_BYTES = 1 << 22
_INTERFACE, _SIMPLE, _STATISTICS, _ENHANCED = 1, 3, 5, 6
_RESOLUTION, _OFFSET, _DROPPED = 9, 14, 5
_VLANS = frozenset({0x8100, 0x88A8, 0x9100})
_IPV4, _IPV6 = 0x0800, 0x86DD
_LINKS: dict[int, tuple[int, int]] = {1: (14, 12), 113: (16, 14), 276: (20, 0)}
"""Where the network's packet begins, and where its kind stands, by link-layer type."""
_RAW = frozenset({12, 14, 101, 228, 229})
_LOOPBACK = frozenset({0, 108})
_EXTENSIONS = frozenset({0, 43, 60, 51, 135})
_FRAGMENT = 44

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
    interfaces: list[_Interface] = []
    count = 0
    for order, kind, body in _blocks(data, stream, passed):
        if kind == _ENHANCED and len(body) >= 20:
            number, high, low, kept = struct.unpack_from(f"{order}IIII", body)
            count += 1
            if number < len(interfaces) and kept <= len(body) - 20:
                one = interfaces[number]
                yield (high << 32 | low) * one.unit_s + one.offset_s, one.link, body[20 : 20 + kept]
            else:
                passed.not_understood(count, "a packet of an interface that is not described")
        elif kind == _INTERFACE and len(body) >= 8:
            interfaces.append(_interface(body, order))
        elif kind == _STATISTICS:
            dropped = _options(body[12:], order).get(_DROPPED, b"")
            passed.lost_count += struct.unpack(f"{order}Q", dropped)[0] if len(dropped) == 8 else 0
        elif kind == _SIMPLE:
            passed.untimed_count += 1
        elif kind == _SECTION:
            interfaces.clear()


def _blocks(data: bytes, stream: Iterator[bytes], passed: Passed) -> Iterator[tuple[str, int, bytes]]:
    """Yield byte order, kind and body of each block."""
    order, at, count = "<", 0, 0
    while True:
        while at + 12 <= len(data):
            if struct.unpack_from("<I", data, at)[0] == _SECTION:
                order = "<" if struct.unpack_from("<I", data, at + 8)[0] == _BYTE_ORDER else ">"
            kind, length = struct.unpack_from(f"{order}II", data, at)
            if length < 12 or length % 4 or length > _MOST_BLOCK_BYTES:
                passed.cut_short.append(f"the block after {count:,} others says that it has {length:,} bytes")
                return
            if at + length > len(data):
                break
            yield order, kind, data[at + 8 : at + length - 4]
            count += 1
            at += length
        piece = next(stream, None)
        if piece is None:
            break
        data, at = data[at:] + piece, 0
    if at < len(data):
        passed.cut_short.append(f"it ends in the middle of a block, after {count:,} others")


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


def upper(data: bytes, at: int) -> tuple[int, int]:
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
