"""Who shares the budgets and breakers of a retry policy.

A policy as one population uses it: each layer's budget and breaker is every client's own or all
clients' together, as its scope says. What they decide stands in `tidegate.behaviour`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tidegate.behaviour.layers import LayerGuards, RetryState, guards_of

if TYPE_CHECKING:
    from tidegate.world.retry import RetryPolicy


class Guarded(Protocol):
    """Who has budgets and breakers of its own: a client.

    Attributes
    ----------
    guards
        Its own, by policy; None where it has none yet.
    """

    guards: dict[PolicyUse, tuple[LayerGuards, ...]] | None


class PolicyUse:
    """One policy in use by one population.

    Parameters
    ----------
    policy
        Its layers.
    now_s
        When it comes into use: budgets are full then.
    """

    def __init__(self, policy: RetryPolicy, now_s: float) -> None:
        self._policy = policy
        self._shared = guards_of(policy, now_s)
        self._each_its_own = any(
            guarded is not None and guarded.scope == "client"
            for layer in policy.layers
            for guarded in (layer.budget, layer.breaker)
        )

    def begin(self, client: Guarded, now_s: float) -> RetryState:
        """Return where a new request of `client` stands: at the beginning."""
        if not self._each_its_own:
            return RetryState(self._policy, self._shared)
        if client.guards is None:
            client.guards = {}
        if self not in client.guards:
            client.guards[self] = self._own(now_s)
        return RetryState(self._policy, client.guards[self])

    def _own(self, now_s: float) -> tuple[LayerGuards, ...]:
        layers = zip(self._policy.layers, self._shared, guards_of(self._policy, now_s), strict=True)
        return tuple(
            LayerGuards(
                budget=shared.budget if layer.budget and layer.budget.scope == "population" else own.budget,
                breaker=shared.breaker
                if layer.breaker and layer.breaker.scope == "population"
                else own.breaker,
            )
            for layer, shared, own in layers
        )
