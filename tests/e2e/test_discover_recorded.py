"""A record that `conntrack` makes at a real NAT: hosts with kept connections, clients that pause."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, closing

import pytest

from nat_between import traffic


def test_a_real_record_says_who_keeps_what_and_who_pauses(inside, tmp_path):
    with ExitStack() as stack:
        traffic(inside, stack)
        time.sleep(2)
        events = stack.enter_context(closing((tmp_path / "events.txt").open("w")))
        recorder = subprocess.Popen(
            inside("nat", "conntrack", "-E", "-o", "timestamp"), stdout=events, stderr=subprocess.DEVNULL
        )
        time.sleep(20)
        dump = subprocess.run(inside("nat", "conntrack", "-L"), capture_output=True, text=True, check=True)
        (tmp_path / "dump.txt").write_text(dump.stdout)
        recorder.send_signal(signal.SIGINT)
        recorder.wait(20)
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "discover", "events.txt", "dump.txt", "--format", "json"],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    places = {one["port"]: one["populations"] for one in json.loads(done.stdout)["places"]}
    [pools] = places[7001]
    assert (3, True, 4.0) == (len(pools["sources"]), pools["is_kept"], pools["pool"]["value"])
    [asking] = places[7002]
    assert (20, False) == (len(asking["sources"]), asking["is_kept"])
    assert 20 / 1.01 == pytest.approx(asking["rate_per_s"]["value"], rel=0.3)
