"""`tidegate discover` of a day and more: the busiest hour is what a world is made of, and not the mean."""

from __future__ import annotations

import json
import math
import re

import pytest

import flow_writers as write
from prometheus_stub import answering, matrix
from run_here import run_here
from tidegate.world.file.read import read_world

PEAK_PER_S, NIGHT_PER_S, PEAK_HOUR = 300.0, 30.0, 13
EDGE = {
    "source_workload": "unknown", "source_workload_namespace": "unknown", "destination_workload": "web",
    "destination_workload_namespace": "shop", "destination_service_name": "web",
    "destination_service_namespace": "shop",
}  # fmt: skip


def one_line(text):
    return " ".join(text.split())


def share_of_day(at_s):
    """Return how busy it is: as much as can be around the peak's hour, hardly at night."""
    hour = (at_s / 3600.0) % 24.0
    return max(math.cos(math.pi * (hour - PEAK_HOUR - 0.5) / 10.0), 0.0) if 8 < hour < 19 else 0.0


def rate_per_s(at_s):
    return NIGHT_PER_S + (PEAK_PER_S - NIGHT_PER_S) * share_of_day(at_s)


def mesh(words):
    """Answer as a Prometheus whose mesh sees one service, of whose pods there are more at noon."""
    first, last, step = (float(words[key]) for key in ("start", "end", "step"))
    moments = [first + step * i for i in range(int((last - first) / step) + 1)]
    if words["query"].startswith("sum by (source_workload"):
        return 200, {}, matrix((EDGE, [[at, f"{rate_per_s(at)}"] for at in moments]))
    if "kube_deployment_status_replicas" in words["query"]:
        values = [[at, f"{4 + round(8 * share_of_day(at))}"] for at in moments]
        return 200, {}, matrix(({"namespace": "shop", "deployment": "web"}, values))
    return 200, {}, matrix()


def discovered(folder, *words):
    with answering(mesh) as (url, asked):
        done = run_here(
            folder, "discover", f"prometheus={url}", "--no-rank", "--out", "w.yaml", *words
        )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    return done, asked, read_world((folder / "w.yaml").read_text(), "w")


@pytest.mark.parametrize("over", ["1d", "7d", "30d"])
def test_a_rate_is_that_of_the_busiest_hour(tmp_path, over):
    """Value at the peak, range over night and day, ratio to the mean told; no hour is passed over."""
    done, asked, file = discovered(tmp_path, "--over", over)
    rate = file.estimates["clients.users_of_web.demand.rate"]
    assert 0.95 * PEAK_PER_S <= rate.value <= PEAK_PER_S
    assert rate.low <= 1.1 * NIGHT_PER_S
    assert rate.high >= rate.value
    assert "measured" == rate.basis
    told = one_line(done.stderr)
    hour = r"\(1[234]:00 to 1[345]:00 UTC\)"
    assert re.search(rf"unknown asks web at its busiest hour of the day {hour}, (2\.9|3)[.\d]* times", told)
    steps = {float(one["step"]) for one in asked}
    assert max(steps) <= 3600.0
    windows = {float(one) for each in asked for one in re.findall(r"\[(\d+)s\]", each["query"])}
    assert windows == {one for one in steps if one > 300.0}
    assert file.estimates["services.web.instances"].value in {11, 12}, "of the same hour"


def test_of_some_hours_it_is_said_that_others_are_not_known(tmp_path):
    """Less than a day has no busiest hour: that is told, with what to ask."""
    done, _, _ = discovered(tmp_path, "--over", "6h")
    assert "what is asked at other hours of the day is not known; --over 1d" in one_line(done.stderr)


def test_what_fails_at_noon_is_not_let_through_for_the_mean_of_the_day(tmp_path):
    """The service can do twice the mean, and less than its busiest hour asks."""
    _, _, file = discovered(tmp_path, "--over", "1d")
    mean_per_s = sum(rate_per_s(60.0 * i) for i in range(1440)) / 1440
    assert 2.0 * mean_per_s < 0.8 * PEAK_PER_S
    each_s = 12 * 1 / (2.0 * mean_per_s)  # twelve pods, one at a time
    [activity] = file.world.activities
    done = run_here(
        tmp_path, "check", "w.yaml", "--no-report", "--format", "json", "--runs", "2", "--activity", activity,
        "--set", "services.web.instances=12", "--set", "services.web.concurrency=1",
        "--set", f"services.web.service_time={each_s:.4f}s", "--set", "horizon=1min",
    )  # fmt: skip
    [verdict] = json.loads(done.stdout)["verdicts"]
    assert verdict["verdict"] in {"stop", "cannot_tell", "protect_first", "slow_down"}, verdict["verdict"]


def day_of_flows(hours, *, is_flat=False):
    truth = write.Truth(hours * 3600.0)
    at_s = 0.0
    while at_s < truth.length_s:
        at_s += truth.chance.expovariate(0.5)
        if is_flat or truth.chance.random() < 0.1 + 0.9 * share_of_day(write.START_S + at_s):
            source = (f"10.0.2.{truth.chance.randint(1, 40)}", truth.port())
            truth.flows.append(write.Drawn(at_s, 0.2, source, write.WEB))
    return write.vpc(truth)


def of_flows(folder, text):
    (folder / "vpc.txt").write_text(text)
    done = run_here(folder, "discover", "vpc.txt", "--out", "w.yaml")
    assert 0 == done.returncode, done.stderr
    return done, read_world((folder / "w.yaml").read_text(), "w").estimates["clients.of_http.demand.rate"]


def test_flow_logs_of_more_than_a_day_give_the_busiest_hour(tmp_path):
    """Two new flows in four seconds at noon, a tenth of that at night: noon's, in the range of all."""
    done, rate = of_flows(tmp_path, day_of_flows(26))
    assert "measured" == rate.basis
    assert 0.42 <= rate.value <= 0.55
    assert rate.low < 0.1
    assert rate.value <= rate.high < 0.7
    told = one_line(done.stderr)
    assert re.search(r"of_http: what they ask follows the day: [.\d]+ times the mean from 1[1234]:00", told)
    assert "run over again" not in told


def test_flow_logs_of_a_day_that_is_all_alike_have_their_mean(tmp_path):
    """Nothing is said of hours where none differs by more than chance."""
    done, rate = of_flows(tmp_path, day_of_flows(26, is_flat=True))
    assert 0.47 <= rate.value <= 0.53
    assert "follows the day" not in done.stderr
    assert rate.high < 0.56
