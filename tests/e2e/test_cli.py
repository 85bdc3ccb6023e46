"""The command line as a process of its own: what only a real process shows."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tiny_worlds import grow_text, twin_text

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
LONG = ("--set", "horizon=600s", "--set", "clients.base.population=6000", "--runs", "100000")


@pytest.fixture(name="place", autouse=True)
def folder(tmp_path):
    (tmp_path / "grow.yaml").write_text(grow_text())
    (tmp_path / "twin.yaml").write_text(twin_text(retry="immediate"))
    return tmp_path


def run(place, *words, **environment):
    return subprocess.run(
        [TIDEGATE, *words], cwd=place, env={**os.environ, **environment}, capture_output=True, timeout=120,
        check=False,
    )  # fmt: skip


def test_the_installed_command_runs(place):
    """The script of the package prints its version."""
    done = run(place, "--version")
    assert (0, b"") == (done.returncode, done.stderr)
    assert done.stdout.startswith(b"tidegate ")


def test_two_processes_print_the_same_bytes(place):
    """The same seed gives the same JSON from another process with another number of threads."""
    words = ("check", "twin.yaml", "--no-report", "--format", "json", "--runs", "4")
    one, two = run(place, *words, "--jobs", "1"), run(place, *words, "--jobs", "4", PYTHONHASHSEED="5")
    assert 3 == one.returncode == two.returncode
    assert one.stdout == two.stdout
    assert "protect_first" == json.loads(one.stdout)["verdicts"][0]["verdict"]


def test_piped_ascii_is_plain(place):
    """Where the output cannot hold more than ASCII, words and pictures do without."""
    done = run(place, "check", "twin.yaml", "--no-report", "--runs", "3", PYTHONIOENCODING="ascii")
    assert 3 == done.returncode
    assert (done.stdout + done.stderr).isascii()
    assert b"PROTECT FIRST" in done.stdout
    assert b"\x1b" not in done.stdout


def test_a_world_may_speak_any_language(place):
    """Names outside ASCII neither break a narrow output nor a JSON document."""
    text = twin_text(retry="immediate").replace("name: twin", "name: twin\ntitle: Zwölf Gerät 网关")
    (place / "words.yaml").write_text(text, encoding="utf-8")
    for words in (("--runs", "1"), ("--runs", "1", "--format", "json")):
        done = run(place, "check", "words.yaml", "--no-report", *words, PYTHONIOENCODING="ascii")
        assert done.returncode in {3, 4, 5}
        assert b"Traceback" not in done.stderr


def test_a_reader_that_leaves_early_is_no_fault_to_shout_about(place):
    """`tidegate catalogue | head -1` shows no traceback."""
    words = f"{TIDEGATE} simulate grow.yaml | head -n 1"
    done = subprocess.run(["bash", "-c", words], cwd=place, capture_output=True, timeout=120, check=False)
    assert b"time_s,kind,name,quantity,value,world,digest,activity,seed,replication\n" == done.stdout
    assert b"Traceback" not in done.stderr
    assert b"Exception" not in done.stderr


def test_an_interrupt_ends_it_at_once_and_leaves_nothing(place):
    """Ctrl-C during the runs: exit 130 within two seconds, one line, no report, no file half written."""
    words = [TIDEGATE, "check", "twin.yaml", *LONG]
    process = subprocess.Popen(words, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr is not None
    assert b"twin" in process.stderr.readline()
    time.sleep(1.5)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    began_s = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - began_s < 2.0
    assert (130, b"") == (process.returncode, out)
    assert b"interrupted" in err
    assert b"Traceback" not in err
    assert {"grow.yaml", "twin.yaml"} == {path.name for path in place.iterdir()}


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_told_before_the_runs(place):
    """The fault comes at once, not after the work."""
    (place / "locked").mkdir(mode=0o500)
    done = run(place, "check", "twin.yaml", "--report", "locked/r.html", *LONG)
    assert 2 == done.returncode
    assert b"not yours to write" in done.stderr
