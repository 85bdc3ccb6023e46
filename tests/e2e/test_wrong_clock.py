"""A real server whose clock is set back and ahead by two hours: words are public within seconds."""

from __future__ import annotations

import pytest

from clock_trials import SHIFTS_S, program_under, public_after_s, said, set_to
from served import served


@pytest.mark.evidence
def test_words_are_public_though_the_clock_is_two_hours_off(tmp_path):
    """Ahead, then two hours behind that, then two hours behind the right time, over a restart too."""
    shift = tmp_path / "shift"
    set_to(shift, 0.0)
    program = program_under(shift)
    with served(tmp_path, program=program) as at:
        for shift_s in SHIFTS_S:
            set_to(shift, shift_s)
            said(program, at, f"Trouble at {shift_s:+.0f}")
            public_after_s(at, f"Trouble at {shift_s:+.0f}")
        assert "tidegate_clock_behind_seconds 1" in at.get("/metrics")[1]
    with served(tmp_path, program=program) as again:
        said(program, again, "Trouble after a restart")
        public_after_s(again, "Trouble after a restart")
