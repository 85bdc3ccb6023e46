"""Programs that show numbers, and a Prometheus that scrapes them: real ones, as long as a test needs them."""

from __future__ import annotations

import shutil
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tidegate.adapters.validators.envoy import binary

SCRAPE_S = 2
PROMETHEUS = shutil.which("prometheus")
HAPROXY = """
global
  maxconn 500
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 1s
frontend api
  bind 127.0.0.1:{front}
  http-request use-service prometheus-exporter if {{ path /metrics }}
  default_backend pods
backend pods
  server one 127.0.0.1:{back}
"""
ENVOY = """
admin: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {admin}}}}}}}
static_resources:
  listeners:
  - name: way
    address: {{socket_address: {{address: 127.0.0.1, port_value: {front}}}}}
    filter_chains:
    - filters:
      - name: envoy.filters.network.tcp_proxy
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy
          stat_prefix: way
          cluster: api
  clusters:
  - name: api
    connect_timeout: 1s
    load_assignment:
      cluster_name: api
      endpoints:
      - lb_endpoints:
        - endpoint: {{address: {{socket_address: {{address: 127.0.0.1, port_value: {back}}}}}}}
"""


def free_port() -> int:
    """Return a port that nobody has."""
    with socket.create_server(("127.0.0.1", 0)) as one:
        return int(one.getsockname()[1])


def got(url: str, within_s: float = 20.0) -> str:
    """Return what an address answers, as soon as it does."""
    until_s = time.monotonic() + within_s
    while True:
        with suppress(OSError), urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310
            return answer.read().decode()
        assert time.monotonic() < until_s, f"{url} does not answer"
        time.sleep(0.05)


@contextmanager
def program(words: Sequence[str], folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for as long as the test needs it; what it says is in its log."""
    log = folder / f"{Path(words[0]).name}.log"
    with log.open("w") as written:
        process = subprocess.Popen(words, cwd=folder, stdout=written, stderr=written)
    try:
        yield process
    finally:
        process.kill()
        process.wait(30)


@contextmanager
def node_exporter(folder: Path) -> Iterator[str]:
    """Yield where this machine's own numbers are shown."""
    words = [shutil.which("prometheus-node-exporter") or "prometheus-node-exporter"]
    at = f"127.0.0.1:{free_port()}"
    with program([*words, f"--web.listen-address={at}"], folder):
        got(f"http://{at}/metrics")
        yield at


@contextmanager
def haproxy(folder: Path) -> Iterator[str]:
    """Yield where a HAProxy shows its numbers: `/metrics` of its own frontend."""
    front = free_port()
    (folder / "haproxy.cfg").write_text(HAPROXY.format(front=front, back=free_port()))
    with program([shutil.which("haproxy") or "haproxy", "-db", "-f", "haproxy.cfg"], folder):
        got(f"http://127.0.0.1:{front}/metrics")
        yield f"127.0.0.1:{front}"


@contextmanager
def envoy(folder: Path) -> Iterator[str]:
    """Yield where an Envoy shows its numbers: `/stats/prometheus` of its admin interface."""
    admin = free_port()
    (folder / "envoy.yaml").write_text(ENVOY.format(admin=admin, front=free_port(), back=free_port()))
    flags = ["--disable-hot-restart", "--log-level", "error", "--concurrency", "1"]
    with program([str(binary()), *flags, "-c", "envoy.yaml"], folder):
        got(f"http://127.0.0.1:{admin}/stats/prometheus")
        yield f"127.0.0.1:{admin}"


class Shown:
    """An exporter of the test's own: shows what it is told to."""

    def __init__(self) -> None:
        self.lines: dict[str, float | str] = {}
        shown = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = "".join(f"{name} {value}\n" for name, value in shown.lines.items()).encode()
                self.send_response_only(200)
                self.send_header("content-type", "text/plain; version=0.0.4")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.at = f"127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def prometheus(folder: Path, targets: dict[str, tuple[str, str]]) -> Iterator[str]:
    """Yield the address of a Prometheus that scrapes each job every other second, and where it is."""
    jobs = "".join(
        f"  - {{job_name: {job}, metrics_path: {path}, static_configs: [{{targets: ['{at}']}}]}}\n"
        for job, (at, path) in targets.items()
    )
    (folder / "prometheus.yml").write_text(
        f"global: {{scrape_interval: {SCRAPE_S}s, scrape_timeout: {SCRAPE_S}s}}\nscrape_configs:\n{jobs}"
    )
    at = f"127.0.0.1:{free_port()}"
    words = [str(PROMETHEUS), "--config.file=prometheus.yml", "--storage.tsdb.path=data",
             f"--web.listen-address={at}"]  # fmt: skip
    with ExitStack() as stack:
        stack.enter_context(program(words, folder))
        got(f"http://{at}/-/ready", 40.0)
        yield f"http://{at}"
