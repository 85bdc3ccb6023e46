"""What a probe says of a client of known behaviour is true, at the rate it claims."""

from __future__ import annotations

from random import Random

import pytest

from synthetic_client import random_layer, seen
from tidegate.probe.conduct import Conduct, conduct_of
from tidegate.world.retry import RetryLayer, RetryPolicy

RUNS_COUNT = 3
BEHAVIOURS_COUNT = 100


def true_values(layer: RetryLayer) -> dict[str, float]:
    """Return the layer's numbers by the names that a law gives them."""
    return {
        "base": layer.base_s,
        "multiplier": layer.multiplier_ratio,
        "cap": layer.cap_s,
        "jitter_width": layer.jitter_width_ratio,
    }


def is_recovered(layer: RetryLayer, conduct: Conduct) -> bool:
    """Whether everything that was stated of the layer is true.

    The law must be the one named or one of those named as not ruled out; the numbers are judged where
    it is the one named. With one retry only, growth cannot be seen and is not asked for.
    """
    layers = conduct.retrying.layers
    if len(layers) != 1 or layers[0].retries_count != layer.retries_count:
        return False
    law = layers[0].law
    named = [(law.law, law.jitter), *law.alternatives]
    if layer.retries_count == 1 and layer.backoff != "none":
        return any(name == "constant" for name, _ in named)
    if (layer.backoff, layer.jitter) not in named:
        return False
    if (layer.backoff, layer.jitter) != named[0]:
        return True
    values = true_values(layer)
    return all(found.low <= values[name] <= found.high for name, found in law.parameters.items())


def probed(seed: int) -> tuple[RetryLayer, Conduct]:
    """Return a random behaviour and what the probe says of it."""
    draw = Random(seed)  # noqa: S311  a client, not a secret
    layer = random_layer(draw)
    policy = RetryPolicy(layers=(layer,))
    trials = [seen(policy, watched_s=1e6, draw=draw) for _ in range(RUNS_COUNT)]
    return layer, conduct_of("refusing", trials, "http", seed=seed)


@pytest.mark.evidence
def test_behaviours_are_recovered_at_the_nominal_rate():
    """Of 100 random behaviours at least 90 are recovered whole; the intervals claim 95."""
    missed = []
    for seed in range(BEHAVIOURS_COUNT):
        layer, conduct = probed(seed)
        if not is_recovered(layer, conduct):
            missed.append((seed, layer))
    assert len(missed) <= BEHAVIOURS_COUNT // 10, missed
