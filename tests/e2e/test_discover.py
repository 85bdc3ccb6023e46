"""`tidegate discover`: a world of records whose truth is known, which `check` reads."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys

import pytest

from recorded_flows import Drawn
from tidegate.world.file.read import read_world

DB, WEB, API, BUS, GONE = (
    ("10.1.0.7", 5432), ("10.1.0.6", 80), ("10.1.0.5", 443), ("10.1.0.9", 4222), ("10.1.0.8", 6379),
)  # fmt: skip


def run(place, *words, given=None):
    return subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "discover", *words],
        cwd=place, input=given, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def drawn(seed):
    """30 hosts with a pool of 8 and checks, 150 closed clients, 90/s from 4 addresses, aging connections."""
    made = Drawn(random.Random(seed), 120.0, hold_s=30.0)  # noqa: S311  drawn, not secret
    for i in range(1, 31):
        made.kept_before(f"10.0.1.{i}", DB, 8)
        made.opened([f"10.0.1.{i}"], DB, 0.1, 0.004)
    for i in range(1, 151):
        made.closed(f"10.0.2.{i}", WEB, 3.0, 0.05)
    made.opened([f"10.0.3.{i}" for i in range(1, 5)], API, 90.0, 0.1)
    for i in range(1, 11):
        made.aged(f"10.0.4.{i}", BUS, 4, 20.0, 0.1)
    return made


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("records")
    made = drawn(7)
    (folder / "events.txt").write_text(made.events())
    (folder / "dump.txt").write_text(made.dump())
    return folder


@pytest.fixture(scope="module")
def unranked(place):
    """What is said of both; what is to be measured first is left out, which takes the longest by far."""
    return run(place, "events.txt", "dump.txt", "--no-rank").stdout


def test_what_is_known_comes_out_and_check_reads_it(place):
    """Sources and pools exactly; rates, pauses, ages and holds within a twentieth."""
    done = run(place, "events.txt", "dump.txt", "--out", "world.yaml")
    assert 0 == done.returncode, done.stderr
    world = read_world((place / "world.yaml").read_text(), "world.yaml")
    known = world.world.clients
    pods = known["of_postgres_1"]
    assert (30, 8, "pool") == (pods.population_count, pods.pool_count, pods.connection)
    assert 30 == known["of_postgres_2"].population_count
    web = known["of_http"]
    assert (150, "closed") == (web.population_count, web.demand.kind)
    assert 3.0 == pytest.approx(web.demand.think_s, rel=0.05)
    api = known["of_https"]
    assert (4, "open") == (api.population_count, api.demand.kind)
    assert 90.0 == pytest.approx(api.demand.rate_per_s, rel=0.05)
    bus = known["of_nats"]
    assert (10, 4) == (bus.population_count, bus.pool_count)
    assert bus.connection_age is not None
    assert 20.0 == pytest.approx(bus.connection_age.age_s, rel=0.02)
    table = world.world.crossings["nat"].table
    assert table is not None
    assert 30.0 == pytest.approx(table.closed_hold_s, rel=0.03)
    asked = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "check", "world.yaml", "--activity", "grow",
         "--no-report", "--runs", "1", "--set", "horizon=60s", "--format", "json"],
        cwd=place, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert "verdicts" in json.loads(asked.stdout), asked.stderr


def test_nothing_is_invented(place):
    """Nothing failed: no time-out is given as measured, and the first thing to measure is that."""
    done = run(place, "events.txt", "dump.txt", "--format", "json")
    found = json.loads(done.stdout)
    assert "time-outs" in found["unseen"][0]["what"]
    measured = [line for line in found["world"].splitlines() if "basis: measured" in line]
    assert measured
    assert not any(
        word in line for line in measured for word in ("timeout", "setup", "service_time", "entries:")
    )


def test_without_a_dump_hosts_that_only_keep_connections_are_not_there_and_it_says_so(place):
    done = run(place, "events.txt", "--out", "alone.yaml")
    assert 0 == done.returncode
    assert "of_postgres_2" not in (place / "alone.yaml").read_text()
    said = " ".join(done.stderr.split())
    assert "connections that were open before: events do not show them" in said
    assert "10 sources keep 4 connections or more each" in said


def test_a_dump_alone_says_who_keeps_what_and_no_rate(place):
    done = run(place, "dump.txt", "--out", "still.yaml")
    assert 0 == done.returncode, done.stderr
    assert "rate:" not in (place / "still.yaml").read_text()
    assert "how often anything is asked" in " ".join(done.stderr.split())


def test_seconds_in_which_a_place_is_silent_count_for_nothing(tmp_path):
    """A third of the record is silence: the rate of the rest is given, and the silence is told."""
    made = Drawn(random.Random(3), 120.0)  # noqa: S311  as above
    made.opened([f"10.0.3.{i}" for i in range(1, 5)], GONE, 60.0, 0.01, silent=(40.0, 80.0))
    (tmp_path / "events.txt").write_text(made.events())
    found = json.loads(run(tmp_path, "events.txt", "--format", "json").stdout)
    [asked] = found["places"]
    [group] = asked["populations"]
    assert 60.0 == pytest.approx(group["rate_per_s"]["value"], rel=0.05)
    assert 53 <= 120 - asked["quiet_s"] <= 55, "40 s, one before and twelve after; and a cut second"
    assert not any("nothing failed" in one["what"] for one in found["unseen"])


def test_addresses_can_be_left_out(place):
    done = run(place, "events.txt", "dump.txt", "--pseudonyms")
    assert 0 == done.returncode
    assert "10.0." not in done.stdout
    assert "10.1." not in done.stdout


def test_it_reads_what_comes_through_a_pipe(place, unranked):
    done = run(place, "-", "dump.txt", "--no-rank", given=(place / "events.txt").read_text())
    assert "" != done.stdout == unranked


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is no record of flows"),
        ("apiVersion: v1\nkind: List\n", "show nothing that answers"),
        ("\x00\xff\n" * 500, "is no record of flows"),
        ("    [NEW] tcp      6 120 SYN_SENT src=1.1.1.1 dst=2.2.2.2 sport=1 dport=2 [UNREPLIED]\n",
         "events without times"),
        ("[1.5]\t    [NEW] tcp      6 120 SYN_SENT src=1.1.1.1 dst=2.2.2.2 sport=1 dport=2 [UNREPLIED]\n",
         "no flow that was answered"),
    ],
)  # fmt: skip
def test_what_is_no_record_is_refused_and_nothing_is_written(tmp_path, text, said):
    (tmp_path / "it.txt").write_text(text)
    done = run(tmp_path, "it.txt", "--out", "world.yaml")
    assert 2 == done.returncode
    assert said in " ".join(done.stderr.lower().split())
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "world.yaml").exists()


def test_two_records_of_the_same_time_are_one_too_many(place):
    text = (place / "events.txt").read_text()
    (place / "later.txt").write_text(text.partition("\n")[2])
    done = run(place, "events.txt", "later.txt")
    assert 2 == done.returncode
    assert "Begins before another record ends" in " ".join(done.stderr.split())


def test_files_that_follow_each_other_are_one_record_in_whatever_order_and_packed_or_not(place, unranked):
    lines = (place / "events.txt").read_text().splitlines(keepends=True)
    middle = len(lines) // 2
    (place / "events.9").write_text("".join(lines[:middle]))
    (place / "events.10.gz").write_bytes(gzip.compress("".join(lines[middle:]).encode()))
    done = run(place, "events.10.gz", "events.9", "dump.txt", "--no-rank")
    assert 0 == done.returncode, done.stderr
    assert "" != done.stdout == unranked
