"""What is not needed for the first words is not loaded before them, nor made."""

from __future__ import annotations

import subprocess
import sys

from tidegate.cli import commands
from tidegate.cli.app import app, app_of

LATE = "tidegate.evaluate.judging.judge", "tidegate.protect", "numba", "cryptography", "pygments", "pydantic"


def test_what_answers_is_not_loaded_before_the_first_words() -> None:
    """Reading a world and estimating loads neither what judges nor what protects."""
    needed = "import tidegate.cli.main, tidegate.evaluate.judging.asked, tidegate.verbs.first_look, sys"
    asked = f"{needed}; print([one for one in {LATE} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()


def test_of_all_commands_only_the_one_that_is_named_is_made() -> None:
    """Of what is named as it is called; of anything else all are known, to be offered."""
    assert "check" in commands.__all__
    assert ["check"] == [one.callback.__name__ for one in app_of(["check", "x"]).registered_commands]
    for words in ([], ["--help"], ["chek"], ["outage", "open"]):
        assert app_of(words) is app
