"""Budgets and breakers of one client: its own where they are counted for each, else those of all."""

from __future__ import annotations

from tidegate.behaviour.layers import LayerGuards, guards_of
from tidegate.world.retry import RetryPolicy


def guards_of_client(policy: RetryPolicy, shared: tuple[LayerGuards, ...]) -> tuple[LayerGuards, ...]:
    """Return the guards of each layer for a client that has not tried yet."""
    return tuple(
        LayerGuards(
            budget=all_.budget if layer.budget and layer.budget.scope == "population" else own.budget,
            breaker=all_.breaker if layer.breaker and layer.breaker.scope == "population" else own.breaker,
        )
        for layer, all_, own in zip(policy.layers, shared, guards_of(policy, 0.0), strict=True)
    )
