"""Which number of the world does a protective value stand beside? One sentence each, arithmetic only.

These are first-order sums that a person can check by hand; what the engines say of a protection is
not told here.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate.world.crossing import EXCHANGE_PACKETS, Crossing
from tidegate.world.file.quantity import format_quantity
from tidegate.world.world import World

_EXACT_RATIO = 0.001


def reason_for(world: World, path: str, value: object) -> str:
    """Return the sum a value comes from; empty where the world states nothing to compare it with."""
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return ""
    section, name, *rest = path.split(".")
    key = ".".join("*" if step.isdecimal() else step for step in rest)
    if section == "crossings":
        said = _CROSSING.get(key)
        return said(name, world.crossings[name], float(value)) if said else ""
    if section == "clients":
        return _of_clients(world, name, key, float(value))
    return _of_activity(world, name, key, float(value)) if section == "activities" else ""


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


_CROSSING: dict[str, Callable[[str, Crossing, float], str]] = {
    "admission.rate": _rate,
    "admission.burst": _burst,
    "admission.concurrent": _concurrent,
    "queue_packets": _queue,
    "table.closed_hold": _held,
    "table.unanswered_hold": _held,
    "ports.hold": _port_hold,
}


def _of_clients(world: World, name: str, key: str, value: float) -> str:
    clients = world.clients[name]
    count = clients.population_count
    if not value:
        return ""
    if key == "retry.layers.*.base":
        return f"{count:,} clients that try again after it are {_rounded(count / value)} attempts/s"
    if key in {"retry.layers.*.attempts", "retry.layers.*.retries"}:
        attempts = value + (key.endswith("retries"))
        return f"at worst {attempts:.0f} times the load that the clients want"
    if key == "pool":
        return f"{count:,} clients open {_rounded(count * value)} connections"
    if key == "timeout":
        return f"clients that get no answer make {_rounded(count / value)} attempts/s before any pause"
    return f"{count:,} clients over it are {_rounded(count / value)}/s" if key == "start_spread" else ""


def _of_activity(world: World, name: str, key: str, value: float) -> str:
    activity = world.activities[name]
    if key == "batches" and activity.from_count is not None and activity.to_count is not None:
        step = abs(activity.to_count - activity.from_count) / max(value, 1.0)
        return f"{activity.from_count} to {activity.to_count} instances, {step:.3g} at a time"
    if key == "pause":
        return f"{activity.batches_count} steps take {_time((activity.batches_count - 1) * value)}"
    return ""


def _rounded(value: float) -> str:
    if abs(value - round(value)) <= _EXACT_RATIO * abs(value) or abs(value) >= 100.0:
        return f"{round(value):,}"
    return f"{value:.3g}"


def _time(value_s: float) -> str:
    return format_quantity(float(f"{value_s:.3g}"), "s")
