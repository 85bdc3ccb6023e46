"""`doctor`: what works here, and what brings the rest."""

from __future__ import annotations

import json
import os
import subprocess
import sys

TIDEGATE = (sys.executable, "-m", "tidegate.cli.main", "doctor")


def doctor(*words, **environment):
    return subprocess.run(
        [*TIDEGATE, *words], env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )


def test_what_is_missing_is_named_with_what_brings_it(tmp_path):
    """On a machine without programs a verdict is to be had all the same, and a rehearsal is not."""
    done = doctor("--format", "json", PATH=str(tmp_path))
    assert done.returncode == 0
    found = {one["name"]: one for one in json.loads(done.stdout)["abilities"]}
    assert found["an engine that is ready"]["works"]
    assert found["a judge of files for hikaricp"]["lacks"] == [
        "a JDK is not installed; Debian's package is default-jdk-headless"
    ]
    assert len(found) == 19


def test_an_engine_that_is_not_ready_is_a_condition(tmp_path):
    """Verdicts then take far longer; the words say why, in 80 columns."""
    done = doctor(PATH=str(tmp_path), TIDEGATE_ENGINE="python", COLUMNS="80")
    assert done.returncode == 3
    assert "no    an engine that is ready" in done.stdout
    assert "TIDEGATE_ENGINE=python" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
