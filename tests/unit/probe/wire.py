"""Packets written down in a few words, for tests of the probe."""

from __future__ import annotations

from tidegate.probe.observation import Packet, Query, Trial

SERVICE = "10.77.1.1"


def packet(
    at_s: float, way: str, flags: str, *, port: int = 4000, address: str = SERVICE, size: int = 0
) -> Packet:
    """Return a packet that goes "out" or comes "in"."""
    return Packet(
        at_s=at_s, outgoing=way == "out", port=port, address=address, flags=flags, payload_bytes=size
    )


def refused(at_s: float, port: int, address: str = SERVICE) -> list[Packet]:
    """Return a connection that is refused after a tenth of a millisecond."""
    return [
        packet(at_s, "out", "S", port=port, address=address),
        packet(at_s + 0.0001, "in", "RA", port=port, address=address),
    ]


def answered(at_s: float, port: int, *, requests_s: tuple[float, ...] = (0.001,)) -> list[Packet]:
    """Return a connection whose requests, so long after its begin, are answered after a millisecond."""
    packets = [packet(at_s, "out", "S", port=port), packet(at_s + 0.0001, "in", "SA", port=port)]
    for after_s in requests_s:
        packets += [
            packet(at_s + after_s, "out", "A", port=port, size=80),
            packet(at_s + after_s + 0.001, "in", "A", port=port, size=60),
        ]
    return [*packets, packet(at_s + requests_s[-1] + 0.002, "out", "FA", port=port)]


def trial(situation: str, packets: list[Packet], **others: object) -> Trial:
    """Return a trial of ten seconds whose program had to be ended."""
    given: dict[str, object] = {"abandoned": {}, "watched_s": 10.0, **others}
    return Trial(situation=situation, packets=tuple(packets), **given)  # type: ignore[arg-type]


def asked(*times_s: float, kind: str = "A") -> tuple[Query, ...]:
    """Return questions for the service's name."""
    return tuple(Query(at_s=at_s, kind=kind, addresses=(SERVICE,)) for at_s in times_s)
