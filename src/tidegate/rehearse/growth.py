"""How does a crossing of the rig grow by itself? From the packets that its devices were offered.

The meaning is that of the event engine (`simulate/kernels/device_scaler.py`). How packets are counted and who
carries out the steps must not live here. Where the rig has no means it is left out, and why is said.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from tidegate.rehearse.device_plan import device_change_steps
from tidegate.rehearse.ground import DeviceSite, Ground, moved_ratio, route_change_commands
from tidegate.rehearse.rig_steps import Step
from tidegate.simulate.script import Script
from tidegate.world.crossing import Crossing, DeviceScaler
from tidegate.world.world import World

MOVED_TOLERANCE = 0.03
"""By so much may the share of flows that move differ from what Linux moves."""

_TOLERANCE_RATIO = 0.1
_MILLION = 1_000_000


def why_no_growth(world: World, name: str) -> str | None:
    """Return why the rig cannot let a crossing grow by itself; None where it can, or where it does not."""
    crossing = world.crossings[name]
    if crossing.scaler is None:
        return None
    return next(_against(world, name, crossing, crossing.scaler), None)


def _against(world: World, name: str, crossing: Crossing, scaler: DeviceScaler) -> Iterator[str]:
    if crossing.setup_per_s is not None or crossing.bandwidth_bit_per_s is not None:
        yield "it reads first packets or links, of which only packets are counted while it runs"
    here = f"crossings.{name}"
    if any(one.crossing == name for one in world.activities.values()):
        yield "the plan changes the crossing as well"
    if any(f"{path}.".startswith(f"{here}.") for one in world.triggers.values() for path in one.set):
        yield "a trigger changes the crossing as well"
    if scaler.grows != "devices":
        return
    if crossing.flow_state == "kept":
        yield "flows are carried on by another device"
    sizes = range(crossing.devices_count, int(scaler.most_count) + 1)
    for before in sizes:
        most = min(math.ceil(before * (1.0 + scaler.step_ratio)), sizes[-1])
        for after in range(before + 1, most + 1):
            moved = moved_ratio(*(replace(crossing, devices_count=count) for count in (before, after)))
            if abs(crossing.remapped_ratio - moved) > MOVED_TOLERANCE:
                share = f"{100 * moved:.3g}%"
                yield f"Linux gives {share} of the flows to another device from {before} to {after}"


@dataclass
class Growth:
    """One crossing that grows, told the time.

    Parameters
    ----------
    crossing
        As it begins.

    Attributes
    ----------
    size
        How many devices there are, or how many times as fast as stated they are.
    is_growing
        Whether what was asked for is not there yet: meanwhile nothing more is.
    """

    crossing: Crossing
    size: float = field(init=False)
    is_growing: bool = field(init=False, default=False)
    _more: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.size = float(self.crossing.devices_count) if self._adds_devices else 1.0

    @property
    def scaler(self) -> DeviceScaler:
        """Its numbers."""
        assert self.crossing.scaler is not None
        return self.crossing.scaler

    @property
    def _adds_devices(self) -> bool:
        return self.scaler.grows == "devices"

    def look(self, packets_count: int) -> bool:
        """Decide from the packets that came since the last look; say whether it asks for more.

        Parameters
        ----------
        packets_count
            Of all its devices.
        """
        assert self.crossing.forwarding_per_s is not None
        capacity_per_s = self.crossing.forwarding_per_s * self.size
        if not self._adds_devices:
            capacity_per_s *= self.crossing.devices_count
        ratio = packets_count / self.scaler.interval_s / capacity_per_s / self.scaler.target_ratio
        if self.is_growing or ratio <= 1.0 + _TOLERANCE_RATIO:
            return False
        most = math.floor(self.scaler.most_count) if self._adds_devices else self.scaler.most_count
        wanted = min(self.size * min(ratio, 1.0 + self.scaler.step_ratio), float(most))
        more = wanted - self.size
        if more * _MILLION < 1.0:
            return False
        self._more = math.ceil(more - 1.0 / _MILLION) if self._adds_devices else more
        self.is_growing = True
        return True

    def enlarge(self) -> float:
        """Let what was asked for be there; return the size from now on."""
        self.is_growing = False
        self.size += self._more
        if self._adds_devices:
            self.size = min(self.size, float(math.floor(self.scaler.most_count)))
        return self.size


@dataclass(frozen=True, kw_only=True)
class GrowthPlan:
    """What is done on the rig as one crossing grows.

    Parameters
    ----------
    name, crossing
        Which, and as it begins.
    devices
        Its devices, those that may come included.
    routes
        What spreads flows over so many devices.
    """

    name: str
    crossing: Crossing
    devices: tuple[DeviceSite, ...]
    routes: Mapping[int, tuple[Step, ...]]

    def steps(self, size: float) -> tuple[Step, ...]:
        """Return the steps to a size: so many devices, or so many times as fast."""
        if self.routes:
            return self.routes[round(size)]
        assert self.crossing.forwarding_per_s is not None
        faster = replace(self.crossing, forwarding_per_s=self.crossing.forwarding_per_s * size)
        found: list[Step] = []
        for device in self.devices:
            found += device_change_steps(device, self.crossing, faster, (), unanswered_s=1.0)
        return tuple(found)


def growth_plans(ground: Ground, script: Script) -> Iterator[GrowthPlan]:
    """Yield what is done as each crossing of a script grows by itself."""
    world = script.phases[0].world
    for name, crossing in world.crossings.items():
        if crossing.scaler is None:
            continue
        routes: dict[int, tuple[Step, ...]] = {}
        for count in range(crossing.devices_count + 1, crossing.devices_most_count + 1):
            grown = replace(crossing, devices_count=count)
            after = replace(world, crossings={**world.crossings, name: grown})
            routes[count] = route_change_commands(ground, world, after)
        yield GrowthPlan(name=name, crossing=crossing, devices=ground.devices_of(name), routes=routes)
