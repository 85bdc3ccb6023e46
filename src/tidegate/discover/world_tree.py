"""How is what was found written as a world? As file keys; each number says where it comes from.

What no record of flows shows is written with a wide range and `basis: assumed`, and with how to find it out.
Nothing is filled in that looks measured and is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.discover.flow_book import FlowBook
from tidegate.discover.habit import hold_s
from tidegate.discover.number import Number
from tidegate.discover.place_names import PROTOCOLS, known_as, names, noun, prefix
from tidegate.discover.population import Asked, Population

_DRILL = "a drill: let its port be silent for 12 s while this is recorded; or `tidegate probe -- CLIENT`"
_DATAGRAM_HOLD_S = 30.0
_GROWTH_RATIO = 1.5
_BUSY_MARGIN_RATIO = 1.2
_ASSUMED_LIFE_S = 0.05
_MOST_NAMED = 5

Tree = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Described:
    """How a world is to be described.

    Parameters
    ----------
    name
        Of the world.
    source
        What was recorded, and when: goes beside each number.
    is_pseudonymous
        Whether addresses are left out.
    device
        The device of the catalogue that the record was taken at.
    """

    name: str
    source: str
    is_pseudonymous: bool
    device: str


def world_tree(book: FlowBook, places: Iterable[Asked], described: Described) -> Tree:
    """Return a world as file keys.

    Parameters
    ----------
    book, places
        What was found.
    described
        How it is to be described.
    """
    streams = [one for one in places if one.place.protocol == "tcp" and one.populations]
    datagrams = [one for one in places if one.place.protocol != "tcp"]
    called = names([one.place for one in streams])
    services: Tree = {}
    clients: Tree = {}
    groups: list[tuple[str, str, Population]] = []
    for asked in streams:
        name = called[asked.place]
        services[name] = _service(asked, described)
        for number, population in enumerate(asked.populations, 1):
            group = f"of_{name}" if len(asked.populations) == 1 else f"of_{name}_{number}"
            clients[group] = _clients(population, name, described)
            groups.append((group, name, population))
    tree: Tree = {
        "tidegate": 1,
        "name": described.name,
        "title": f"what {described.source} shows",
        "horizon": "5min",
        "networks": _networks(groups, streams, described),
        "crossings": {"nat": _crossing(book, datagrams, described)},
        "services": services,
        "clients": clients,
        "activities": _activities(groups),
        "beliefs": _beliefs(groups),
    }
    return {key: value for key, value in tree.items() if value != {}}


def measured(number: Number, unit: str, described: Described) -> Tree:
    """Return a measured number as file keys."""
    return {
        "value": _text(number.value, unit),
        "low": _text(number.low, unit),
        "high": _text(max(number.high, number.value), unit),
        "basis": "measured",
        "source": f"{described.source}, {number.count:,} seen",
    }


def _assumed(value: str, low: str, high: str, measure: str) -> Tree:
    return {"value": value, "low": low, "high": high, "basis": "assumed", "measure": measure}


def _text(value: float, unit: str) -> str:
    if unit == "s":
        return f"{value * 1e3:.4g}ms" if value < 1.0 else f"{value:.4g}s"
    if unit == "per_s":
        return f"{value:.4g}/s"
    return f"{round(value)}"


def _networks(groups: list[tuple[str, str, Population]], streams: list[Asked], described: Described) -> Tree:
    inside: Tree = {"title": "who asks"}
    outside: Tree = {"title": "what is asked"}
    if not described.is_pseudonymous:
        sources = prefix(source for _, _, population in groups for source in population.sources)
        targets = prefix(one.place.address for one in streams)
        inside |= {"known_as": {"addresses": sources}} if sources else {}
        outside |= {"known_as": {"addresses": targets}} if targets else {}
    return {"inside": inside, "outside": outside}


def _crossing(book: FlowBook, datagrams: list[Asked], described: Described) -> Tree:
    table: Tree = {"entries": _assumed("262144", "65536", "1048576", "sysctl net.netfilter.nf_conntrack_max")}
    hold = hold_s(book.held_s)
    if hold is not None:
        table["closed_hold"] = measured(hold, "s", described)
    crossing: Tree = {
        "between": ["inside", "outside"],
        "device": described.device,
        "table": table,
        "setup": _assumed("20k/s", "5k/s", "100k/s", "`tidegate calibrate` on the device, or its data sheet"),
    }
    rate_per_s = sum(
        one.rate_per_s.value for asked in datagrams for one in asked.populations if one.rate_per_s
    )
    if rate_per_s:
        flows, packets = round(rate_per_s * _DATAGRAM_HOLD_S), _text(2.0 * rate_per_s, "per_s")
        crossing["background"] = {"flows": flows, "packets": packets}
    return crossing


def _service(asked: Asked, described: Described) -> Tree:
    """Return what answers: how fast, and how much at a time, no record of flows shows."""
    flows = [
        (one.rate_per_s.value, one.life_s)
        for one in asked.populations
        if one.rate_per_s is not None and one.life_s is not None
    ]
    longest_s = max((life_s for _, life_s in flows), default=_ASSUMED_LIFE_S)
    least = max(round(_BUSY_MARGIN_RATIO * (1.0 + sum(rate * life_s for rate, life_s in flows))), 1)
    service: Tree = {
        "network": "outside",
        "concurrency": _assumed(
            f"{8 * least}",
            f"{least}",
            f"{64 * least}",
            "requests it serves at a time: its workers or processors",
        ),
        "service_time": _assumed(
            _text(longest_s / 4.0, "s"),
            _text(longest_s / 20.0, "s"),
            _text(longest_s, "s"),
            "its latency in your traces; a flow for one request lives no shorter",
        ),
        "setup_time": _assumed("2ms", "200us", "20ms", "time of connecting and logging in, less round trips"),
    }
    protocol = PROTOCOLS.get(noun(asked.place))
    service |= {"protocol": protocol} if protocol else {}
    if not described.is_pseudonymous:
        service["known_as"] = {"address": known_as(asked.place)}
    return service


def _clients(population: Population, service: str, described: Described) -> Tree:
    count = len(population.sources)
    number = Number(value=count, low=count, high=count + population.unseen_count, count=count)
    clients: Tree = {
        "network": "inside",
        "service": service,
        "population": measured(number, "count", described),
        "timeout": _assumed("5s", "1s", "30s", _DRILL),
        "retry": "exponential-full-jitter",
    }
    clients |= _kept(population, described) if population.is_kept else _asking(population, described)
    if not described.is_pseudonymous:
        clients["known_as"] = {"addresses": ", ".join(population.sources[:_MOST_NAMED])}
    return clients


def _kept(population: Population, described: Described) -> Tree:
    assert population.pool is not None
    pool = population.pool
    think = _assumed("1s", "100ms", "10s", "requests a second on one kept connection: flows do not show them")
    clients: Tree = {"connection": "pool", "demand": {"kind": "closed", "think": think}}
    if pool.count:
        clients["pool"] = measured(pool, "count", described)
    else:
        clients["pool"] = _assumed(
            _text(pool.value, "count"), _text(pool.low, "count"), _text(pool.high, "count"),
            "`conntrack -L`, once: events do not show connections that were open before",
        )  # fmt: skip
    if population.age_s is not None:
        clients["connection_age"] = {"age": measured(population.age_s, "s", described)}
    return clients


def _asking(population: Population, described: Described) -> Tree:
    demand: Tree
    if population.demand == "closed" and population.think_s is not None:
        demand = {"kind": "closed", "think": measured(population.think_s, "s", described)}
    elif population.rate_per_s is not None:
        demand = {"kind": "open", "rate": measured(population.rate_per_s, "per_s", described)}
    else:
        demand = {
            "kind": "open",
            "rate": _assumed("1/s", "0.1/s", "10/s", "record for longer: hardly any were seen"),
        }
    return {"connection": "per_request", "demand": demand}


def _activities(groups: list[tuple[str, str, Population]]) -> Tree:
    """Return what everybody asks: more of the largest group, and all of it connecting anew."""
    if not groups:
        return {}
    name, service, largest = max(groups, key=lambda one: _weight(one[2]))
    count = len(largest.sources)
    return {
        "grow": {
            "title": f"half as many again of {name}",
            "clients_added": name,
            "from": count,
            "to": max(round(_GROWTH_RATIO * count), count + 1),
            "at": "30s",
        },
        "reconnect": {
            "kind": "reconnect",
            "title": f"all of {name} connect anew",
            "service": service,
            "at": "30s",
            "reactions": [{"clients": name}],
        },
    }


def _weight(population: Population) -> float:
    each = population.pool.value if population.pool is not None else 1.0
    return len(population.sources) * each


def _beliefs(groups: list[tuple[str, str, Population]]) -> Tree:
    counter = {f"clients.{name}.retry": "immediate" for name, _, _ in groups}
    if not counter:
        return {}
    return {
        "back_off": {
            "says": "who is not answered backs off before trying again",
            "otherwise": "no back-off",
            "counter": counter,
            "measure": _DRILL,
        }
    }
