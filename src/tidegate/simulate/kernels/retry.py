"""What a failed attempt leads to: delays, budgets, breakers, layer upon layer.

The readable twin is the package ``behaviour``; the rules stand at its `RetryState`. Shortcuts: the
deadline of a layer that is neither the innermost nor the outermost counts from the request's start;
only the innermost layer remembers its previous delay (decorrelated back-off); an exponential delay
is multiplied up step by step, so that it may differ in its last digit.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform
from tidegate.simulate.kernels.compile import Memory, njit

NO_BACKOFF, CONSTANT, LINEAR, EXPONENTIAL, DECORRELATED = range(5)
NO_JITTER, FULL, EQUAL, SPREAD = range(4)
# A client that does not wait: Node 20 makes four connections to a port that refuses in 1 ms (axios-retry
# 4.5.0, measured on Linux 6.18 in November 2026); Python and Java need more.
LEAST_DELAY_NS = 250_000
ROUNDING = 1e-9  # ten times 0.1 token must pay for one retry
# R_COUNTS: the retries of each layer so far, in equal shares of 60 bits, and above them the layer whose
# try comes next (as many as there are layers: the request is new).
COUNT_BITS = 60


@njit()
def backoff(row: int, k: int, previous: float, u: float, f: Memory) -> float:
    """Delay in nanoseconds before retry number `k` (from 1) of layer `row`."""
    base = f[row + c.L_BASE]
    cap = f[row + c.L_CAP]
    law = f[row + c.L_LAW]
    if law == DECORRELATED:
        return min(cap, base + u * (3.0 * max(previous, base) - base))
    d = base
    if law == NO_BACKOFF:
        d = 0.0
    elif law == LINEAR:
        d = base * k
    elif law == EXPONENTIAL:
        for _ in range(min(k - 1, 1023)):
            d *= f[row + c.L_MULTIPLIER]
            if d >= cap:
                break
    d = min(d, cap)
    jitter = f[row + c.L_JITTER]
    if jitter == FULL:
        d = u * d
    elif jitter == EQUAL:
        d = 0.5 * d + u * 0.5 * d
    elif jitter == SPREAD:
        d = d * (1.0 - f[row + c.L_WIDTH] + 2.0 * f[row + c.L_WIDTH] * u)
    return d


@njit()
def _holder(row: int, size: int, p: int, client: int, m: Memory, f: Memory) -> int:
    """The state of the budget or breaker that `client` uses; `row` holds (shared, address of the first)."""
    first = int(f[row + 1])
    if f[row] == 1.0:
        return first
    return first + max(client - m[p + c.P_FIRST], 0) // c.CL_ROW // m[p + c.P_STRIDE] * size


@njit()
def _tokens(row: int, paid: float, p: int, client: int, t: int, m: Memory, f: Memory) -> int:
    """Pay `paid` and what came by itself into the layer's budget; its holder, or -1 without a budget."""
    b = int(f[row + c.L_BUDGET])
    if b < 0:
        return -1
    i = _holder(b + c.B_SHARED, c.B_STATE, p, client, m, f)
    f[i] = min(f[b + c.B_TOKENS], f[i] + (t - f[i + 1]) * f[b + c.B_FILL] + paid)
    f[i + 1] = t
    return i


@njit()
def _pays(row: int, p: int, client: int, t: int, m: Memory, f: Memory) -> bool:
    """Whether the layer's budget pays for a retry."""
    i = _tokens(row, 0.0, p, client, t, m, f)
    if i < 0:
        return True
    b = int(f[row + c.L_BUDGET])
    left = f[i] - f[b + c.B_COST]
    if left < f[b + c.B_FLOOR] * f[b + c.B_TOKENS] - ROUNDING:
        return False
    f[i] = max(0.0, left)
    return True


@njit()
def _lets(row: int, p: int, client: int, t: int, m: Memory, f: Memory) -> bool:
    """Whether the layer's breaker lets a try through now; after its open time it does, as a trial."""
    k = int(f[row + c.L_BREAKER])
    if k < 0:
        return True
    i = _holder(k + c.K_SHARED, c.K_STATE, p, client, m, f)
    if f[i + c.KS_OPEN_UNTIL] > 0.0:
        if t < f[i + c.KS_OPEN_UNTIL]:
            return False
        f[i + c.KS_TRIAL] = 1.0
        f[i + c.KS_OPEN_UNTIL] = t + f[k + c.K_OPEN]
    return True


@njit()
def _hears(row: int, failed: float, p: int, client: int, t: int, m: Memory, f: Memory) -> None:
    """Tell the layer's breaker how a try of the layer ended (`failed` 1 or 0)."""
    k = int(f[row + c.L_BREAKER])
    if k < 0:
        return
    i = _holder(k + c.K_SHARED, c.K_STATE, p, client, m, f)
    trips = False
    if f[i + c.KS_OPEN_UNTIL] == 0.0:
        half = t // int(f[k + c.K_HALF_WINDOW]) - int(f[i + c.KS_HALF])
        if half > 0:
            f[i + c.KS_OLD_CALLS] = f[i + c.KS_CALLS] if half == 1 else 0.0
            f[i + c.KS_OLD_FAILS] = f[i + c.KS_FAILS] if half == 1 else 0.0
            f[i + c.KS_CALLS] = 0.0
            f[i + c.KS_FAILS] = 0.0
            f[i + c.KS_HALF] += half
        f[i + c.KS_CALLS] += 1.0
        f[i + c.KS_FAILS] += failed
        calls = f[i + c.KS_CALLS] + f[i + c.KS_OLD_CALLS]
        fails = f[i + c.KS_FAILS] + f[i + c.KS_OLD_FAILS]
        trips = calls >= f[k + c.K_LEAST] and fails / calls >= f[k + c.K_RATIO]
    elif f[i + c.KS_TRIAL] == 1.0:
        f[i + c.KS_TRIAL] = 0.0
        f[i + c.KS_OPEN_UNTIL] = 0.0
        trips = failed == 1.0
    if trips:
        f[i + c.KS_OPEN_UNTIL] = t + f[k + c.K_OPEN]
        for column in range(c.KS_CALLS, c.KS_OLD_FAILS + 1):
            f[i + column] = 0.0


@njit()
def first_layers(layer: int) -> int:
    """R_COUNTS of a new request with this policy."""
    return ((layer >> c.LAYERS_SHIFT) & 7) << COUNT_BITS


@njit()
def may_start(req: int, t: int, m: Memory, f: Memory) -> int:
    """Begin a try of every layer below the one that retries: -1, or the layer whose breaker refuses."""
    layer = m[req + c.R_LAYER]
    first = layer & 0xFFFFFFFF
    n = (layer >> c.LAYERS_SHIFT) & 7
    retrying = m[req + c.R_COUNTS] >> COUNT_BITS
    m[req + c.R_COUNTS] &= (1 << COUNT_BITS) - 1
    if retrying > 0:
        m[req + c.R_LAYER_SINCE] = t
        m[req + c.R_PREVIOUS] = 0
    if layer & c.GUARDED == 0:
        return -1
    p = m[req + c.R_POP]
    client = m[req + c.R_CLIENT]
    for i in range(retrying):
        b = int(f[first + i * c.L_COLUMNS + c.L_BUDGET])
        if b >= 0:
            _tokens(first + i * c.L_COLUMNS, f[b + c.B_REQUEST], p, client, t, m, f)
    for i in range(min(retrying, n - 1), -1, -1):
        if not _lets(first + i * c.L_COLUMNS, p, client, t, m, f):
            return i
    return -1


@njit()
def succeeded(req: int, client: int, t: int, m: Memory, f: Memory) -> None:
    """Tell every breaker and budget of the request's policy that it succeeded."""
    layer = m[req + c.R_LAYER]
    if layer & c.GUARDED == 0:
        return
    first = layer & 0xFFFFFFFF
    p = m[req + c.R_POP]
    for i in range((layer >> c.LAYERS_SHIFT) & 7):
        row = first + i * c.L_COLUMNS
        _hears(row, 0.0, p, client, t, m, f)
        b = int(f[row + c.L_BUDGET])
        if b >= 0:
            _tokens(row, f[b + c.B_SUCCESS], p, client, t, m, f)


@njit()
def next_try(req: int, refusing: int, advised: int, t: int, m: Memory, f: Memory) -> int:
    """Return the delay before the request's next attempt, or -1 where every layer gives up.

    `refusing` is the layer whose breaker stopped the attempt, or -1; `advised` the delay that the answer
    asked for, or 0.
    """
    layer = m[req + c.R_LAYER]
    first = layer & 0xFFFFFFFF
    n = (layer >> c.LAYERS_SHIFT) & 7
    counts = m[req + c.R_COUNTS]
    bits = COUNT_BITS if n == 1 else COUNT_BITS // max(n, 1)
    most = (1 << bits) - 1
    for i in range(max(refusing, 0), n):
        row = first + i * c.L_COLUMNS
        if layer & c.GUARDED and i != refusing:
            _hears(row, 1.0, m[req + c.R_POP], m[req + c.R_CLIENT], t, m, f)
        k = ((counts >> (bits * i)) & most) + 1
        if f[row + c.L_RETRIES] >= 0.0 and k > f[row + c.L_RETRIES]:
            continue
        u = 0.0
        if f[row + c.L_JITTER] > 0.0 or f[row + c.L_LAW] == DECORRELATED:
            u = uniform(c.JITTER, m[req + c.R_SERIAL], m[req + c.R_TRIES] * 8 + i, m)
        previous = np.float64(m[req + c.R_PREVIOUS]) if i == 0 else 0.0
        delay = int(backoff(row, k, previous, u, f))
        own = delay
        if advised > 0 and f[row + c.L_AFTER] >= 0.0:
            delay = max(delay, int(min(np.float64(advised), f[row + c.L_AFTER])))
        since = m[req + c.R_LAYER_SINCE] if i == 0 and n > 1 else m[req + c.R_SINCE]
        if f[row + c.L_DEADLINE] >= 0.0 and t + delay - since > f[row + c.L_DEADLINE]:
            continue
        if layer & c.GUARDED and not _pays(row, m[req + c.R_POP], m[req + c.R_CLIENT], t, m, f):
            continue
        # This layer tries again, so the layers within it begin anew.
        above = counts >> (bits * i + bits) << (bits * i + bits) if i + 1 < n else 0
        m[req + c.R_COUNTS] = (i << COUNT_BITS) | above | (min(k, most) << (bits * i))
        if i == 0:
            m[req + c.R_PREVIOUS] = own
        return max(delay, LEAST_DELAY_NS)
    return -1
