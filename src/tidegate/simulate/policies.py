"""Retry policies as table rows: delay law × jitter × retries, with budgets and breakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tidegate.simulate.kernels import nouns
from tidegate.simulate.kernels.nouns.policy import GUARDED, LAYERS_SHIFT, Backoff, Jitter
from tidegate.simulate.kernels.nouns.request import Failure
from tidegate.simulate.kernels.nouns.service import Law as LawOfRows
from tidegate.simulate.tables import Floats, Ints, blank, table_of
from tidegate.world.catalogue.entries import syn_schedules
from tidegate.world.law import Law
from tidegate.world.retry import FAILURES, Breaker, Budget, RetryLayer, RetryPolicy

NS = 1e9


@dataclass(frozen=True, kw_only=True)
class Policies:
    """Every policy in use, as arrays.

    Parameters
    ----------
    layer_rows, budget_rows, breaker_rows
        Rows of `kernels.nouns.policy`; links are numbers of rows, or of holders.
    tokens
        What each holder of a budget has at the start.
    breaker_holders_count
        How many holders of breakers there are.
    syn
        The times of SYN schedules, one after the other, in ns.
    laws
        The stretches of laws, one after the other, as `kernels.chance.times_mean` reads them.
    """

    layer_rows: Floats
    budget_rows: Floats
    breaker_rows: Floats
    tokens: Floats
    breaker_holders_count: int
    syn: Ints
    laws: Ints


class PolicyTable:
    """Collects the rows of every policy in use; each population has its own budgets and breakers.

    Parameters
    ----------
    fraction
        Of the world's size: what a whole population shares is scaled with it.
    """

    def __init__(self, fraction: float = 1.0) -> None:
        self._fraction = fraction
        self._layers: list[nouns.Layer] = []
        self._budgets: list[nouns.Budget] = []
        self._breakers: list[nouns.Breaker] = []
        self._budget_tokens: list[float] = []
        self._breaker_holders = 0
        self._syns: list[int] = []
        self._known: dict[tuple[str, RetryPolicy], int] = {}
        self._laws: list[int] = []
        self._known_laws: dict[Law, int] = {}
        self._known_syns: dict[str, tuple[int, int]] = {}

    def policy(self, population: str, policy: RetryPolicy, holders: int) -> int:
        """Return `policy` as `population`'s `holders` clients use it, as `kernels.nouns.policy` says."""
        seen = (population, policy)
        if seen not in self._known:
            first = len(self._layers) * nouns.Layer.SIZE  # with them the memory of floats begins
            for layer in policy.layers:
                self._layers.append(self._layer(layer, holders))
            guarded = any(layer.budget or layer.breaker for layer in policy.layers)
            self._known[seen] = first | len(policy.layers) << LAYERS_SHIFT | guarded * GUARDED
        return self._known[seen]

    def syn(self, name: str) -> tuple[int, int]:
        """Return (first, number) of the rows of a SYN schedule."""
        if name not in self._known_syns:
            times = syn_schedules()[name]
            self._known_syns[name] = (len(self._syns), len(times))
            self._syns.extend(round(at_s * NS) for at_s in times)
        return self._known_syns[name]

    def law(self, law: Law) -> tuple[int, int]:
        """Return (a law of rows, where its stretches begin)."""
        if not law.stretches:
            return LawOfRows[law.word.upper()], 0
        if law not in self._known_laws:
            self._known_laws[law] = len(self._laws)
            self._laws.extend(number for stretch in law.stretches for number in stretch)
        return LawOfRows.STRETCHED, self._known_laws[law]

    def numbers(self, values: Sequence[int]) -> int:
        """Keep whole numbers beside the stretches of laws, and return where they begin."""
        first = len(self._laws)
        self._laws.extend(values)
        return first

    def _layer(self, layer: RetryLayer, holders: int) -> nouns.Layer:
        row = blank(nouns.Layer)
        row.retries_count = -1.0 if layer.retries_count is None else float(layer.retries_count)
        row.backoff = Backoff[layer.backoff.upper()]
        row.base_ns = layer.base_s * NS
        row.multiplier_ratio = layer.multiplier_ratio
        row.cap_ns = layer.cap_s * NS
        row.jitter = Jitter[layer.jitter.upper()]
        row.jitter_width_ratio = layer.jitter_width_ratio
        row.deadline_ns = -1.0 if layer.deadline_s is None else layer.deadline_s * NS
        row.after_ns = _after_ns(layer)
        ended_by = (Failure[name.upper()] for name in FAILURES if name not in layer.retries_on)
        row.ended_by = float(sum(1 << failure for failure in ended_by))
        row.floor_ns = layer.floor_s * NS
        row.law, row.stretches_at = self.law(layer.law)
        row.budget = -1 if layer.budget is None else self._budget(layer.budget, holders)
        row.breaker = -1 if layer.breaker is None else self._breaker(layer.breaker, holders)
        return row

    def _budget(self, budget: Budget, holders: int) -> int:
        shared = budget.scope == "population"
        row = blank(nouns.Budget)
        size = self._fraction if shared else 1.0
        row.most_tokens_count = budget.tokens_count * size
        row.cost_count = budget.cost_count
        row.per_request_count = budget.per_request_count
        row.per_success_count = budget.per_success_count
        row.fill_per_ns = budget.fill_per_s * size / NS
        row.floor_ratio = budget.floor_ratio
        row.is_shared = float(shared)
        row.purses = len(self._budget_tokens)
        self._budget_tokens.extend([budget.tokens_count * size] * (1 if shared else holders))
        self._budgets.append(row)
        return len(self._budgets) - 1

    def _breaker(self, breaker: Breaker, holders: int) -> int:
        shared = breaker.scope == "population"
        row = blank(nouns.Breaker)
        row.failures_ratio = breaker.failure_ratio
        row.half_window_ns = float(max(1, round(breaker.window_s * NS) // 2))
        least = breaker.least_calls_count * (self._fraction if shared else 1.0)
        row.least_calls_count = float(max(1, round(least)))
        row.open_ns = breaker.open_s * NS
        row.is_shared = float(shared)
        row.circuits = self._breaker_holders
        self._breaker_holders += 1 if shared else holders
        self._breakers.append(row)
        return len(self._breakers) - 1

    def arrays(self) -> Policies:
        """Return all that was collected."""
        return Policies(
            layer_rows=table_of(nouns.Layer, self._layers),
            budget_rows=table_of(nouns.Budget, self._budgets),
            breaker_rows=table_of(nouns.Breaker, self._breakers),
            tokens=np.array(self._budget_tokens, dtype=np.float64),
            breaker_holders_count=self._breaker_holders,
            syn=np.array(self._syns, dtype=np.int64),
            laws=np.array(self._laws, dtype=np.int64),
        )


def _after_ns(layer: RetryLayer) -> float:
    """Return how long the layer waits at most because it was asked to; -1 where it does not listen."""
    if layer.retry_after == "ignore":
        return -1.0
    return np.inf if layer.retry_after_cap_s is None else layer.retry_after_cap_s * NS
