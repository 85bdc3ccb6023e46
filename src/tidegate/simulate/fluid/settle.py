"""Whether a run has settled, so that time may jump: nothing but backlogs changes any more."""

from __future__ import annotations

from math import ceil, inf
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.simulate.fluid.parts import Parts
    from tidegate.simulate.fluid.source import Source

_LEAST_WINDOW_S = 2.0
_CHANGE_RATIO = 5e-3
_PATIENCE_COUNT = 2000


class Settling:
    """Compares windows of time with each other.

    A window is longer than any time-out in use and than any delay before a retry that has
    happened; three alike in a row count as settled, and so do 2,000 steps without an event, since
    what has not changed the picture by then goes on as it goes.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._attempts = self._served = 0.0
        self._seen: list[float] = []
        self._steps = self._alike = self._since = 0
        self.window_count = self._window_steps()
        self._backlogs = [0.0]
        self._slopes = [0.0]

    def disturb(self) -> None:
        """Begin again: something has happened."""
        self._seen = []
        self._steps = self._alike = self._since = 0
        self._attempts = self._served = 0.0

    def settled(self, step: int) -> bool:
        """Look at the step that has just run."""
        attempts = served = 0.0
        for source in self._parts.sources:
            stream = source.stream
            attempts += stream.attempts_count
            served += stream.served_count
        self._attempts += attempts
        self._served += served
        self._steps += 1
        self._since += 1
        if self._steps >= self.window_count:
            self._close()
        if any(source.busy_until > step for source in self._parts.sources):
            self._alike = 0
            return False
        return self._alike >= 2 or self._since >= _PATIENCE_COUNT

    def _close(self) -> None:
        window, now = self._window_steps(), self._levels()
        same = len(self._seen) == len(now) and self.window_count == window
        for old, new in zip(self._seen, now, strict=False):
            same = same and abs(new - old) <= _CHANGE_RATIO * max(abs(new), abs(old), 1e-3)
        self._alike = self._alike + 1 if same else 0
        backlogs = [source.backlog_count for source in self._parts.populations.values()]
        before = self._backlogs if len(self._backlogs) == len(backlogs) else backlogs
        self._slopes = [(b - a) / self._steps for a, b in zip(before, backlogs, strict=True)]
        self._backlogs = backlogs
        self._seen, self._steps, self.window_count = now, 0, window
        self._attempts = self._served = 0.0

    def lasts_s(self) -> float:
        """Return how long things stay as they are: until a backlog is drained."""
        ends = [b / -s for b, s in zip(self._backlogs, self._slopes, strict=True) if s < -1e-9]
        return min(ends, default=inf) * self._parts.step_s

    def leap(self, steps_count: int) -> None:
        """Let the backlogs go on as they went."""
        for source, slope in zip(self._parts.populations.values(), self._slopes, strict=True):
            source.backlog_count = max(0.0, source.backlog_count + slope * steps_count)
        self.disturb()

    def _window_steps(self) -> int:
        longest_s = max((_longest_s(source) for source in self._parts.sources), default=0.0)
        for gate in self._parts.gates.values():
            # What fills a table now comes free after the hold, all at once if it came so.
            if gate.table.held_count > 0.5 * gate.table.places_count:
                longest_s = max(longest_s, 1.5 * gate.closed_hold_s, 1.5 * gate.unanswered_hold_s)
            if any(ports.held_count > 0.5 * ports.places_count for ports in gate.ports.values()):
                longest_s = max(longest_s, 1.5 * gate.ports_hold_s, 1.5 * gate.ports_unanswered_hold_s)
        return ceil(max(_LEAST_WINDOW_S, longest_s) / self._parts.step_s)

    def _levels(self) -> list[float]:
        """Return the window's sums, and every level that could still drift."""
        row = [self._attempts, self._served]
        for source in self._parts.sources:
            stream = source.stream
            row += (stream.unanswered_count, stream.unconnected_ratio)
            row += [purse.tokens_count for purse in stream.purses if purse is not None]
            if stream.turns is not None:
                row += (stream.turns.tokens_count, sum(stream.turns.waiting))
        for gate in self._parts.gates.values():
            row += (gate.forward.work_s, gate.setup.work_s, gate.table.held_count)
            row += [ports.held_count for ports in gate.ports.values()]
        for server in self._parts.servers.values():
            row.append(server.station.work_s)
            row += [link.warm_ratio for link in server.links]
        return row


def _longest_s(source: Source) -> float:
    """Return the longest time-out or delay that this source has met so far."""
    stream = source.stream
    delays = [
        branch.most_s
        for ways in stream.chain.ways[: stream.top]
        for way in ways
        for branch in way
        if branch.state < stream.top
    ]
    breaker = stream.brake.breaker.open_s if stream.brake is not None else 0.0
    return 1.5 * max([stream.timeout_s, breaker, *delays])
