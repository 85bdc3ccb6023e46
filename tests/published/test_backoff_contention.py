"""Back-off under contention, as in the AWS back-off simulator.

N clients each want to update one row once, under optimistic concurrency control. A client reads the
row's version, writes with that version, and if another write came first it waits by its back-off and
reads again. Each of the four messages takes |N(10, 2)| ms. Back-off base 5 ms, cap 2,000 ms; 100
repetitions. Measured: the mean time until the last client is done, and the mean number of writes.

Source: https://github.com/aws-samples/aws-arch-backoff-simulator (post: "Exponential Backoff And
Jitter", AWS Architecture Blog). Its figures here come from running it. Its exponential delays begin at
twice the base, so the layer's base is 10 ms; its decorrelated delay begins from the base itself.
"""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tidegate.behaviour.layers import RetryState, guards_of
from tidegate.world.retry import RetryLayer, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REPETITIONS_COUNT = 100

LAYERS = {
    "none": RetryLayer(backoff="none"),
    "full": RetryLayer(base_s=0.010, cap_s=2.0, jitter="full"),
    "equal": RetryLayer(base_s=0.010, cap_s=2.0, jitter="equal"),
    "decorrelated": RetryLayer(backoff="decorrelated", base_s=0.005, cap_s=2.0),
    "exponential": RetryLayer(base_s=0.010, cap_s=2.0),
}

# Clients: back-off: mean time in ms, mean writes.
PUBLISHED = {
    50: {
        "none": (1140, 690),
        "full": (2825, 332),
        "equal": (4285, 347),
        "decorrelated": (2140, 375),
        "exponential": (36402, 621),
    },
    100: {
        "none": (2023, 2424),
        "full": (4984, 795),
        "equal": (6613, 812),
        "decorrelated": (4580, 999),
        "exponential": (63614, 1857),
    },
}


def hops_s(rng: np.random.Generator) -> Iterator[float]:
    """Yield the time of one message after the other."""
    while True:
        yield from np.abs(rng.normal(0.010, 0.002, 4096)).tolist()


def uniforms(rng: np.random.Generator) -> Iterator[float]:
    """Yield uniform draws in [0, 1)."""
    while True:
        yield from rng.random(4096).tolist()


def contend(
    policy: RetryPolicy, clients_count: int, hop_s: Callable[[], float], draw: Callable[[], float]
) -> tuple[float, int]:
    """Return when the last of the clients is done, in seconds, and how many writes that took."""
    states = [RetryState(policy, guards_of(policy, 0.0)) for _ in range(clients_count)]
    # Messages on their way to the row: arrival, client, version it was read at (None: it wants to read).
    arriving: list[tuple[float, int, int | None]] = []
    for client, state in enumerate(states):
        state.start(0.0)
        heapq.heappush(arriving, (hop_s(), client, None))
    version = writes_count = 0
    done_s = 0.0
    while arriving:
        now_s, client, read_version = heapq.heappop(arriving)
        answered_s = now_s + hop_s()
        if read_version is None:
            heapq.heappush(arriving, (answered_s + hop_s(), client, version))
            continue
        writes_count += 1
        if read_version == version:
            version += 1
            done_s = max(done_s, answered_s)
            states[client].success(answered_s)
            continue
        again_s = answered_s + states[client].failure(answered_s, draw).after_s
        states[client].start(again_s)
        heapq.heappush(arriving, (again_s + hop_s(), client, None))
    return done_s, writes_count


@pytest.mark.parametrize("backoff", list(LAYERS))
@pytest.mark.parametrize("clients_count", [50, pytest.param(100, marks=pytest.mark.evidence)])
def test_time_and_calls(clients_count, backoff):
    """Calls agree with the published simulator within 5 %, the time within 10 %."""
    policy = RetryPolicy(layers=(LAYERS[backoff],))
    rng = np.random.default_rng([clients_count, list(LAYERS).index(backoff)])
    hop_s, draw = hops_s(rng).__next__, uniforms(rng).__next__
    runs = [contend(policy, clients_count, hop_s, draw) for _ in range(REPETITIONS_COUNT)]
    time_ms = 1000.0 * sum(done_s for done_s, _ in runs) / REPETITIONS_COUNT
    calls_count = sum(writes_count for _, writes_count in runs) / REPETITIONS_COUNT
    published_ms, published_count = PUBLISHED[clients_count][backoff]
    assert pytest.approx(published_count, rel=0.05) == calls_count
    assert pytest.approx(published_ms, rel=0.10) == time_ms
