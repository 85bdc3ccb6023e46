"""An autoscaler is taken to know what it reads at once: whoever leans on one is told."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.scaling import reading_sentences
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
horizon: 60s
networks: {{inside: {{}}, outside: {{}}}}
crossings: {{edge: {{between: [inside, outside], forwarding: 5k/s}}}}
services: {{api: {{title: the shop, network: outside, instances: 4, concurrency: 4, autoscaler: {{{}}}}}}}
clients: {{app: {{network: inside, service: api, population: 8, timeout: 2s}}}}
"""


def said(scaler):
    return list(reading_sentences(write_script(read_world(WORLD.format(scaler), "w.yaml"))))


@pytest.mark.parametrize(
    ("scaler", "words"),
    [
        ("target: 0.5, most: 9", "a mean over its interval (15 s)"),
        ("signal: cpu, target: 0.5, most: 9, interval: 30s", "a mean over its interval (30 s)"),
        ("signal: queue, target: 5, most: 9", "as of that moment"),
        ("signal: queue, target: 5, most: 9, also: {signal: cpu, target: 0.5}", "a mean over its interval"),
    ],
)
def test_what_is_read_and_when_is_said(scaler, words):
    """With the key by which later readings are stated."""
    (one,) = said(scaler)
    assert f"of the shop reads is {words}" in one
    assert "services.api.autoscaler.interval" in one


@pytest.mark.parametrize("scaler", ["target: 0.5, most: 4", "target: 0.5, most: 9, step_choice: none"])
def test_nothing_is_said_of_one_that_never_adds(scaler):
    """Nobody leans on it."""
    assert [] == said(scaler)
