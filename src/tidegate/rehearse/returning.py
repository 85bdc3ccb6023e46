"""Which devices of the rig come back after they were away? They have lost what they knew of flows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tidegate.rehearse.ground import Ground
from tidegate.rehearse.limit_plan import strangers_command
from tidegate.rehearse.rig_steps import Command
from tidegate.world.world import World


class Returns:
    """Remembers how often each device went, phase by phase.

    Parameters
    ----------
    ground
        Where they stand.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._went: Counter[int] = Counter()

    def steps(self, before: World, after: World) -> Iterator[Command]:
        """Yield what lets the devices that come back with a phase forget their flows."""
        for name, crossing in after.crossings.items():
            was, now = before.crossings[name].devices_count, crossing.devices_count
            devices = self._ground.devices_of(name)
            self._went.update(device.number for device in devices[now:was])
            for device in devices[was:now]:
                if self._went[device.number]:
                    yield strangers_command(device, self._went[device.number])
