"""A world as a script leaves it, with nothing that happens to it; and the same, kicked."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np

from tidegate.simulate.kernels import columns as c
from tidegate.simulate.lower import recurring
from tidegate.simulate.tables import Tables


def left_alone(tables: Tables) -> Tables:
    """Return the world as a script leaves it, with nothing that happens to it."""
    script = np.array(sorted(recurring(tables.P[-1], tables.S[-1])), dtype=np.int64).reshape(-1, 4)
    return replace(
        tables,
        P=tables.P[-1:],
        C=tables.C[-1:],
        D=tables.D[-1:],
        S=tables.S[-1:],
        flush=np.zeros_like(tables.flush[-1:]),
        script=script,
        disturbed_from_ns=tables.horizon_ns,
        disturbed_until_ns=tables.horizon_ns,
        last_step_ns=0,
    )


def kicked(alone: Tables, lasts_ns: int) -> Tables:
    """Return a world left alone in which no service answers for a while."""
    at_ns = alone.horizon_ns // 10
    down = alone.S[-1].copy()
    down[:, c.S_INSTANCES] = 0
    steps = [(at_ns, c.PHASE, 1, 0), (at_ns + lasts_ns, c.PHASE, 2, 0)]
    return replace(
        alone,
        P=np.repeat(alone.P, 3, axis=0),
        C=np.repeat(alone.C, 3, axis=0),
        D=np.repeat(alone.D, 3, axis=0),
        S=np.stack([alone.S[-1], down, alone.S[-1]]),
        flush=np.repeat(alone.flush, 3, axis=0),
        script=np.array(sorted([*map(tuple, alone.script.tolist()), *steps]), dtype=np.int64),
        disturbed_from_ns=at_ns,
        disturbed_until_ns=at_ns + lasts_ns,
        last_step_ns=at_ns + lasts_ns,
    )


def digest_alone(alone: Tables, seed: int) -> bytes:
    """Return the same bytes for worlds that go on alike when they are left alone."""
    digest = hashlib.blake2b(repr((seed, alone.fraction, alone.horizon_ns, alone.bin_ns)).encode())
    for part in (alone.P, alone.C, alone.D, alone.S, alone.L, alone.B, alone.K, alone.tokens, alone.syn):
        digest.update(np.ascontiguousarray(part).tobytes())
    return digest.digest()
