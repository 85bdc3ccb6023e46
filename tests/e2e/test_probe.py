"""The probe end to end: real clients, real sockets, the entry it writes, and a world that uses it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import tidegate
from tidegate.adapters.linux.sandbox.outside import why_forbidden

HERE = Path(__file__).parent
REQUIRED = os.environ.get("REQUIRE_PARTS") == "1"
FORBIDDEN = why_forbidden()
WORLD = """
tidegate: 1
networks: {here: {}}
services: {api: {network: here, concurrency: 10}}
clients: {app: {network: here, service: api, retry: measured/it}}
"""

pytestmark = pytest.mark.skipif(bool(FORBIDDEN) and not REQUIRED, reason=f"not possible here: {FORBIDDEN}")


def probe(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run `tidegate probe` in a folder."""
    command = [sys.executable, "-m", "tidegate.cli.main", "probe", "--name", "it", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


def said(done: subprocess.CompletedProcess[str]) -> str:
    """Return what was answered, however its lines were broken."""
    return " ".join((done.stdout + done.stderr).split())


def entries(folder: Path) -> dict[str, dict]:
    return yaml.safe_load((folder / "measured.yaml").read_text())


def test_curl_backs_off_from_silence_and_not_from_a_reset(tmp_path):
    """curl --retry waits 1 s and doubles when nothing answers, and does not try again after a reset."""
    if shutil.which("curl") is None and not REQUIRED:
        pytest.skip("curl is not installed")
    client = ("curl", "-sS", "--retry", "2", "--connect-timeout", "1", "{url}")
    words = ("--situations", "silent,resetting", "--repeat", "2", "--seconds", "12", "--", *client)
    for _ in range(3):  # where other work keeps curl waiting, its four waits are those of no law: ask again
        done = probe(tmp_path, *words)
        assert 0 == done.returncode, done.stderr
        if "by no law known" not in said(done):
            break
    assert "Does not try again when connections are reset; backs off when nothing answers." in said(done)
    found = entries(tmp_path)
    (layer,) = found["it"]["tree"]["layers"]
    assert ("2", "exponential", "none") == (layer["retries"], layer["backoff"], layer["jitter"])
    assert "measured" == layer["base"]["basis"]
    assert [] == found["it-resetting"]["tree"]["layers"]


def test_urllib3_tries_three_times_more_at_once(tmp_path):
    """The pool's default is confirmed: three retries, no wait."""
    client = (sys.executable, "-c", "import sys, urllib3; urllib3.PoolManager().request('GET', sys.argv[1])")
    done = probe(tmp_path, "--situations", "refusing", "--seconds", "10", "--", *client, "{url}")
    assert 0 == done.returncode, done.stderr
    (layer,) = entries(tmp_path)["it"]["tree"]["layers"]
    assert ("3", "none") == (layer["retries"], layer["backoff"])


def test_the_fault_of_2021_is_found_and_a_world_can_use_it(tmp_path):
    """A client that forgets its back-off when the list changes is found out; a world beside it reads that."""
    client = (sys.executable, str(HERE / "probe_client.py"), "{host}", "{port}")
    done = probe(tmp_path, "--situations", "refusing,changing", "--seconds", "10", "--", *client)
    assert 0 == done.returncode, done.stderr
    assert "Does not back off when its address list changes" in said(done)
    found = entries(tmp_path)
    assert "none" == found["it-changing"]["tree"]["layers"][0]["backoff"]
    (tmp_path / "world.yaml").write_text(WORLD)
    file = tidegate.load(tmp_path / "world.yaml")
    (layer,) = file.world.clients["app"].retry.layers
    assert (4, "exponential") == (layer.retries_count, layer.backoff)
    base = file.estimates["retry_policies.measured/it.layers.0.base"]
    assert base.low <= 0.2 <= base.high
    assert "measured" == base.basis
    changed = tidegate.load(tmp_path / "world.yaml", {"clients.app.retry": "measured/it-changing"})
    assert "none" == changed.world.clients["app"].retry.layers[0].backoff


def test_connections_beside_attempts_are_counted_and_a_world_can_use_them(tmp_path):
    """One request given up, two connections: said in words and JSON, and its keys fit into a world."""
    client = (sys.executable, str(HERE / "spare_client.py"), "{host}", "{port}")
    words = ("--situations", "hanging,refusing", "--repeat", "2", "--seconds", "8", "--format", "json")
    done = probe(tmp_path, *words, "--", *client)
    assert 0 == done.returncode, done.stderr
    entry = json.loads(done.stdout)["it"]
    assert "2 connections for 1 attempt, 1 with nothing asked" == entry["connections"]["hanging"]
    assert "1 connection for 1 attempt" == entry["connections"]["refusing"]
    assert "1 connection for 1 attempt" == entry["connections"]["healthy"]
    found = entry["clients"]
    assert "1" == found["spare_connections"]
    keys = {f"clients.app.{key}": found[key] for key in ("spare_connections", "spare_hold")}
    (tmp_path / "world.yaml").write_text(WORLD)
    app = tidegate.load(tmp_path / "world.yaml", keys).world.clients["app"]
    assert 1 == app.spare_connections_count
    assert 1.0 == pytest.approx(app.spare_hold_s, abs=0.1)


def test_a_client_that_never_connects_gets_one_clear_answer(tmp_path):
    """A program that does something else is told so in one line, and nothing is written."""
    done = probe(tmp_path, "--", sys.executable, "-c", "import sys; sys.exit('no such option')", "{url}")
    assert 4 == done.returncode
    assert done.stderr == (
        "tidegate: the client never tried to connect while all was well, and ended with 1; "
        "its last words: no such option\n"
    )
    assert not (tmp_path / "measured.yaml").exists()


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (("--", "/no/such/program", "{url}"), "cannot be started"),
        (("--", "curl", "http://example.org"), "does not say where it connects to"),
        (("--protocol", "smtp", "--", "curl", "{url}"), "no such protocol"),
        (("--situations", "sleepy", "--", "curl", "{url}"), "no such situation"),
        (("--repeat", "0", "--seconds", "9999", "--", "curl", "{url}"), "is too large"),
        ((), "no client program given"),
    ],
)
def test_bad_input_is_told_as_such(tmp_path, words, fault):
    """Whatever cannot be asked ends with exit 2 and a sentence, and no traceback."""
    done = probe(tmp_path, *words)
    assert 2 == done.returncode
    assert fault in said(done).lower()
    assert "Traceback" not in done.stderr
