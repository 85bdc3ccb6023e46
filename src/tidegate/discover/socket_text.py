"""What does `ss -tin` say? The connections of one host as they stand: a dump, of an end and not of a NAT.

With its line of names or without (`-H`), on one line each or on two (`-O`), with the state or without (`state
established`), with listening sockets or without (`-a`).

Source: iproute2 6.1, misc/ss.c, and its real output.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from tidegate.discover.asked_end import AskedEnds
from tidegate.discover.conntrack_text import Entry, Passed

_STATES = {
    "ESTAB": "ESTABLISHED", "SYN-SENT": "SYN_SENT", "SYN-RECV": "SYN_RECV", "FIN-WAIT-1": "FIN_WAIT",
    "FIN-WAIT-2": "FIN_WAIT", "TIME-WAIT": "TIME_WAIT", "CLOSE-WAIT": "CLOSE_WAIT", "LAST-ACK": "LAST_ACK",
    "CLOSING": "CLOSE", "UNCONN": "CLOSE", "LISTEN": "LISTEN",
}  # fmt: skip
_LINE = re.compile(
    r"^(?:(?P<kind>tcp|udp)\s+)?(?:(?P<state>[A-Z][A-Z0-9-]+)\s+)?\d+\s+\d+\s+"
    r"(?P<own>\S+):(?P<own_port>\d{1,5}|\*)\s+(?P<peer>\S+):(?P<peer_port>\d{1,5}|\*)(?:\s|$)"
)
_NAMES = re.compile(r"^(?:Netid\s+)?(?:State\s+)?Recv-Q\s+Send-Q\s+Local Address:Port")
_PORTS = 65_536
_MORE = re.compile(r"^\s+\S")


def is_sockets(beginning: Iterable[str]) -> bool:
    """Return whether lines are what `ss` prints."""
    for line in beginning:
        if _NAMES.match(line) or (_LINE.match(line) and "src=" not in line):
            return True
        if line.strip():
            return False
    return False


def sockets(lines: Iterable[str], passed: Passed) -> tuple[frozenset[str], list[Entry]]:
    """Return a host's own addresses, and the connections that stand, each from who asked.

    Who asked whom is told by listening sockets where they are listed, else by the port that many share.
    """
    found: list[tuple[str, str, int, str, int]] = []
    listening: set[int] = set()
    ends = AskedEnds()
    for number, line in enumerate(lines, 1):
        one = _LINE.match(line)
        if one is None:
            if line.strip() and not _MORE.match(line) and not _NAMES.match(line):
                passed.not_understood(number, line)
            continue
        state = _STATES.get(one["state"] or "ESTAB")
        if one["kind"] == "udp" or state is None or "*" in {one["own_port"], one["peer_port"]}:
            if state == "LISTEN" and one["own_port"] != "*":
                listening.add(int(one["own_port"]))
            continue
        own_port, peer_port = int(one["own_port"]), int(one["peer_port"])
        if max(own_port, peer_port) >= _PORTS:
            passed.not_understood(number, line)
            continue
        ends.meet("tcp", own_port, peer_port)
        found.append((state, _address(one["own"]), own_port, _address(one["peer"]), peer_port))
    entries = []
    for state, own, own_port, peer, peer_port in found:
        is_asked = own_port in listening or ends.is_asked("tcp", (own, own_port), (peer, peer_port))
        ways = (peer, peer_port, own, own_port) if is_asked else (own, own_port, peer, peer_port)
        entries.append(Entry(None, "", state, "tcp", *ways))
    return frozenset(own for _, own, *_ in found), entries


def _address(text: str) -> str:
    """Return an address without brackets, interface and the prefix of IPv4 within IPv6."""
    address = text.strip("[]").partition("%")[0]
    return address.removeprefix("::ffff:") if "." in address else address
