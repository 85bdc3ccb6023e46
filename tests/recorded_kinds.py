"""Other kinds of flow records of packets that really passed: a capture, a cloud's rows, an exporter's."""

from __future__ import annotations

import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

VPC_FIELDS = (
    "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end "
    "action log-status tcp-flags pkt-srcaddr pkt-dstaddr"
)
WINDOW_S = 60
FIN, SYN, RST, ACK = 1, 2, 4, 16
_TCP, _UDP = 6, 17
_HEAD, _ETHERNET = struct.Struct("<IIII"), 14


class Packet(NamedTuple):
    """One packet of a capture, of TCP or UDP over IPv4."""

    at_s: float
    raw: bytes
    key: tuple[str, str, int, int, int]
    flags: int
    length_bytes: int


def packets(capture: Path) -> Iterator[Packet]:
    """Yield the packets of a capture of Ethernet, in microseconds and this machine's order of bytes."""
    with capture.open("rb") as file:
        file.read(24)
        while len(head := file.read(16)) == 16:
            second, micro, kept, _ = _HEAD.unpack(head)
            data = file.read(kept)
            if data[12:14] != b"\x08\x00" or data[23] not in {_TCP, _UDP}:
                continue
            begins = _ETHERNET + 4 * (data[14] & 15)
            source, target = (".".join(map(str, data[at : at + 4])) for at in (26, 30))
            ports = struct.unpack_from("!HH", data, begins)
            flags = data[begins + 13] if data[23] == _TCP else 0
            length = int.from_bytes(data[16:18], "big")
            yield Packet(second + micro / 1e6, head + data, (source, target, *ports, data[23]), flags, length)


def write_flags(capture: Path, to: Path) -> None:
    """Write the packets that begin or end a connection, and those of UDP: `tcpdump` with a filter."""
    with to.open("wb") as file:
        file.write(capture.read_bytes()[:24])
        for one in packets(capture):
            if one.flags & (SYN | FIN | RST) or one.key[4] == _UDP:
                file.write(one.raw)


def write_vpc(capture: Path, to: Path) -> None:
    """Write VPC flow logs, version 5: each direction of each flow, a row a minute, whole seconds."""
    rows: dict[tuple[object, ...], list[float]] = {}
    for one in packets(capture):
        kept = one.flags & (FIN | SYN | RST) | (ACK if one.flags & SYN and one.flags & ACK else 0)
        row = rows.setdefault((int(one.at_s // WINDOW_S), *one.key), [one.at_s, one.at_s, 0, 0, 0])
        row[1] = one.at_s
        row[2] += 1
        row[3] += one.length_bytes
        row[4] = int(row[4]) | kept
    with to.open("w", encoding="utf-8") as file:
        file.write(VPC_FIELDS + "\n")
        for (_, source, target, sport, dport, protocol), (
            start_s,
            end_s,
            count,
            length,
            flags,
        ) in rows.items():
            file.write(
                f"5 123456789010 eni-1235b8ca123456789 {source} {target} {sport} {dport} {protocol} "
                f"{count} {length} {int(start_s)} {int(end_s)} ACCEPT OK {flags} {source} {target}\n"
            )


def write_netflow(capture: Path, to: Path) -> None:
    """Let nfpcapd make flows of the packets, cut each minute, and nfdump print them in the file's format."""
    kept = to.parent / "flows"
    if not kept.exists():
        kept.mkdir()
        words = ("nfpcapd", "-r", str(capture), "-w", str(kept), "-t", "3600", "-e", "60,15")
        subprocess.run(words, check=True, capture_output=True, timeout=120)
    with to.open("w", encoding="utf-8") as file:
        words = ("nfdump", "-R", str(kept), "-o", to.suffix[1:])
        subprocess.run(words, check=True, stdout=file, timeout=120)
