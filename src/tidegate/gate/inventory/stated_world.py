"""How is an inventory written as a world? As file keys: what was seen with where it was read, the rest assumed.

What calls what is a call of a service, or a population that keeps connections where nobody is known to ask the
workload itself. What nothing shows has a wide range and `basis: assumed`, so that a verdict is *cannot tell*
where it decides: a workload of which nobody knows what it connects to has something unknown behind it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.gate.inventory.cluster_listing import CONCURRENCY, SERVICE_TIME
from tidegate.gate.inventory.joined import put_together
from tidegate.gate.inventory.one_way import one_device
from tidegate.gate.inventory.seen_thing import (
    INSIDE,
    OUTSIDE,
    USERS,
    Ask,
    Figure,
    Inventory,
    Seen,
    assumed,
)
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at

Tree = dict[str, object]
_RETRY = "exponential-full-jitter"
_AT = "30s"
_MOST_ACTIVITIES = 12
_GROWTH_RATIO = 1.5
_MOST_CALLS = 8
_MOST_WAYS = 40
"""So many services one request may reach, each way counted: what is run follows every one."""
_INSTANCES = assumed(1, 1, 20, "how many instances of it run")
_SETUP_TIME = assumed(0.002, 0.0002, 0.02, "time of connecting and logging in, less round trips")
_TIMEOUT = assumed(1.0, 0.25, 30.0, "read the connect and request time-outs in the client's configuration")
_THINK = assumed(0.1, 0.01, 1.0, "requests of one instance a second, from its metrics")
_SPREAD = assumed(5.0, 0.0, 60.0, "time from the first new instance's first connection to the last one's")
_USERS = assumed(
    1000.0, 100.0, 100_000.0, "how many clients there are at a time, from the entrance's own metrics"
)
_RATE = assumed(10.0, 1.0, 100.0, "requests a second that come in, from the entrance's own metrics")
_BACK_OFF = "`tidegate probe -- CLIENT` shows whether it backs off when nothing answers"
_DATABASES = frozenset({"postgres", "mysql", "mongodb", "redis", "amqp", "kafka", "memcached"})


@dataclass
class _Writing:
    """A world while it is written."""

    inventory: Inventory
    names: dict[int, str] = field(default_factory=dict)
    by_name: dict[str, Seen] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)
    services: dict[str, Tree] = field(default_factory=dict)
    clients: dict[str, Tree] = field(default_factory=dict)
    crossings: dict[str, Tree] = field(default_factory=dict)
    grown: dict[int, tuple[Seen, list[str]]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    things: list[Seen] = field(default_factory=list)
    unlimited: set[int] = field(default_factory=set)


def world_of(inventory: Inventory, *, name: str, title: str) -> Tree:
    """Return the world of an inventory, whose things stand once each, as file keys.

    Parameters
    ----------
    inventory
        As `joined` gives it; what is left out is added to its notes.
    name, title
        Of the world.
    """
    writing = _Writing(inventory)
    for one in inventory.seen:
        for each in one.names:
            writing.by_name.setdefault(each, one)
    things = [one for one in inventory.seen if one.section == "services"]
    others = [one for one in inventory.seen if one.section == "clients"]
    things += list(_unknown_targets(writing, [*things, *others]))
    for one in (*things, *others, *(one for one in inventory.seen if one.section == "crossings")):
        writing.names[id(one)] = _own(writing, one.name)
    writing.things = things
    for one in things:
        writing.services[writing.names[id(one)]] = _service(one)
    _calls(writing)
    for one in others:
        _population(writing, one)
    for one in things:
        _asked_by_nobody(writing, one)
    _limits(writing)
    _ways(writing)
    activities = _activities(writing)
    tree: Tree = {
        "tidegate": 1, "name": name, "title": title, "horizon": "5min", "networks": _networks(writing),
        "crossings": writing.crossings, "services": writing.services, "clients": writing.clients,
        "activities": activities, "beliefs": _beliefs(writing),
    }  # fmt: skip
    return {key: value for key, value in tree.items() if value != {}}


# -- names and numbers ---------------------------------------------------------------------------


def _own(writing: _Writing, wanted: str) -> str:
    """Return a name that nothing else has yet."""
    base = re.sub(r"[^a-z0-9]+", "_", wanted.lower()).strip("_")[:50] or "thing"
    base = base if base[0].isalpha() else f"n_{base}"
    found, number = base, 2
    while found in writing.called:
        found, number = f"{base}_{number}", number + 1
    writing.called.add(found)
    return found


def figure_tree(path: str, one: Figure) -> Tree:
    """Return a number as a world file writes it.

    Parameters
    ----------
    path
        Where it stands, as a path of file keys: it decides the unit.
    one
        The number.
    """
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None else ""

    def text(value: float) -> str:
        return f"{round(value)}" if unit == "count" else format_quantity(float(f"{value:.4g}"), unit)

    tree: Tree = {"value": text(one.value), "low": text(min(one.low, one.value)), "high": text(max(one.high, one.value)),
                  "basis": one.basis}  # fmt: skip
    return (
        tree
        | ({"source": one.source} if one.source else {})
        | ({"measure": one.measure} if one.measure else {})
    )


def _put(tree: Tree, path: str, key: str, value: object) -> None:
    """Put a value at a dotted key of a noun's tree."""
    *above, last = key.split(".")
    here = tree
    for step in above:
        inner = here.setdefault(step, {})
        assert isinstance(inner, dict)
        here = inner
    here[last] = figure_tree(f"{path}.{key}", value) if isinstance(value, Figure) else value


# -- what answers --------------------------------------------------------------------------------


def _unknown_targets(writing: _Writing, asking: Sequence[Seen]) -> Iterator[Seen]:
    """Yield what is asked and was not shown by anything, and what must be behind who asks nobody that shows."""
    for one in asking:
        for ask in one.asks:
            if any(name in writing.by_name for name in ask.names):
                continue
            is_of_cluster = ask.names[0].startswith("service ")
            found = Seen(
                section="services", name=ask.title, source=ask.source, names=set(ask.names), title=ask.title,
                where=INSIDE if is_of_cluster else OUTSIDE, is_asked=True,
                words={"protocol": ask.protocol} if ask.protocol in _DATABASES or ask.protocol == "http" else {},
            )  # fmt: skip
            address = next((name[3:].replace(" ", ":") for name in ask.names if name.startswith("at ")), "")
            found.known_as = {"address": address} if address else {}
            for name in ask.names:
                writing.by_name[name] = found
            if ask.protocol == "http":
                writing.unlimited.add(id(found))
            yield found
        is_unsure = (
            bool(one.words.get("hides")) or (("hides" in one.words or one.grows_to_count) and not one.asks)
        )
        if is_unsure and one.section != "crossings":
            why = str(one.words.pop("hides", "")) or "nothing that was given says what it connects to"
            hidden = f"hidden behind {one.name} of {one.source}"
            ask = Ask(names=(hidden,), title=f"what is behind {one.name}", source=one.source,
                      figures={"pool.most": assumed(10, 1, 100, why)})  # fmt: skip
            one.asks.append(ask)
            found = Seen(section="services", name=f"behind_{one.name}", source=one.source, names={hidden}, is_asked=True,
                         title=f"what {one.name} connects to: {why}", where=OUTSIDE)  # fmt: skip
            writing.by_name[hidden] = found
            yield found
        one.words.pop("hides", None)  # it is said by what stands behind


def _service(one: Seen) -> Tree:
    tree: Tree = {"network": _network(one)}
    tree |= {"title": one.title} if one.title else {}
    figures = {
        "concurrency": CONCURRENCY,
        "service_time": SERVICE_TIME,
        "setup_time": _SETUP_TIME,
    } | one.figures
    for key, value in {**one.words, **figures}.items():
        _put(tree, "services.any", key, value)
    instances = one.figures.get("instances")
    if instances is not None and instances.value == 0:
        tree["when_down"] = "wait"
    if one.known_as:
        tree["known_as"] = dict(one.known_as)
    return tree


def _calls(writing: _Writing) -> None:
    """Write the calls of services; one that a world cannot have as a call is a population that keeps connections."""
    asked = {writing.names[id(one)]: (one, list(_targets(writing, one))) for one in writing.things}
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
        _put(call, "services.any.calls.0", key, value)
    pool = call.get("pool")
    if isinstance(pool, dict) and pool:
        pool["opened"] = "eager"
    return call


def _apart(writing: _Writing, one: Seen, target: str, ask: Ask, why: str) -> None:
    """Write that a service asks another as clients of their own: its connections are there, at a pace of theirs."""
    own = writing.names[id(one)]
    name = _own(writing, f"{own}_to_{target}")
    figures = {key: value for key, value in one.figures.items() if key == "instances"}
    tree: Tree = {"network": _network(one), "service": target, "title": f"{own}, as it asks {target}"}
    _of_instances(tree, figures, ask)
    for key, value in figures.items():
        _put(tree, "clients.any", key, value)
    tree |= {"timeout": figure_tree("clients.any.timeout", ask.figures.get("timeout", _TIMEOUT)), "retry": _RETRY}
    writing.clients[name] = tree
    writing.grown.setdefault(id(one), (one, []))[1].append(name)
    writing.inventory.notes.append(f"{own} asks {target}, which {why}: {name} stands for that, at a pace of its own")


def _network(one: Seen) -> str:
    return one.where if one.where in {USERS, OUTSIDE} else INSIDE


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


def _targets(writing: _Writing, one: Seen) -> Iterator[tuple[str, Ask]]:
    """Yield whom a thing asks, each once."""
    found: dict[str, list[Ask]] = {}
    for ask in one.asks:
        target = next((writing.by_name[name] for name in ask.names if name in writing.by_name), None)
        if target is not None and id(target) in writing.names and target is not one:
            found.setdefault(writing.names[id(target)], []).append(ask)
    for target, asks in found.items():
        yield target, put_together(asks, f"{writing.names[id(one)]} asks {target}", writing.inventory.notes)


# -- who asks ------------------------------------------------------------------------------------


def _population(writing: _Writing, one: Seen) -> None:
    """Write a thing that nobody asks: a population for each service that it asks."""
    own = writing.names[id(one)]
    targets = list(_targets(writing, one))
    if not targets and not any(each.bound_to is one for each in writing.inventory.seen):
        what = "asks nobody, and is asked by nobody, as far as that shows"
        writing.inventory.unused[one.title or one.name, what] += 1
    for target, ask in targets:
        name = own if len(targets) == 1 else _own(writing, f"{own}_to_{target}")
        tree: Tree = {"network": _network(one), "service": target}
        tree |= (
            {"title": one.title if len(targets) == 1 else f"{one.title}, to {target}"} if one.title else {}
        )
        figures = dict(one.figures)
        if "connection" in one.words:
            pass  # as records of flows show it
        elif one.where == USERS or "demand.rate" in figures:
            _of_users(writing, tree, figures, target)
        else:
            _of_instances(tree, figures, ask)
        for key, value in {**one.words, **figures}.items():
            _put(tree, "clients.any", key, value)
        tree.setdefault("timeout", figure_tree("clients.any.timeout", ask.figures.get("timeout", _TIMEOUT)))
        tree.setdefault("retry", _RETRY)
        if one.known_as:
            tree["known_as"] = dict(one.known_as)
        writing.clients[name] = tree
        grows = one if one.bound_to is None else one.bound_to
        writing.grown.setdefault(id(grows), (grows, []))[1].append(name)


def _of_instances(tree: Tree, figures: dict[str, Figure], ask: Ask) -> None:
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


def _of_users(writing: _Writing, tree: Tree, figures: dict[str, Figure], target: str) -> None:
    """Write who comes in from without: so many requests a second, each on a connection of its own."""
    figures.setdefault("population", _USERS)
    size = _count(writing.services[target].get("instances"))
    scaled = replace(_RATE, value=_RATE.value * size, low=_RATE.low * size, high=_RATE.high * size)
    figures.setdefault("demand.rate", scaled)
    tree["connection"] = "per_request"
    tree["demand"] = {"kind": "open"}


def _asked_by_nobody(writing: _Writing, one: Seen) -> None:
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
        _put(tree, "clients.any", key, value)
    tree |= {"timeout": figure_tree("clients.any.timeout", _TIMEOUT), "retry": _RETRY}
    writing.clients[_own(writing, f"of_{name}")] = tree


def _count(quantity: object) -> float:
    value = quantity.get("value") if isinstance(quantity, Mapping) else quantity
    return max(float(str(value)), 1.0) if value is not None else 1.0


def _limits(writing: _Writing) -> None:
    """Say how many connections are taken where nothing does: of databases, and of what nobody knows.

    No fewer than are kept today. What speaks HTTP, or is a workload of the cluster, is limited by what it can serve.
    """
    for one in writing.things:
        name = writing.names[id(one)]
        tree = writing.services[name]
        is_workload = "instances" in one.figures
        is_http = id(one) in writing.unlimited or tree.get("protocol") in {"http", "grpc"}
        if tree.get("protocol") not in _DATABASES and (is_workload or is_http):
            continue
        tree.setdefault("connections_when_full", "refuse")
        if "connections" in tree:
            continue
        today = max(sum(_kept(writing, name)), 1.0)
        most = max(today, sum(_kept(writing, name, grown=True)))
        measure = "the service's greatest number of connections (max_connections)"
        tree["connections"] = figure_tree(
            "services.any.connections", assumed(most, today, 4.0 * most, measure)
        )


def _kept(writing: _Writing, name: str, *, grown: bool = False) -> Iterator[float]:
    """Yield the connections that each who asks keeps to a service; as large as their autoscalers make them."""
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
                each = _count(pool.get("most")) if isinstance(pool, Mapping) else 1.0
                size = _count(tree.get("instances"))
                yield each * (max(size, sizes.get(caller, 0)) if grown else size)
    for one, clients in writing.grown.values():
        for each_name in clients:
            tree = writing.clients[each_name]
            if tree["service"] == name and tree.get("connection") == "pool":
                size = _count(tree.get("population"))
                yield _count(tree.get("pool")) * (max(size, one.grows_to_count) if grown else size)


# -- where it stands -----------------------------------------------------------------------------


def _ways(writing: _Writing) -> None:
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
                _put(tree, "crossings.any", key, value)
        if one.known_as:
            tree["known_as"] = dict(one.known_as)
        writing.crossings[writing.names[id(found[0])]] = tree
    used = {str(tree["network"]) for tree in (*writing.services.values(), *writing.clients.values())}
    joined = {frozenset(map(str, tree["between"])) for tree in writing.crossings.values()}  # type: ignore[call-overload]
    for far, name in ((OUTSIDE, "edge"), (USERS, "entrance")):
        if far in used and frozenset((INSIDE, far)) not in joined:
            writing.crossings[_own(writing, name)] = {"between": [INSIDE, far], "device": "unknown"}


def _ends(one: Seen) -> tuple[str, ...]:
    ends = one.words.get("between", (INSIDE, OUTSIDE))
    assert isinstance(ends, tuple)
    return ends


def _networks(writing: _Writing) -> Tree:
    titles = {INSIDE: "what was listed", OUTSIDE: "what is beyond its border", USERS: "who comes in"}
    used = {str(tree["network"]) for tree in (*writing.services.values(), *writing.clients.values())}
    used |= {str(each) for tree in writing.crossings.values() for each in tree["between"]}  # type: ignore[attr-defined]
    return {name: {"title": titles.get(name, name)} for name in (INSIDE, OUTSIDE, USERS) if name in used}


# -- what happens --------------------------------------------------------------------------------


def _activities(writing: _Writing) -> Tree:
    """Return what autoscalers may do, each as one growth to its most; else the growth of the largest."""
    found: Tree = {}
    told = 0
    for one in writing.inventory.seen:
        size = one.figures.get("instances", one.figures.get("population"))
        if not one.grows_to_count or size is None or id(one) not in writing.names:
            continue
        before, after = round(size.value), one.grows_to_count
        if after <= before:
            continue
        told += 1
        if told <= _MOST_ACTIVITIES:
            name = writing.names[id(one)]
            found[_own(writing, f"grow_{name}")] = _growth(writing, one, before, after) | {
                "known_as": _scaled_as(one)
            }
    if told > _MOST_ACTIVITIES:
        writing.inventory.notes.append(
            f"{told - _MOST_ACTIVITIES} more autoscalers have no activity here: a world is judged by each it states"
        )
    if not found:
        found |= _any_growth(writing)
    return found


def _scaled_as(one: Seen) -> dict[str, str]:
    """Return by which name a change of size is known: its scaler's, or its own."""
    system = next((each for each in ("kubernetes", "ecs", "terraform") if each in one.known_as), "")
    return {system: one.scaler_name or one.known_as[system]} if system else {}


def _growth(writing: _Writing, one: Seen, before: int, after: int) -> Tree:
    name = writing.names[id(one)]
    tree: Tree = {
        "kind": "scale",
        "title": f"{one.name} grows from {before} to {after}",
        "from": before,
        "to": after,
        "at": _AT,
    }
    if name in writing.services:
        tree["service"] = name
    clients = writing.grown.get(id(one), (one, []))[1]
    return tree | ({"clients_added": clients[0] if len(clients) == 1 else clients} if clients else {})


def _any_growth(writing: _Writing) -> Tree:
    """Return the growth, by half, of whoever keeps most connections."""
    best: tuple[float, Seen | None] = (0.0, None)
    for one in writing.inventory.seen:
        size = one.figures.get("instances", one.figures.get("population"))
        if id(one) not in writing.names or size is None or one.section == "crossings" or size.value < 1:
            continue
        pools = sum(ask.figures["pool.most"].value for ask in one.asks if "pool.most" in ask.figures)
        weight = size.value * (pools + one.figures["pool"].value if "pool" in one.figures else pools)
        best = max(best, (weight, one), key=lambda each: each[0])
    one = best[1]
    if one is None:
        return {}
    size = one.figures.get("instances", one.figures.get("population"))
    assert size is not None
    before = round(size.value)
    return {"grow": _growth(writing, one, before, max(round(_GROWTH_RATIO * before), before + 1))}


def _beliefs(writing: _Writing) -> Tree:
    counter = {
        f"clients.{name}.retry": "immediate"
        for name, tree in writing.clients.items()
        if tree.get("retry") == _RETRY
    }
    if not counter:
        return {}
    return {"back_off": {"says": "who is not answered backs off before trying again", "otherwise": "no back-off",
                         "counter": counter, "measure": _BACK_OFF}}  # fmt: skip
