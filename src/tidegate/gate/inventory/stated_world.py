"""How is an inventory written as a world? What was seen with where it was read, the rest assumed.

What calls what is a call of a service, or a population that keeps connections where nobody is known to ask
the workload itself. What nothing shows has a wide range and `basis: assumed`, so that a verdict is *cannot
tell* where it decides: a workload of which nobody knows what it connects to has something unknown behind it.
"""

from __future__ import annotations

from tidegate.gate.inventory.one_way import one_device
from tidegate.gate.inventory.seen_thing import INSIDE, OUTSIDE, USERS, Inventory, Seen
from tidegate.gate.inventory.stated_calls import state_calls
from tidegate.gate.inventory.stated_clients import state_askers, state_population
from tidegate.gate.inventory.stated_growth import activities_of_inventory, beliefs_of_clients
from tidegate.gate.inventory.stated_others import state_others
from tidegate.gate.inventory.stated_services import service_tree, state_limits, unknown_targets
from tidegate.gate.inventory.world_in_making import Tree, WorldInMaking, own_name, put


def world_of(inventory: Inventory, *, name: str, title: str) -> Tree:
    """Return the world of an inventory, whose things stand once each, as file keys.

    Parameters
    ----------
    inventory
        As `joined` gives it; what is left out is added to its notes.
    name, title
        Of the world.
    """
    writing = WorldInMaking(inventory)
    for one in inventory.seen:
        for each in one.names:
            writing.by_name.setdefault(each, one)
    things = [one for one in inventory.seen if one.section == "services"]
    others = [one for one in inventory.seen if one.section == "clients"]
    things += list(unknown_targets(writing, [*things, *others]))
    for one in (*things, *others, *(one for one in inventory.seen if one.section == "crossings")):
        writing.names[id(one)] = own_name(writing, one.name)
    writing.things = things
    for one in things:
        writing.services[writing.names[id(one)]] = service_tree(one)
    state_calls(writing)
    for one in others:
        state_population(writing, one)
    for one in things:
        state_askers(writing, one)
    state_limits(writing)
    state_others(writing)
    _ways(writing)
    activities = activities_of_inventory(writing)
    tree: Tree = {
        "tidegate": 1,
        "name": name,
        "title": title,
        "horizon": "5min",
        "networks": _networks(writing),
        "crossings": writing.crossings,
        "services": writing.services,
        "clients": writing.clients,
        "activities": activities,
        "beliefs": beliefs_of_clients(writing),
    }
    return {key: value for key, value in tree.items() if value != {}}


def _ways(writing: WorldInMaking) -> None:
    """Write the crossings that were seen, and an unknown one where something must be passed and none was."""
    by_ends: dict[frozenset[str], list[Seen]] = {}
    for one in writing.inventory.seen:
        if one.section == "crossings":
            by_ends.setdefault(frozenset(_ends(one)), []).append(one)
    for found in by_ends.values():
        one = one_device(found, writing.inventory.notes)
        tree: Tree = {"between": list(_ends(one))}
        for key, value in {**one.words, **one.figures}.items():
            if key not in {"between", "zone"}:
                put(tree, "crossings.any", key, value)
        if one.known_as:
            tree["known_as"] = dict(one.known_as)
        writing.crossings[writing.names[id(found[0])]] = tree
    used = {str(tree["network"]) for tree in (*writing.services.values(), *writing.clients.values())}
    joined = {frozenset(map(str, tree["between"])) for tree in writing.crossings.values()}  # type: ignore[call-overload]
    for far, name in ((OUTSIDE, "edge"), (USERS, "entrance")):
        if far in used and frozenset((INSIDE, far)) not in joined:
            writing.crossings[own_name(writing, name)] = {"between": [INSIDE, far], "device": "unknown"}


def _ends(one: Seen) -> tuple[str, ...]:
    ends = one.words.get("between", (INSIDE, OUTSIDE))
    assert isinstance(ends, tuple)
    return ends


def _networks(writing: WorldInMaking) -> Tree:
    titles = {INSIDE: "what was listed", OUTSIDE: "what is beyond its border", USERS: "who comes in"}
    used = {str(tree["network"]) for tree in (*writing.services.values(), *writing.clients.values())}
    used |= {str(each) for tree in writing.crossings.values() for each in tree["between"]}  # type: ignore[attr-defined]
    return {name: {"title": titles.get(name, name)} for name in (INSIDE, OUTSIDE, USERS) if name in used}
