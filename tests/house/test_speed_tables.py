"""The tables of docs/evidence/speed.md are what the benchmarks wrote."""

from __future__ import annotations

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_tables_of_speed_are_what_the_benchmarks_wrote():
    """Writing them anew from benchmarks/results changes nothing."""
    spec = importlib.util.spec_from_file_location("generate_speed", ROOT / "docs" / "generate_speed.py")
    generate = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(generate)
    text = generate.PAGE.read_text(encoding="utf-8")
    assert generate.page(text) == text
    assert len(generate.TABLES) == text.count("<!-- table: ")
