"""What holds retries back: budgets and breakers, for a whole population at once.

Buckets of single clients are pooled, and clients with a breaker each are taken to act alike.
"""

from __future__ import annotations

from math import exp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
