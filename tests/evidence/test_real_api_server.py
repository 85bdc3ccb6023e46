"""What was seen of the gate before a real API server: the page, and how the server is built."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "evidence" / "real-api-server.md"
sys.path.append(str(ROOT / "docs" / "real_api_server"))

from build_server import Fetched, _fetch  # noqa: E402  a script of the documentation
from page_of_cases import page  # noqa: E402


def test_the_page_is_what_was_kept():
    """Written by nobody's hand: what was measured is all that it says."""
    kept = json.loads(PAGE.with_suffix(".json").read_text(encoding="utf-8"))
    assert page(kept) == PAGE.read_text(encoding="utf-8")
    assert len(kept["cases"]) > 30


def test_what_is_fetched_is_what_was_pinned(tmp_path):
    """A mirror that has another file is no mirror: it is thrown away, and nothing is built of it."""
    (tmp_path / "pool").mkdir()
    (tmp_path / "pool" / "one.deb").write_bytes(b"another")
    wanted = Fetched("pool/one.deb", "0" * 64)
    with pytest.raises(SystemExit, match="is another"):
        _fetch(tmp_path.as_uri(), wanted, tmp_path / "fetched")
    assert [] == list((tmp_path / "fetched").iterdir())
