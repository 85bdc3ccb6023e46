"""What a failed attempt leads to: delays, budgets, breakers, layer upon layer.

The readable twin is the package ``behaviour``; the rules stand at its `RetryState`. Shortcuts: the
deadline of a layer that is neither the innermost nor the outermost counts from the request's start;
only the innermost layer remembers its previous delay (decorrelated back-off); an exponential delay
is multiplied up step by step, so that it may differ in its last digit; where connections are pooled and
each client has a budget or breaker of its own, requests are those of the clients in turn, whoever's connection
they get.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels.chance import Cause, times_mean, uniform
from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.nouns import Layer, Purse, Request
from tidegate.simulate.kernels.nouns.policy import GUARDED, LAYERS_SHIFT, Backoff, Jitter
from tidegate.simulate.kernels.nouns.request import ADVICE, WHY_SHIFT
from tidegate.simulate.kernels.nouns.service import Law
from tidegate.simulate.kernels.pool import clients_now, number_of

# A client that does not wait: Node 20 makes four connections to a port that refuses in 1 ms (axios-retry
# 4.5.0, measured on Linux 6.18 in November 2026); Python and Java need more.
LEAST_DELAY_NS = 250_000
_NUMBERS = (1 << 36) - 1  # of a request among those of its population, in its serial
ROUNDING = 1e-9  # ten times 0.1 token must pay for one retry
# `Request.retries`: the retries of each layer so far, in equal shares of 60 bits, and above them the layer whose
# try comes next (as many as there are layers: the request is new).
COUNT_BITS = 60


@njit()
def backoff(layer: Layer, k: int, previous: float, u: float) -> float:
    """Delay in nanoseconds before a layer's retry number `k` (from 1)."""
    base = layer.base_ns
    cap = layer.cap_ns
    law = layer.backoff
    if law == Backoff.DECORRELATED:
        return min(cap, base + u * (3.0 * max(previous, base) - base))
    d = base
    if law == Backoff.NONE:
        d = 0.0
    elif law == Backoff.LINEAR:
        d = base * k
    elif law == Backoff.EXPONENTIAL:
        for _ in range(min(k - 1, 1023)):
            d *= layer.multiplier_ratio
            if d >= cap or d <= layer.floor_ns:
                break
    d = min(max(d, layer.floor_ns), cap)
    jitter = layer.jitter
    if jitter == Jitter.FULL:
        d = u * d
    elif jitter == Jitter.EQUAL:
        d = 0.5 * d + u * 0.5 * d
    elif jitter == Jitter.SPREAD:
        d = d * (1.0 - layer.jitter_width_ratio + 2.0 * layer.jitter_width_ratio * u)
    return d


@njit()
def _holder(is_shared: float, request: Request) -> int:
    """The number of the holder of the budget or breaker that a request uses."""
    if is_shared == 1.0:
        return 0
    population = request.population
    if population.is_pooled == 1:
        many = clients_now(population) // max(population.each_count, 1)
        return (request.serial & _NUMBERS) % max(many, 1)
    return max(number_of(request.client, population), 0) // population.places_each_count


@njit()
def _purse(layer: Layer, paid: float, request: Request, t: int) -> Purse:
    """Pay `paid` and what came by itself into the purse of the layer's budget, which it must have."""
    budget = layer.budget
    purse = budget.purses.on(_holder(budget.is_shared, request))
    come = (t - purse.filled_ns) * budget.fill_per_ns
    purse.tokens_count = min(budget.most_tokens_count, purse.tokens_count + come + paid)
    purse.filled_ns = t
    return purse


@njit()
def _pays(layer: Layer, request: Request, t: int) -> bool:
    """Whether the layer's budget pays for a retry."""
    budget = layer.budget
    if not budget.exists:
        return True
    purse = _purse(layer, 0.0, request, t)
    left = purse.tokens_count - budget.cost_count
    if left < budget.floor_ratio * budget.most_tokens_count - ROUNDING:
        return False
    purse.tokens_count = max(0.0, left)
    return True


@njit()
def _lets(layer: Layer, request: Request, t: int) -> bool:
    """Whether the layer's breaker lets a try through now; after its open time it does, as a trial."""
    breaker = layer.breaker
    if not breaker.exists:
        return True
    circuit = breaker.circuits.on(_holder(breaker.is_shared, request))
    if circuit.open_until_ns > 0.0:
        if t < circuit.open_until_ns:
            return False
        circuit.is_on_trial = 1.0
        circuit.open_until_ns = t + breaker.open_ns
    return True


@njit()
def _hears(layer: Layer, failed: float, request: Request, t: int) -> None:
    """Tell the layer's breaker how a try of the layer ended (`failed` 1 or 0)."""
    breaker = layer.breaker
    if not breaker.exists:
        return
    circuit = breaker.circuits.on(_holder(breaker.is_shared, request))
    trips = False
    if circuit.open_until_ns == 0.0:
        half = t // int(breaker.half_window_ns) - int(circuit.half)
        if half > 0:
            circuit.old_calls_count = circuit.calls_count if half == 1 else 0.0
            circuit.old_failures_count = circuit.failures_count if half == 1 else 0.0
            circuit.calls_count = 0.0
            circuit.failures_count = 0.0
            circuit.half += half
        circuit.calls_count += 1.0
        circuit.failures_count += failed
        calls = circuit.calls_count + circuit.old_calls_count
        fails = circuit.failures_count + circuit.old_failures_count
        trips = calls >= breaker.least_calls_count and fails / calls >= breaker.failures_ratio
    elif circuit.is_on_trial == 1.0:
        circuit.is_on_trial = 0.0
        circuit.open_until_ns = 0.0
        trips = failed == 1.0
    if trips:
        circuit.open_until_ns = t + breaker.open_ns
        circuit.calls_count = 0.0
        circuit.failures_count = 0.0
        circuit.old_calls_count = 0.0
        circuit.old_failures_count = 0.0


@njit()
def first_layers(policy: int) -> int:
    """What `Request.retries` is of a new request with this policy."""
    return layers_of(policy) << COUNT_BITS


@njit()
def first_of(policy: int, f: Memory) -> Layer:
    """The innermost layer of a policy."""
    return Layer(f, policy & 0xFFFFFFFF)


@njit()
def layers_of(policy: int) -> int:
    """How many layers a policy has."""
    return (policy >> LAYERS_SHIFT) & 7


@njit()
def may_start(request: Request, t: int, f: Memory) -> int:
    """Begin a try of every layer below the one that retries: -1, or the layer whose breaker refuses."""
    policy = request.policy
    first = first_of(policy, f)
    n = layers_of(policy)
    retrying = request.retries >> COUNT_BITS
    request.retries &= (1 << COUNT_BITS) - 1
    if retrying > 0:
        request.layer_since_ns = t
        request.previous_ns = 0
    if policy & GUARDED == 0:
        return -1
    for i in range(retrying):
        outer = first.on(i)
        if outer.budget.exists:
            _purse(outer, outer.budget.per_request_count, request, t)
    for i in range(min(retrying, n - 1), -1, -1):
        if not _lets(first.on(i), request, t):
            return i
    return -1


@njit()
def succeeded(request: Request, t: int, f: Memory) -> None:
    """Tell every breaker and budget of the request's policy that it succeeded."""
    policy = request.policy
    if policy & GUARDED == 0:
        return
    first = first_of(policy, f)
    for i in range(layers_of(policy)):
        layer = first.on(i)
        _hears(layer, 0.0, request, t)
        if layer.budget.exists:
            _purse(layer, layer.budget.per_success_count, request, t)


@njit()
def next_try(request: Request, failed: int, advised: int, t: int, m: Memory, f: Memory) -> int:
    """Return the delay before the request's next attempt, or -1 where every layer gives up.

    `failed` is what `fail` is told; `advised` the delay that the answer asked for, or 0.
    """
    refusing = (failed & (ADVICE - 1)) - 1
    why = failed >> WHY_SHIFT
    policy = request.policy
    first = first_of(policy, f)
    n = layers_of(policy)
    counts = request.retries
    bits = COUNT_BITS if n == 1 else COUNT_BITS // max(n, 1)
    most = (1 << bits) - 1
    for i in range(max(refusing, 0), n):
        layer = first.on(i)
        if policy & GUARDED and i != refusing:
            _hears(layer, 1.0, request, t)
        k = ((counts >> (bits * i)) & most) + 1
        if layer.retries_count >= 0.0 and k > layer.retries_count:
            continue
        if (int(layer.ended_by) >> why) & 1:
            continue
        u = 0.0
        varies = layer.law != Law.FIXED
        if varies or layer.jitter > 0.0 or layer.backoff == Backoff.DECORRELATED:
            u = uniform(Cause.JITTER, request.serial, request.tries_count * 8 + i, m)
        previous = np.float64(request.previous_ns) if i == 0 else 0.0
        waits = backoff(layer, k, previous, u)
        if varies:
            waits *= times_mean(int(layer.law), int(layer.stretches_at), u, m)
        delay = int(waits)
        own = delay
        if advised > 0 and layer.after_ns >= 0.0:
            delay = max(delay, int(min(np.float64(advised), layer.after_ns)))
        since = request.layer_since_ns if i == 0 and n > 1 else request.since_ns
        if layer.deadline_ns >= 0.0 and t + delay - since > layer.deadline_ns:
            continue
        if policy & GUARDED and not _pays(layer, request, t):
            continue
        # This layer tries again, so the layers within it begin anew.
        above = counts >> (bits * i + bits) << (bits * i + bits) if i + 1 < n else 0
        request.retries = (i << COUNT_BITS) | above | (min(k, most) << (bits * i))
        if i == 0:
            request.previous_ns = own
        return max(delay, LEAST_DELAY_NS)
    return -1
