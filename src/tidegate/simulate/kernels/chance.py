"""Random draws keyed by what they are for, so that they do not depend on the order of events.

A draw is a function of (seed, replication, cause, entity, n): the stream key of a cause already
holds seed and replication. Mixing: the finaliser of splitmix64 (Steele, Lea and Flood 2014).
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.elementary import cosine_of_turn, exponential, minus_log
from tidegate.simulate.kernels.nouns import Head
from tidegate.simulate.kernels.nouns.service import Law
from tidegate.simulate.kernels.row import Named

_ENTITY = np.uint64(0x9E3779B97F4A7C15)
_DRAW = np.uint64(0xD1B54A32D192ED03)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
_UNIT = 2.0**-53


class Cause(Named):
    """Causes of chance: each has its own stream."""

    ARRIVAL = 0
    SERVICE = 1
    JITTER = 2
    PAUSE = 3
    PATH = 4
    RESUME = 5
    CACHE = 6
    SPREAD = 7
    LINK = 8
    BALANCE = 9
    LOGIN = 10
    AGE = 11
    TIMEOUT = 12


@njit()
def mix(x: np.uint64) -> np.uint64:
    """Return the 64 bits of `x` thoroughly mixed."""
    x = (x ^ (x >> _S30)) * _MIX_1
    x = (x ^ (x >> _S27)) * _MIX_2
    return x ^ (x >> _S31)


@njit()
def uniform(cause: int, entity: int, n: int, m: Memory) -> float:
    """Return the `n`-th draw of `entity` from the stream of `cause`: uniform on (0, 1)."""
    x = mix(np.uint64(m[Head(m, 0).keys_at + cause]) + np.uint64(entity) * _ENTITY + np.uint64(n) * _DRAW)
    return (np.float64(x >> _S11) + 0.5) * _UNIT


@njit()
def times_mean(law: int, stretches_at: int, u: float, m: Memory) -> float:
    """Return how many times the mean of a law a draw comes to; of a lognormal one another has two draws.

    A stretched law is a list of stretches: the share of draws that are in it or below, and from where to where it
    reaches, of the mean, all in billionths. Within a stretch any time is as likely as any other.
    """
    if law == Law.EXPONENTIAL:
        return minus_log(u)
    if law != Law.STRETCHED:
        return 1.0
    share = u * 1e9
    at, before = stretches_at, 0
    while m[at] < share:  # the last share is all of them
        before = m[at]
        at += 3
    return (m[at + 1] + (m[at + 2] - m[at + 1]) * (share - before) / (m[at] - before)) * 1e-9


@njit()
def duration(
    cause: int, entity: int, n: int, mean_ns: int, law: int, stretches_at: int, sigma: float, m: Memory
) -> int:
    """Return a duration in nanoseconds from a law with the given mean.

    `sigma` is the standard deviation of the logarithm, for the lognormal law
    (Box and Muller 1958 for the normal variate).
    """
    if law == Law.FIXED:
        return mean_ns
    u = uniform(cause, entity, n, m)
    if law != Law.LOGNORMAL:
        return int(times_mean(law, stretches_at, u, m) * mean_ns)
    v = uniform(cause, entity, n + 1000003, m)
    z = math.sqrt(2.0 * minus_log(u)) * cosine_of_turn(v)
    return int(mean_ns * exponential(sigma * z - 0.5 * sigma * sigma))
