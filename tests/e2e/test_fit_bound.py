"""`tidegate fit` without a file of series: what `known_as` binds is read under the names of its exporters."""

from __future__ import annotations

import json
import re

import pytest
from test_fit import BELIEVED, TRUE

from fitted_worlds import EVERY_S
from prometheus_stub import answering, matrix
from run_here import run_here
from tidegate.fit.exported import BIN_S, exported
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

BOUND = (
    TRUE.replace("closed_hold: 43s", "closed_hold: 120s")
    .replace("flows: 4000", "flows: 900")
    .replace(
        "    between: [inside, outside]\n",
        "    between: [inside, outside]\n    devices: 2\n    known_as: {prometheus: '{job=\"edge\"}'}\n",
    )
)
HELD, OPENED = "haproxy_process_current_connections", "haproxy_process_connections_total"
LIMIT = "node_nf_conntrack_entries_limit"


@pytest.fixture(scope="module", name="history")
def shown():
    """What was shown of a world's NAT: flows that are held, and new ones, by step."""
    file = read_world(TRUE, "true")
    tables = lower(write_script(file), horizon_s=file.world.horizon_s, bin_s=BIN_S)
    return exported(file.world, tables, simulate(tables, seed=3), EVERY_S)


def split(values, *, restart=False, missing=()):
    """Return values as two devices show them, a half each; one may restart, or not be seen for a while."""
    halves = []
    for device in range(2):
        rows = []
        lost = 0.0
        for i, value in enumerate(values):
            half = value / 2
            if restart and device and i == len(values) // 2:
                lost = half
            if not (device and i in missing):
                rows.append((i, half - lost))
        halves.append(rows)
    return halves


def answers(history, *, missing=(), limit="131072"):
    """Return what answers as a Prometheus that scrapes two devices."""
    held, opened = (history[f"crossings.nat.{what}"] for what in ("flows_held", "new_flows"))
    count = len(held.values)
    shown = {
        HELD: split(held.values, missing=missing),
        OPENED: split(opened.values, restart=True, missing=missing),
        LIMIT: [[(i, limit) for i in range(count)]] * 2,
    }

    def answer(words):
        metric = words["query"].partition("{")[0]
        if metric not in shown:
            return 200, {}, matrix()
        assert words["query"].endswith('{job="edge"}'), words["query"]
        first, last = float(words["start"]), float(words["end"])
        rows = []
        for device, half in enumerate(shown[metric]):
            values = [[last - EVERY_S * (count - 1 - i), f"{value}"] for i, value in half]
            labels = {"__name__": metric, "job": "edge", "instance": f"10.0.0.{device}:9100"}
            rows.append((labels, [one for one in values if first <= one[0] <= last]))
        return 200, {}, matrix(*rows)

    return answer


def fitted(folder, answer, *words, text=BOUND):
    (folder / "world.yaml").write_text(text)
    with answering(answer) as (url, asked):
        done = run_here(
            folder, "fit", "world.yaml", "--from", f"prometheus={url}", "--since", "1h", "--every", "5s",
            "--format", "json", *words,
        )  # fmt: skip
    return done, asked


def test_what_is_bound_is_read_without_a_file_of_series(tmp_path, history):
    """Two devices together give the hold of closed flows; a restart of one is no growth."""
    done, asked = fitted(tmp_path, answers(history))
    assert done.returncode in {0, 3}, done.stdout + done.stderr
    numbers = {one["path"]: one for one in json.loads(done.stdout)["numbers"]}
    hold = numbers["crossings.nat.table.closed_hold"]
    assert hold["low"] <= 43.0 <= hold["high"], hold
    entries = numbers["crossings.nat.table.entries"]
    assert 131_072 == entries["value"]
    world = read_world((tmp_path / "world.yaml").read_text(), "w")
    assert "measured" == world.estimates["crossings.nat.table.closed_hold"].basis
    assert world.estimates["crossings.nat.table.closed_hold"].source.startswith(
        "Prometheus at http://127.0.0.1"
    )
    assert all(one["step"] == "5" for one in asked)


def test_moments_at_which_a_device_is_not_seen_count_for_nothing(tmp_path, history):
    """A half is no whole: with one device unseen for some minutes the hold is still that of both."""
    done, _ = fitted(tmp_path, answers(history, missing=range(60, 90)), "--dry-run")
    numbers = {one["path"]: one for one in json.loads(done.stdout)["numbers"]}
    hold = numbers["crossings.nat.table.closed_hold"]
    assert hold["low"] <= 43.0 <= hold["high"], hold


def test_what_is_bound_and_shown_by_nobody_is_said(tmp_path):
    """Labels that no series has: one error that names what was asked, and exit code 4."""
    done, _ = fitted(tmp_path, lambda _words: (200, {}, matrix()))
    assert 4 == done.returncode, done.stdout + done.stderr
    assert "shows nothing under these labels that is known" in " ".join(done.stderr.split())
    assert HELD in done.stderr


@pytest.mark.parametrize(
    ("words", "text", "told"),
    [
        ((), BELIEVED, "Is bound to no series"),
        (("--every", "0s"), BOUND, "Is too short"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, words, text, told):
    """Nothing bound, or no distance of samples: exit code 2."""
    done, _ = fitted(tmp_path, lambda _words: (200, {}, matrix()), *words, text=text)
    assert 2 == done.returncode
    assert told in done.stderr
    assert re.search(r"1 thing to mend", done.stderr)
