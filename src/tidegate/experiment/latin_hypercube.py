"""Points over the assumed ranges of many numbers at once: a Latin hypercube (McKay et al. 1979).

Each number's range is cut into as many equal parts as there are points, and each part is used
once. Ranges that span more than a factor of three are cut on a logarithmic scale. Each number has a random
stream of its own: what it is at a point does not depend on which others are varied.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import numpy as np

from tidegate.world.belief import Estimate

_WIDE = 3.0


def _at(estimate: Estimate, share: float) -> float:
    low, high = estimate.low, estimate.high
    wide = low > 0 and high / low > _WIDE
    value = low * (high / low) ** share if wide else low + (high - low) * share
    return float(f"{value:.6g}")


def _key(seed: int, path: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{seed} {path}".encode(), digest_size=16).digest())


def latin_hypercube(
    estimates: Sequence[Estimate], points_count: int, seed: int
) -> tuple[Mapping[str, float], ...]:
    """Return `points_count` overlays, each giving every uncertain number a value in its range."""
    columns = {}
    for estimate in estimates:
        rng = np.random.Generator(np.random.Philox(key=_key(seed, estimate.path)))
        parts = rng.permutation(points_count)
        shares = (parts + rng.random(points_count)) / points_count
        columns[estimate.path] = [_at(estimate, float(share)) for share in shares]
    return tuple({path: values[i] for path, values in columns.items()} for i in range(points_count))
