"""How often does a client try for one request that nobody answers? And how long that takes it.

What its retry layers come to: attempts, delays, deadlines, budgets and breakers.

Shortcuts: each delay is the mean of its law; a budget is what comes in, its first fill left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from tidegate.behaviour.backoff import delay_s
from tidegate.world.retry import RetryLayer, RetryPolicy

_COUNTED = 200  # retries that are followed one by one; the rest are taken to be as far apart as the last
_MEAN_DRAW = 0.5
_LATE_FAILURES = frozenset({"timeout", "error", "name"})  # what a slow place looks like, to some or other


@dataclass(frozen=True, kw_only=True)
class Tries:
    """What becomes of one request that is not answered.

    Parameters
    ----------
    count
        Attempts, the first included, within the time that is looked at.
    spent_s
        From the first to the end of the last.
    ends
        Whether it is given up within that time.
    most_per_s
        Attempts a second of all clients together that breakers let through; infinite without one.
    """

    count: float
    spent_s: float
    ends: bool
    most_per_s: float = math.inf


@dataclass(frozen=True, kw_only=True)
class Asking:
    """How many ask how often: what a guard of each client, or of all, comes to.

    Parameters
    ----------
    clients_count
        Who asks.
    requests_per_s
        Their requests a second, all together.
    """

    clients_count: float
    requests_per_s: float

    def scopes(self, scope: str) -> float:
        """Return how many guards there are."""
        return max(self.clients_count, 1.0) if scope == "client" else 1.0


def tries(policy: RetryPolicy, attempt_s: float, within_s: float, asking: Asking) -> Tries:
    """Return what a request comes to whose every attempt fails after `attempt_s`.

    Parameters
    ----------
    policy
        Its layers.
    attempt_s
        How long one attempt lasts.
    within_s
        How long is looked.
    asking
        Who asks, for budgets and breakers.
    """
    found = Tries(count=1.0, spent_s=max(attempt_s, 1e-3), ends=True)
    for layer in policy.layers:
        found = _layered(layer, found, within_s, asking)
    return found


def _layered(layer: RetryLayer, one: Tries, within_s: float, asking: Asking) -> Tries:
    """Return what one layer makes of tries that all fail."""
    if not one.ends or _LATE_FAILURES.isdisjoint(layer.retries_on):
        return one
    most = math.inf if layer.retries_count is None else float(layer.retries_count)
    paid = _paid_count(layer, asking)
    retries, spent_s, waited_s = 0, one.spent_s, 0.0
    while retries < min(most, _COUNTED):
        waited_s = delay_s(layer, retries + 1, waited_s, _MEAN_DRAW)
        if _is_over(layer, spent_s + waited_s, within_s):
            break
        spent_s += waited_s + one.spent_s
        retries += 1
    more = 0.0
    if retries == _COUNTED:
        until_s = within_s if layer.deadline_s is None else min(layer.deadline_s, within_s)
        more = max(min(most - retries, (until_s - spent_s) / (waited_s + one.spent_s)), 0.0)
        spent_s += more * (waited_s + one.spent_s)
    made = retries + more
    ends = made >= most or (layer.deadline_s is not None and layer.deadline_s < within_s) or paid < made
    if paid < made:
        spent_s, made = one.spent_s + paid / made * (spent_s - one.spent_s), paid
    found = Tries(count=one.count * (1.0 + made), spent_s=spent_s, ends=ends, most_per_s=one.most_per_s)
    return replace(found, most_per_s=min(found.most_per_s, _let_through_per_s(layer, one, found, asking)))


def _is_over(layer: RetryLayer, at_s: float, within_s: float) -> bool:
    return at_s > within_s or (layer.deadline_s is not None and at_s > layer.deadline_s)


def _paid_count(layer: RetryLayer, asking: Asking) -> float:
    """Return the retries of one request that a budget pays for while nothing succeeds."""
    budget = layer.budget
    if budget is None:
        return math.inf
    filled = budget.fill_per_s * asking.scopes(budget.scope) / max(asking.requests_per_s, 1e-9)
    return (budget.per_request_count + filled) / budget.cost_count


def _let_through_per_s(layer: RetryLayer, one: Tries, found: Tries, asking: Asking) -> float:
    """Return the attempts a second that a breaker lets through while all fail; infinite if it never opens."""
    breaker = layer.breaker
    if breaker is None:
        return math.inf
    scopes = asking.scopes(breaker.scope)
    each_per_s = asking.requests_per_s * found.count / one.count / scopes
    if each_per_s * breaker.window_s < breaker.least_calls_count:
        return math.inf
    return scopes * one.count / (breaker.open_s + one.spent_s)
