"""What holds retries back: budgets and breakers, for a whole population at once.

Buckets of single clients are pooled, and clients with a breaker each are taken to act alike.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.world.clients import ClientLimit
    from tidegate.world.retry import Breaker, Budget


class Purse:
    """The retry budgets of one layer, pooled."""

    __slots__ = ("budget", "full_count", "holders_count", "tokens_count")

    def __init__(self, budget: Budget, clients_count: float) -> None:
        self.budget = budget
        self.holders_count = 0.0
        self.tokens_count = 0.0
        self.change(clients_count)

    def change(self, clients_count: float) -> None:
        """Give newcomers full buckets, and let leavers take theirs away."""
        holders = max(clients_count, 1.0) if self.budget.scope == "client" else 1.0
        if holders > self.holders_count:
            self.tokens_count += (holders - self.holders_count) * self.budget.tokens_count
        elif holders < self.holders_count:
            self.tokens_count *= holders / self.holders_count
        self.holders_count = holders
        self.full_count = holders * self.budget.tokens_count

    def step(self, fresh_count: float, step_s: float) -> None:
        """Pay in for first attempts and for time."""
        budget = self.budget
        paid = fresh_count * budget.per_request_count + budget.fill_per_s * self.holders_count * step_s
        self.tokens_count = min(self.full_count, self.tokens_count + paid)

    def succeed(self, count: float) -> None:
        """Pay in for successes."""
        paid = count * self.budget.per_success_count
        self.tokens_count = min(self.full_count, self.tokens_count + paid)

    def pay(self, count: float) -> float:
        """Return how many of `count` retries the tokens pay for."""
        floor = self.budget.floor_ratio * self.full_count
        afforded = max(0.0, self.tokens_count - floor) / self.budget.cost_count
        paid = min(count, afforded)
        self.tokens_count -= paid * self.budget.cost_count
        return paid


class Turns:
    """The limits that clients keep by themselves, pooled: what is too much waits for its turn.

    Attributes
    ----------
    waiting
        How many wait, by retry state.
    """

    __slots__ = ("burst_count", "limit", "rate_per_s", "tokens_count", "waiting")

    def __init__(self, limit: ClientLimit, holders_count: float) -> None:
        self.limit = limit
        self.waiting: list[float] = []
        self.change(holders_count)
        self.tokens_count = self.burst_count

    def change(self, holders_count: float) -> None:
        """Take on another number of clients, each with a limit of its own."""
        self.rate_per_s = self.limit.rate_per_s * holders_count
        self.burst_count = self.limit.burst_count * holders_count

    def take(self, counts: list[float], step_s: float) -> tuple[list[float], list[float]]:
        """Return who goes now and who fails at once, of those that wait and those that come, by state."""
        waits = [*self.waiting, *[0.0] * (len(counts) - len(self.waiting))]
        waits = [here + come for here, come in zip(waits, counts, strict=True)]
        come_count = self.rate_per_s * step_s
        self.tokens_count = min(max(self.burst_count, come_count), self.tokens_count + come_count)
        total = sum(waits)
        if total <= 0.0:
            return counts, counts
        goes = min(total, self.tokens_count)
        self.tokens_count -= goes
        longest_s = self.limit.longest_wait_s
        stays = total - goes if longest_s is None else min(total - goes, self.rate_per_s * longest_s)
        self.waiting = [count * stays / total for count in waits]
        fails = total - goes - stays
        return [count * goes / total for count in waits], [count * fails / total for count in waits]


class Brake:
    """A circuit breaker: open, all attempts fail at once; then one a holder is tried."""

    __slots__ = ("_bad", "_fade", "_good", "breaker", "holders_count", "open_until_s", "trial")

    def __init__(self, breaker: Breaker, clients_count: float, step_s: float) -> None:
        self.breaker = breaker
        self.holders_count = max(clients_count, 1.0) if breaker.scope == "client" else 1.0
        self.open_until_s = -1.0
        self.trial = False
        self._good = self._bad = 0.0
        self._fade = exp(-step_s / breaker.window_s)

    def hear(self, good_count: float, bad_count: float) -> None:
        """Note successes and failures."""
        self._good += good_count
        self._bad += bad_count

    def lets(self, count: float, now_s: float) -> float:
        """Return how many of `count` attempts may be made now."""
        if now_s < self.open_until_s:
            return 0.0
        calls = self._good + self._bad
        if self.trial:
            return self._try(count, now_s)
        self._good *= self._fade
        self._bad *= self._fade
        enough = calls >= self.breaker.least_calls_count * self.holders_count
        if enough and self._bad >= self.breaker.failure_ratio * calls:
            self._open(now_s)
            return 0.0
        return count

    def _open(self, now_s: float) -> None:
        self.open_until_s = now_s + self.breaker.open_s
        self.trial = True
        self._good = self._bad = 0.0

    def _try(self, count: float, now_s: float) -> float:
        """Let one call a holder through, and judge by the first answers."""
        heard = self._good + self._bad
        if heard >= self.holders_count * 0.5:
            if self._bad > self._good:
                self._open(now_s)
                return 0.0
            self.trial = False
            self._good = self._bad = 0.0
            return count
        return min(count, max(0.0, self.holders_count - heard))
