"""Rules of the kernel are changed in the order in which they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tidegate.adapters.linux.services.silence import Silence

SLOW_FIRST = """#!/bin/sh
read rule
[ "$rule" = vanish ] && sleep 0.3
echo "$rule" >> "$TOLD"
"""


def test_what_is_told_last_is_so_at_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An nft that is slow to let packets vanish does not do so after they were to arrive again."""
    program, told = tmp_path / "nft", tmp_path / "told"
    program.write_text(SLOW_FIRST)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setenv("TOLD", str(told))
    silence = Silence(("arrive\n", "vanish\n"), is_silent=False)
    silence.fall(True)
    silence.fall(True)
    silence.fall(False)
    silence.end()
    assert ["vanish", "arrive"] == told.read_text().split()
