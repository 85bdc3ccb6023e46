"""Which end of a flow was asked? Told by first packets where they show, else by the port that many share."""

from __future__ import annotations

from array import array

_PORTS = 65_536
_MOST_KNOWN = 100_000

End = tuple[str, int]


class AskedEnds:
    """What was learnt of who is asked, in one record.

    Never by the smaller port alone: clients of Linux use 1,024 to 65,000, as services do.
    """

    def __init__(self) -> None:
        self._known: set[tuple[str, str, int]] = set()
        self._flows = {"tcp": array("L", bytes(8 * _PORTS)), "udp": array("L", bytes(8 * _PORTS))}

    def learn(self, protocol: str, address: str, port: int) -> None:
        """Take it that an end was asked: a first packet went there, or its answer came from it."""
        if len(self._known) < _MOST_KNOWN:
            self._known.add((protocol, address, port))

    def meet(self, protocol: str, one: int, other: int) -> None:
        """Count a flow between two ports."""
        counts = self._flows[protocol]
        counts[one] += 1
        counts[other] += 1

    def is_asked(self, protocol: str, one: End, other: End) -> bool:
        """Return whether the first end was asked by the second, rather than the other way about."""
        knows_one, knows_other = (protocol, *one) in self._known, (protocol, *other) in self._known
        if knows_one != knows_other:
            return knows_one
        counts = self._flows[protocol]
        if counts[one[1]] != counts[other[1]]:
            return counts[one[1]] > counts[other[1]]
        return one[1] < other[1]
