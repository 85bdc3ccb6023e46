"""An autoscaler beside a service of the rig: it reads what the server did, and lets instances come and go.

How it decides stands in `rehearse/scaling`. Instances that it asks for are there once they have booted; of
those that boot and are given up, those due first do not come.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate.adapters.linux.event_loop import EventLoop
from tidegate.adapters.linux.services.serving import Serving
from tidegate.rehearse.scaling import Reading, Sizing
from tidegate.world.scaler import Autoscaler


class Scaled:
    """The autoscaler of one service.

    Parameters
    ----------
    scaler
        Its numbers.
    serving, connections_count
        What it reads.
    boot_s
        How long an instance takes to boot.
    loop
        Time.
    added
        Told how many instances more (or fewer) there are.
    """

    def __init__(
        self,
        scaler: Autoscaler,
        *,
        serving: Serving,
        connections_count: Callable[[], int],
        boot_s: float,
        loop: EventLoop,
        added: Callable[[int], None],
    ) -> None:
        self._sizing = Sizing(scaler, serving.settings.concurrency_count)
        self._interval_s = scaler.interval_s
        self._serving = serving
        self._connections_count = connections_count
        self._boot_s = boot_s
        self._loop = loop
        self._added = added
        self._pending_count = self._cancelled_count = 0
        loop.at(0.0, self._begin, None)

    def _begin(self, what: None, number: int) -> None:
        del what, number
        self._serving.take_work()
        self._loop.at(self._interval_s, self._look, None)

    def _look(self, what: None, number: int) -> None:
        del what, number
        self._loop.at(self._loop.due_s + self._interval_s, self._look, None)
        up_count = self._serving.there_count
        asked_count = up_count + self._pending_count
        busy_s, arrived_count = self._serving.take_work()
        reading = Reading(
            busy_s=busy_s,
            arrived_count=arrived_count,
            waiting_count=self._serving.waiting_count,
            connections_count=self._connections_count(),
        )
        change = self._sizing.look(self._loop.due_s, up_count, asked_count, reading) - asked_count
        if change > 0:
            self._pending_count += change
            self._loop.at(self._loop.due_s + self._boot_s, self._booted, change)
        elif change < 0:
            given_up = min(-change, self._pending_count)
            self._pending_count -= given_up
            self._cancelled_count += given_up
            if -change > given_up:
                self._added(change + given_up)

    def _booted(self, count: int, number: int) -> None:
        del number
        gone = min(count, self._cancelled_count)
        self._cancelled_count -= gone
        self._pending_count -= count - gone
        if count > gone:
            self._added(count - gone)
