"""What can operators do about a world that has collapsed? One thing at a time.

Shortcuts: an action takes effect at once and on everything it names; every population is shed alike;
load that was shed comes back in ten equal steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tidegate.evaluate.searching.headroom import load_paths
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import Case
from tidegate.world.crossing import Crossing

ADMITTED_SHARE = 0.7
SHED_FOR, RETURN_OVER, RETURN_STEPS = 0.35, 0.3, 10  # shares of the time that is watched
MOST_DEVICES = 64
LEAST_LOAD = 0.02  # less is as good as none


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that operators can do.

    Parameters
    ----------
    kind
        "shed", "admission", "queue", "devices" or "restart".
    place
        The crossing or service it is done to; empty for the load.
    steps
        What is set, and how long after the action begins; later steps go before earlier ones.
    value
        The number that describes it: the share of load kept, flows a second, packets, devices, seconds.
    """

    kind: str
    place: str
    steps: tuple[tuple[float, Mapping[str, object]], ...]
    value: float


def actions(case: Case, locked: tuple[str, ...], *, kept_ratio: float, watch_s: float) -> Iterator[Action]:
    """Yield what operators can do about the places that are locked up; there is always something.

    Parameters
    ----------
    case
        The world that has collapsed, and what happens in it.
    locked
        The crossings and services that stay filled.
    kept_ratio
        Share of the load that is kept where load is shed.
    watch_s
        How long it can be watched: shed load is back before that.
    """
    world = case.file.world
    near = script_of(case.file, case.activity).phases[0].world.clients.values()
    kept_ratio = max(kept_ratio, LEAST_LOAD)
    steps = _shed(load_paths(case.file, case.activity), kept_ratio, watch_s)
    yield Action(kind="shed", place="", steps=steps, value=kept_ratio)
    asked = dict.fromkeys(clients.service for clients in near)
    shortest_s = min(clients.timeout_s for clients in near)
    for name in locked or asked:  # where no place stays filled, what is asked is all there is to start anew
        if name in world.crossings:
            yield from _at_crossing(name, world.crossings[name], shortest_s)
        else:
            service = world.services[name]
            away_s = max(service.boot.time_s, 1.0)
            path = f"services.{name}.instances"
            steps = ((0.0, {path: 0}), (away_s, {path: service.instances_count}))
            yield Action(kind="restart", place=name, steps=steps, value=away_s)


def _shed(
    loads: Mapping[str, float], kept_ratio: float, watch_s: float
) -> tuple[tuple[float, Mapping[str, object]], ...]:
    """Return how load is shed for a while and then let back in steps."""
    held_s, return_s = SHED_FOR * watch_s, RETURN_OVER * watch_s
    steps = [(0.0, kept_ratio)]
    for i in range(RETURN_STEPS):
        back = (i + 1) / RETURN_STEPS
        steps.append((held_s + i * return_s / RETURN_STEPS, kept_ratio + (1.0 - kept_ratio) * back))
    return tuple((at_s, {path: value * ratio for path, value in loads.items()}) for at_s, ratio in steps)


def _at_crossing(name: str, crossing: Crossing, timeout_s: float) -> Iterator[Action]:
    path = f"crossings.{name}"
    capacity_per_s = crossing.flow_capacity_per_s
    if capacity_per_s is not None:
        rate_per_s = ADMITTED_SHARE * capacity_per_s / crossing.devices_count
        admission = {"rate": rate_per_s, "burst": max(round(0.05 * rate_per_s), 1), "on_excess": "drop"}
        yield _lasting("admission", name, f"{path}.admission", admission, rate_per_s)
    if crossing.forwarding_per_s is not None:
        packets = max(int(crossing.forwarding_per_s * timeout_s / 8.0), 1)
        if packets < crossing.queue_packets_count:
            yield _lasting("queue", name, f"{path}.queue_packets", packets, float(packets))
    devices = 2 * crossing.devices_count
    if devices <= MOST_DEVICES:
        yield _lasting("devices", name, f"{path}.devices", devices, float(devices))


def _lasting(kind: str, place: str, path: str, set_to: object, value: float) -> Action:
    """Return an action that sets one path and leaves it."""
    return Action(kind=kind, place=place, steps=((0.0, {path: set_to}),), value=value)
