"""What is not needed for the first words is not loaded before them, nor made."""

from __future__ import annotations

import subprocess
import sys

from tidegate.cli.app import app, app_of
from tidegate.cli.command_modules import register

register()

LATE = (
    "tidegate.evaluate.judging.judge",
    "tidegate.protect",
    "numba",
    "numpy",
    "cryptography",
    "pygments",
    "pydantic",
)
CHECK = "from tidegate.cli.main import main; main()"


def test_what_answers_is_not_loaded_before_the_first_words(tmp_path) -> None:
    """A check, asked for as people do, has loaded neither engine nor judge when it says its first words."""
    words = [sys.executable, "-X", "importtime", "-c", CHECK, "check", "surge", "--no-report"]
    before = []
    with subprocess.Popen(
        words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as check:
        for line in check.stderr:
            if line.startswith("First estimate"):
                break
            before.append(line.rpartition("|")[2].strip())
        check.kill()
    assert "tidegate.simulate.fluid.run" in before
    assert [] == [one for one in LATE if one in before]


def test_of_all_commands_only_the_one_that_is_named_is_made() -> None:
    """Of what is named as it is called; of anything else all are known, to be offered."""
    assert ["check"] == [one.callback.__name__ for one in app_of(["check", "x"]).registered_commands]
    for words in ([], ["--help"], ["chek"], ["outage", "open"]):
        assert app_of(words) is app
