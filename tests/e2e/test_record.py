"""`tidegate record` at a real NAT: what `discover` makes of it, what it puts back, and what it refuses."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest

from nat_between import traffic

TIDEGATE = (sys.executable, "-m", "tidegate.cli.main")
EVENTS = "net.netfilter.nf_conntrack_events"


def run(*words, place=None, given=None):
    return subprocess.run(
        words, cwd=place, input=given, capture_output=True, text=True, timeout=120, check=False
    )


def setting(inside):
    return run(*inside("nat", "sysctl", "-n", EVENTS)).stdout.strip()


def test_a_record_says_who_keeps_what_from_before_it_began_and_who_pauses(inside, tmp_path):
    with ExitStack() as stack:
        traffic(inside, stack)
        time.sleep(2)
        done = run(
            *inside("nat", *TIDEGATE, "record", "--at-nat", "12", "--out", "nat.flows"), place=tmp_path
        )
    assert 0 == done.returncode, done.stderr
    assert " 0 lost" in done.stderr
    assert "2" == setting(inside), "as it was"
    found = json.loads(run(*TIDEGATE, "discover", "nat.flows", "--format", "json", place=tmp_path).stdout)
    places = {one["port"]: one["populations"] for one in found["places"]}
    [pools] = places[7001]
    assert (3, True, 4.0) == (len(pools["sources"]), pools["is_kept"], pools["pool"]["value"])
    assert pools["pool"]["count"], "measured: the dumps show them"
    [asking] = places[7002]
    assert (20, False) == (len(asking["sources"]), asking["is_kept"])
    assert 20 / 1.01 == pytest.approx(asking["rate_per_s"]["value"], rel=0.3)
    assert not any("lost" in one or "cut short" in one for one in found["warnings"])


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_settings_are_put_back_however_it_ends(inside, tmp_path, sign):
    recorder = subprocess.Popen(
        inside("nat", *TIDEGATE, "record", "--at-nat", "60", "--out", "nat.flows"),
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with recorder:
        due_s = time.monotonic() + 30.0
        while setting(inside) != "1" and time.monotonic() < due_s:
            time.sleep(0.05)
        assert "1" == setting(inside)
        refused = run(
            *inside("nat", *TIDEGATE, "record", "--at-nat", "1", "--out", "other.flows"), place=tmp_path
        )
        assert 4 == refused.returncode
        assert "records in this network namespace already" in " ".join(refused.stderr.split())
        recorder.send_signal(sign)
        recorder.wait(30)
    due_s = time.monotonic() + 10.0
    while setting(inside) != "2" and time.monotonic() < due_s:
        time.sleep(0.05)
    assert "2" == setting(inside)
    assert (tmp_path / "nat.flows").exists() == (sign != signal.SIGKILL), "a file that has its name is whole"


def test_what_is_lost_is_written_where_it_was_lost(inside, tmp_path):
    """The recorder is stopped while more happens than its buffer holds."""
    burst = (
        "import socket\n"
        "one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
        "for port in range(5000, 5400): one.sendto(b'x', ('10.98.2.2', port))\n"
    )
    recorder = subprocess.Popen(
        inside("nat", *TIDEGATE, "record", "--at-nat", "4", "--buffer", "4096"),
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    with recorder:
        assert recorder.stdout.readline().startswith("# tidegate flows 1")
        os.kill(recorder.pid, signal.SIGSTOP)
        assert 0 == run(*inside("src", sys.executable, "-c", burst)).returncode
        os.kill(recorder.pid, signal.SIGCONT)
        text, said = recorder.communicate(timeout=30)
    lost = [line.split() for line in text.splitlines() if line.startswith("!")]
    assert lost, said
    seen = sum(line.startswith("N ") for line in text.splitlines())
    assert 400 == seen + sum(int(one[3]) for one in lost), "each is either seen or counted"


def test_where_nothing_is_tracked_it_says_so_and_what_right_it_needs(tmp_path):
    done = run(
        "unshare", "--user", "--map-root-user", "--net", *TIDEGATE, "record", "--at-nat", "1", place=tmp_path
    )
    assert done.returncode in {0, 4}, done.stderr
    assert "Traceback" not in done.stderr
    nobody = run("setpriv", "--reuid", "65534", "--clear-groups", *TIDEGATE, "record", "--at-nat", "1")
    if "Permission denied" not in nobody.stderr:
        assert 4 == nobody.returncode, nobody.stderr
        assert "CAP_NET_ADMIN" in nobody.stderr or "no flows are tracked" in nobody.stderr
