"""Whether a cache answers a call, and whether it would hold the answer to one that missed."""

from __future__ import annotations

from tidegate.simulate.kernels.chance import Cause, uniform
from tidegate.simulate.kernels.compile import SECOND, ZERO, Memory, njit
from tidegate.simulate.kernels.nouns import Cache


@njit()
def in_cache(cache: Cache, serial: int, m: Memory) -> bool:
    """Whether the cache answers this call."""
    if cache.filled_count == 0:
        return False
    share = cache.hit_ppm * 1e-6 * cache.filled_count / cache.keys_count
    return uniform(Cause.CACHE, serial, ZERO, m) < share


@njit()
def cacheable(cache: Cache, serial: int, m: Memory) -> bool:
    """Whether the answer to a call that missed is one the cache would hold."""
    ratio = cache.hit_ppm * 1e-6
    share = cache.filled_count / cache.keys_count
    missed = 1.0 - ratio * share
    return uniform(Cause.CACHE, serial, SECOND, m) < ratio * (1.0 - share) / max(missed, 1e-12)
