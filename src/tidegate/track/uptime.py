"""How much of the time was a component up, and how is that worked out? The arithmetic is part of the answer.

A second counts once, as the worst that was so in it. Time about which nothing is known, maintenance and
exercises are left out of the sum, and said to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tidegate.track.component import RANK, Status
from tidegate.track.lifecycle import OutageState
from tidegate.track.outage import Outage
from tidegate.track.summary import component_steps

WEIGHT: Mapping[Status, float] = {Status.MAJOR: 1.0, Status.PARTIAL: 0.3, Status.DEGRADED: 0.0}
"""How much a second counts as down: as on Atlassian's Statuspage, an outage in part counts 30 %."""
_LEFT_OUT = frozenset({Status.UNKNOWN, Status.MAINTENANCE})


@dataclass(frozen=True, kw_only=True)
class Uptime:
    """How much of a time a component was up.

    Parameters
    ----------
    ratio
        The share, from 0 to 1; None where the whole time is left out.
    counted_s
        The time that counts: all but what is left out.
    left_out_s
        Maintenance and time about which nothing is known.
    spent_s
        Seconds in each status that is not operational.
    """

    ratio: float | None
    counted_s: float
    left_out_s: float
    spent_s: Mapping[Status, float]

    def arithmetic(self) -> str:
        """Return how the share is worked out, as one line."""
        if self.ratio is None:
            return "no time to count"
        down = " + ".join(
            f"{WEIGHT[status]:g} × {seconds:,.0f} s {status.value}"
            for status, seconds in self.spent_s.items()
            if WEIGHT.get(status)
        )
        left = f", {self.left_out_s:,.0f} s left out" if self.left_out_s else ""
        return f"1 − ({down or '0 s'}) / {self.counted_s:,.0f} s{left} = {self.ratio:.3%}"


Span = tuple[float, float, Status]


def outage_spans(name: str, outages: Sequence[Outage], now_s: float) -> tuple[Span, ...]:
    """Return begin, end and status of each time in which outages hit a component; they may overlap.

    Exercises, false alarms and outages merged into others count for nothing.
    """
    ignored = {OutageState.FALSE_ALARM, OutageState.MERGED, OutageState.EXERCISE}
    found: list[Span] = []
    for one in outages:
        if one.is_exercise or one.state in ignored:
            continue
        steps = component_steps(one).get(name)
        if not steps:
            continue
        end_s = now_s if one.until_s is None else one.until_s
        ends = [*(at_s for at_s, _ in steps[1:]), end_s]
        found += [
            (at_s, min(end, end_s), status)
            for (at_s, status), end in zip(steps, ends, strict=True)
            if status is not Status.OPERATIONAL and min(end, end_s) > at_s
        ]
    return tuple(sorted(found, key=lambda span: (span[0], span[1])))


def uptime(spans: Sequence[Span], from_s: float, until_s: float) -> Uptime:
    """Return how much of a time was up, given when it was not; in seconds since 1970.

    Where spans overlap, maintenance decides, and otherwise the worst status.
    """
    marks = sorted({from_s, until_s, *(min(max(m, from_s), until_s) for span in spans for m in span[:2])})
    spent: dict[Status, float] = {}
    for begin_s, end_s in pairwise(marks):
        status = _status([held for start, end, held in spans if start <= begin_s and end >= end_s])
        if status is not Status.OPERATIONAL:
            spent[status] = spent.get(status, 0.0) + end_s - begin_s
    left_out_s = sum(seconds for status, seconds in spent.items() if status in _LEFT_OUT)
    counted_s = max(until_s - from_s, 0.0) - left_out_s
    down_s = sum(WEIGHT.get(status, 0.0) * seconds for status, seconds in spent.items())
    return Uptime(
        ratio=1.0 - down_s / counted_s if counted_s > 0 else None,
        counted_s=counted_s,
        left_out_s=left_out_s,
        spent_s=spent,
    )


def _status(held: Sequence[Status]) -> Status:
    if Status.MAINTENANCE in held:
        return Status.MAINTENANCE
    return max(held, key=RANK.__getitem__, default=Status.OPERATIONAL)
