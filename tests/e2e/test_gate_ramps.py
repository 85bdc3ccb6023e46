"""An autoscaler gets on under the gate, never further than was proven, and is never left to wait unseen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import gate_sample
from gate_ramps import SCENARIOS, limits, longest_wait_s, of_scenario, pods_in, row, unproven, within_s
from hpa_simulator import Seen, simulated

PAGE = Path(__file__).parents[2] / "docs" / "evidence" / "gate-ramps.md"


def told_sizes(lines, scenario):
    """Return the sizes of a scenario's row; when each came hangs on how fast a step is worked out."""
    [line] = [one for one in lines if one.startswith(f"| {scenario.says} |")]
    return re.findall(r" s: (\d+)", line)


@pytest.mark.parametrize(
    "first", [0, pytest.param(1, marks=pytest.mark.evidence), pytest.param(2, marks=pytest.mark.evidence)]
)
def test_no_step_is_unproven_and_none_is_waited_for_too_long(tmp_path, first):
    """No behaviour, its defaults, 15 to 300 s, a raised minimum, a flap, a restart; as published."""
    published = PAGE.read_text(encoding="utf-8").splitlines()
    for scenario in SCENARIOS[first::3]:
        seen, events = of_scenario(tmp_path, scenario)
        assert [] == unproven(seen, limits(tmp_path)), scenario.says
        assert longest_wait_s(seen) <= within_s(scenario), scenario.says
        assert told_sizes(published, scenario) == told_sizes([row(scenario, seen)], scenario), scenario.says
        told = [one for one in events if one["reason"] == "TidegateBroughtDown"]
        assert seen.brought_down_count == sum(one["count"] for one in told)
        assert {"h"} == {one["involvedObject"]["uid"] for one in told}


def test_a_wish_that_no_size_can_grant_is_told(tmp_path):
    """The database has room for 18 pods: the autoscaler gets those, and then somebody hears of it."""
    with simulated(tmp_path, world=gate_sample.WORLD) as simulator:
        simulator.cluster.deployment("jobs", 1)
        simulator.cluster.pods("jobs", [simulator.began_s - 1000.0])
        seen = Seen()
        simulator.begin(pods_in(15))
        for _ in range(12):
            simulator.sync(40, seen)
        assert [(0.0, 18)] == seen.steps
        counted = simulator.at.ask("/metrics", method="GET")[1]
        [held_s] = re.findall(r"^tidegate_gate_held_longest_seconds (\S+)", counted, re.MULTILINE)
        assert 60 < float(held_s) < 200
        assert "tidegate_gate_held 1.0" in counted
        [told] = [one for one in simulator.cluster.events.values() if one["reason"] == "TidegateHeldUp"]
        assert re.match(r"held up at 18 since 20\S+, asks for 40: from 18 ", told["message"]), told
    lines = [json.loads(one) for one in (tmp_path / "gate.log").read_text().splitlines()]
    [line] = [one for one in lines if one["says"] == "held up"]
    assert (18, 40, True) == (line["from_size"], line["to_size"], line["held_since"].startswith("20"))
