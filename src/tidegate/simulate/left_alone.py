"""A world as a script leaves it, with nothing that happens to it; and the same, kicked."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from tidegate.simulate.kernels.happening import Happening
from tidegate.simulate.kernels.nouns import Service
from tidegate.simulate.lower import recurring
from tidegate.simulate.tables import Tables


def left_alone(tables: Tables) -> Tables:
    """Return the world as a script leaves it, with nothing that happens to it."""
    rows = (tables.population_rows, tables.service_rows, tables.device_rows, tables.crossing_rows)
    steps = sorted(recurring(*(each[-1] for each in rows)))
    script = np.array(steps, dtype=np.int64).reshape(-1, 4)
    return replace(
        tables,
        population_rows=tables.population_rows[-1:],
        crossing_rows=tables.crossing_rows[-1:],
        device_rows=tables.device_rows[-1:],
        service_rows=tables.service_rows[-1:],
        flush=np.zeros_like(tables.flush[-1:]),
        script=script,
        disturbed_from_ns=tables.horizon_ns,
        disturbed_until_ns=tables.horizon_ns,
        last_step_ns=0,
        turns_ns=(),
    )


def kicked(alone: Tables, lasts_ns: int) -> Tables:
    """Return a world left alone in which no service answers for a while."""
    at_ns = alone.horizon_ns // 10
    down = alone.service_rows[-1].copy()
    down[:, Service.instances_count] = 0
    steps = [(at_ns, Happening.PHASE, 1, 0), (at_ns + lasts_ns, Happening.PHASE, 2, 0)]
    return replace(
        alone,
        population_rows=np.repeat(alone.population_rows, 3, axis=0),
        crossing_rows=np.repeat(alone.crossing_rows, 3, axis=0),
        device_rows=np.repeat(alone.device_rows, 3, axis=0),
        service_rows=np.stack([alone.service_rows[-1], down, alone.service_rows[-1]]),
        flush=np.repeat(alone.flush, 3, axis=0),
        script=np.array(sorted([*map(tuple, alone.script.tolist()), *steps]), dtype=np.int64),
        disturbed_from_ns=at_ns,
        disturbed_until_ns=at_ns + lasts_ns,
        last_step_ns=at_ns + lasts_ns,
    )


def digest_alone(alone: Tables, seed: int) -> bytes:
    """Return the same bytes for worlds that go on alike when they are left alone."""
    digest = hashlib.blake2b(repr((seed, alone.fraction, alone.horizon_ns, alone.bin_ns)).encode())
    rows = (alone.population_rows, alone.crossing_rows, alone.device_rows, alone.service_rows)
    retries = (alone.layer_rows, alone.budget_rows, alone.breaker_rows, alone.tokens)
    for part in (*rows, *retries, alone.syn, alone.laws, alone.sources, alone.opening_rows):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()
