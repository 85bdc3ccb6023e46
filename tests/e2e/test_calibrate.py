"""`tidegate calibrate` on this very machine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tidegate.adapters.linux.sandbox.features import missing_programs
from tidegate.adapters.linux.sandbox.outside import why_forbidden
from tidegate.rehearse.cost import KINDS

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
FORBIDDEN = why_forbidden() or "; ".join(missing_programs(["ip", "nft"]))
REQUIRED = os.environ.get("REQUIRE_PARTS") == "1"

pytestmark = pytest.mark.skipif(bool(FORBIDDEN) and not REQUIRED, reason=FORBIDDEN)


def calibrate(*words: str, before: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, TIDEGATE, "calibrate", *words], capture_output=True, text=True, timeout=120, check=False
    )


def test_packets_cost_what_packets_can_cost():
    """A packet takes between 10 ns and 1 ms; with translation a new flow costs more than a known one."""
    done = calibrate("--only", "forwarding,conntrack,nat", "--for", "1s", "--format", "json")
    assert (0, "") == (done.returncode, done.stderr)
    document = json.loads(done.stdout)
    costs = {one["name"]: one["cost_s"] for one in document["costs"]}
    assert [] == document["left_out"]
    assert {"forwarding", "known_flow", "new_flow", "known_translated", "new_translated"} == set(costs)
    assert all(1e-8 < cost_s < 1e-3 for cost_s in costs.values())
    assert costs["known_translated"] < costs["new_translated"]


def test_every_part_is_measured():
    """Each proxy passes connections on, and TLS sessions are resumed."""
    if (missing := missing_programs(["haproxy", "nginx", "envoy", "openssl"])) and not REQUIRED:
        pytest.skip("; ".join(missing))
    done = calibrate("--only", "haproxy,nginx,envoy,tls", "--for", "1s", "--format", "json")
    document = json.loads(done.stdout)
    assert [] == document["left_out"]
    wanted = [name for name, kind in KINDS.items() if kind.program]
    assert wanted == [one["name"] for one in document["costs"]]
    assert all(1e-6 < one["cost_s"] < 0.1 for one in document["costs"])
    assert {"haproxy", "nginx", "envoy"} == set(document["programs"])


def test_a_missing_program_is_named_and_the_rest_is_measured():
    """Without HAProxy forwarding is still measured; asked for alone it ends with 4."""
    hidden = [path for path in ("/usr/sbin/haproxy", "/usr/local/sbin/haproxy") if Path(path).exists()]
    hide = "".join(f"mount --bind /dev/null {path}; " for path in hidden) + 'exec "$@"'
    before = ("unshare", "-Urm", "sh", "-c", hide, "sh")
    line = "HAProxy: TCP connection: the program haproxy is missing; Debian's package is haproxy"
    done = calibrate("--only", "forwarding,haproxy", "--for", "1s", before=before)
    assert 0 == done.returncode
    assert line in " ".join(done.stdout.split())
    assert "packet forwarded" in done.stdout
    done = calibrate("--only", "haproxy", "--for", "1s", before=before)
    assert 4 == done.returncode
    assert "nothing was measured:" in done.stdout
    assert line in " ".join(done.stdout.split())


def test_where_namespaces_are_forbidden_it_says_which_setting():
    """One line, and 4."""
    script = 'echo 0 > /proc/sys/user/max_net_namespaces; exec "$@"'
    done = calibrate("--for", "1s", before=("unshare", "-Ur", "sh", "-c", script, "sh"))
    assert 4 == done.returncode
    assert "user.max_net_namespaces is 0; allow them with:" in " ".join(done.stdout.split())


def test_a_wrong_question_is_told_before_anything_starts():
    """Both faults, exit 2."""
    done = calibrate("--only", "apache", "--for", "0s")
    assert 2 == done.returncode
    assert "apache" in done.stderr
    assert "1s to 600s" in done.stderr


def test_an_interruption_ends_with_130_and_leaves_nothing(tmp_path):
    """Ctrl-C in the middle: no directory, no answer."""
    words = [TIDEGATE, "calibrate", "--for", "100s"]
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.iterdir()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        time.sleep(0.5)  # somewhere in the middle, wherever that is
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate()
    assert (130, b"") == (process.returncode, said)
    assert [] == list(tmp_path.iterdir())
