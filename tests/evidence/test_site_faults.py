"""Every fault of three sites, ten minutes each: `docs/evidence/site-faults.md` has what was run."""

from __future__ import annotations

import pytest

from site_faults import PATTERNS, attacked
from site_histories import judged


@pytest.mark.evidence
@pytest.mark.timeout(3_600)
@pytest.mark.parametrize("pattern", PATTERNS)
def test_nothing_acknowledged_is_lost(tmp_path, pattern):
    history, _ = attacked(tmp_path, [pattern] * 60, seed=60, lasts_s=8.0)
    assert [] == list(judged(history.lines).lines())
