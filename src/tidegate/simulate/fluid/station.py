"""A queue with a processor behind it, as a level that rises and falls from step to step.

The same thing stands for a device's packet processor and for a service's workers. Nothing here
knows what waits, or where it goes next.
"""

from __future__ import annotations

_FAR_S = 1e9


class Station:
    """First come, first served, with a limited number of waiting places.

    Parameters
    ----------
    steps_count, step_s
        How many steps a run has, and how long each is.

    Attributes
    ----------
    capacity_ratio
        Seconds of work done in a second (the number of workers); None means no limit.
    places_count
        How many can wait.
    due_count, due_work_s
        What will arrive in each step as far as is known.
    wait_s, loss_ratio
        What an arrival of this step meets.
    """

    __slots__ = (
        "_known_count",
        "_known_work_s",
        "arrived_count",
        "arrived_work_s",
        "busy_ratio",
        "capacity_ratio",
        "due_count",
        "due_work_s",
        "loss_ratio",
        "places_count",
        "queued_count",
        "step_s",
        "surprise_count",
        "surprise_work_s",
        "taken_count",
        "taken_work_s",
        "wait_s",
        "work_s",
    )

    def __init__(self, steps_count: int, step_s: float) -> None:
        self.step_s = step_s
        self.capacity_ratio: float | None = None
        self.places_count = 1e18
        self.due_count = [0.0] * steps_count
        self.due_work_s = [0.0] * steps_count
        self.wait_s = self.loss_ratio = self.work_s = self.queued_count = self.busy_ratio = 0.0
        self.arrived_count = self.arrived_work_s = self.taken_count = self.taken_work_s = 0.0
        self.surprise_count = self.surprise_work_s = self._known_count = self._known_work_s = 0.0

    def begin(self, step: int) -> None:
        """Work off what the last step took, and foresee what an arrival of this step meets.

        Arrivals that come about within the step cannot be known yet; as many as in the last step
        are expected.
        """
        if self.capacity_ratio is not None:
            self.surprise_count = max(0.0, self.arrived_count - self._known_count)
            self.surprise_work_s = max(0.0, self.arrived_work_s - self._known_work_s)
            self._known_count = self.due_count[step]
            self._known_work_s = self.due_work_s[step]
            self._work_off(self.capacity_ratio * self.step_s)
            self._foresee(self.capacity_ratio)
        self.arrived_count = self.arrived_work_s = self.taken_count = self.taken_work_s = 0.0

    def _work_off(self, can_s: float) -> None:
        work_s = self.work_s + self.taken_work_s
        if work_s <= can_s:
            self.busy_ratio = work_s / self.step_s
            self.work_s = self.queued_count = 0.0
            return
        self.busy_ratio = can_s / self.step_s
        self.work_s = work_s - can_s
        self.queued_count = (self.queued_count + self.taken_count) * self.work_s / work_s
        if self.queued_count > self.places_count:
            self.work_s *= self.places_count / self.queued_count
            self.queued_count = self.places_count

    def _foresee(self, capacity_ratio: float) -> None:
        count = self._known_count + self.surprise_count
        work_s = self._known_work_s + self.surprise_work_s
        can_s = capacity_ratio * self.step_s
        self.loss_ratio = 0.0
        if count > 0.0:
            each_s = (self.work_s + work_s) / (self.queued_count + count)
            room = self.places_count - self.queued_count + (can_s / each_s if each_s > 0.0 else count)
            if count > room:
                self.loss_ratio = 1.0 - max(room, 0.0) / count
        middle_s = self.work_s + (work_s * (1.0 - self.loss_ratio) - can_s) / 2.0
        self.wait_s = 0.0
        if capacity_ratio <= 0.0:
            self.wait_s = _FAR_S
        elif middle_s > 0.0:
            self.wait_s = middle_s / capacity_ratio
