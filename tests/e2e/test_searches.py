"""Headroom, ramp, map, compare and protect as typed, on small worlds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from tidegate.api import admit, load, read_curve
from tidegate.behaviour.hpa.climb import climb, largest_step
from tidegate.behaviour.hpa.spec import behavior_of
from tidegate.world.file.tree import read_tree

WORLD = """
name: reconnects
horizon: 12s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us,
           forwarding: {value: 2000/s, low: 1500/s, high: 3000/s, basis: assumed}}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  failover: {kind: reconnect, service: web, at: 3s, reactions: [{clients: base, spread: 1s}]}
objectives: {collapse_probability: 20%, success: 1%}
"""


PACED = WORLD[: WORLD.index("activities:")].replace("12s", "30s").replace("population: 600", "population: 40")
PACED = PACED.replace("{value: 2000/s, low: 1500/s, high: 3000/s, basis: assumed}", "2000/s")
PACED += """activities:
  grow: {from: 40, to: 640, at: 1s, clients_added: base}
objectives: {collapse_probability: 20%}
"""


@pytest.fixture
def run(tmp_path):
    (tmp_path / "world.yaml").write_text(WORLD)

    def tidegate(*words, code):
        command = [str(Path(sys.executable).with_name("tidegate")), *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert code == done.returncode, done.stderr + done.stdout
        return done.stdout

    return tidegate


def test_headroom_of_one_number_is_found_and_exits_by_the_plan(run):
    """600 clients are too many; the safe number is below, and the exit code says it does not hold."""
    words = ("headroom", "world.yaml", "--path", "clients.base.population", "--from", "10", "--to", "2000")
    (one,) = json.loads(run(*words, "--format", "json", code=5))["headroom"]
    assert 600 == one["question"]["planned"]
    assert 10 < one["safe"] < 600
    assert one["proof"]["high"] < 0.2


@pytest.mark.evidence
def test_of_a_capacity_the_least_that_is_safe_is_found(run, tmp_path):
    """Where less is worse it is safe down to a value, at which `check` lets it go ahead, and not below."""
    words = ("headroom", "surge", "--path", "crossings.nat.forwarding", "--from", "1k/s", "--to", "20k/s")
    (one,) = json.loads(run(*words, "--format", "json", code=5))["headroom"]
    assert one["question"]["less_is_worse"]
    assert 2000 == one["question"]["planned"]
    tips = [quantile["value"] for quantile in one["edge"]["quantiles"]]
    assert 20_000 > one["safe"] > tips[0] > tips[1] > tips[2] > 2000
    for share, code in ((1.0, 0), (0.9, 3)):
        setting = f"crossings.nat.forwarding={share * one['safe']}/s"
        run("check", "surge", "--set", setting, "--no-report", code=code)


def test_what_is_planned_and_lies_where_nothing_was_looked_for_is_said(run):
    """Both ends hold and the planned value does not: nobody reads that as ten times the room."""
    words = ("headroom", "surge", "--path", "crossings.nat.forwarding", "--from", "10k/s", "--to", "20k/s")
    assert "planned: 2k/s, which does not hold" in " ".join(run(*words, code=5).split())


def test_a_ramp_is_found_and_written_as_a_schedule(run, tmp_path):
    """A slower pace exits 3; the calendar holds the one batch."""
    words = ("--format", "ics", "--start", "2026-12-01T02:00:00", "--out", "ramp.ics")
    run("ramp", "world.yaml", "--within", "2min", *words, code=3)
    assert 1 == (tmp_path / "ramp.ics").read_text().count("BEGIN:VEVENT")


def test_an_autoscaler_that_is_written_takes_no_larger_step_than_was_proven(run, tmp_path):
    """By the controller's rules, from the written behaviour; what breaks it stands beside it."""
    (tmp_path / "paced.yaml").write_text(PACED)
    words = ("ramp", "paced.yaml", "--within", "2min", "--no-spread", "--format")
    written = run(*words, "hpa", code=3)
    proven = json.loads(run(*words, "json", code=3))["ramp"]["steps"]
    sizes = [40, *(count for _, count in proven)]
    behavior = behavior_of(read_tree(written, "ramp").document)
    assert behavior is not None
    real = climb(40, 640, behavior)
    assert real is not None
    assert 1 < largest_step(40, real) <= max(b - a for a, b in pairwise(sizes)) < 600
    assert "a raised minReplicas" in written


@pytest.mark.evidence
def test_a_ramp_is_over_by_the_time_of_day_that_was_asked(run):
    """Begun in the evening of one zone, it is over before that zone's next morning, and says so."""
    words = ("--start", "2026-11-30T23:58:00+01:00", "--by", "00:01")
    said = run("ramp", "world.yaml", *words, code=3)
    assert "it is over at 2026-11-30 23:58" in said or "it is over at 2026-11-30 23:59" in said
    told = json.loads(run("ramp", "world.yaml", *words, "--format", "json", code=3))
    assert 180.0 == told["bounds"]["within_s"]
    assert "2026-11-30T23:58:00+01:00" == told["begins"]
    assert told["ends"] < "2026-12-01T00:01:00+01:00"


@pytest.mark.evidence
def test_a_map_is_kept_and_gone_on_from(run, tmp_path):
    """A second call with the same file runs nothing again and draws the same."""
    words = ("map", "world.yaml", "--x", "clients.base.population", "--x-from", "20", "--x-to", "900")
    words += ("--y", "crossings.device.forwarding", "--columns", "9", "--rows", "9", "--keep", "points.jsonl")
    first = run(*words, code=0)
    kept = (tmp_path / "points.jsonl").read_text()
    assert first == run(*words, code=0)
    assert kept == (tmp_path / "points.jsonl").read_text()
    assert "<svg" in run(*words, "--format", "html", code=0)


def test_two_worlds_are_compared(run):
    """Fewer clients collapse less often, in every pair."""
    text = run("compare", "world.yaml", "--set-b", "clients.base.population=50", "--runs", "10", code=0)
    assert "B IS BETTER   A fails in 10 of 10 pairs of runs where B does not" in text


def test_a_protection_is_found_where_none_is_spelt_out(run):
    """A limit stands in a vendor's file; a spread is left to the client and ends within what is simulated."""
    said = run("protect", "world.yaml", code=3)
    assert "PROTECT FIRST" in said
    assert "nftables: device.nft" in said
    (spread_s,) = re.findall(r"reactions\.0\.spread = ([\d.]+)s", said)
    assert float(spread_s) < 9


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("headroom", "world.yaml", "--path", "clients.bse.population"), "clients.base.population"),
        (("headroom", "world.yaml", "--from", "1"), "--path"),
        (("ramp", "world.yaml", "--within", "soon"), "duration"),
        (("ramp", "world.yaml", "--format", "ics"), "--start"),
        (("ramp", "world.yaml", "--by", "06:00"), "--start"),
        (("ramp", "world.yaml", "--by", "dawn", "--start", "2026-12-01T02:00"), "06:00"),
        (("ramp", "world.yaml", "--start", "at two"), "2026-12-01T02:00"),
        (("ramp", "world.yaml", "--by", "2026-12-01", "--start", "2026-12-01T07:00"), "would begin after"),
        (("ramp", "world.yaml", "--multiple", "20"), "no batches"),
        (("map", "world.yaml", "--x", "name", "--y", "horizon"), "number"),
        (("compare", "world.yaml"), "--set-b"),
    ],
)
def test_a_bad_request_gets_one_clear_answer(run, tmp_path, words, said):
    """Exit 2, what is wrong and what would be right, and nothing is run."""
    command = [str(Path(sys.executable).with_name("tidegate")), *words]
    (tmp_path / "world.yaml").write_text(WORLD)
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 2 == done.returncode
    assert said in done.stderr
    assert "Traceback" not in done.stderr


GROWS = """
name: grows
horizon: 12s
networks: {inner: {}, main: {}}
crossings: {device: {between: [inner, main], forwarding: 20k/s, queue_packets: 1000, round_trip: 1ms}}
services:
  web: {network: main, concurrency: 100, service_time: 1ms, connections: 250, connections_when_full: refuse}
clients:
  pods: {network: inner, service: web, population: 20, connection: pool, pool: 5, timeout: 1s,
         demand: {kind: open, rate: 200/s}, retry: none, start_spread: 1s}
activities: {grow: {kind: scale, from: 20, to: 40, clients_added: pods, at: 4s}}
"""


@pytest.mark.evidence
def test_a_curve_is_written_and_looked_up(run, tmp_path):
    """What the command writes, the library looks up; a changed world makes it stale."""
    (tmp_path / "grows.yaml").write_text(GROWS)
    said = run("headroom", "grows.yaml", "--curve", "curve.json", "--over", "size", code=0)
    assert "from 20: safe up to 50" in said
    curve, world = read_curve(tmp_path / "curve.json"), load(tmp_path / "grows.yaml")
    answers = [admit(curve, world, to_count=to, at=20).verdict for to in (50, 51)]
    assert ["proceed", "stop"] == answers
    other = load(tmp_path / "grows.yaml", {"horizon": "13s"})
    assert "cannot_tell" == admit(curve, other, to_count=50, at=20).verdict


def test_a_curve_of_what_has_no_size_is_refused(run):
    """One clear answer, exit 2, and no file."""
    run("headroom", "world.yaml", "--curve", "curve.json", code=2)
