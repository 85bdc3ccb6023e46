"""Retry policies as table rows: delay law × jitter × retries, with budgets and breakers."""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.tables import Floats, Ints
from tidegate.world.catalogue.entries import syn_schedules
from tidegate.world.retry import Breaker, Budget, RetryLayer, RetryPolicy

NS = 1e9
LAWS = ("none", "constant", "linear", "exponential", "decorrelated")
JITTERS = ("none", "full", "equal", "spread")


class PolicyTable:
    """Collects the rows of every policy in use; each population has its own budgets and breakers.

    Parameters
    ----------
    fraction
        Of the world's size: what a whole population shares is scaled with it.
    """

    def __init__(self, fraction: float = 1.0) -> None:
        self._fraction = fraction
        self._layers: list[list[float]] = []
        self._budgets: list[list[float]] = []
        self._breakers: list[list[float]] = []
        self._budget_tokens: list[float] = []
        self._breaker_holders = 0
        self._syns: list[int] = []
        self._known: dict[tuple[str, RetryPolicy], int] = {}
        self._known_syns: dict[str, tuple[int, int]] = {}

    def policy(self, population: str, policy: RetryPolicy, holders: int) -> int:
        """Return `policy` as `population`'s `holders` clients use it: first row | rows << 32."""
        seen = (population, policy)
        if seen not in self._known:
            first = len(self._layers)
            for layer in policy.layers:
                self._layers.append(self._layer(layer, holders))
            guarded = any(layer.budget or layer.breaker for layer in policy.layers)
            self._known[seen] = first | len(policy.layers) << c.LAYERS_SHIFT | guarded * c.GUARDED
        return self._known[seen]

    def syn(self, name: str) -> tuple[int, int]:
        """Return (first, number) of the rows of a SYN schedule."""
        if name not in self._known_syns:
            times = syn_schedules()[name]
            self._known_syns[name] = (len(self._syns), len(times))
            self._syns.extend(round(at_s * NS) for at_s in times)
        return self._known_syns[name]

    def _layer(self, layer: RetryLayer, holders: int) -> list[float]:
        row = [0.0] * c.L_COLUMNS
        row[c.L_RETRIES] = -1.0 if layer.retries_count is None else float(layer.retries_count)
        row[c.L_LAW] = float(LAWS.index(layer.backoff))
        row[c.L_BASE] = layer.base_s * NS
        row[c.L_MULTIPLIER] = layer.multiplier_ratio
        row[c.L_CAP] = layer.cap_s * NS
        row[c.L_JITTER] = float(JITTERS.index(layer.jitter))
        row[c.L_WIDTH] = layer.jitter_width_ratio
        row[c.L_DEADLINE] = -1.0 if layer.deadline_s is None else layer.deadline_s * NS
        row[c.L_AFTER] = _after_ns(layer)
        row[c.L_BUDGET] = -1.0 if layer.budget is None else self._budget(layer.budget, holders)
        row[c.L_BREAKER] = -1.0 if layer.breaker is None else self._breaker(layer.breaker, holders)
        return row

    def _budget(self, budget: Budget, holders: int) -> float:
        shared = budget.scope == "population"
        row = [0.0] * c.B_COLUMNS
        size = self._fraction if shared else 1.0
        row[c.B_TOKENS] = budget.tokens_count * size
        row[c.B_COST] = budget.cost_count
        row[c.B_REQUEST] = budget.per_request_count
        row[c.B_SUCCESS] = budget.per_success_count
        row[c.B_FILL] = budget.fill_per_s * size / NS
        row[c.B_FLOOR] = budget.floor_ratio
        row[c.B_SHARED] = float(shared)
        row[c.B_FIRST] = float(len(self._budget_tokens))
        self._budget_tokens.extend([budget.tokens_count * size] * (1 if shared else holders))
        self._budgets.append(row)
        return float(len(self._budgets) - 1)

    def _breaker(self, breaker: Breaker, holders: int) -> float:
        shared = breaker.scope == "population"
        row = [0.0] * c.K_COLUMNS
        row[c.K_RATIO] = breaker.failure_ratio
        row[c.K_HALF_WINDOW] = float(max(1, round(breaker.window_s * NS) // 2))
        least = breaker.least_calls_count * (self._fraction if shared else 1.0)
        row[c.K_LEAST] = float(max(1, round(least)))
        row[c.K_OPEN] = breaker.open_s * NS
        row[c.K_SHARED] = float(shared)
        row[c.K_FIRST] = float(self._breaker_holders)
        self._breaker_holders += 1 if shared else holders
        self._breakers.append(row)
        return float(len(self._breakers) - 1)

    def arrays(self) -> tuple[Floats, Floats, Floats, Floats, int, Ints]:
        """Return layers, budgets, breakers, tokens of each holder, breaker holders and SYN times."""
        return (
            _table(self._layers, c.L_COLUMNS),
            _table(self._budgets, c.B_COLUMNS),
            _table(self._breakers, c.K_COLUMNS),
            np.array(self._budget_tokens, dtype=np.float64),
            self._breaker_holders,
            np.array(self._syns, dtype=np.int64),
        )


def _after_ns(layer: RetryLayer) -> float:
    """Return how long the layer waits at most because it was asked to; -1 where it does not listen."""
    if layer.retry_after == "ignore":
        return -1.0
    return np.inf if layer.retry_after_cap_s is None else layer.retry_after_cap_s * NS


def _table(rows: list[list[float]], columns: int) -> Floats:
    return np.array(rows, dtype=np.float64).reshape(-1, columns)
