"""How many connections has this network completed, and how many turned away? Counters of its TCP.

Read from two files of the kernel that are opened once, in the network namespace of the caller.
"""

from __future__ import annotations

import os

_NETSTAT, _SNMP = "/proc/thread-self/net/netstat", "/proc/thread-self/net/snmp"
_MOST_BYTES = 65536


class NetworkCounters:
    """The two counts since the last look."""

    def __init__(self) -> None:
        self._netstat = os.open(_NETSTAT, os.O_RDONLY)
        self._snmp = os.open(_SNMP, os.O_RDONLY)
        self._before = (0, 0)
        self.take()

    def take(self) -> tuple[int, int]:
        """Return connections completed and connections turned away since the last call."""
        now = (
            _counter(self._snmp, b"Tcp:", b"PassiveOpens"),
            _counter(self._netstat, b"TcpExt:", b"ListenOverflows"),
        )
        new = (now[0] - self._before[0], now[1] - self._before[1])
        self._before = now
        return new


def _counter(descriptor: int, group: bytes, name: bytes) -> int:
    names, values = (
        line.split() for line in os.pread(descriptor, _MOST_BYTES, 0).splitlines() if line.startswith(group)
    )
    return int(values[names.index(name)])
