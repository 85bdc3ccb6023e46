"""What a failed attempt leads to: delays, budgets, breakers, layer upon layer.

The readable twin is the package ``behaviour``. Shortcut: the deadline of a middle layer counts
from the request's start.
"""

from __future__ import annotations

import numpy as np
from tidegate.simulate.kernels.compile import njit

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.kernels.chance import uniform

NO_BACKOFF, CONSTANT, LINEAR, EXPONENTIAL, DECORRELATED = range(5)
NO_JITTER, FULL, EQUAL, SPREAD = range(4)
LEAST_DELAY_NS = 1000  # a client needs at least a microsecond to try again


@njit()
def backoff(row, k, previous, u, m, f):
    """Delay in nanoseconds before retry number `k` (from 1) of layer `row`."""
    base = f[row + c.L_BASE]
    cap = f[row + c.L_CAP]
    law = f[row + c.L_LAW]
    if law == NO_BACKOFF:
        d = 0.0
    elif law == CONSTANT:
        d = min(base, cap)
    elif law == LINEAR:
        d = min(base * k, cap)
    elif law == EXPONENTIAL:
        # Powers are bounded so that a long struggle cannot overflow.
        d = min(base * f[row + c.L_MULTIPLIER] ** min(k - 1, 64), cap)
    else:
        d = min(cap, base + u * max(3.0 * max(previous, base) - base, 0.0))
    jitter = f[row + c.L_JITTER]
    if jitter == FULL:
        d = u * d
    elif jitter == EQUAL:
        d = 0.5 * d + u * 0.5 * d
    elif jitter == SPREAD:
        d = d * (1.0 - f[row + c.L_WIDTH] + 2.0 * f[row + c.L_WIDTH] * u)
    return d


@njit()
def layers(layer):
    """The addresses of a policy's layers, which a request packs as address and number."""
    first = layer & 0xFFFFFFFF
    return range(first, first + (layer >> 32) * c.L_COLUMNS, c.L_COLUMNS)


@njit()
def _holder(row_first, shared, size, p, client, m):
    first = np.int64(row_first)
    if shared == 1.0:
        return first
    return first + (client - m[p + c.P_FIRST]) // c.CL_ROW // m[p + c.P_STRIDE] * size


@njit()
def _fill(i, b, t, m, f):
    f[i] = min(f[b + c.B_TOKENS], f[i] + (t - f[i + 1]) * f[b + c.B_FILL])
    f[i + 1] = t


@njit()
def pay_in(p, client, layer, column, t, m, f):
    """Pay a first attempt or a success into every budget of the policy."""
    for row in layers(layer):
        b = np.int64(f[row + c.L_BUDGET])
        if b >= 0 and f[b + column] > 0.0:
            i = _holder(f[b + c.B_FIRST], f[b + c.B_SHARED], c.B_STATE, p, client, m)
            _fill(i, b, t, m, f)
            f[i] = min(f[b + c.B_TOKENS], f[i] + f[b + column])


@njit()
def _pay(row, p, client, t, m, f):
    b = np.int64(f[row + c.L_BUDGET])
    if b < 0:
        return True
    i = _holder(f[b + c.B_FIRST], f[b + c.B_SHARED], c.B_STATE, p, client, m)
    _fill(i, b, t, m, f)
    if f[i] - f[b + c.B_COST] < f[b + c.B_FLOOR] * f[b + c.B_TOKENS]:
        return False
    f[i] -= f[b + c.B_COST]
    return True


@njit()
def _roll(i, k, t, m, f):
    """Let the two half windows of a breaker move on."""
    half = 0.5 * f[k + c.K_WINDOW]
    if t - f[i + c.KS_SINCE] >= half:
        fresh = t - f[i + c.KS_SINCE] < 2.0 * half
        f[i + c.KS_OLD_CALLS] = f[i + c.KS_CALLS] if fresh else 0.0
        f[i + c.KS_OLD_FAILS] = f[i + c.KS_FAILS] if fresh else 0.0
        f[i + c.KS_CALLS] = 0.0
        f[i + c.KS_FAILS] = 0.0
        f[i + c.KS_SINCE] = t


@njit()
def breaker_lets(p, client, layer, t, m, f):
    """Whether every breaker of the policy lets an attempt through now."""
    for row in layers(layer):
        k = np.int64(f[row + c.L_BREAKER])
        if k >= 0:
            i = _holder(f[k + c.K_FIRST], f[k + c.K_SHARED], c.K_STATE, p, client, m)
            if f[i + c.KS_OPEN_UNTIL] > 0.0:
                if t < f[i + c.KS_OPEN_UNTIL] or f[i + c.KS_TRIAL] == 1.0:
                    return False
                f[i + c.KS_TRIAL] = 1.0
    return True


@njit()
def breaker_hears(p, client, layer, failed, t, m, f):
    """Tell every breaker of the policy how an attempt ended."""
    for row in layers(layer):
        k = np.int64(f[row + c.L_BREAKER])
        if k < 0:
            continue
        i = _holder(f[k + c.K_FIRST], f[k + c.K_SHARED], c.K_STATE, p, client, m)
        if f[i + c.KS_TRIAL] == 1.0:
            f[i + c.KS_TRIAL] = 0.0
            f[i + c.KS_OPEN_UNTIL] = t + f[k + c.K_OPEN] if failed else 0.0
            f[i + c.KS_CALLS] = 0.0
            f[i + c.KS_FAILS] = 0.0
            f[i + c.KS_OLD_CALLS] = 0.0
            f[i + c.KS_OLD_FAILS] = 0.0
            f[i + c.KS_SINCE] = t
        elif f[i + c.KS_OPEN_UNTIL] == 0.0:
            _roll(i, k, t, m, f)
            f[i + c.KS_CALLS] += 1.0
            f[i + c.KS_FAILS] += 1.0 if failed else 0.0
            calls = f[i + c.KS_CALLS] + f[i + c.KS_OLD_CALLS]
            fails = f[i + c.KS_FAILS] + f[i + c.KS_OLD_FAILS]
            if calls >= f[k + c.K_LEAST] and fails >= f[k + c.K_RATIO] * calls:
                f[i + c.KS_OPEN_UNTIL] = t + f[k + c.K_OPEN]


@njit()
def next_try(req, t, m, f):
    """Return the delay before the request's next attempt, or -1 where every layer gives up."""
    layer = m[req + c.R_LAYER]
    first = layer & 0xFFFFFFFF
    n = layer >> 32
    counts = m[req + c.R_COUNTS]
    for i in range(n):
        row = first + i * c.L_COLUMNS
        k = ((counts >> (20 * i)) & 0xFFFFF) + 1
        allowed = f[row + c.L_RETRIES] < 0.0 or k <= f[row + c.L_RETRIES]
        u = uniform(c.JITTER, m[req + c.R_SERIAL], m[req + c.R_TRIES] * 4 + i, m)
        d = backoff(row, k, m[req + c.R_PREVIOUS], u, m, f)
        since = m[req + c.R_LAYER_SINCE] if i == 0 and n > 1 else m[req + c.R_SINCE]
        if allowed and f[row + c.L_DEADLINE] >= 0.0 and t + d > since + f[row + c.L_DEADLINE]:
            allowed = False
        if allowed and _pay(row, m[req + c.R_POP], m[req + c.R_CLIENT], t, m, f):
            # This layer tries again, so the layers within it begin anew.
            above = counts >> (20 * (i + 1))
            m[req + c.R_COUNTS] = (above << (20 * (i + 1))) | (min(k, 0xFFFFF) << (20 * i))
            m[req + c.R_PREVIOUS] = np.int64(d)
            delay = max(np.int64(d), LEAST_DELAY_NS)
            if i > 0:
                m[req + c.R_LAYER_SINCE] = t + delay
            return delay
    return np.int64(-1)
