"""`tidegate replay`: an outage again beside the world that had it, and beside one that knows too little."""

from __future__ import annotations

import json

import pytest

from fitted_worlds import BEGAN_S, EVERY_S, as_table, series_file
from run_here import run_here
from tidegate.fit.exported import BIN_S, exported
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

BEGINS_S = 420.0
WORLD = f"""\
tidegate: 1
name: shop
horizon: 560s
networks: {{inside: {{}}, outside: {{}}}}
crossings:
  nat: {{between: [inside, outside], table: {{entries: 6000, closed_hold: 30s}}}}
services:
  web: {{network: outside, instances: 2, concurrency: 64, service_time: 20ms}}
clients:
  pods:
    network: inside
    service: web
    population: 60
    demand: {{kind: closed, think: 1s}}
    timeout: 1s
    retry: {{layers: [{{backoff: constant, base: 300ms, retries: unlimited}}]}}
activities:
  grow: {{kind: scale, service: web, clients_added: pods, from: 60, to: 300, at: {BEGINS_S:.0f}s}}
"""
RECORD = """\
tidegate_record: 1
site: shop
title: the day it grew
entries:
  - kind: outage.opened
    about: network
    at: "2026-11-28T18:02:30Z"
    said: "2026-11-28T18:03:00Z"
    title: errors
"""
AT = f"{BEGAN_S + BEGINS_S:.0f}"


def shown(changes, seed):
    """What exporters showed of the outage of a world with some other numbers."""
    file = overlay(read_world(WORLD, "true"), changes)
    tables = lower(write_script(file, "grow"), horizon_s=file.world.horizon_s, bin_s=BIN_S)
    history = exported(file.world, tables, simulate(tables, seed=seed), EVERY_S)
    return as_table(history)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replayed")
    same, names = shown({}, 99)
    (folder / "same.csv").write_text(same)
    (folder / "other.csv").write_text(shown({"crossings.nat.table.entries": 20_000}, 98)[0])
    (folder / "series.yaml").write_text(series_file("shop", names))
    (folder / "world.yaml").write_text(WORLD)
    (folder / "record.yaml").write_text(RECORD)
    return folder


def replay(place, *words):
    return run_here(place, "replay", "world.yaml", "--series", "series.yaml", *words)


def flat(text):
    return " ".join(text.split())


def test_the_world_that_had_it_agrees(place):
    """All lies in the band; surge and limit are seen when they came; the record stands beside it."""
    done = replay(
        place, "--from", "same.csv", "--activity", "grow", "--at", AT, "--record", "record.yaml",
        "--no-verdict", "--report", "page.html", "--format", "json",
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    said = json.loads(done.stdout)
    agreement = said["agreement"]
    assert agreement["share_ratio"] > 0.95
    assert agreement["low_ratio"] <= agreement["share_ratio"] <= agreement["high_ratio"]
    assert agreement["first_out"] is None
    moments = {(one["what"], one["reading"], one["is_seen"]): one["at_s"] for one in said["moments"]}
    surge_s = moments["surge", "crossings.nat.new_flows", True]
    assert 0 < surge_s <= 15
    at_limit = [moments["limit", "crossings.nat.flows_held", is_seen] for is_seen in (True, False)]
    assert abs(at_limit[0] - at_limit[1]) <= 2 * EVERY_S
    assert at_limit[0] > surge_s
    assert 0 < moments["surge", "crossings.nat.new_flows", False] <= 30
    assert 1.0 == agreement["seen_ratio"]
    assert ["outage.opened: errors"] == [one["says"] for one in said["on_record"]]
    page = (place / "page.html").read_text()
    assert "<svg" in page
    assert "crossings.nat.flows_held" in page


def test_a_world_that_does_not_know_enough_is_found_out(place):
    """A table that is larger than the world says: which reading leaves the band first, and when."""
    done = replay(place, "--from", "other.csv", "--activity", "grow", "--at", AT, "--no-verdict")
    assert done.returncode in {3, 5}, done.stderr
    said = flat(done.stdout)
    assert "leaves it first" in said
    share = int(said.split(" % of the record since it began")[0].split()[-1])
    assert share < 90


def test_what_would_have_been_said_is_said(place):
    """The verdict that the activity would have had, and whether a way out was needed."""
    done = replay(place, "--from", "same.csv", "--activity", "grow", "--at", AT)
    assert 0 == done.returncode, done.stderr
    assert "Before: PROTECT FIRST. As believed it collapses in 0 of 30. " in flat(done.stdout)
    assert "The way out: none was needed" in flat(done.stdout)


@pytest.mark.parametrize(("seen_count", "code"), [(0, 4), (8, 3)])
def test_what_was_not_seen_does_not_agree(place, seen_count, code):
    """A record that ends where the outage begins agrees with nothing; one of a few samples says how many."""
    rows = (place / "same.csv").read_text().splitlines()
    heading, kept = rows[0], []
    for row in rows[1:]:
        at_s, *cells = row.split(",")
        is_seen = float(at_s) <= float(AT) + EVERY_S * seen_count
        kept.append(row if is_seen else ",".join([at_s, *["NaN"] * len(cells)]))
    name = f"ends_{seen_count}.csv"
    (place / name).write_text("\n".join([heading, *kept]) + "\n")
    done = replay(place, "--from", name, "--activity", "grow", "--at", AT, "--no-verdict")
    assert code == done.returncode, done.stdout + done.stderr
    said = flat(done.stdout + done.stderr)
    assert ("of that time was seen" in said) is (code == 3)
    assert ("no reading of shop seen from when it began" in said) is (code == 4)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--at", AT), 2, "--activity"),
        (("--at", AT, "--activity", "shrink"), 2, "shrink"),
        (("--at", "yesterday", "--activity", "grow"), 2, "yesterday"),
        (("--at", "2020-01-01T00:00Z", "--activity", "grow"), 4, "has no samples"),
    ],
)
def test_what_cannot_be_played_is_said(place, words, code, said):
    done = replay(place, "--from", "same.csv", *words)
    assert code == done.returncode, done.stdout + done.stderr
    assert said in flat(done.stderr)
    assert "Traceback" not in done.stderr
