"""Words said and made public under a clock that is set."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import shifted_clock
from served import Served

SHIFTS_S = (7_200.0, 0.0, -7_200.0)
"""Ahead, then two hours behind that, then two hours behind the right time."""
PATIENCE_S = 60.0
"""Five seconds are promised; a busy machine that runs many tests is given more."""


def program_under(shift: Path) -> list[str]:
    """Return the words that start Tidegate under the clock of a file."""
    return [sys.executable, shifted_clock.__file__, str(shift)]


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
