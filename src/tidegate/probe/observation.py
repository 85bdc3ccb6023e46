"""What was seen on the wire while the client ran once, and which connections that was.

Times are seconds on one clock, 0 where the program was started. A SYN that repeats an earlier one comes
from the same source port; a new source port is a new connection, and that is all that tells the
operating system's own retransmission from a retry of the client. What an observation means for the
client's behaviour must not live here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SYN, FIN, RST, ACK = "S", "F", "R", "A"


@dataclass(frozen=True, kw_only=True)
class Packet:
    """One TCP packet between client and service.

    Parameters
    ----------
    at_s
        When it passed the client's interface.
    outgoing
        Whether the client sent it.
    port
        The client's port.
    address
        The service's address.
    flags
        Of "S", "F", "R" and "A" those that are set.
    payload_bytes
        Bytes of payload.
    """

    at_s: float
    outgoing: bool
    port: int
    address: str
    flags: str
    payload_bytes: int = 0


@dataclass(frozen=True, kw_only=True)
class Query:
    """One question to the name server: when, for which record type, which addresses were answered."""

    at_s: float
    kind: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One run of the command in one situation.

    Parameters
    ----------
    situation
        Its name.
    packets, queries
        What passed, in order of time.
    abandoned
        By the client's port, when the operating system destroyed its socket. A connection request that
        was never answered is given up just then, and leaves no packet.
    watched_s
        How long the command was watched.
    ended_s
        When the program ended by itself; None if it had to be ended.
    exit_code
        Of a program that ended by itself.
    changed_s
        When the address list changed, in `changing`; None if it did not.
    new_addresses
        The addresses after that change.
    said
        The last words of the program, where it failed.
    """

    situation: str
    packets: tuple[Packet, ...]
    queries: tuple[Query, ...] = ()
    abandoned: Mapping[int, float]
    watched_s: float
    ended_s: float | None = None
    exit_code: int | None = None
    changed_s: float | None = None
    new_addresses: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """One connection, or one try at it.

    Parameters
    ----------
    began_s
        Its first SYN.
    port, address
        The client's port and the service's address.
    syns_s
        Every SYN of it: one more than the retransmissions.
    established_s
        The answer to a SYN; None if there was none.
    requests
        Begin of each request, and of the first and the last answering packet (None: no answer).
    refused_s, reset_s
        When the service refused or reset it.
    server_closed_s, client_closed_s
        When either side closed it; for a connection never established, when the client gave it up.
    """

    began_s: float
    port: int
    address: str
    syns_s: tuple[float, ...]
    established_s: float | None = None
    requests: tuple[tuple[float, float | None, float | None], ...] = ()
    refused_s: float | None = None
    reset_s: float | None = None
    server_closed_s: float | None = None
    client_closed_s: float | None = None


def connections_of(trial: Trial) -> tuple[Connection, ...]:
    """Return the connections of a trial in the order of their first SYN."""
    flows: list[list[Packet]] = []
    current: dict[tuple[int, str], int] = {}
    for packet in trial.packets:
        key = (packet.port, packet.address)
        first = packet.outgoing and SYN in packet.flags and ACK not in packet.flags
        if first and (key not in current or _is_over(flows[current[key]])):
            current[key] = len(flows)
            flows.append([])
        if key in current:
            flows[current[key]].append(packet)
    return tuple(_connection(flow, trial) for flow in flows)


def _is_over(flow: Sequence[Packet]) -> bool:
    """Whether a further SYN of the same port must be a new connection: the old one was answered."""
    return any(not packet.outgoing for packet in flow)


def _connection(flow: Sequence[Packet], trial: Trial) -> Connection:
    syns = tuple(one.at_s for one in flow if one.outgoing and SYN in one.flags)
    established = _first(flow, outgoing=False, flag=SYN)
    reset = _first(flow, outgoing=False, flag=RST)
    closed = [at for at in (_first(flow, outgoing=True, flag=FIN), _first(flow, outgoing=True, flag=RST))
              if at is not None]  # fmt: skip
    gone = trial.abandoned.get(flow[0].port) if established is None and reset is None else None
    return Connection(
        began_s=syns[0],
        port=flow[0].port,
        address=flow[0].address,
        syns_s=syns,
        established_s=established,
        requests=_requests(flow),
        refused_s=reset if established is None else None,
        reset_s=reset if established is not None else None,
        server_closed_s=_first(flow, outgoing=False, flag=FIN),
        client_closed_s=min(closed) if closed else gone,
    )


def _first(flow: Sequence[Packet], *, outgoing: bool, flag: str) -> float | None:
    return next((one.at_s for one in flow if one.outgoing is outgoing and flag in one.flags), None)


def _requests(flow: Sequence[Packet]) -> tuple[tuple[float, float | None, float | None], ...]:
    """Return the requests: payload of the client that follows an answer begins a new one."""
    found: list[list[float | None]] = []
    for packet in flow:
        if not packet.payload_bytes:
            continue
        if packet.outgoing and (not found or found[-1][1] is not None):
            found.append([packet.at_s, None, None])
        elif not packet.outgoing and found:
            found[-1][1] = packet.at_s if found[-1][1] is None else found[-1][1]
            found[-1][2] = packet.at_s
    return tuple((begin, first, last) for begin, first, last in found if begin is not None)


def trial_from(record: Mapping[str, Any]) -> Trial:
    """Return the trial that the observer wrote down as plain lists and numbers."""
    return Trial(
        situation=str(record["situation"]),
        packets=tuple(
            Packet(at_s=at_s, outgoing=outgoing, port=port, address=address, flags=flags, payload_bytes=size)
            for at_s, outgoing, port, address, flags, size in record["packets"]
        ),
        queries=tuple(
            Query(at_s=at_s, kind=kind, addresses=tuple(addresses))
            for at_s, kind, addresses in record["queries"]
        ),
        abandoned={int(port): float(at_s) for port, at_s in record["abandoned"].items()},
        watched_s=float(record["watched_s"]),
        ended_s=record["ended_s"],
        exit_code=record["exit_code"],
        changed_s=record["changed_s"],
        new_addresses=tuple(record["new_addresses"]),
        said=str(record["said"]),
    )
