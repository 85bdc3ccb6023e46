"""What people call a number: never a list's index, and never only a key."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tidegate.world.file.called import called

WORLD: Any = SimpleNamespace(
    services={"api": SimpleNamespace(calls=(SimpleNamespace(service="db"),))},
    activities={"move": SimpleNamespace(reactions=(SimpleNamespace(clients="phones"),))},
)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("services.api.calls.0.pool.most", "the pool of api's calls to db"),
        ("services.api.calls.0.cache.hit", "the calls cache hit of api to db"),
        ("activities.move.reactions.0.spread", 'the time over which phones reconnects in "move"'),
        ("activities.grow.to", 'the size that "grow" ends at'),
        ("clients.pods.pool", "the pool of pods"),
        ("crossings.edge.admission.burst", "the admission burst of edge"),
        ("back_off", "back_off"),
    ],
)
def test_a_path_is_called_by_its_name(path: str, expected: str) -> None:
    """Frequent ones have words of their own; the others are called by their keys."""
    assert expected == called(path, WORLD)


def test_without_the_world_nobody_is_invented() -> None:
    """Whom a call asks is not told where it is not known."""
    assert "the pool of api's calls to others" == called("services.api.calls.0.pool.most")
