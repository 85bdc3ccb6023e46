"""What a client does after a failure.

The retry layers of one request, from the library up to the job loop: each tries, waits and gives up by
its own settings, knowing nothing of the others, which is why their attempts multiply. Waiting and
sending must not live here; the caller is told what to do and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.behaviour.backoff import delay_s
from tidegate.behaviour.breaker import CircuitBreaker
from tidegate.behaviour.budget import RetryBudget
from tidegate.behaviour.instant import nanoseconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tidegate.world.retry import RetryLayer, RetryPolicy


@dataclass(frozen=True, kw_only=True)
class Retry:
    """Try again `after_s` from now; `layer_index` (0 is the innermost) is the layer that tries."""

    after_s: float
    layer_index: int


@dataclass(frozen=True, kw_only=True)
class GiveUp:
    """The outermost layer has given up: the request has failed."""


@dataclass(frozen=True, kw_only=True)
class LayerGuards:
    """What one layer's attempts and retries must ask; outlives requests and may be shared by clients."""

    budget: RetryBudget | None
    breaker: CircuitBreaker | None


def guards_of(policy: RetryPolicy, now_s: float) -> tuple[LayerGuards, ...]:
    """Return new budgets and breakers for `policy`, one pair a layer.

    Whoever holds them decides who shares them: make one set for a client, or one for the population,
    as the `scope` of each says.
    """
    return tuple(
        LayerGuards(
            budget=None if layer.budget is None else RetryBudget(layer.budget, now_s),
            breaker=None if layer.breaker is None else CircuitBreaker(layer.breaker),
        )
        for layer in policy.layers
    )


class _LayerTries:
    """How far one layer has got with its present call."""

    def __init__(self, layer: RetryLayer, guards: LayerGuards) -> None:
        self.layer = layer
        self.guards = guards
        self.retries_count = 0
        self.previous_s = 0.0
        self.began_s = 0.0

    def begin(self, now_s: float) -> None:
        """Start afresh: to this layer, each try of the layer above is a new call."""
        self.retries_count = 0
        self.previous_s = 0.0
        self.began_s = now_s
        if self.guards.budget is not None:
            self.guards.budget.request(now_s)

    def retry_after_s(
        self, now_s: float, draw: Callable[[], float], *, advised_s: float, why: str
    ) -> float | None:
        """Return the wait before this layer's next retry, or None where it gives up."""
        layer, budget = self.layer, self.guards.budget
        if why not in layer.retries_on:
            return None
        if layer.retries_count is not None and self.retries_count >= layer.retries_count:
            return None
        own_s = delay_s(layer, self.retries_count + 1, self.previous_s, draw())
        after_s = max(own_s, _heeded_s(layer, advised_s))
        if layer.deadline_s is not None:
            elapsed_ns = nanoseconds(now_s + after_s) - nanoseconds(self.began_s)
            if elapsed_ns > nanoseconds(layer.deadline_s):
                return None
        if budget is not None and not budget.take_retry(now_s):
            return None
        self.retries_count += 1
        self.previous_s = own_s
        return after_s


def _heeded_s(layer: RetryLayer, advised_s: float) -> float:
    """Return how long the layer waits because the answer asked for it (HTTP's Retry-After)."""
    if layer.retry_after == "ignore":
        return 0.0
    return advised_s if layer.retry_after_cap_s is None else min(advised_s, layer.retry_after_cap_s)


class RetryState:
    """Where one request of one client stands in its retry layers.

    Call `start` when an attempt begins. If it says yes, send, and report `success` or `failure`; if a
    breaker says no, report `failure` at once. `failure` answers what to do next.

    The rules:

    - Layer 0 is the innermost. It retries until its retries are used (attempts are one more), its
      deadline would pass, or its budget refuses. That is then one failure of layer 1, whose retry
      begins layer 0 afresh, and so on outward; when the outermost gives up, so does the client.
    - A deadline runs from the start of the layer's first attempt; no retry *starts* later.
    - A budget is asked only when nothing else keeps its layer from retrying. It is paid in once for
      each call that the layer above makes, and for each success.
    - A breaker sees the tries of its own layer: a call below that was tried again and then succeeded
      is one success. An attempt it refuses counts for no breaker of its own layer, and is a failed try.
    - A layer that obeys an answer's wish to be left alone waits the longer of that, cut to its cap, and its
      own delay; its next own delay is reckoned from its own.
    - A layer tries again only what it is told to (`retries_on`); any other failure is one failure of the
      layer above, which judges it by its own list.
    - One random draw is taken for each delay worked out, also where deadline or budget then refuse it.

    Parameters
    ----------
    policy
        The layers, innermost first.
    guards
        From `guards_of`, as many as there are layers.
    """

    def __init__(self, policy: RetryPolicy, guards: tuple[LayerGuards, ...]) -> None:
        self._tries = tuple(
            _LayerTries(layer, guard) for layer, guard in zip(policy.layers, guards, strict=True)
        )
        # The layer whose try is about to start: one above the outermost when the request is new.
        self._retrying_index = len(self._tries)
        self._refusing_index: int | None = None

    def start(self, now_s: float) -> bool:
        """Begin the next attempt at `now_s`; False means a breaker refuses it."""
        for tries in self._tries[: self._retrying_index]:
            tries.begin(now_s)
        asked = self._tries[: self._retrying_index + 1]
        self._retrying_index = 0
        self._refusing_index = None
        for index, tries in reversed(tuple(enumerate(asked))):
            breaker = tries.guards.breaker
            if breaker is not None and not breaker.admit(now_s):
                self._refusing_index = index
                return False
        return True

    def success(self, now_s: float) -> None:
        """Report that the attempt succeeded; the request is done."""
        for tries in self._tries:
            if tries.guards.breaker is not None:
                tries.guards.breaker.success(now_s)
            if tries.guards.budget is not None:
                tries.guards.budget.success(now_s)

    def failure(
        self, now_s: float, draw: Callable[[], float], *, advised_s: float = 0.0, why: str = "timeout"
    ) -> Retry | GiveUp:
        """Report that the attempt failed or was refused, and return what to do next.

        Parameters
        ----------
        now_s
            When it failed.
        draw
            Gives uniform draws in [0, 1).
        advised_s
            After how long the answer asked the client to come back; 0 where it did not.
        why
            How it failed, one of the world's `FAILURES`; what a breaker has refused is known.
        """
        failed_index = 0
        if self._refusing_index is not None:
            failed_index, why = self._refusing_index, "breaker"
        for index in range(failed_index, len(self._tries)):
            tries = self._tries[index]
            if tries.guards.breaker is not None and index != self._refusing_index:
                tries.guards.breaker.failure(now_s)
            after_s = tries.retry_after_s(now_s, draw, advised_s=advised_s, why=why)
            if after_s is not None:
                self._retrying_index = index
                return Retry(after_s=after_s, layer_index=index)
        return GiveUp()
