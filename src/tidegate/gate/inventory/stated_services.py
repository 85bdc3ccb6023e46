"""What answers in a world, and how many connections does it take? As seen, else as widely as is honest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.gate.inventory.cluster_listing import CONCURRENCY, SERVICE_TIME
from tidegate.gate.inventory.joined import put_together
from tidegate.gate.inventory.seen_thing import INSIDE, OUTSIDE, Ask, Seen, assumed
from tidegate.gate.inventory.world_in_making import (
    Tree,
    WorldInMaking,
    count_of_quantity,
    figure_tree,
    network_of,
    put,
)

_SETUP_TIME = assumed(0.002, 0.0002, 0.02, "time of connecting and logging in, less round trips")
_DATABASES = frozenset({"postgres", "mysql", "mongodb", "redis", "amqp", "kafka", "memcached"})


def unknown_targets(writing: WorldInMaking, asking: Sequence[Seen]) -> Iterator[Seen]:
    """Yield what is asked and was shown by nothing, and what must be behind who asks nobody."""
    for one in asking:
        for ask in one.asks:
            if any(name in writing.by_name for name in ask.names):
                continue
            is_of_cluster = ask.names[0].startswith("service ")
            found = Seen(
                section="services",
                name=ask.title,
                source=ask.source,
                names=set(ask.names),
                title=ask.title,
                where=INSIDE if is_of_cluster else OUTSIDE,
                is_asked=True,
                words={"protocol": ask.protocol}
                if ask.protocol in _DATABASES or ask.protocol == "http"
                else {},
            )
            address = next((name[3:].replace(" ", ":") for name in ask.names if name.startswith("at ")), "")
            found.known_as = {"address": address} if address else {}
            for name in ask.names:
                writing.by_name[name] = found
            if ask.protocol == "http":
                writing.unlimited.add(id(found))
            yield found
        is_unsure = bool(one.words.get("hides")) or (
            ("hides" in one.words or one.grows_to_count) and not one.asks
        )
        if is_unsure and one.section != "crossings":
            why = str(one.words.pop("hides", "")) or "nothing that was given says what it connects to"
            hidden = f"hidden behind {one.name} of {one.source}"
            ask = Ask(
                names=(hidden,),
                title=f"what is behind {one.name}",
                source=one.source,
                figures={"pool.most": assumed(10, 1, 100, why)},
            )
            one.asks.append(ask)
            found = Seen(
                section="services",
                name=f"behind_{one.name}",
                source=one.source,
                names={hidden},
                is_asked=True,
                title=f"what {one.name} connects to: {why}",
                where=OUTSIDE,
            )
            writing.by_name[hidden] = found
            yield found
        one.words.pop("hides", None)  # it is said by what stands behind


def service_tree(one: Seen) -> Tree:
    """Return what answers, as file keys, without its calls."""
    tree: Tree = {"network": network_of(one)}
    tree |= {"title": one.title} if one.title else {}
    figures = {
        "concurrency": CONCURRENCY,
        "service_time": SERVICE_TIME,
        "setup_time": _SETUP_TIME,
    } | one.figures
    for key, value in {**one.words, **figures}.items():
        put(tree, "services.any", key, value)
    instances = one.figures.get("instances")
    if instances is not None and instances.value == 0:
        tree["when_down"] = "wait"
    if one.known_as:
        tree["known_as"] = dict(one.known_as)
    return tree


def targets_of(writing: WorldInMaking, one: Seen) -> Iterator[tuple[str, Ask]]:
    """Yield whom a thing asks, each once."""
    found: dict[str, list[Ask]] = {}
    for ask in one.asks:
        asked = next((writing.by_name[name] for name in ask.names if name in writing.by_name), None)
        if asked is not None and id(asked) in writing.names and asked is not one:
            found.setdefault(writing.names[id(asked)], []).append(ask)
    for target, asks in found.items():
        yield target, put_together(asks, f"{writing.names[id(one)]} asks {target}", writing.inventory.notes)


def state_limits(writing: WorldInMaking) -> None:
    """Say how many connections are taken where nothing does: of databases, and of what nobody knows.

    No fewer than are kept today. What speaks HTTP, or is a workload of the cluster, is limited by what it can
    serve.
    """
    for one in writing.things:
        name = writing.names[id(one)]
        tree = writing.services[name]
        if takes_without_limit(writing, one):
            continue
        tree.setdefault("connections_when_full", "refuse")
        if "connections" in tree:
            continue
        today = max(kept_count(writing, name), 1.0)
        most = max(today, sum(_kept(writing, name, grown=True)))
        measure = "the service's greatest number of connections (max_connections)"
        tree["connections"] = figure_tree(
            "services.any.connections", assumed(most, today, 4.0 * most, measure)
        )


def takes_without_limit(writing: WorldInMaking, one: Seen) -> bool:
    """Whether a service takes as many connections as come, and only what it can serve limits it."""
    tree = writing.services[writing.names[id(one)]]
    is_workload = "instances" in one.figures
    is_http = id(one) in writing.unlimited or tree.get("protocol") in {"http", "grpc"}
    return tree.get("protocol") not in _DATABASES and (is_workload or is_http)


def kept_count(writing: WorldInMaking, name: str) -> float:
    """Return how many connections those who are known keep to a service today."""
    return sum(_kept(writing, name))


def _kept(writing: WorldInMaking, name: str, *, grown: bool = False) -> Iterator[float]:
    """Yield the connections that each who asks keeps to a service; as large as scalers make them."""
    sizes = {
        writing.names[id(one)]: one.grows_to_count
        for one in writing.inventory.seen
        if id(one) in writing.names
    }
    for caller, tree in writing.services.items():
        calls = tree.get("calls")
        for call in calls if isinstance(calls, list) else ():
            if call["service"] == name:
                pool = call.get("pool")
                each = count_of_quantity(pool.get("most")) if isinstance(pool, Mapping) else 1.0
                size = count_of_quantity(tree.get("instances"))
                yield each * (max(size, sizes.get(caller, 0)) if grown else size)
    for one, clients in writing.grown.values():
        for each_name in clients:
            tree = writing.clients[each_name]
            if tree["service"] == name and tree.get("connection") == "pool":
                size = count_of_quantity(tree.get("population"))
                yield count_of_quantity(tree.get("pool")) * (max(size, one.grows_to_count) if grown else size)
