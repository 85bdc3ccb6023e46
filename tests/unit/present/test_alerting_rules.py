"""`tidegate watch rules`: Prometheus' own tool takes them, and they fire when they should and never else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from run_here import run_here
from tidegate.observe.answering import read_answering
from tidegate.observe.watching import Manner
from tidegate.present.alerting_rules import alerting_rules
from tidegate.verbs.watch import read_numbers
from tidegate.world.file.read import read_world

pytestmark = pytest.mark.skipif(
    shutil.which("promtool") is None and os.environ.get("REQUIRE_PARTS") != "1", reason="promtool is missing"
)
WORLD = """
tidegate: 1
name: shop "one"
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    table: {entries: 1000}
    known_as: {prometheus: '{job="nat"}'}
services:
  api:
    network: outside
    connections: 100
    service_time: 5ms
    known_as: {prometheus: '{job="api"}'}
"""
SERIES = """
worlds:
  'shop "one"':
    readings:
      crossings.border.refused: {count: 'sum(nat_dropped_total)'}
"""
HELD, UP = 'node_nf_conntrack_entries{job="nat",instance="a"}', 'up{job="nat",instance="a"}'


def rules(series: str = "", world: str = WORLD) -> str:
    file = read_world(world, "world")
    numbers = read_numbers(file, read_answering(series, "series") if series else None)
    return alerting_rules(file.world, numbers, Manner())


def fired(folder: Path, series: dict[str, str], at: str = "10m", written: str = "") -> set[str]:
    """Return which alerts fire at a moment, each with its number, as Prometheus' own tool finds them."""
    written = written or rules()
    (folder / "rules.yml").write_text(written)
    kinds = sorted({line.split()[-1] for line in written.splitlines() if "- alert:" in line})
    # An alert that is not expected and fires makes the tool name all that it got.
    asked = {
        "rule_files": ["rules.yml"],
        "evaluation_interval": "15s",
        "tests": [
            {
                "interval": "15s",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": [
                    {"eval_time": at, "alertname": kind, "exp_alerts": [{"exp_labels": {"none": "none"}}]}
                    for kind in kinds
                ],
            }
        ],
    }
    (folder / "asked.json").write_text(json.dumps(asked))
    done = subprocess.run(
        ["promtool", "test", "rules", "asked.json"], cwd=folder, capture_output=True, text=True, check=False,
        timeout=60,
    )  # fmt: skip
    said = done.stdout + done.stderr
    assert "alertname" in said, said
    found = set()
    for part in said.split("alertname: ")[1:]:
        kind, _, got = part.partition(",")
        labels = got.partition("got:")[2]
        found |= {
            f"{kind} {number}".strip()
            for number in (
                [piece.split('"')[1] for piece in labels.split("number=")[1:]]
                or ([""] if "alertname=" in labels else [])
            )
        }
    return found


def test_prometheus_own_tool_takes_them(tmp_path):
    for number, series in enumerate(("", SERIES)):
        path = tmp_path / f"{number}.yml"
        path.write_text(rules(series))
        done = subprocess.run(
            ["promtool", "check", "rules", str(path)], capture_output=True, text=True, check=False
        )
        assert (done.returncode, "SUCCESS" in done.stdout) == (0, True), done.stderr


QUIET = {
    HELD: "100x60",
    UP: "1x60",
    'up{job="api",instance="b"}': "1x60",
    'haproxy_frontend_current_sessions{job="api",instance="b"}': "10x60",
    'haproxy_frontend_connections_total{job="api",instance="b"}': "0+150x60",
    'haproxy_frontend_http_requests_total{job="api",instance="b"}': "0+150x60",
}
ALWAYS = "TidegateDeadMansSwitch"


def test_while_all_is_well_only_the_dead_mans_switch_fires(tmp_path):
    assert fired(tmp_path, QUIET) == {ALWAYS}


def test_a_series_that_ends_is_missed_after_two_scrapes(tmp_path):
    ended = {**QUIET, HELD: "100x20 _x40"}
    gone = {ALWAYS, "TidegateUnseen crossings.border.flows_held"}
    assert gone == fired(tmp_path, {**ended, HELD: "100x20 stale _x40"}, "5m45s")
    assert gone == fired(tmp_path, ended, "11m")
    assert fired(tmp_path, {**ended, HELD: "100x20 stale _x40"}, "5m15s") == {ALWAYS}


def test_an_exporter_that_never_shows_a_number_is_not_missed_for_it(tmp_path):
    node = {
        name.replace("haproxy_frontend_current_sessions", "node_netstat_Tcp_CurrEstab"): values
        for name, values in QUIET.items()
        if "_total" not in name
    }
    assert fired(tmp_path, node) == {ALWAYS}
    without = {name: values for name, values in QUIET.items() if "http_requests" not in name}
    assert fired(tmp_path, without) == {ALWAYS, "TidegateUnseen services.api.requests"}


def test_a_target_that_is_down_or_was_never_there_is_blind(tmp_path):
    down = fired(tmp_path, {**QUIET, UP: "1x20 0x40", HELD: "100x20 stale _x40"})
    assert down == {ALWAYS, "TidegateBlind", "TidegateUnseen crossings.border.flows_held"}
    never = fired(tmp_path, {name: values for name, values in QUIET.items() if '"nat"' not in name})
    assert never == {ALWAYS, "TidegateBlind", "TidegateUnseen crossings.border.flows_held"}


def test_four_fifths_of_a_limit_fire(tmp_path):
    assert fired(tmp_path, {**QUIET, HELD: "100x20 850x40"}) == {
        ALWAYS, "TidegateNearLimit crossings.border.flows_held",
    }  # fmt: skip


def test_a_limit_that_is_in_sight_fires(tmp_path):
    rising = fired(tmp_path, {**QUIET, HELD: "100x20 100+40x40"}, "7m30s")
    assert rising == {ALWAYS, "TidegateLimitInSight crossings.border.flows_held"}


def test_a_surge_fires_and_so_does_what_is_refused(tmp_path):
    requests = 'haproxy_frontend_http_requests_total{job="api",instance="b"}'
    surge = fired(tmp_path, {**QUIET, requests: "0+150x30 4500+1500x30"}, "9m")
    assert "TidegateSurge services.api.requests" in surge
    dropped = 'node_nf_conntrack_stat_drop{job="nat",instance="a"}'
    assert "TidegateRefused crossings.border.refused" in fired(tmp_path, {**QUIET, dropped: "5x30 5+9x30"})


SEVERAL = WORLD.replace("    table:", "    devices: 2\n    table:")
STATED = """
worlds:
  'shop "one"':
    readings:
      crossings.border.flows_held: 'edge_flows{job="nat"}'
"""
HELD_TOO, UP_TOO = (one.replace('instance="a"', 'instance="b"') for one in (HELD, UP))


def of_rules(folder, *words):
    """Return the rules that the command writes for two devices."""
    (folder / "w.yaml").write_text(SEVERAL)
    (folder / "s.yaml").write_text(STATED)
    done = run_here(folder, "watch", "rules", "w.yaml", "--out", "out.yml", *words)
    assert 0 == done.returncode, done.stderr
    checked = subprocess.run(
        ["promtool", "check", "rules", str(folder / "out.yml")], capture_output=True, text=True, check=False
    )
    assert (0, True) == (checked.returncode, "SUCCESS" in checked.stdout), checked.stderr
    assert "duplicate" not in checked.stdout
    return (folder / "out.yml").read_text()


def test_one_of_two_devices_that_is_not_seen_is_told(tmp_path):
    """A device that nobody sees any more is missed though the other shows its flows; both gone is unseen."""
    written = of_rules(tmp_path)
    both = {**QUIET, HELD_TOO: "100x60", UP_TOO: "1x60"}
    assert {ALWAYS} == fired(tmp_path, both, written=written)
    part = "TidegatePartsUnseen crossings.border.flows_held"
    gone = {**both, HELD_TOO: "100x20 stale _x40", UP_TOO: "1x20 stale _x40"}
    assert {ALWAYS, part} == fired(tmp_path, gone, "5m45s", written)
    assert {ALWAYS} == fired(tmp_path, gone, "5m15s", written), "a scrape may fail"
    never = {**both, HELD_TOO: "_x60", UP_TOO: "_x60"}
    assert part in fired(tmp_path, never, written=written)
    none = {**gone, HELD: "100x20 stale _x40", UP: "1x60"}
    assert part not in fired(tmp_path, none, "6m", written)
    assert "TidegateUnseen crossings.border.flows_held" in fired(tmp_path, none, "6m", written)


def test_devices_are_counted_by_a_stated_series_where_it_shows_them_one_by_one(tmp_path):
    """A selector with instances counts them; what has no instance shows all at once."""
    written = of_rules(tmp_path, "--series", "s.yaml")
    one, other = (f'edge_flows{{job="nat",instance="{name}"}}' for name in "ab")
    part = "TidegatePartsUnseen crossings.border.flows_held"
    assert part in fired(tmp_path, {**QUIET, one: "10x60"}, written=written)
    assert part not in fired(tmp_path, {**QUIET, one: "10x60", other: "10x60"}, written=written)
    assert part not in fired(tmp_path, {**QUIET, 'edge_flows{job="nat"}': "10x60"}, written=written)
