"""A real server whose clock is set back and ahead by two hours: words are public within seconds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import shifted_clock
from served import Served, served

PATIENCE_S = 60.0
"""Five seconds are promised; a busy machine that runs many tests is given more."""


def set_to(shift: Path, shift_s: float) -> None:
    """Set the clock, in one step."""
    waiting = shift.with_suffix(".new")
    waiting.write_text(f"{shift_s}", encoding="ascii")
    waiting.replace(shift)


def said(program: list[str], at: Served, words: str) -> None:
    """Say something with the command line, beside the server, under the same clock."""
    environment = {**os.environ, "TIDEGATE_DATA": str(at.data)}

    def run(*command: str) -> str:
        done = subprocess.run(
            [*program, "outage", *command],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            env=environment,
        )
        return done.stdout

    one = run("open", words, "--component", "login=partial_outage").split("\n", 1)[0]
    run("confirm", one)
    run("publish", one, "--despite-wording")


def public_after_s(at: Served, words: str) -> float:
    """Return how long it takes until words are on the front page."""
    began_s = time.monotonic()
    while words not in at.get("/")[1]:
        assert time.monotonic() - began_s < PATIENCE_S
        time.sleep(0.2)
    return time.monotonic() - began_s


def test_words_are_public_though_the_clock_is_two_hours_off(tmp_path):
    """Ahead, then two hours behind that, then two hours behind the right time, over a restart too."""
    shift = tmp_path / "shift"
    set_to(shift, 0.0)
    program = [sys.executable, shifted_clock.__file__, str(shift)]
    with served(tmp_path, program=program) as at:
        for shift_s in (7_200.0, 0.0, -7_200.0):
            set_to(shift, shift_s)
            said(program, at, f"Trouble at {shift_s:+.0f}")
            public_after_s(at, f"Trouble at {shift_s:+.0f}")
        assert "tidegate_clock_behind_seconds 1" in at.get("/metrics")[1]
    with served(tmp_path, program=program) as again:
        said(program, again, "Trouble after a restart")
        public_after_s(again, "Trouble after a restart")
