"""How is what was found written as a world? As file keys; each number says where it comes from.

What no record of flows shows is written with a wide range and `basis: assumed`, and with how to find it out.
Nothing is filled in that looks measured and is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from tidegate.discover.client_tree import DRILL, clients_count, clients_tree
from tidegate.discover.flow_book import FlowBook
from tidegate.discover.habit import hold_s
from tidegate.discover.known_limit import known_limit
from tidegate.discover.nearest_client import nearest_clients
from tidegate.discover.place_names import PROTOCOLS, known_as, names, noun, prefix
from tidegate.discover.population import Asked, Population
from tidegate.discover.tree_number import Described, Tree, assumed, measured, text
from tidegate.world.file.quantity import format_quantity

_DATAGRAM_HOLD_S = 30.0
_GROWTH_RATIO = 1.5
_BUSY_MARGIN_RATIO = 1.2
_ASSUMED_LIFE_S = 0.05
_MOST_TIMES = 4.0
_LEAST_ENTRIES = 65_536
_LEAST_SETUP_PER_S = 5_000.0
_SPEAKS_HTTP = frozenset({"http", "grpc"})


def world_tree(book: FlowBook, places: Sequence[Asked], described: Described) -> Tree:
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
    groups = [(group, called[asked.place], population) for group, asked, population in grouped(places)]
    tree: Tree = {
        "tidegate": 1,
        "name": described.name,
        "title": f"what {described.source} shows",
        "horizon": "5min",
        "networks": _networks(groups, streams, described),
        "crossings": {"nat": _crossing(book, datagrams, described)},
        "services": {called[asked.place]: _service(asked, described) for asked in streams},
        "clients": {group: clients_tree(one, service, described) for group, service, one in groups},
        "activities": _activities(groups, described),
        "beliefs": _beliefs(groups),
    }
    return {key: value for key, value in tree.items() if value != {}}


def grouped(places: Iterable[Asked]) -> list[tuple[str, Asked, Population]]:
    """Return who asks a place over connections: what they are called in the world, the place, and they."""
    streams = [one for one in places if one.place.protocol == "tcp" and one.populations]
    called = names([one.place for one in streams])
    found = []
    for asked in streams:
        name = called[asked.place]
        for number, population in enumerate(asked.populations, 1):
            group = f"of_{name}" if len(asked.populations) == 1 else _group(name, number, called.values())
            found.append((group, asked, population))
    return found


def _group(service: str, number: int, services: Iterable[str]) -> str:
    """Return what one of several groups that ask a service is called; never as the one of another service."""
    called = f"of_{service}_{number}"
    return f"of_{service}_group_{number}" if called in {f"of_{one}" for one in services} else called


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
    table = _table_entries(book, described.device)
    hold = hold_s(book.held_s)
    if hold is not None:
        table["closed_hold"] = measured(hold, "s", described)
    crossing: Tree = {"between": ["inside", "outside"], "device": described.device}
    crossing |= {"table": table} if table else {}
    crossing |= _setup(book, described.device)
    rate_per_s = sum(
        one.rate_per_s.value for asked in datagrams for one in asked.populations if one.rate_per_s
    )
    if rate_per_s:
        flows, packets = round(rate_per_s * _DATAGRAM_HOLD_S), text(2.0 * rate_per_s, "per_s")
        crossing["background"] = {"flows": flows, "packets": packets}
    return crossing


def _table_entries(book: FlowBook, device: str) -> Tree:
    """Return how many entries the table has, which no record shows: no fewer than once stood in it.

    Nothing where one number is published of the device, unless more stood there.
    """
    stood = max(book.entries_by_dump, default=0)
    known = known_limit(device, "table.entries")
    is_one = known is not None and known.is_published and known.low == known.high
    if known is not None and is_one and known.high >= stood:
        return {}
    least = stood if is_one else max(_LEAST_ENTRIES, stood)
    measure = "sysctl net.netfilter.nf_conntrack_max"
    return {"entries": assumed(f"{4 * least}", f"{least}", f"{16 * least}", measure)}


def _setup(book: FlowBook, device: str) -> Tree:
    """Return how many new flows a second the device sets up: no fewer than it did while it was recorded.

    Nothing where it is published of the device, unless it did more.
    """
    done_per_s = book.flows_count / book.length_s if book.length_s else 0.0
    known = known_limit(device, "setup")
    if known is not None and known.is_published and known.high >= done_per_s:
        return {}
    guess_per_s = _LEAST_SETUP_PER_S if known is None else min(_LEAST_SETUP_PER_S, known.low)
    least_per_s = max(guess_per_s, done_per_s)
    value, low, high = (
        format_quantity(float(round(times * least_per_s)), "per_s") for times in (4.0, 1.0, 20.0)
    )
    measure = "`tidegate calibrate` on the device, or its data sheet"
    return {"setup": assumed(value, low, high, measure)}


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
        "concurrency": assumed(
            f"{8 * least}",
            f"{least}",
            f"{64 * least}",
            "requests it serves at a time: its workers or processors",
        ),
        "service_time": assumed(
            text(longest_s / 4.0, "s"),
            text(longest_s / 20.0, "s"),
            text(longest_s, "s"),
            "its latency in your traces; a flow for one request lives no shorter",
        ),
        "setup_time": assumed("2ms", "200us", "20ms", "time of connecting and logging in, less round trips"),
    }
    protocol = PROTOCOLS.get(noun(asked.place))
    service |= {"protocol": protocol} if protocol else {}
    if protocol not in _SPEAKS_HTTP:
        service |= _limit(asked)
    if not described.is_pseudonymous:
        service["known_as"] = {"address": known_as(asked.place)}
    return service


def _limit(asked: Asked) -> Tree:
    """Return how many connections are taken, which no record of flows shows: no fewer than were open."""
    today = max(math.ceil(sum(map(_open_count, asked.populations))), 1)
    most = max(math.ceil(_GROWTH_RATIO * today), today + 1)
    measure = "the service's greatest number of connections (max_connections)"
    limit = assumed(f"{most}", f"{today}", f"{round(_MOST_TIMES * most)}", measure)
    return {"connections": limit, "connections_when_full": "refuse"}


def _open_count(one: Population) -> float:
    """Return how many connections a group has at a time."""
    if one.is_kept:
        return _weight(one)
    flows = (
        one.rate_per_s.value * one.life_s if one.rate_per_s is not None and one.life_s is not None else 0.0
    )
    return max(flows, one.most_open_count)


def _activities(groups: list[tuple[str, str, Population]], described: Described) -> Tree:
    """Return what everybody asks: more of the largest group, and all of it connecting anew."""
    if not groups:
        return {}
    name, service, largest = max(groups, key=lambda one: _weight(one[2]))
    count = round(clients_count(largest).value)
    more_count = max(round(_GROWTH_RATIO * count), count + 1)
    reaction: Tree = {"clients": name}
    if largest.failing.spread_s is not None:
        reaction["spread"] = measured(largest.failing.spread_s, "s", described)
    return {
        "grow": {
            "title": f"{name} grows from {count:,} to {more_count:,}",
            "clients_added": name,
            "from": count,
            "to": more_count,
            "at": "30s",
        },
        "reconnect": {
            "kind": "reconnect",
            "title": f"{name}: all connect anew",
            "service": service,
            "at": "30s",
            "reactions": [reaction],
        },
    }


def _weight(population: Population) -> float:
    each = population.pool.value if population.pool is not None else 1.0
    return len(population.sources) * each


def _beliefs(groups: list[tuple[str, str, Population]]) -> Tree:
    """Return what is not known of how clients try again, with what else it may be."""
    found: Tree = {}
    unseen = [name for name, _, population in groups if population.failing.law is None]
    if unseen:
        found["back_off"] = {
            "says": "who is not answered backs off before trying again",
            "otherwise": "no back-off",
            "counter": {f"clients.{name}.retry": "immediate" for name in unseen},
            "measure": DRILL,
        }
    for name, _, population in groups:
        law = population.failing.law
        if law is None or law.retries_count is not None:
            continue
        for known in nearest_clients(law)[:1]:
            found[f"like_{name}"] = {
                "says": f"{name} never end trying again: no end of it was seen",
                "otherwise": f"like {known}",
                "counter": {f"clients.{name}.retry": known},
                "measure": "which library they use, and how it is set; or a longer drill",
            }
    return found
