"""Whether a client can afford another retry.

A token bucket that retries pay from and requests, successes and time pay into. When a retry is wanted,
and what happens on a refusal, must not live here: that is `layers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.world.retry import Budget

# Ten times 0.1 token must pay for one retry, although it adds up to a hair less than 1.0.
_ROUNDING_COUNT = 1e-9


class RetryBudget:
    """The tokens of one budget; starts full.

    Times are seconds on any one clock that does not go back.

    Parameters
    ----------
    budget
        Its settings.
    now_s
        When it starts.

    Notes
    -----
    gRPC's `retryThrottling` charges each *failure*, this bucket each *retry*: they differ by the
    failures that are not tried again.
    Sources: gRPC A6 (https://github.com/grpc/proposal/blob/master/A6-client-retries.md),
    Finagle `RetryBudget`, botocore's retry quota.
    """

    def __init__(self, budget: Budget, now_s: float) -> None:
        self._budget = budget
        self._tokens_count = budget.tokens_count
        self._filled_at_s = now_s

    def request(self, now_s: float) -> None:
        """Pay in for a first attempt."""
        self._pay_in(now_s, self._budget.per_request_count)

    def success(self, now_s: float) -> None:
        """Pay in for a success."""
        self._pay_in(now_s, self._budget.per_success_count)

    def take_retry(self, now_s: float) -> bool:
        """Pay for one retry if the tokens left would not fall below the floor; say whether it paid."""
        self._pay_in(now_s, 0.0)
        left_count = self._tokens_count - self._budget.cost_count
        if left_count < self._budget.floor_ratio * self._budget.tokens_count - _ROUNDING_COUNT:
            return False
        self._tokens_count = max(0.0, left_count)
        return True

    def tokens_count(self, now_s: float) -> float:
        """Return the tokens at `now_s`, from 0 to the bucket's size."""
        self._pay_in(now_s, 0.0)
        return self._tokens_count

    def _pay_in(self, now_s: float, tokens_count: float) -> None:
        filled_count = (now_s - self._filled_at_s) * self._budget.fill_per_s
        self._filled_at_s = now_s
        self._tokens_count = min(self._budget.tokens_count, self._tokens_count + filled_count + tokens_count)
