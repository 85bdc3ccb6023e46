"""Published results that need no engine, only the readable client behaviour.

Their exact tests are test_backoff_contention.py and test_retry_arithmetic.py; here they become rows.
"""

from __future__ import annotations

import numpy as np
from finding import Case, Finding
from test_backoff_contention import LAYERS, PUBLISHED, contend, hops_s, uniforms

from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.world.retry import RetryLayer, RetryPolicy

ARITHMETIC = "Client behaviour alone"


def contention(clients_count: int, runs_count: int) -> Finding:
    """Mean time (ms) and calls of each back-off, within 10 % and 5 %."""
    words, right = [], True
    for number, (name, layer) in enumerate(LAYERS.items()):
        rng = np.random.default_rng([clients_count, number])
        hop_s, draw = hops_s(rng).__next__, uniforms(rng).__next__
        policy = RetryPolicy(layers=(layer,))
        runs = np.array([contend(policy, clients_count, hop_s, draw) for _ in range(runs_count)])
        time_ms, calls = 1000.0 * runs[:, 0].mean(), runs[:, 1].mean()
        published_ms, published_calls = PUBLISHED[clients_count][name]
        right = right and abs(time_ms / published_ms - 1) <= 0.1 and abs(calls / published_calls - 1) <= 0.05
        words.append(f"{name} {time_ms:,.0f} / {calls:,.0f}")
    return Finding(ours=", ".join(words), reproduces=right)


def five_layers(_: int) -> Finding:
    """Attempts of five layers of three tries each."""
    policy = RetryPolicy(layers=(RetryLayer(retries_count=2, backoff="none"),) * 5)
    state = RetryState(policy, guards_of(policy, 0.0))
    attempts = 0
    while state.start(0.0):
        attempts += 1
        if isinstance(state.failure(0.0, lambda: 0.0), GiveUp):
            break
    return Finding(ours=f"{attempts} attempts", reproduces=attempts == 243)


def arithmetic_cases() -> tuple[Case, ...]:
    """Return the cases of this section."""
    return (
        *(
            Case(
                name=f"Back-off contention, {n} clients: time in ms / calls",
                section=ARITHMETIC,
                source="AWS back-off simulator",
                world="",
                fast_runs=0,
                full_runs=100,
                published=", ".join(
                    f"{name} {ms:,} / {calls:,}" for name, (ms, calls) in PUBLISHED[n].items()
                ),
                rule="10 % on time, 5 % on calls",
                judge=lambda runs, n=n: contention(n, runs),
            )
            for n in PUBLISHED
        ),
        Case(
            name="Five layers of three tries",
            section=ARITHMETIC,
            source="Amazon Builders' Library",
            world="",
            fast_runs=1,
            full_runs=1,
            published="243 attempts",
            rule="exact",
            judge=five_layers,
        ),
    )
