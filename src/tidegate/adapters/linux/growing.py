"""A crossing of the rig that grows by itself: it reads what the sampler counts, and its devices are changed.

How it decides stands in `rehearse/growth`. Shortcut: it looks a twentieth of a second late, when it knows
what came until then.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from tidegate.rehearse.growth import Growth, GrowthPlan
from tidegate.rehearse.measurement import BIN_S
from tidegate.rehearse.rig_steps import Step

SEEN_S = 0.05

Later = Callable[[float, Callable[[], None]], None]
"""Told when something is to be done after the start, and what."""


class Growing:
    """One crossing that grows.

    Parameters
    ----------
    plan
        What is done as it does.
    later
        Plans what is to be done.
    carry_out
        Carries out steps.
    """

    def __init__(
        self, plan: GrowthPlan, *, later: Later, carry_out: Callable[[Iterable[Step]], None]
    ) -> None:
        self._plan = plan
        self._later = later
        self._carry_out = carry_out
        self._growth = Growth(plan.crossing)
        self._packets: dict[int, int] = {}
        self._looks_count = 0
        self._await_look()

    def hear(self, number: int, packets_count: int) -> None:
        """So many packets came in a bin."""
        self._packets[number] = packets_count

    def _await_look(self) -> None:
        self._looks_count += 1
        self._later(self._looks_count * self._growth.scaler.interval_s + SEEN_S, self._look)

    def _look(self) -> None:
        at_s = self._looks_count * self._growth.scaler.interval_s
        seen = [number for number in self._packets if (number + 1) * BIN_S <= at_s + BIN_S / 2]
        if self._growth.look(sum(self._packets.pop(number) for number in seen)):
            self._later(at_s + self._growth.scaler.delay_s, self._enlarge)
        self._await_look()

    def _enlarge(self) -> None:
        self._carry_out(self._plan.steps(self._growth.enlarge()))
