"""The collector of cycles rests while it is asked to, and is afterwards as it was."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tidegate.adapters.cycle_collector import collector_rests
from tidegate.cli.main import main


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    was_enabled = gc.isenabled()
    yield
    (gc.enable if was_enabled else gc.disable)()


@pytest.mark.parametrize("was_enabled", [True, False])
def test_it_is_afterwards_as_it_was(was_enabled: bool) -> None:
    """Also after an error, and also where it rested before."""
    (gc.enable if was_enabled else gc.disable)()
    with pytest.raises(ZeroDivisionError), collector_rests():
        _ = 1 / gc.isenabled()
    assert was_enabled == gc.isenabled()


def test_a_command_leaves_it_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever calls `discover` in their own process goes on with a collector that works."""
    gc.enable()
    record = tmp_path / "none.txt"
    record.write_text("nothing that is a flow\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["tidegate", "discover", str(record)])
    with pytest.raises(SystemExit):
        main()
    assert gc.isenabled()
