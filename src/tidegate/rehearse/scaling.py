"""How does an autoscaler of the rig decide? From what a real server did since it looked last.

The meaning is that of the event engine (`simulate/kernels/signal.py` and `scaling.py`). How it is read and
what comes of a decision must not live here. Where the rig has no means it is left out, and why is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

from tidegate.world.scaler import Autoscaler
from tidegate.world.service import Service
from tidegate.world.world import World

_ALMOST = 1e-9


def why_no_scaler(world: World, name: str) -> str | None:
    """Return why the rig cannot show the autoscaler of a service; None where it can."""
    service = world.services[name]
    scaler = service.autoscaler
    return None if scaler is None else next(_against(world, name, service, scaler), None)


def _against(world: World, name: str, service: Service, scaler: Autoscaler) -> Iterator[str]:
    if scaler.signal == "cpu" or scaler.also is not None or scaler.metrics is not None:
        yield "it reads the processor, a second signal, or asks another service for its readings"
    if scaler.room_count is not None or scaler.counted_after_s > 0.0 or scaler.drops_connections:
        yield "it waits for nodes, counts new instances later, or breaks connections"
    if service.balancing is not None or service.calls or service.boot.calls or service.health_probes:
        yield "its instances are checked, call others, or have queues of their own"
    if service.connections_count is not None or service.login is not None:
        yield "its instances limit connections"
    if any(activity.service == name for activity in world.activities.values()):
        yield "the plan changes the size as well"
    paths = (path for trigger in world.triggers.values() for path in trigger.set)
    if any(path.startswith((f"services.{name}.autoscaler", f"services.{name}.instances")) for path in paths):
        yield "a trigger changes it, or the size as well"


def scaler_changes(path: str, scaler: Autoscaler, ratio: float, an_instance: float) -> dict[str, object]:
    """Return an autoscaler of fewer instances.

    Parameters
    ----------
    path, scaler
        Where it stands, and its numbers.
    ratio
        Instances after over instances before.
    an_instance
        How much of what an instance does remains for one.
    """
    changes: dict[str, object] = {
        f"{path}.least": max(round(scaler.least_count * ratio), 1),
        f"{path}.most": max(round(scaler.most_count * ratio), 1),
        f"{path}.step_instances": max(round(scaler.step_instances_count * ratio), 1),
    }
    if scaler.signal != "utilisation":
        changes[f"{path}.target"] = scaler.target_count * an_instance
    return changes


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a service did since its autoscaler looked last.

    Parameters
    ----------
    busy_s
        Time that its places were busy, together.
    arrived_count
        Requests that came.
    waiting_count, connections_count
        Requests that wait, and connections that are open, now.
    """

    busy_s: float
    arrived_count: int
    waiting_count: int
    connections_count: int


@dataclass
class Sizing:
    """One autoscaler, told the time.

    Parameters
    ----------
    scaler
        Its numbers.
    places_count
        Requests that one instance serves at a time.
    """

    scaler: Autoscaler
    places_count: int
    _wishes: list[tuple[float, int]] = field(default_factory=list)
    _changes: list[tuple[float, int]] = field(default_factory=list)

    def look(self, now_s: float, up_count: int, asked_count: int, reading: Reading) -> int:
        """Return the size that it asks for.

        Parameters
        ----------
        now_s
            When it looks.
        up_count, asked_count
            Instances that are up, and that are asked for: with those that boot.
        reading
            What it reads.
        """
        wanted = self._size(up_count, asked_count, self._value(up_count, reading))
        size = self._granted(now_s, asked_count, wanted)
        if size != asked_count:
            self._changes.append((now_s, size - asked_count))
        return size

    def _value(self, up_count: int, reading: Reading) -> float:
        """Return what is read of an instance."""
        each = max(up_count, 1)
        if self.scaler.signal == "utilisation":
            return reading.busy_s / (self.scaler.interval_s * each * max(self.places_count, 1))
        if self.scaler.signal == "requests":
            return reading.arrived_count / self.scaler.interval_s / each
        if self.scaler.signal == "queue":
            return reading.waiting_count / each
        return reading.connections_count / each

    def _is_near(self, ratio: float) -> bool:
        return abs(1.0 - ratio) <= self.scaler.tolerance_ratio

    def _size(self, up: int, asked: int, value: float) -> int:
        """Return how many instances bring the signal to its target."""
        ratio = value / self.scaler.target_count
        if self.scaler.signal != "utilisation":  # a sum, for those that boot as well
            near = self._is_near(up * ratio / max(asked, 1))
            return asked if near else math.ceil(up * ratio - _ALMOST)
        if ratio <= 1.0 or up == asked:
            return asked if self._is_near(ratio) else math.ceil(up * ratio - _ALMOST)
        again = ratio * up / asked  # who boots counts as idle
        if again < 1.0 or self._is_near(again):
            return asked
        return max(math.ceil(asked * again - _ALMOST), asked)

    def _granted(self, now_s: float, size: int, wish: int) -> int:
        """Return the size that windows, steps and bounds allow."""
        scaler = self.scaler
        if not self._wishes:
            self._wishes.append((now_s, size))
        if not scaler.least_count <= size <= scaler.most_count:
            return min(max(size, scaler.least_count), scaler.most_count)
        least = min([wish, *self._within(now_s, scaler.scale_up_delay_s)])
        most = max([wish, *self._within(now_s, scaler.scale_down_delay_s)])
        self._wishes.append((now_s, wish))
        target = min(max(size, least), most)
        if target > size:
            return min(target, scaler.most_count, self._most(now_s, size))
        return max(target, scaler.least_count)

    def _within(self, now_s: float, window_s: float) -> list[int]:
        return [wish for at_s, wish in self._wishes if now_s - at_s < window_s]

    def _most(self, now_s: float, size: int) -> int:
        """Return the most instances that its steps allow now."""
        scaler = self.scaler
        period_s = scaler.interval_s if scaler.step_period_s is None else scaler.step_period_s
        start = size - sum(change for at_s, change in self._changes if now_s - at_s < period_s)
        choose = min if scaler.step_choice == "smaller" else max
        limit = choose(math.ceil(start * (1.0 + scaler.step_ratio)), start + scaler.step_instances_count)
        return max(limit, size)
