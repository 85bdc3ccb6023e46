"""Which calls does a service make, and which a world cannot have? Those are populations of their own.

A world has no calls in a circle, and what one request reaches is followed each way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.gate.inventory.seen_thing import Ask, Seen
from tidegate.gate.inventory.stated_clients import of_instances
from tidegate.gate.inventory.stated_services import targets_of
from tidegate.gate.inventory.world_in_making import (
    RETRY,
    TIMEOUT,
    Tree,
    WorldInMaking,
    figure_tree,
    network_of,
    own_name,
    put,
)

_MOST_CALLS = 8
_MOST_WAYS = 40
"""So many services one request may reach, each way counted: what is run follows every one."""


def state_calls(writing: WorldInMaking) -> None:
    """Write the calls of services; one that a world cannot have is a population."""
    asked = {writing.names[id(one)]: (one, list(targets_of(writing, one))) for one in writing.things}
    order, circles = _in_order({name: [target for target, _ in asks] for name, (_, asks) in asked.items()})
    weights: dict[str, int] = {}
    for name in order:
        one, asks = asked[name]
        calls: list[Tree] = []
        weight = 1
        for target, ask in asks:
            why = _why_apart(name, target, circles, weight + weights.get(target, 1), len(calls))
            if why:
                _apart(writing, one, target, ask, why)
                continue
            weight += weights[target]
            calls.append(_call(target, ask))
            writing.calls.setdefault(name, []).append(target)
        weights[name] = weight
        if calls:
            writing.services[name]["calls"] = calls


def _why_apart(name: str, target: str, circles: set[tuple[str, str]], weight: int, count: int) -> str:
    if (name, target) in circles:
        return "asks it in turn"
    if weight > _MOST_WAYS:
        return f"makes more than {_MOST_WAYS} calls for each request by then"
    return f"is asked beside {_MOST_CALLS} others" if count >= _MOST_CALLS else ""


def _call(target: str, ask: Ask) -> Tree:
    call: Tree = {"service": target}
    for key, value in {**ask.words, **ask.figures}.items():
        put(call, "services.any.calls.0", key, value)
    pool = call.get("pool")
    if isinstance(pool, dict) and pool:
        pool["opened"] = "eager"
    return call


def _apart(writing: WorldInMaking, one: Seen, target: str, ask: Ask, why: str) -> None:
    """Write that a service asks another as clients of their own: at a pace of theirs."""
    own = writing.names[id(one)]
    name = own_name(writing, f"{own}_to_{target}")
    figures = {key: value for key, value in one.figures.items() if key == "instances"}
    tree: Tree = {"network": network_of(one), "service": target, "title": f"{own}, as it asks {target}"}
    of_instances(tree, figures, ask)
    for key, value in figures.items():
        put(tree, "clients.any", key, value)
    tree |= {
        "timeout": figure_tree("clients.any.timeout", ask.figures.get("timeout", TIMEOUT)),
        "retry": RETRY,
    }
    writing.clients[name] = tree
    writing.grown.setdefault(id(one), (one, []))[1].append(name)
    writing.inventory.notes.append(
        f"{own} asks {target}, which {why}: {name} stands for that, at a pace of its own"
    )


def _in_order(asked: Mapping[str, Sequence[str]]) -> tuple[list[str], set[tuple[str, str]]]:
    """Return services, each behind all that it asks, and the calls that would close a circle."""
    order: list[str] = []
    circles: set[tuple[str, str]] = set()
    state: dict[str, int] = {}
    for start in asked:
        stack = [(start, iter(asked[start]))] if start not in state else []
        state.setdefault(start, 1)
        while stack:
            name, left = stack[-1]
            target = next(left, None)
            if target is None:
                state[name] = 2
                order.append(name)
                stack.pop()
            elif state.get(target, 0) == 1:
                circles.add((name, target))
            elif target not in state:
                state[target] = 1
                stack.append((target, iter(asked[target])))
    return order, circles
