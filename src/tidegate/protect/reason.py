"""Which number of the world does a protective value stand beside? One sentence each, arithmetic only.

These are first-order sums that a person can check by hand; what the engines say of a protection is
not told here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from tidegate.evaluate.arithmetic.filling import filling
from tidegate.evaluate.arithmetic.load import capacity_per_s, streams
from tidegate.evaluate.variants.pace import touched_count
from tidegate.protect.connecting import log_ins
from tidegate.protect.patience import patience_s
from tidegate.simulate.rows import running_count
from tidegate.simulate.staircase import count_before
from tidegate.world.activity import Activity
from tidegate.world.clients import Clients
from tidegate.world.crossing import EXCHANGE_PACKETS, Crossing
from tidegate.world.file.quantity import format_quantity
from tidegate.world.graph import route
from tidegate.world.world import World

_EXACT_RATIO = 0.001
_PORTS_OF_ADDRESS = 64_512  # of one address for one protocol; the first 1,024 are left alone
_TELLING_RATIO = 0.2  # of what a size can do: less is wanted by the load at rest alone, and tells nothing


def reason_for(world: World, path: str, value: object, activity: str = "") -> str:
    """Return the sum a value comes from; empty where the world states nothing to compare it with.

    Parameters
    ----------
    world
        With the value in it.
    path, value
        The setting.
    activity
        The activity it is for: clients are counted as many as they are after it.
    """
    section, name, *rest = path.split(".")
    key = ".".join("*" if step.isdecimal() else step for step in rest)
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        said = _WORDS.get((section, key), {})
        return said.get(str(value), said.get("", ""))
    if section == "crossings":
        in_crossing = _CROSSING.get(key)
        return in_crossing(name, world.crossings[name], float(value)) if in_crossing else ""
    if section == "services" and key.startswith("calls."):
        return _of_call(world, name, path, float(value), activity)
    if section == "services":
        in_service = _SERVICE.get(key)
        return in_service(world, name, float(value), activity) if in_service else ""
    if section == "clients":
        return _of_clients(world, name, key, float(value), activity)
    return _of_activity(world, name, path, float(value)) if section == "activities" else ""


_PACES = "pauses that grow and are scattered keep clients from coming back together"
_WORDS: dict[tuple[str, str], dict[str, str]] = {
    ("crossings", "admission.on_excess"): {
        "drop": "an answer would pass the same device",
        "reset": "each answer is a packet more through the same device",
    },
    ("clients", "connection"): {
        "keep_alive": "a connection that is kept takes one port, and no new one for each request",
    },
    ("clients", "retry.layers.*.retries_on"): {
        "": "what was given up is done all the same, and would be done once more",
    },
    ("services", "calls.*.pool.opened"): {
        "lazy": "those of all instances that start together are not opened at once",
        "eager": "nobody waits for a connection that is only now opened",
    },
    ("services", "boot.calls.*.retry"): {"exponential-full-jitter": _PACES},
    ("clients", "retry"): {"exponential-full-jitter": _PACES},
    ("services", "calls.*.retry"): {"exponential-full-jitter": _PACES},
}
"""What words are chosen for, by section, key and word."""


def _share(value: float, whole: float) -> str:
    percent = 100.0 * value / whole
    return f"{percent:.0f} %" if percent >= 10.0 else f"{percent:.2g} %"


def _per_device(crossing: Crossing) -> float | None:
    capacity = crossing.flow_capacity_per_s
    return None if capacity is None else capacity / crossing.devices_count


def _rate(name: str, crossing: Crossing, value: float) -> str:
    capacity = _per_device(crossing)
    if capacity is None:
        return ""
    return f"{_share(value, capacity)} of the {_rounded(capacity)}/s that one device of {name} carries"


def _burst(name: str, crossing: Crossing, value: float) -> str:
    packets, room = value * EXCHANGE_PACKETS, crossing.queue_packets_count
    return f"a burst is {_rounded(packets)} packets; {_rounded(room)} can wait in one device of {name}"


def _concurrent(name: str, crossing: Crossing, value: float) -> str:
    table, ports = crossing.table, crossing.ports
    if table is not None:
        room = table.entries_count
        return f"{_share(value, room)} of the {room:,} flows that one device of {name} keeps"
    if ports is not None:
        room = ports.per_destination_count
        return f"{_share(value, room)} of the {room:,} ports a device of {name} has for a destination"
    return ""


def _queue(name: str, crossing: Crossing, value: float) -> str:
    if crossing.forwarding_per_s is None:
        return ""
    rate, wait_s = _rounded(crossing.forwarding_per_s), value / crossing.forwarding_per_s
    return f"at {rate} packets a second the last one in {name} waits {_time(wait_s)}"


def _held(name: str, crossing: Crossing, hold_s: float) -> str:
    if crossing.table is None or hold_s <= 0.0:
        return ""
    entries = crossing.table.entries_count
    most = _rounded(entries / hold_s)
    return f"{entries:,} entries held that long are {most} flows/s on one device of {name}"


def _port_hold(name: str, crossing: Crossing, hold_s: float) -> str:
    if crossing.ports is None or hold_s <= 0.0:
        return ""
    ports = crossing.ports.per_destination_count
    most = _rounded(ports / hold_s)
    return f"{ports:,} ports of {name} held that long are {most} flows/s to one destination"


def _ports(name: str, crossing: Crossing, value: float) -> str:
    if crossing.ports is None or crossing.ports.hold_s <= 0.0:
        return ""
    hold_s, all_ports = crossing.ports.hold_s, value * crossing.devices_count
    most = _rounded(value / hold_s)
    return (
        f"held for {_time(hold_s)} they are {most} flows/s on one device of {name}; "
        f"{_rounded(all_ports)} in all, and an address has {_PORTS_OF_ADDRESS:,}"
    )


def _block(name: str, crossing: Crossing, value: float) -> str:
    if crossing.ports is None:
        return ""
    sources = _rounded(crossing.ports.per_destination_count / value)
    return f"the ports of {name} are enough for {sources} sources with as many"


def _devices(name: str, crossing: Crossing, value: float) -> str:
    capacity = crossing.flow_capacity_per_s
    if capacity is None:
        return ""
    return f"{_rounded(value)} devices of {name} carry {_rounded(capacity)} new flows/s together"


_CROSSING: dict[str, Callable[[str, Crossing, float], str]] = {
    "admission.rate": _rate,
    "admission.burst": _burst,
    "admission.concurrent": _concurrent,
    "queue_packets": _queue,
    "ports.per_destination": _ports,
    "ports.block.least": _block,
    "ports.block.most": _block,
    "devices": _devices,
    "table.closed_hold": _held,
    "table.unanswered_hold": _held,
    "ports.hold": _port_hold,
    "ports.unanswered_hold": _port_hold,
}


def _clients_count(world: World, name: str, activity: str) -> int:
    """Return how many clients there are after an activity."""
    count = world.clients[name].population_count
    plan = world.activities.get(activity)
    if plan is None or name not in plan.clients_added or plan.to_count is None:
        return count
    before = count_before(world, plan)
    return round(count * plan.to_count / before) if before else plan.to_count


def _kept(world: World, service: str, activity: str) -> int:
    """Return the connections that the clients of a service keep open after an activity."""
    each = {"per_request": 0, "keep_alive": 1}
    return sum(
        _clients_count(world, name, activity) * each.get(clients.connection, clients.pool_count)
        for name, clients in world.clients.items()
        if clients.service == service
    )


def _connections(world: World, name: str, value: float, activity: str) -> str:
    wanted, service = _kept(world, name, activity), world.services[name]
    if not wanted:
        return ""
    accepted = _rounded(value * service.instances_count)
    return f"clients keep {wanted:,} connections open; {accepted} are accepted"


def _threads(world: World, name: str, value: float, activity: str) -> str:
    plan = world.activities.get(activity)
    count = world.services[name].instances_count
    if plan is not None and plan.service == name and plan.to_count is not None:
        count = max(count, plan.to_count)
    return f"{count:,} instances have {count - 1:,} peers each; {_rounded(value)} are possible"


def _service_queue(world: World, name: str, value: float, activity: str) -> str:
    del activity
    service = world.services[name]
    workers = service.instances_count * service.concurrency_count
    if not workers or service.service_time_s <= 0.0:
        return ""
    per_s = workers / service.crowded_time_s
    timeouts_s = [clients.timeout_s for clients in world.clients.values() if clients.service == name]
    timeouts_s += [
        call.timeout_s for one in world.services.values() for call in one.calls if call.service == name
    ]
    beside = f"; who asks gives up after {_time(min(timeouts_s))}" if timeouts_s else ""
    return f"at {_rounded(per_s)} a second the last one waits {_time(value / per_s)}{beside}"


def _initial_delay(world: World, name: str, value: float, activity: str) -> str:
    del activity
    service = world.services[name]
    restarting = [probe for probe in service.health_probes if probe.on_failure == "restart"]
    left_s = min((probe.failures_count * probe.interval_s for probe in restarting), default=0.0)
    boots = f"it boots for {_time(service.boot.time_s)}"
    return f"{boots}; checks restart it no sooner than {_time(value + left_s)} after its start"


def _memory(world: World, name: str, value: float, activity: str) -> str:
    plan = world.activities.get(activity)
    service = world.services[name]
    if plan is not None and plan.service == name and plan.to_count is not None:
        service = replace(service, instances_count=plan.to_count)
    after = replace(world, services={**world.services, name: service})
    found = filling(after, name, streams(after))
    left = 0 if found is None else found.instances_count - 1
    if found is None or left < 1:
        return ""
    used = found.memory.base_bytes + found.filled_bytes(left)
    return f"{_share(used, value)} of it is used by each of {left:,} once one is gone"


def _concurrency(world: World, name: str, value: float, activity: str) -> str:
    del activity
    law = world.services[name].contention
    if law is None:
        return ""
    return f"beside so many others a request takes {law.stretch_ratio(value):.2g} times as long as alone"


def _wait(world: World, name: str, value: float, activity: str) -> str:
    del activity, value
    patient_s = patience_s(world, name)
    return "" if patient_s is None else f"who asks {name} gives up after {_time(patient_s)}"


def _of_call(world: World, name: str, path: str, value: float, activity: str) -> str:
    """Return the sum of a setting of one call."""
    service, (index, key) = world.services[name], path.split(".calls.", 1)[1].split(".", 1)
    call = service.calls[int(index)]
    count = _instances_count(world, name, activity)
    if key == "pool.most":
        kept = count * service.pool_count(call.pool)
        called = world.services[call.service]
        beside = ""
        if called.accepted_count is not None:
            beside = f"; {call.service} accepts {called.accepted_count * called.instances_count:,}"
        return f"{count:,} instances open {_rounded(kept)} connections at most{beside}"
    if key == "limit.burst":
        return f"{count:,} instances ask {_rounded(count * value)} at once"
    return _wait(world, name, value, activity) if key in {"pool.wait", "limit.longest_wait"} else ""


def _instances_count(world: World, name: str, activity: str) -> int:
    """Return how many instances of a service run after an activity, or before where these are more."""
    count, plan = running_count(world.services[name]), world.activities.get(activity)
    if plan is None or plan.service != name:
        return count
    return max(count, plan.to_count or 0) + plan.surge_count


def _instances(world: World, name: str, value: float, activity: str) -> str:
    del activity
    asked = tuple(one for one in streams(world) if one.service == name)
    able_per_s = capacity_per_s(world, name, asked, most=True)
    if not asked or not math.isfinite(able_per_s):
        return ""
    wanted_per_s = sum(one.requests_per_s for one in asked)
    if wanted_per_s < _TELLING_RATIO * able_per_s:
        return ""  # it is what comes later that decides
    able, wanted = _rounded(able_per_s), _rounded(wanted_per_s)
    return f"{_rounded(value)} of them serve {able}/s while all are there; {wanted}/s are wanted"


def _login_timeout(world: World, name: str, value: float, activity: str) -> str:
    del activity, value
    count, takes_s = log_ins(world, name)
    return f"{count:,} connections that log in together take {_time(takes_s)}" if takes_s > 0.0 else ""


_SERVICE: dict[str, Callable[[World, str, float, str], str]] = {
    "instances": _instances,
    "login.timeout": _login_timeout,
    "pooler.wait": _wait,
    "concurrency": _concurrency,
    "connections": _connections,
    "health_probes.*.initial_delay": _initial_delay,
    "memory.limit": _memory,
    "peers_per_thread": _threads,
    "queue": _service_queue,
}


def _of_clients(world: World, name: str, key: str, value: float, activity: str) -> str:
    clients = world.clients[name]
    count = _clients_count(world, name, activity)
    if not value:
        return ""
    if key in {"retry.layers.*.attempts", "retry.layers.*.retries"}:
        attempts = value + (key.endswith("retries"))
        return f"at worst {attempts:.0f} times the load that the clients want"
    if key == "pool":
        return _pool(world, clients, count * value, count)
    if key == "start_spread":
        return _over(world, name, count - clients.population_count or count, value)
    after = f"{count:,} clients that try again after it are {_rounded(count / value)} attempts/s"
    unanswered = f"clients that get no answer make {_rounded(count / value)} attempts/s before any pause"
    at_once = f"{count:,} clients ask {_rounded(count * value)} at once"
    return {"retry.layers.*.base": after, "timeout": unanswered, "limit.burst": at_once}.get(key, "")


def _pool(world: World, clients: Clients, kept: float, count: int) -> str:
    service = world.services[clients.service]
    beside = ""
    if service.accepted_count is not None:
        beside = f"; {clients.service} accepts {service.accepted_count * service.instances_count:,}"
    return f"{count:,} clients open {_rounded(kept)} connections{beside}"


def _over(world: World, name: str, count: int, spread_s: float) -> str:
    """Return what so many clients over a time are, beside what the devices on their way set up."""
    clients = world.clients[name]
    each = clients.pool_count if clients.connection == "pool" else 1
    per_s = count * each / spread_s
    way = route(world, clients.network, world.services[clients.service].network) or ()
    limits = {one: world.crossings[one].flow_capacity_per_s for one in way}
    least = min(((rate, one) for one, rate in limits.items() if rate is not None), default=None)
    many = f"{count:,} clients" if each == 1 else f"{count:,} clients with {each} connections each"
    said = f"{many} over {_time(spread_s)} are {_rounded(per_s)}/s"
    if least is None:
        return said
    within = "within" if per_s <= least[0] else "more than"
    return f"{said}, {within} the {_rounded(least[0])}/s that {least[1]} carries"


def _of_activity(world: World, name: str, path: str, value: float) -> str:
    activity, key = world.activities[name], path.rpartition(".")[2]
    if key == "spread" and value:
        reaction = activity.reactions[int(path.split(".")[3])]
        count = round(world.clients[reaction.clients].population_count * reaction.reconnect_ratio)
        return _over(world, reaction.clients, count, value)
    if key == "to" and activity.from_count is not None:
        return f"{_rounded(value - activity.from_count)} more than the {activity.from_count:,} that run"
    if key == "batches" and activity.from_count is not None and activity.to_count is not None:
        step = abs(activity.to_count - activity.from_count) / max(value, 1.0)
        return f"{activity.from_count} to {activity.to_count} instances, {step:.3g} at a time"
    if key == "batches" and activity.kind == "restart":
        each = count_before(world, activity) / max(value, 1.0)
        return f"{_rounded(each)} at a time, so that the others are there"
    said = {
        "at_once_most": _in_turn(world, activity, value),
        "pause": f"{activity.batches_count} steps take {_time((activity.batches_count - 1) * value)}",
        "surge": "one is always there",
    }
    return said.get(key, "")


def _in_turn(world: World, activity: Activity, value: float) -> str:
    """Return how long those that start so few at a time boot, one lot after the other."""
    if not activity.service:
        return ""
    boots_s, started = world.services[activity.service].boot.time_s, touched_count(world, activity)
    all_s = math.ceil(started / max(value, 1.0)) * boots_s
    return (
        f"each boots for {_time(boots_s)}, so that {started:,} are there after {_time(all_s)} at the soonest"
    )


def _rounded(value: float) -> str:
    if abs(value - round(value)) <= _EXACT_RATIO * abs(value) or abs(value) >= 100.0:
        return f"{round(value):,}"
    return f"{value:.3g}"


def _time(value_s: float) -> str:
    return format_quantity(float(f"{value_s:.3g}"), "s")
