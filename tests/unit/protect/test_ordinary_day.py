"""A limit below what clients ask for in calm is refused before anything is written."""

from __future__ import annotations

import pytest

import protected_world as sample
from tidegate.protect.ordinary_day import below_calm

PER_REQUEST = sample.TEXT.replace("connection: pool\n    pool: 4", "connection: per_request")
OPEN = PER_REQUEST.replace("timeout: 500ms", "timeout: 500ms\n    demand: {kind: open, rate: 300/s}")
CLOSED = PER_REQUEST.replace("timeout: 500ms", "timeout: 500ms\n    demand: {think: 1.5s}")


@pytest.mark.parametrize(
    ("text", "key", "enough", "few"),
    [
        (OPEN, "rate", "150/s", "149/s"),  # 300/s over two devices
        (CLOSED, "rate", "150/s", "149/s"),  # 600 clients, one request in 2 s at the slowest
        (OPEN, "per_source", "0.5/s", "0.4/s"),
        (sample.TEXT, "concurrent", "1200", "1199"),  # 600 pools of four over two devices
        (sample.TEXT, "rate", "1/s", None),  # pools open nothing in calm
    ],
)
def test_calm_must_pass(text, key, enough, few):
    """The limit that lets calm through is taken; the one just below it is not."""
    path, world = f"crossings.edge.admission.{key}", sample.world(text)
    assert () == below_calm(world, sample.protection_of(world, {path: enough}))
    if few is not None:
        (fault,) = below_calm(world, sample.protection_of(world, {path: few}))
        assert (path, "is below the steady load") == (fault.path, fault.what)
