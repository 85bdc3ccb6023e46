"""What do records of flows show of the things that other sources list? The nouns of their world, by address.

A population whose sources are pods of one workload is that workload's way of asking: its numbers were
measured, and go before what settings state. One whose sources are of several workloads stays as it was seen,
and it is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tidegate.discover.place_names import known_as
from tidegate.discover.population import Asked
from tidegate.gate.inventory.joined import agreed
from tidegate.gate.inventory.seen_thing import (
    INSIDE,
    OUTSIDE,
    Ask,
    Figure,
    Inventory,
    Seen,
    endpoint,
    machine,
)
from tidegate.world.file.quantity import parse_quantity
from tidegate.world.file.shape import slot_at

_MOSTLY_RATIO = 0.8
_QUANTITY = "basis"
_NETWORKS = {"inside": INSIDE, "outside": OUTSIDE}


def flow_inventory(tree: Mapping[str, Any], places: Sequence[Asked], source: str) -> Inventory:
    """Return what records of flows show, thing by thing.

    Parameters
    ----------
    tree
        The world that they show alone, as file keys.
    places
        What was found in them.
    source
        What they are called.
    """
    inventory = Inventory(sources=[source])
    by_address = {known_as(one.place): one for one in places}
    names: dict[str, str] = {}
    for name, noun in dict(tree.get("services", {})).items():
        address = dict(noun.get("known_as", {})).get("address", "")
        asked = by_address.get(address)
        seen = _seen("services", name, noun, source)
        seen.where = _NETWORKS.get(str(noun.get("network")), INSIDE)
        seen.is_asked = True
        names[name] = (
            endpoint(asked.place.address, asked.place.port) if asked is not None else f"place {name}"
        )
        seen.names = {names[name]}
        inventory.seen.append(seen)
    sources = _sources(tree, by_address)
    for name, noun in dict(tree.get("clients", {})).items():
        seen = _seen("clients", name, noun, source)
        seen.names = {machine(one) for one in sources.get(name, ())}
        target = str(noun.get("service"))
        seen.asks = [Ask(names=(names[target],), title=target, source=source)]
        inventory.seen.append(seen)
    for name, noun in dict(tree.get("crossings", {})).items():
        seen = _seen("crossings", name, noun, source)
        seen.words["between"] = (INSIDE, OUTSIDE)
        inventory.seen.append(seen)
    return inventory


def _sources(tree: Mapping[str, Any], by_address: Mapping[str, Asked]) -> dict[str, tuple[str, ...]]:
    """Return the addresses of each population: those of a place stand in the order in which it was found."""
    found: dict[str, tuple[str, ...]] = {}
    count: Counter[str] = Counter()
    services = dict(tree.get("services", {}))
    for name, noun in dict(tree.get("clients", {})).items():
        target = str(noun.get("service"))
        asked = by_address.get(dict(services.get(target, {}).get("known_as", {})).get("address", ""))
        groups = asked.populations if asked is not None else ()
        if count[target] < len(groups):
            found[name] = groups[count[target]].sources
        count[target] += 1
    return found


def _seen(section: Any, name: str, noun: Mapping[str, Any], source: str) -> Seen:
    seen = Seen(
        section=section, name=name, source=source, where_rank=2, known_as=dict(noun.get("known_as", {}))
    )
    for key, value in _leaves(noun):
        if key in {"network", "service", "between"} or key.startswith("known_as"):
            continue
        if key == "title":
            seen.title = str(value)
        elif isinstance(value, Mapping):
            seen.figures[key] = figure_of(f"{section}.any.{key}", value)
        else:
            seen.words[key] = value
    return seen


def _leaves(noun: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in noun.items():
        path = f"{above}{key}"
        if isinstance(value, Mapping) and _QUANTITY not in value:
            yield from _leaves(value, f"{path}.")
        else:
            yield path, value


def figure_of(path: str, value: Mapping[str, Any]) -> Figure:
    """Return a number with its range as a world file writes it at a path."""
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None else ""
    number, low, high = (
        parse_quantity(str(value.get(key, value["value"])), unit) for key in ("value", "low", "high")
    )
    return Figure(
        value=number,
        low=low,
        high=high,
        basis=value["basis"],
        source=str(value.get("source", "")),
        measure=str(value.get("measure", "")),
    )


def bind_populations(inventory: Inventory) -> None:
    """Say of populations that records of flows show which workload they are, where that is one.

    Parameters
    ----------
    inventory
        Things, each once. A workload's own way of asking the same service is replaced; how many it has, and
        how many connections it is configured to keep, are kept beside what was seen.
    """
    owner: dict[str, Seen] = {}
    for one in inventory.seen:
        if "kubernetes" in one.known_as:
            for name in one.names:
                if name.startswith("from "):
                    owner[name] = one
    for one in [
        each for each in inventory.seen if each.section == "clients" and "kubernetes" not in each.known_as
    ]:
        senders = [name for name in one.names if name.startswith("from ")]
        owners = Counter(id(owner[name]) for name in senders if name in owner)
        if not owners:
            continue
        [(top, count)] = owners.most_common(1)
        workload = next(each for each in inventory.seen if id(each) == top)
        if count < _MOSTLY_RATIO * len(senders):
            others = sorted({owner[name].name for name in senders if name in owner})
            inventory.notes.append(
                f"{one.source}: {one.name} are pods of {', '.join(others[:5])} and others: left as one group"
            )
            continue
        _bind(inventory, one, workload)


def _bind(inventory: Inventory, one: Seen, workload: Seen) -> None:
    service = {name for ask in one.asks for name in ask.names}
    target = next(
        (each.names for each in inventory.seen if service & each.names and each.section == "services"),
        service,
    )
    configured = [ask for ask in workload.asks if target & set(ask.names)]
    workload.asks = [ask for ask in workload.asks if not target & set(ask.names)]
    one.title = f"{workload.name}, as {one.name} in {one.source}"
    one.name = f"{workload.name}_{one.name}"
    one.known_as["kubernetes"] = workload.known_as["kubernetes"]
    if "prometheus" in workload.known_as:
        one.known_as["prometheus"] = workload.known_as["prometheus"]
    one.bound_to = workload
    told = [ask.figures["pool.most"] for ask in configured if "pool.most" in ask.figures]
    if one.words.get("connection") == "pool" and told and told[0].basis != "assumed":
        one.figures["pool"] = agreed(
            [one.figures.get("pool", told[0]), told[0]], f"{one.name}: pool", inventory.notes
        )
    instances = workload.figures.get("instances")
    if instances is not None and "population" in one.figures:
        one.figures["population"] = agreed(
            [one.figures["population"], instances], f"{one.name}: population", inventory.notes
        )
