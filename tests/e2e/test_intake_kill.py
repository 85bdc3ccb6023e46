"""Cases while the server is killed: whatever was acknowledged is kept, once."""

from __future__ import annotations

from pathlib import Path

from case_storm import judged, storm


def test_nothing_acknowledged_is_lost_or_doubled(tmp_path: Path):
    """Three hundred cases, two kills, all it asks dead, slow and wrong: 0 lost, 0 twice, the chain whole.

    The full storm is benchmarks/intake.py.
    """
    found = storm(tmp_path, cases_count=300, customers_count=8, kill_every_s=(0.05, 0.15), seed=1)
    judgement = judged(tmp_path, found, 300)
    assert 1 <= found.kills_count
    assert [0] == found.codes
    assert {
        "acknowledged_count": 300,
        "unanswered_count": 0,
        "lost_count": 0,
        "unverified_count": 0,
        "duplicate_receipts_count": 0,
        "duplicate_cases_count": 0,
        "damaged_chains_count": 0,
    } == judgement
