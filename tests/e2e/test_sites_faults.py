"""Three real sites while paths are cut, sites killed and copies put back: nothing acknowledged is lost.

The long runs, with every pattern and many seeds, are docs/generate_site_faults.py.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from site_faults import attacked
from site_histories import judged


@pytest.mark.parametrize(
    ("seed", "patterns"),
    [
        pytest.param(1, ("sites killed", "a bit changed on disk"), marks=pytest.mark.evidence),
        (2, ("one site cut off", "an old copy put back", "a folder started twice")),
    ],
)
def test_nothing_acknowledged_is_lost_and_all_sites_come_to_the_same(
    tmp_path: Path, seed: int, patterns: tuple[str, ...]
):
    """Each thing for a second, cases at all sites all the time; healed within 30 s of each."""
    history, _ = attacked(tmp_path, patterns, seed=seed, lasts_s=1.0)
    found = judged(history.lines)
    assert [] == list(found.lines())
    assert found.acknowledged_count > 20
