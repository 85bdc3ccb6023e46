"""Where nobody asks for anything nothing is shown, and nothing goes ahead."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.errors import CannotTellError

WORLD = """
name: unasked
networks: {a: {}, b: {}}
services: {api: {network: a, instances: 4}, batch: {network: b, instances: 4}}
CLIENTS
activities: {shrink: {service: batch, to: 0}}
"""


@pytest.mark.parametrize(
    "clients", ["", "clients: {web: {network: a, service: api, demand: {kind: open, rate: 9/s}}}"]
)
def test_a_change_of_what_nobody_asks_cannot_be_told(tmp_path: Path, clients: str) -> None:
    """Neither a world without clients nor one whose clients use something else shows anything of it."""
    path = tmp_path / "unasked.yaml"
    path.write_text(WORLD.replace("CLIENTS", clients))
    with pytest.raises(CannotTellError, match="nobody asks for anything here"):
        tidegate.check(path, "shrink", runs_count=3, jobs=1)
