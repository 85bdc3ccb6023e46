"""How much do flows that have closed still hold in each phase of a script? A phase may be short.

Each flow holds its port or entry for the same time after it has closed: what is held at a moment is what
came within that time before it. It is most where a phase ends, or where the flows of an earlier one have
just begun to leave. The last phase is taken to go on for ever, the first to have gone on for ever.

Who must wait for a busy service begins fewer flows. A service that has no instance and is silent answers
none: their ports are held for longer.

Shortcut: flows are taken to close as they begin; first attempts only.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from tidegate.evaluate.arithmetic.load import Stream


@dataclass(frozen=True)
class Held:
    """What is asked in each phase of a script, to be looked back on.

    Parameters
    ----------
    starts_s
        When each phase begins; the first at 0.
    asked
        What is asked of all places in each.
    unanswered
        New flows a second in each that nobody answers, by crossing.
    silent
        The services that answer nobody in each.
    """

    starts_s: Sequence[float]
    asked: Sequence[Sequence[Stream]]
    unanswered: Sequence[Mapping[str, float]] = ()
    silent: Sequence[frozenset[str]] = ()
    _flows: dict[tuple[str, str, str], _Flows] = field(default_factory=dict)

    def most_count(self, phase: int, crossing: str, service: str, hold_s: float, of: str = "") -> float:
        """Return the most that is held at once in a phase.

        Parameters
        ----------
        phase
            Its number.
        crossing, service
            Of whose flows: those that pass the crossing, towards one service or (empty) all.
        hold_s
            How long each holds what it holds.
        of
            Of one stream alone, or (empty) of all.
        """
        return self._most_count(phase, (self._of(crossing, service, of), hold_s))

    def most_ports_count(
        self, phase: int, crossing: str, service: str, holds_s: tuple[float, float], of: str = ""
    ) -> float:
        """Return the same of ports, of which those of flows that nobody has answered are held for longer.

        Parameters
        ----------
        phase, crossing, service, of
            As above.
        holds_s
            How long a port is held of a flow that was answered, and of one that was not.
        """
        flows = self._of(crossing, service, of)
        silent_per_s = [
            per_s if i < len(self.silent) and service in self.silent[i] else 0.0
            for i, per_s in enumerate(flows.per_s)
        ]
        if not any(silent_per_s):
            return self._most_count(phase, (flows, holds_s[0]))
        answered = [per_s - silent for per_s, silent in zip(flows.per_s, silent_per_s, strict=True)]
        each = (_Flows(self.starts_s, answered), _Flows(self.starts_s, silent_per_s))
        return self._most_count(phase, *zip(each, holds_s, strict=True))

    def most_unanswered_count(self, phase: int, crossing: str, hold_s: float) -> float:
        """Return the same of the flows that pass a crossing and that nobody ever answers."""
        if not any(crossing in each for each in self.unanswered):
            return 0.0
        per_s = [each.get(crossing, 0.0) for each in self.unanswered]
        return self._most_count(phase, (_Flows(self.starts_s, per_s), hold_s))

    def _most_count(self, phase: int, *held: tuple[_Flows, float]) -> float:
        steady = sum(flows.per_s[phase] * hold_s for flows, hold_s in held)
        if phase == 0:
            return steady
        is_last = phase == len(self.starts_s) - 1
        until_s = math.inf if is_last else self.starts_s[phase + 1]
        moments_s = [] if is_last else [until_s]
        # What is held of several kinds may be most as the phase begins: then one grows no more.
        moments_s += [self.starts_s[phase]] if len(held) > 1 else []
        for _, hold_s in held:
            # The flows of an earlier phase begin to leave within this one.
            first = bisect_right(self.starts_s, self.starts_s[phase] - hold_s)
            beyond = bisect_left(self.starts_s, until_s - hold_s)
            moments_s += [start_s + hold_s for start_s in self.starts_s[first:beyond]]
        came = (
            sum(flows.came_count(at_s) - flows.came_count(at_s - hold_s) for flows, hold_s in held)
            for at_s in moments_s
        )
        return max(max(came, default=0.0), steady if is_last else 0.0)

    def _of(self, crossing: str, service: str, of: str) -> _Flows:
        key = (crossing, service, of)
        if key not in self._flows:
            per_s = [_sum_per_s(asked, *key) for asked in self.asked]
            self._flows[key] = _Flows(self.starts_s, per_s)
        return self._flows[key]


class _Flows:
    """How many flows have come by a moment."""

    def __init__(self, starts_s: Sequence[float], per_s: Sequence[float]) -> None:
        self._starts_s, self.per_s = starts_s, per_s
        each = [rate * (end - start) for rate, (start, end) in zip(per_s, pairwise(starts_s), strict=False)]
        self._before = list(accumulate(each, initial=0.0))

    def came_count(self, at_s: float) -> float:
        """Return how many flows came from time 0 to a moment (before 0: less than none)."""
        i = max(bisect_right(self._starts_s, at_s) - 1, 0)
        return self._before[i] + self.per_s[i] * (at_s - self._starts_s[i])


def _sum_per_s(asked: Sequence[Stream], crossing: str, service: str, of: str) -> float:
    return sum(
        one.flows_per_s * one.waiting_ratio
        for one in asked
        if crossing in one.way and service in {"", one.service} and of in {"", one.name}
    )
