"""`tidegate discover prometheus=URL`: a real one, with a mesh, and with exporters that it scrapes."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest

from listed_shop import listed, shop
from tidegate.world.file.read import read_world

PROMETHEUS, HAPROXY = shutil.which("prometheus"), shutil.which("haproxy")
NODE_EXPORTER = shutil.which("prometheus-node-exporter") or shutil.which("node_exporter")
pytestmark = pytest.mark.skipif(
    PROMETHEUS is None and os.environ.get("REQUIRE_PARTS") != "1", reason="prometheus is not installed"
)
BEGINS_ANEW_AT, SAMPLES_COUNT, EVERY_S = 120, 241, 15.0


def gauge(name, labels, value):
    return name, labels, lambda _: value


def counter(name, labels, rate_per_s):
    """A counter that begins anew in the middle."""
    return name, labels, lambda i: round(rate_per_s * EVERY_S * (i % BEGINS_ANEW_AT), 3)


def edge(source, target, rate_per_s, took_ms):
    """The series that a mesh has of one asking the other."""
    space, _, own = source.rpartition("/")
    labels = (
        'reporter="destination",response_code="200",'
        f'source_workload="{own}",source_workload_namespace="{space}",destination_workload="{target}",'
        f'destination_workload_namespace="shop",destination_service_name="{target}",'
        'destination_service_namespace="shop"'
    )
    duration = "istio_request_duration_milliseconds"
    yield counter("istio_requests_total", labels, rate_per_s)
    yield counter(f"{duration}_sum", labels, rate_per_s * took_ms)
    yield counter(f"{duration}_count", labels, rate_per_s)


SCALER = 'namespace="shop",horizontalpodautoscaler="api"'
TARGET = f'{SCALER},scaletargetref_kind="Deployment",scaletargetref_name="api"'
SERIES = (
    ("kube_deployment_status_replicas", 'namespace="shop",deployment="api"', lambda i: 10 if i < 200 else 12),
    gauge("kube_horizontalpodautoscaler_spec_max_replicas", SCALER, 40),
    gauge("kube_horizontalpodautoscaler_info", TARGET, 1),
    *edge("istio-system/istio-ingressgateway", "web", 50.0, 40.0),
    *edge("shop/web", "api", 52.0, 25.0),
    gauge("hikaricp_connections_max", 'namespace="shop",pod="api-7d9f8b6c5d-x2x4z",pool="main"', 24),
    gauge("node_nf_conntrack_entries_limit", 'instance="nat:9100",job="node"', 131_072),
    gauge("node_nf_conntrack_entries", 'instance="nat:9100",job="node"', 50_000),
    gauge("node_netstat_Ip_Forwarding", 'instance="nat:9100",job="node"', 1),
    gauge("node_netstat_Ip_Forwarding", 'instance="db:9100",job="node"', 2),
)


def samples(now_s):
    """Return an hour of series as OpenMetrics has them; one has a gap and what is no number."""
    by_name: dict[str, list[str]] = {}
    for name, labels, value in SERIES:
        rows = [
            f"{name}{{{labels}}} {value(i)} {now_s - 3600 + EVERY_S * i:.0f}" for i in range(SAMPLES_COUNT)
        ]
        by_name.setdefault(name, []).extend(rows)
    gap = by_name["node_nf_conntrack_entries"]
    gap[100] = gap[100].replace(" 50000 ", " NaN ")
    del gap[140:220]
    return (
        "".join(f"# TYPE {name} unknown\n" + "\n".join(rows) + "\n" for name, rows in by_name.items())
        + "# EOF\n"
    )


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@contextmanager
def running(words, folder, url):
    """Run a program until it answers at an address, and end it."""
    with (folder / f"log{free_port()}").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        until_s = time.monotonic() + 60
        while True:
            with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    break
            assert time.monotonic() < until_s, words
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(30)


@contextmanager
def prometheus(folder, config):
    """A Prometheus over what is in a folder; yields its address."""
    (folder / "prometheus.yml").write_text(config)
    url = f"http://127.0.0.1:{free_port()}"
    words = [PROMETHEUS, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
             "--storage.tsdb.retention.time=10d", f"--web.listen-address={url[7:]}"]  # fmt: skip
    with running(words, folder, f"{url}/-/ready"):
        yield url


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[str]:
    """A Prometheus with an hour of a shop."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "samples").write_text(samples(round(time.time(), -1)))
    made = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples", "data"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True, timeout=60)
    with prometheus(folder, "scrape_configs: []\n") as url:
        yield url


def discover(place, *words):
    done = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "discover", *words, "--no-rank", "--format", "json"],
        cwd=place, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    return read_world(found["world"], "world"), found


def test_a_mesh_says_who_asks_whom_how_often(filled, tmp_path):
    """Rates through a counter that began anew, sizes with their spread, times as a bound, gaps as gaps."""
    file, found = discover(tmp_path, f"prometheus={filled}")
    world = file.world
    rate = file.estimates["clients.users_of_web.demand.rate"]
    assert 50.0 == pytest.approx(rate.value, rel=0.02)
    assert ("measured", True) == (rate.basis, rate.low <= rate.value <= rate.high)
    assert ["api"] == [one.service for one in world.services["web"].calls]
    size = file.estimates["services.api.instances"]
    assert (10, 10, 12) == (size.value, size.low, size.high)
    took = file.estimates["services.api.service_time"]
    assert ("assumed", 0.025) == (took.basis, pytest.approx(took.high, rel=0.02))
    [nat] = [one for one in world.crossings.values() if one.device == "linux-nat"]
    assert (131_072, '{instance="nat:9100"}') == (nat.table.entries_count, nat.known_as["prometheus"])
    assert 40 == world.activities["grow_api"].to_count
    said = " ".join(found["notes"])
    assert "node_nf_conntrack_entries of instance nat:9100, job node was seen for 7" in said
    assert "no series of haproxy, envoy, OpenTelemetry" in said
    assert ["machine of node_exporter"] == [one["kind"] for one in found["unused"]]


def test_series_and_objects_are_one_world_and_differ_where_they_do(filled, tmp_path):
    """The pool that a program shows is not the one its settings state: the range of both, and a note."""
    (tmp_path / "shop.json").write_text(listed(shop()))
    file, found = discover(tmp_path, "shop.json", f"prometheus={filled}")
    world = file.world
    assert {"api", "web", "db"} == set(world.services)
    pool = file.estimates["services.api.calls.0.pool.most"]
    assert ("db", 20, 20, 24) == (world.services["api"].calls[0].service, pool.value, pool.low, pool.high)
    assert any("api asks db: pool.most is said to be 20" in one and "24" in one for one in found["notes"])
    assert 50.0 == pytest.approx(world.clients["users_of_web"].demand.rate_per_s, rel=0.02)


def scrapes(url):
    """Return how often a Prometheus has scraped the proxy."""
    said = quote("count_over_time(haproxy_process_max_connections[5m])")
    with urllib.request.urlopen(f"{url}/api/v1/query?query={said}", timeout=5) as answer:  # noqa: S310
        found = json.load(answer)["data"]["result"]
    return int(found[0]["value"][1]) if found else 0


class Quiet(ThreadingHTTPServer):
    """Says nothing of clients that leave."""

    def handle_error(self, *_):
        """Say nothing."""


class Answering(BaseHTTPRequestHandler):
    """Answers every request with two bytes."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    def log_message(self, *_):
        """Say nothing."""


@pytest.mark.skipif(
    (HAPROXY is None or NODE_EXPORTER is None) and os.environ.get("REQUIRE_PARTS") != "1",
    reason="haproxy or node_exporter is not installed",
)
def test_exporters_as_they_are(tmp_path):
    """HAProxy's and node_exporter's own numbers: limits, servers, and that this machine is no NAT."""
    behind = Quiet(("127.0.0.1", 0), Answering)
    threading.Thread(target=behind.serve_forever, daemon=True).start()
    front, stats, node = free_port(), free_port(), free_port()
    (tmp_path / "haproxy.cfg").write_text(
        "global\n  maxconn 4000\ndefaults\n  mode http\n  timeout connect 1s\n  timeout client 5s\n"
        f"  timeout server 5s\nfrontend own\n  bind 127.0.0.1:{stats}\n"
        "  http-request use-service prometheus-exporter if { path /metrics }\n"
        f"frontend web\n  bind 127.0.0.1:{front}\n  default_backend pages\nbackend pages\n"
        f"  server one 127.0.0.1:{behind.server_port} maxconn 50\n"
        f"  server two 127.0.0.1:{behind.server_port} maxconn 50\n"
    )
    scraped = "".join(
        f"- job_name: {job}\n  static_configs: [{{targets: ['127.0.0.1:{port}']}}]\n"
        for job, port in (("haproxy", stats), ("node", node))
    )
    config = f"global: {{scrape_interval: 1s, scrape_timeout: 1s}}\nscrape_configs:\n{scraped}"
    exporter = [str(NODE_EXPORTER), f"--web.listen-address=127.0.0.1:{node}"]
    with ExitStack() as stack:
        stack.callback(behind.server_close)
        stack.callback(behind.shutdown)
        proxy = [str(HAPROXY), "-f", "haproxy.cfg"]
        stack.enter_context(running(proxy, tmp_path, f"http://127.0.0.1:{stats}/metrics"))
        stack.enter_context(running(exporter, tmp_path, f"http://127.0.0.1:{node}/metrics"))
        url = stack.enter_context(prometheus(tmp_path, config))
        until_s = time.monotonic() + 40.0
        while scrapes(url) < 4:
            assert time.monotonic() < until_s
            with urllib.request.urlopen(f"http://127.0.0.1:{front}/", timeout=5) as answer:
                assert answer.read() == b"ok"
            time.sleep(0.05)
        file, found = discover(tmp_path, f"prometheus={url}", "--over", "10min")
    world = file.world
    assert 4000 == world.crossings["haproxy"].admission.concurrent_count
    assert (
        f'{{instance="127.0.0.1:{stats}",job="haproxy"}}' == world.crossings["haproxy"].known_as["prometheus"]
    )
    assert 2 == world.services["pages"].instances_count
    assert 50 == file.estimates["services.pages.concurrency"].high
    assert file.estimates["clients.users_of_pages.demand.rate"].value > 0.0
    assert "grow" in world.activities
    forwards = Path("/proc/sys/net/ipv4/ip_forward").read_text().strip() == "1"
    assert forwards or any("forwards nothing" in one["why"] for one in found["unused"])


def test_who_does_not_answer_is_named_and_nothing_is_made_up(tmp_path):
    """An address where nobody is, one with a password, one that is none."""
    for url, code in (("http://127.0.0.1:9", 4), ("http://u:secret@127.0.0.1:9", 2), ("ftp://x", 2)):
        done = subprocess.run(
            [sys.executable, "-m", "tidegate.cli.main", "discover", f"prometheus={url}"],
            cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (code, "") == (done.returncode, done.stdout), done.stderr
        assert "secret" not in done.stderr
