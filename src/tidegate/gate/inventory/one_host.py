"""At which port does a host answer that was named without one? At the only one that fits what is spoken.

One program has a connection string with a port, another the host alone: they ask one server, and it has one
limit. So a host without a port is put to the port that another source names there; where several would do,
it is left by itself, and that is said.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from tidegate.gate.inventory.seen_thing import Ask, Seen, endpoint
from tidegate.gate.settings.connection_string import PORTS

_AT = "at "
_SQL = frozenset({"sql", "postgres", "mysql"})
_SPOKEN_AT = {port: protocol for protocol, port in PORTS.items()} | {80: "http", 443: "http"}
Ports = dict[str, set[int]]
"""The ports that are named of each host."""


def settle_hosts(asks: Iterable[Ask], seen: Iterable[Seen] = ()) -> list[str]:
    """Put hosts that are named without a port to the port that is named elsewhere.

    Parameters
    ----------
    asks
        Who is asked; their names change.
    seen
        What was listed, with whom it asks; names are added to those without a port.

    Returns
    -------
    list of str
        A sentence for each host of which several ports would do.
    """
    things = [one for one in seen if one.section != "crossings"]
    every = [*asks, *(ask for one in things for ask in one.asks)]
    ports: Ports = defaultdict(set)
    for names in (*(ask.names for ask in every), *(one.names for one in things)):
        for host, port in _endpoints(names):
            ports[host].update({port} if port else ())
    unsure: dict[str, list[int]] = {}
    for ask in every:
        ask.names = tuple(_ported(name, ask.protocol, ports, unsure) for name in ask.names)
    for one in things:
        spoken = str(one.words.get("protocol", ""))
        hosts = {host for host, port in _endpoints(one.names) if port}
        for name in [each for each in one.names if each.removeprefix(_AT) not in hosts]:
            one.names.add(_ported(name, spoken, ports, unsure))
    return [
        f"{host} is named without a port, and {', '.join(map(str, found))} are named there: it is taken for "
        "another thing than each of these"
        for host, found in unsure.items()
    ]


def _endpoints(names: Iterable[str]) -> Iterator[tuple[str, int]]:
    for name in names:
        if name.startswith(_AT):
            host, _, port = name.removeprefix(_AT).partition(" ")
            yield host, int(port or 0)


def _ported(name: str, protocol: str, ports: Ports, unsure: dict[str, list[int]]) -> str:
    """Return a name with the port that is meant; as it is where it has one, or nothing tells."""
    for host, port in _endpoints((name,)):
        usual = PORTS.get(protocol, 0)
        fitting = sorted(one for one in ports.get(host, ()) if _fits(one, protocol))
        telling = [one for one in fitting if one == usual] or [
            one for one in fitting if protocol in _SQL and _SPOKEN_AT.get(one) in _SQL
        ]
        chosen = telling if len(telling) == 1 else fitting
        if not port and len(chosen) == 1:
            return endpoint(host, chosen[0])
        if not port and chosen:
            unsure[host] = chosen
    return name


def _fits(port: int, protocol: str) -> bool:
    """Whether what is spoken may be what is usual at a port."""
    usual = _SPOKEN_AT.get(port, "")
    return not protocol or not usual or protocol == usual or {protocol, usual} <= _SQL
