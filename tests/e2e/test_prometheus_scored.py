"""`tidegate decisions score` against a real Prometheus, filled with what happened a day ago."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from past_rulings import EVERY_S, record, ruling

PROGRAM = shutil.which("prometheus")
pytestmark = pytest.mark.skipif(
    PROGRAM is None and os.environ.get("REQUIRE_PARTS") != "1", reason="prometheus is not installed"
)
SERIES = """
every: 15s
worlds:
  shop:
    objectives:
      refused: {count: 'sum(refused_total)', most: 0}
      slowest: {read: 'histogram_quantile(0.99, sum by (le) (rate(took_seconds_bucket[1m])))', most: 500ms}
"""
SIZE = 'kube_deployment_status_replicas{{namespace="prod",deployment="shop"}} {value} {at:.0f}'

REFUSED = 'refused_total{{pod="{pod}"}} {count} {at:.0f}'
TOOK = 'took_seconds_bucket{{le="{le}"}} {count} {at:.0f}'


def samples(began_s: float) -> str:
    """Return what two pods and kube-state-metrics showed: the second ruling's step refuses connections."""
    lines: dict[str, list[str]] = {"kube_deployment_status_replicas": [], "refused": [], "took_seconds": []}
    fast = 0
    for step in range(-60, 130):
        at_s = began_s + step * EVERY_S
        size = 25 if 0 < step < 40 or step > 60 else 4
        lines["kube_deployment_status_replicas"].append(SIZE.format(value=size, at=at_s))
        # A pod is replaced soon after the first: its counter begins anew, which is no refusal.
        refused = {"a": 5 if step < 4 else 0, "b": max(step - 62, 0)}
        lines["refused"] += [REFUSED.format(pod=pod, count=count, at=at_s) for pod, count in refused.items()]
        fast += 100
        lines["took_seconds"] += [TOOK.format(le=le, count=fast, at=at_s) for le in ("0.1", "1", "+Inf")]
    types = {"kube_deployment_status_replicas": "gauge", "refused": "counter", "took_seconds": "histogram"}
    parts = [f"# TYPE {name} {types[name]}\n" + "\n".join(rows) for name, rows in lines.items()]
    return "\n".join(parts) + "\n# EOF\n"


@pytest.fixture(scope="module")
def filled(tmp_path_factory) -> Iterator[tuple[str, float]]:
    """A Prometheus with the samples of two rulings, and when the first was."""
    folder = tmp_path_factory.mktemp("prometheus")
    began_s = round(time.time() - 86_400, -1)
    (folder / "samples").write_text(samples(began_s))
    (folder / "prometheus.yml").write_text("scrape_configs: []\n")
    made = ["promtool", "tsdb", "create-blocks-from", "openmetrics", "samples", "data"]
    subprocess.run(made, cwd=folder, check=True, capture_output=True, timeout=60)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = [str(PROGRAM), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
             "--storage.tsdb.retention.time=10d", f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(words, cwd=folder, stdout=log, stderr=log)
    try:
        _await(f"http://127.0.0.1:{port}/-/ready", folder / "log")
        yield f"http://127.0.0.1:{port}", began_s
    finally:
        process.terminate()
        process.wait(30)


def _await(url: str, log: Path) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        with suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise AssertionError(log.read_text()[-2000:])


def test_a_real_one_says_what_happened(filled, tmp_path):
    """The first step held, a counter that began anew and all; the second refused; a third never was."""
    url, began_s = filled
    (tmp_path / "series.yaml").write_text(SERIES)
    times = (began_s, began_s + 60 * EVERY_S, began_s + 5_000)
    drafts = [ruling(0, later_s=at_s - ruling(0).at_s) for at_s in times]
    record(tmp_path / "tidegate-gate", drafts)
    words = ["score", "--from", f"prometheus={url}", "--series", "series.yaml", "--format", "json"]
    ended = subprocess.run(
        [sys.executable, "-m", "tidegate.cli.main", "decisions", *words], cwd=tmp_path, timeout=60,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert 0 == ended.returncode, ended.stderr
    found = json.loads(ended.stdout)["scored"]
    assert ["right", "wrong", "unknown"] == [one["outcome"] for one in found], found
    assert "called safe, and refused grew by" in found[1]["because"]
    assert "its size was not seen" in found[2]["because"]
