"""`tidegate watch` against programs that run: Prometheus, node_exporter, HAProxy, Envoy, OTLP, CloudWatch."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exporters import PROMETHEUS, SCRAPE_S, Shown, envoy, free_port, got, haproxy, node_exporter, prometheus
from tidegate.adapters.validators.envoy import binary
from tidegate.observe.known_series import KNOWN

PARTS = (PROMETHEUS, shutil.which("prometheus-node-exporter"), shutil.which("haproxy"), binary())
pytestmark = pytest.mark.skipif(
    not all(PARTS) and os.environ.get("REQUIRE_PARTS") != "1", reason="an exporter is not installed"
)
PROGRAM = (sys.executable, "-m", "tidegate.cli.main", "watch")
FINE, BLIND, BROKEN = 0, 4, 5
WORLD = """
tidegate: 1
name: shop
networks: {inside: {}, outside: {}}
crossings:
  toy:
    between: [inside, outside]
    table: {entries: 1000}
    known_as: {prometheus: '{job="toy"}'}
  nat:
    between: [inside, outside]
    forwarding: 10M/s
    known_as: {prometheus: '{job="node"}'}
services:
  api:
    {network: outside, connections: 100, known_as: {prometheus: '{job="haproxy",proxy="api"}'}}
  web:
    network: outside
    connections: 100
    known_as: {prometheus: '{job="envoy",envoy_cluster_name="api"}'}
"""


def watch(*words: str, within_s: float = 60.0) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*PROGRAM, *words], capture_output=True, text=True, timeout=within_s, check=False)


@pytest.fixture(scope="module")
def scraped(tmp_path_factory) -> Iterator[tuple[Shown, str, str, dict[str, str]]]:
    """An exporter of our own, three real ones, a Prometheus of them, and a world that is bound to each."""
    folder = tmp_path_factory.mktemp("scraped")
    (folder / "world.yaml").write_text(WORLD)
    toy = Shown()
    toy.lines = {"node_nf_conntrack_entries": 100, "node_nf_conntrack_stat_drop": 5}
    with ExitStack() as stack:
        stack.callback(toy.close)
        targets = {
            "toy": (toy.at, "/metrics"),
            "node": (stack.enter_context(node_exporter(folder)), "/metrics"),
            "haproxy": (stack.enter_context(haproxy(folder)), "/metrics"),
            "envoy": (stack.enter_context(envoy(folder)), "/stats/prometheus"),
        }
        shown = {job: got(f"http://{at}{path}") for job, (at, path) in targets.items()}
        url = stack.enter_context(prometheus(folder, targets))
        time.sleep(3 * SCRAPE_S)
        yield toy, url, str(folder / "world.yaml"), shown


@pytest.mark.parametrize(
    ("exporter", "job"), [("node_exporter", "node"), ("haproxy", "haproxy"), ("envoy", "envoy")]
)
def test_every_name_that_is_said_to_be_shown_is_shown(scraped, exporter, job):
    *_, shown = scraped
    names = {one.metric for one in KNOWN if one.exporter == exporter and one.tag == "run"}
    assert names
    assert {name for name in names if not re.search(rf"^{name}[ {{]", shown[job], re.MULTILINE)} == set()


def test_it_sees_real_exporters_then_a_limit_then_nothing(scraped):
    toy, url, world, _ = scraped
    asked = (world, "--from", f"prometheus={url}", "--every", f"{SCRAPE_S}s")
    for _ in range(10):  # a scrape may be late on a machine that has much to do
        once = watch(*asked, "--once", "--format", "json")
        if once.returncode == FINE:
            break
    assert (once.returncode, once.stderr) == (FINE, "")
    seen = json.loads(once.stdout)
    places = {one["name"]: one for one in seen["places"]}
    assert {name: one["state"] for name, one in places.items()} == dict.fromkeys(
        ("toy", "nat", "api", "web"), "fine"
    )
    assert {load["what"] for load in places["api"]["loads"]} >= {"open_connections", "new_flows", "requests"}
    assert places["api"]["drifts"], "HAProxy says its own limit"

    with subprocess.Popen(
        [*PROGRAM, *asked, "--format", "json"], stdout=subprocess.PIPE, text=True
    ) as goes_on:
        assert goes_on.stdout is not None
        until(goes_on, "toy", "fine")
        toy.lines["node_nf_conntrack_entries"] = 900
        assert until(goes_on, "toy", "broken")["why"] == [
            "the flows that it holds are at 90% of the flow table of toy"
        ]
        toy.lines["node_nf_conntrack_entries"] = 100
        until(goes_on, "toy", "fine")
        # The target answers, and one number is no longer in its answer: an empty success.
        del toy.lines["node_nf_conntrack_entries"]
        blind = until(goes_on, "toy", "blind")
        (unseen,) = blind["unseen"]
        assert unseen["path"] == "crossings.toy.flows_held"
        # Two scrapes, and a look; a little more where this machine has much to do.
        assert blind["seen_after_s"] - unseen["since_s"] <= 3.5 * SCRAPE_S
        goes_on.send_signal(signal.SIGTERM)
        assert goes_on.wait(20) == 0
    assert watch(*asked, "--once").returncode == BLIND
    toy.lines["node_nf_conntrack_entries"] = 100


def until(goes_on: subprocess.Popen[str], name: str, state: str) -> dict[str, object]:
    """Return how a place is as soon as it is so."""
    until_s = time.monotonic() + 60.0
    while time.monotonic() < until_s:
        assert goes_on.stdout is not None
        seen = json.loads(goes_on.stdout.readline())
        place = next(one for one in seen["places"] if one["name"] == name)
        if place["state"] == state:
            return {**place, "seen_after_s": seen["at_s"]}
    raise AssertionError(f"{name} is never {state}")


def test_a_prometheus_that_is_not_there_is_blind(scraped):
    *_, world, _ = scraped
    once = watch(world, "--from", f"prometheus=http://127.0.0.1:{free_port()}", "--once")
    assert once.returncode == BLIND
    assert "blind since" in once.stdout
    assert "Connection refused" in once.stdout


def test_sources_that_are_none_are_told_all_at_once(scraped):
    *_, world, _ = scraped
    once = watch(
        world, "--from", "graphite=x", "--from", "otlp=here", "--from", "prometheus=ftp://x", "--once"
    )
    assert once.returncode == 2
    assert "3 things to mend" in once.stderr


def pushed(port: int, body: bytes, **headers: str) -> tuple[int, dict[str, object]]:
    said = {
        "content-type": "application/json",
        **{name.replace("_", "-"): word for name, word in headers.items()},
    }
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/v1/metrics", body, said)
    try:
        with urllib.request.urlopen(asked, timeout=10) as answer:  # noqa: S310
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def metrics(*found: dict[str, object]) -> bytes:
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "way"}}]}
    scope = {"scopeMetrics": [{"metrics": list(found)}], "resource": resource}
    return json.dumps({"resourceMetrics": [scope]}).encode()


def gauge(name: str, value: int, at_s: float) -> dict[str, object]:
    point = {"timeUnixNano": str(int(at_s * 1e9)), "asInt": str(value)}
    return {"name": name, "gauge": {"dataPoints": [point]}}


def test_programs_push_and_what_is_not_json_is_refused(tmp_path):
    world = tmp_path / "world.yaml"
    world.write_text(
        "networks: {inside: {}, outside: {}}\ncrossings:\n  way:\n    between: [inside, outside]\n"
        "    table: {entries: 1000}\n    known_as: {prometheus: '{service_name=\"way\"}'}\n"
    )
    port = free_port()
    words = [*PROGRAM, str(world), "--from", f"otlp=:{port}", "--every", "1s", "--format", "json"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as goes_on:
        assert goes_on.stdout is not None
        assert json.loads(goes_on.stdout.readline())["state"] == "blind"
        body = metrics(gauge("node.nf.conntrack.entries", 950, time.time()))
        assert pushed(port, body) == (200, {})
        assert pushed(port, gzip.compress(body), content_encoding="gzip") == (200, {})
        place = until(goes_on, "way", "broken")
        assert place["loads"][0]["amount"] == 950
        assert pushed(port, b"\x0a\x00", content_type="application/x-protobuf")[0] == 415
        assert pushed(port, b"{")[0] == 400
        assert pushed(port, b"[]")[0] == 400
        wrong = metrics({"name": "x", "gauge": {"dataPoints": [{"asInt": "1"}]}}, {"name": "y"})
        status, said = pushed(port, wrong)
        assert (status, said["partialSuccess"]["rejectedDataPoints"]) == (200, "2")
        assert until(goes_on, "way", "blind")["unseen"][0]["was_seen"]
        goes_on.send_signal(signal.SIGINT)
        assert goes_on.wait(20) == 0


CLOUD = """
networks: {inside: {}, outside: {}}
crossings:
  nat:
    between: [inside, outside]
    setup: 1k/s
    known_as: {cloudwatch: nat-0abc}
"""


def cloudwatch(folder: Path, *, errors: int, missing: int = 0, code: str = "PartialData") -> Path:
    """Write an answer as CloudWatch gives it: the newest first, the running minute among them."""
    now_s = time.time() // 60 * 60
    times = [now_s - 60 * step for step in range(60) if step >= missing]
    stamps = [datetime.fromtimestamp(at_s, UTC).isoformat() for at_s in times]
    results = [
        {"Id": "a", "Label": "nat-0abc ConnectionAttemptCount", "Timestamps": stamps,
         "Values": [3_000.0] * len(times), "StatusCode": code},
        {"Id": "e", "Label": "nat-0abc ErrorPortAllocation", "Timestamps": stamps,
         "Values": [float(errors)] * len(times), "StatusCode": "Complete"},
    ]  # fmt: skip
    (folder / "world.yaml").write_text(CLOUD)
    path = folder / "answer.json"
    path.write_text(json.dumps({"MetricDataResults": results, "Messages": []}))
    return path


@pytest.mark.parametrize(
    ("way", "errors", "missing", "code", "status"),
    [
        ("command", 0, 0, "PartialData", FINE),
        ("command", 120, 0, "Complete", BROKEN),
        ("file", 0, 15, "Complete", BLIND),
        ("file", 0, 0, "Forbidden", BLIND),
    ],
)
def test_cloudwatch_in_a_file_or_by_a_command(tmp_path, way, errors, missing, code, status):
    path = cloudwatch(tmp_path, errors=errors, missing=missing, code=code)
    said = str(path) if way == "file" else f"cat '{path}'"
    once = watch(str(tmp_path / "world.yaml"), "--from", f"cloudwatch={said}", "--once", "--format", "json")
    assert (once.returncode, once.stderr) == (status, "")
    if status == FINE:
        (place,) = json.loads(once.stdout)["places"]
        assert [one["amount"] for one in place["loads"]] == [50.0, 0.0]


def test_a_command_that_fails_is_a_blind_source(tmp_path):
    cloudwatch(tmp_path, errors=0)
    once = watch(str(tmp_path / "world.yaml"), "--from", "cloudwatch=ls /no/such/place", "--once")
    assert once.returncode == BLIND
    assert "ended with 2" in once.stdout
