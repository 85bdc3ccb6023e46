"""Who asks in a world? Workloads that nobody asks, who comes in from without, and who must be there."""

from __future__ import annotations

from dataclasses import replace

from tidegate.gate.inventory.seen_thing import INSIDE, USERS, Ask, Figure, Seen, assumed
from tidegate.gate.inventory.stated_services import targets_of
from tidegate.gate.inventory.world_in_making import (
    RETRY,
    TIMEOUT,
    Tree,
    WorldInMaking,
    count_of_quantity,
    figure_tree,
    network_of,
    own_name,
    put,
)

_THINK = assumed(0.1, 0.01, 1.0, "requests of one instance a second, from its metrics")
_SPREAD = assumed(5.0, 0.0, 60.0, "time from the first new instance's first connection to the last one's")
_USERS = assumed(
    1000.0, 100.0, 100_000.0, "how many clients there are at a time, from the entrance's own metrics"
)
_RATE = assumed(10.0, 1.0, 100.0, "requests a second that come in, from the entrance's own metrics")


def state_population(writing: WorldInMaking, one: Seen) -> None:
    """Write a thing that nobody asks: a population for each service that it asks."""
    own = writing.names[id(one)]
    targets = list(targets_of(writing, one))
    if not targets and not any(each.bound_to is one for each in writing.inventory.seen):
        what = "asks nobody, and is asked by nobody, as far as that shows"
        writing.inventory.unused[one.title or one.name, what] += 1
    for target, ask in targets:
        name = own if len(targets) == 1 else own_name(writing, f"{own}_to_{target}")
        tree: Tree = {"network": network_of(one), "service": target}
        tree |= (
            {"title": one.title if len(targets) == 1 else f"{one.title}, to {target}"} if one.title else {}
        )
        figures = dict(one.figures)
        if "connection" in one.words:
            pass  # as records of flows show it
        elif one.where == USERS or "demand.rate" in figures:
            _of_users(writing, tree, figures, target)
        else:
            of_instances(tree, figures, ask)
        for key, value in {**one.words, **figures}.items():
            put(tree, "clients.any", key, value)
        tree.setdefault("timeout", figure_tree("clients.any.timeout", ask.figures.get("timeout", TIMEOUT)))
        tree.setdefault("retry", RETRY)
        if one.known_as:
            tree["known_as"] = dict(one.known_as)
        writing.clients[name] = tree
        grows = one if one.bound_to is None else one.bound_to
        writing.grown.setdefault(id(grows), (grows, []))[1].append(name)


def of_instances(tree: Tree, figures: dict[str, Figure], ask: Ask) -> None:
    """Write a workload as clients: each instance keeps a pool, and asks at its own pace."""
    figures["population"] = figures.pop("instances", assumed(1, 1, 100, "how many instances of it run"))
    figures["pool"] = ask.figures.get(
        "pool.most", assumed(10, 1, 100, "the size of the pool in its configuration")
    )
    if "connection_age.age" in ask.figures:
        figures["connection_age.age"] = ask.figures["connection_age.age"]
    figures.setdefault("demand.think", _THINK)
    figures.setdefault("start_spread", _SPREAD)
    tree["connection"] = "pool"
    tree["demand"] = {"kind": "closed"}


def _of_users(writing: WorldInMaking, tree: Tree, figures: dict[str, Figure], target: str) -> None:
    """Write who comes in from without: so many requests a second, each on a connection of its own."""
    figures.setdefault("population", _USERS)
    size = count_of_quantity(writing.services[target].get("instances"))
    scaled = replace(_RATE, value=_RATE.value * size, low=_RATE.low * size, high=_RATE.high * size)
    figures.setdefault("demand.rate", scaled)
    tree["connection"] = "per_request"
    tree["demand"] = {"kind": "open"}


def state_askers(writing: WorldInMaking, one: Seen) -> None:
    """Add who asks a service of which nobody is known that does: there must be somebody."""
    name = writing.names[id(one)]
    asked = {str(tree["service"]) for tree in writing.clients.values()}
    asked |= {target for targets in writing.calls.values() for target in targets}
    if name in asked or not one.is_asked:
        return
    tree: Tree = {"network": INSIDE, "service": name, "title": f"who asks {name}: nobody is known"}
    figures: dict[str, Figure] = {}
    _of_users(writing, tree, figures, name)
    for key, value in figures.items():
        put(tree, "clients.any", key, value)
    tree |= {"timeout": figure_tree("clients.any.timeout", TIMEOUT), "retry": RETRY}
    writing.clients[own_name(writing, f"of_{name}")] = tree
