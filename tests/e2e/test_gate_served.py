"""`tidegate gate` as it is used: over TLS, with reviews as a server sends them, ended as a cluster does."""

from __future__ import annotations

import base64
import json
import re
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from gate_sample import HPA, SHOP, WORLD, review, scale, scaler
from gate_served import Authority, gate

STEP = {"changes": [{"address": "prod/shop", "aliases": [SHOP], "from": 4, "to": 40}]}


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "shop.yaml").write_text(WORLD)
    return tmp_path


@pytest.fixture
def authority(folder):
    return Authority(folder, "authority")


def trusting(authority, shown=None):
    context = ssl.create_default_context(cafile=str(authority.path))
    if shown is not None:
        context.load_cert_chain(*shown)
    return context


def test_it_holds_an_unsafe_step_up_and_keeps_what_it_worked_out(folder, authority):
    """At first nothing can be told; then it is refused, a smaller one is not, and a restart knows at once."""
    certificate, key = authority.certificate("gate")
    words = ("shop.yaml", "--mode", "enforce", "--tls-cert", certificate, "--tls-key", key)
    asked = review("deployments", scale(4), scale(40)).body
    with gate(folder, *words, trusted=trusting(authority)) as at:
        assert [200, 200] == [at.ask(f"/health/{one}", method="GET")[0] for one in ("ready", "live")]
        trial = review("deployments", scale(4), scale(40), dryRun=True).body
        first = json.loads(at.ask("/admission/validate", trial)[1])["response"]
        assert first["allowed"], "a doubt is let through unless it is set otherwise"
        assert any("not worked out" in one for one in first["warnings"])
        at.until_known("/admission/validate", trial, "not worked out")
        last = json.loads(at.ask("/admission/validate", asked)[1])["response"]
        assert (False, 403) == (last["allowed"], last["status"]["code"])
        assert "Allowed now: 18." in last["status"]["message"]
    with gate(folder, *words, trusted=trusting(authority)) as at:
        assert not json.loads(at.ask("/admission/validate", asked)[1])["response"]["allowed"]
        small = review("deployments", scale(4), scale(18)).body
        assert json.loads(at.ask("/admission/validate", small)[1])["response"]["allowed"]
        assert "stop" in at.say("/check", STEP)["verdict"] or at.say("/check", STEP)["allowed"] == 18
        counted = at.ask("/metrics", method="GET")[1]
    found = re.search(r'rulings_total\{caller="admission",through="no",verdict="slow_down"\} (\d)', counted)
    assert found
    assert 1 == int(found[1])


def test_an_autoscaler_climbs_as_it_is_brought_down(folder):
    """Mutating and validating agree: what was brought down is then let through, and counts as the step."""
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        at.ask("/admission/validate", review("horizontalpodautoscalers", None, scaler(), sub="",
                                              operation="CREATE").body)  # fmt: skip
        asked = review("deployments", scale(4), scale(40)).body
        answer = json.loads(at.until_known("/admission/mutate", asked, "not worked out"))["response"]
        [patch] = json.loads(base64.b64decode(answer["patch"]))
        assert 18 == patch["value"]
        down = review("deployments", scale(4), scale(18)).body
        assert json.loads(at.ask("/admission/validate", down)[1])["response"]["allowed"]
        again = json.loads(at.ask("/admission/mutate", review("deployments", scale(18), scale(40)).body)[1])
        assert "patch" not in again["response"], "the first step is not over"


def test_only_those_with_a_certificate_may_ask_where_it_is_set_so(folder, authority):
    certificate, key = authority.certificate("gate")
    words = ("shop.yaml", "--tls-cert", certificate, "--tls-key", key, "--client-ca", str(authority.path))
    shown = trusting(authority, authority.certificate("server"))
    with gate(folder, *words, trusted=shown) as at:
        assert 200 == at.ask("/health/live", method="GET")[0]
        stranger = replace(at, trusted=trusting(authority))
        with pytest.raises((ssl.SSLError, ConnectionError)):
            stranger.ask("/health/live", method="GET")


def test_a_world_is_read_again_as_it_changes(folder):
    """A number that changed makes what was worked out void; a file that is broken changes nothing."""
    body = json.dumps(STEP).encode()
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        assert '"allowed":18' in at.until_known("/check", body, "not worked out")
        (folder / "shop.yaml").write_text("name: [")
        assert '"allowed":18' in at.until_known("/check", body, "allowed", within_s=4)
        (folder / "shop.yaml").write_text(WORLD.replace("connections: 39", "connections: 31"))
        at.until_known("/check", body, '"allowed":18')
        assert '"allowed":14' in at.until_known("/check", body, "not worked out")
    assert "cannot be read, and stays as it was" in (folder / "gate.log").read_text()


def test_hostile_requests_are_refused_and_others_answered(folder):
    """Too large, not JSON, no path, a slow one beside: each has its status, and nobody else waits."""
    with gate(folder, "shop.yaml") as at, socket.create_connection(("localhost", at.port), 10) as slow:
        slow.sendall(b"POST /check HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{")
        assert 400 == at.ask("/check", b"x" * (9 * 1024 * 1024))[0]
        assert 400 == at.ask("/admission/validate", b"[" * 100_000)[0]
        assert 404 == at.ask("/nothing", b"{}")[0]
        assert 405 == at.ask("/check", method="GET")[0]
        assert 200 == at.ask("/check", json.dumps(STEP).encode())[0]


def test_what_cannot_be_worked_out_in_time_says_so_and_is_counted(folder):
    with gate(folder, "shop.yaml", "--work-limit", "10ms") as at:
        said = json.loads(at.until_known("/check", json.dumps(STEP).encode(), "not worked out"))
        assert ("cannot_tell", True) == (said["verdict"], "within 0.01 s" in said["why"])
        assert re.search(r"^tidegate_gate_left [1-9]", at.ask("/metrics", method="GET")[1], re.MULTILINE)


def test_a_world_that_nothing_can_be_found_in_is_told_at_the_start(folder):
    with gate(folder, "surge") as at:
        assert "no world here knows" in str(at.say("/check", STEP)["why"])
    assert "a world answers nothing" in (folder / "gate.log").read_text()


@pytest.mark.parametrize("said", ["banana", "0s", "-5s", "inf"])
def test_a_limit_that_is_no_time_is_refused(folder, said):
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "gate", "shop.yaml", f"--work-limit={said}"],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (2, "") == (done.returncode, done.stdout)
    assert "--work-limit" in done.stderr


def test_what_it_says_is_on_record_while_it_runs(folder):
    """Another process reads it: what was asked, on which world, by which runs, and what decided."""
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        at.until_known("/check", json.dumps(STEP).encode(), "not worked out")
        words = [sys.executable, "-m", "tidegate.cli.main", "decisions", "list", "--format", "json"]
        until_s = time.monotonic() + 20
        verdicts = []
        while "slow_down" not in verdicts and time.monotonic() < until_s:
            ended = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True)
            given = json.loads(ended.stdout)["rulings"]
            verdicts = [one["verdict"] for one in given]
    last = given[-1]
    assert {"prod/shop": "4 to 40"} == last["sizes"]
    assert (7, 20.0, 64) == (last["seed"], last["settles_s"], len(last["digest"]))
    assert {"services.db.connections": "39 stated"} == last["numbers"]
    assert f"{last['runs_count']:,} whole runs" == last["evidence"]


def test_what_a_server_asks_again_is_one_ruling(folder):
    """It asks both paths, and all again before it believes a no; what is brought down comes as what it is."""
    big, small = (review("deployments", scale(4), scale(count)).body for count in (40, 18))
    by_hand = review("deployments", scale(4), scale(40), user="alice").body
    made = review("horizontalpodautoscalers", None, scaler(), sub="", operation="CREATE").body
    with gate(folder, "shop.yaml", "--mode", "enforce") as at:
        at.until_known("/check", json.dumps(STEP).encode(), "not worked out")
        at.ask("/admission/validate", made)
        for body in (by_hand, by_hand):
            assert "patch" not in at.ask("/admission/mutate", body)[1]
            assert not json.loads(at.ask("/admission/validate", body)[1])["response"]["allowed"]
        assert "patch" in at.ask("/admission/mutate", big)[1]
        assert json.loads(at.ask("/admission/validate", small)[1])["response"]["allowed"]
    words = ("-m", "tidegate.cli.main", "decisions", "list", "--format", "json")
    said = subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True).stdout
    rulings = [one for one in json.loads(said)["rulings"] if SHOP in one["about"]]
    found = [(one["caller"], one["asked_by"]) for one in rulings if one["caller"] != "check"]
    assert [("admission", "alice"), ("admission-mutate", HPA)] == found
