"""Connections a second that one process of real clients carries; a plain script.

nginx answers by itself on the loopback (a new connection for each request, ten packets each). Two
measurements: clients that ask again at once, which shows how much a core can do, and an open rate of
6,000/s, which shows what that rate costs. The processor's time counts what the kernel does for the
clients, and on the loopback part of what it does for the server.

python benchmarks/generator.py [benchmarks/results/NAME.json]
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from circumstances import circumstances

from tidegate.adapters.linux.clients.generator import Generated, generate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

RUN_S = 5.0
SOURCES = tuple(f"127.0.1.{i}" for i in range(1, 9))

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_rlimit_nofile 16000;
events {{ worker_connections 8000; multi_accept on; }}
http {{
  access_log off;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port} backlog=8192; location / {{ return 200 "ok"; }} }}
}}
"""

WORLD = """
name: bare
horizon: 60s
networks: {main: {}}
services: {web: {network: main, concurrency: 1000, service_time: 0s}}
clients: {users: {network: main, service: web, timeout: 1s, USERS}}
"""
EAGER = WORLD.replace("USERS", "population: 64, demand: {kind: closed, think: 10us}")
STEADY = WORLD.replace(
    "USERS",
    "population: 1000, demand: {kind: open, rate: 6000/s},"
    "retry: {layers: [{retries: 3, backoff: exponential, base: 100ms, jitter: full, budget: {tokens: 10}}]}",
)


@contextmanager
def nginx() -> Iterator[tuple[str, int]]:
    """Run nginx on the loopback."""
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-") as folder, socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings = Path(folder, "nginx.conf")
        settings.write_text(NGINX.format(folder=folder, port=port), encoding="utf-8")
        program = shutil.which("nginx") or "/usr/sbin/nginx"
        server = subprocess.Popen([program, "-c", str(settings), "-p", folder], stderr=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.05)
            yield ("127.0.0.1", port)
        finally:
            server.terminate()
            server.wait()


def measure(world: str, endpoint: tuple[str, int]) -> dict[str, float]:
    """Return figures of one run."""
    busy = resource.getrusage(resource.RUSAGE_SELF)
    done: Generated = generate(
        write_script(read_world(world, "benchmark")),
        network="main",
        endpoints={"web": [endpoint]},
        client_addresses={"users": SOURCES},
        start_s=time.monotonic() + 1.0,
        horizon_s=RUN_S,
        seed=7,
    )
    after = resource.getrusage(resource.RUSAGE_SELF)
    user_s, system_s = after.ru_utime - busy.ru_utime, after.ru_stime - busy.ru_stime
    users = done.populations["users"]
    served_count = sum(users.served_count)
    latencies_s = sorted(value for row in users.latencies_s for value in row)
    return {
        "connections_per_s": round(served_count / RUN_S, 1),
        "unserved_count": sum(users.fresh_count) - served_count,
        "busy_ratio": round((user_s + system_s) / RUN_S, 3),
        "connections_per_core_second": round(served_count / (user_s + system_s), 1),
        "user_us": round(user_s / served_count * 1e6, 1),
        "system_us": round(system_s / served_count * 1e6, 1),
        "p50_ms": round(latencies_s[len(latencies_s) // 2] * 1e3, 3),
        "p99_ms": round(latencies_s[len(latencies_s) * 99 // 100] * 1e3, 3),
        "lateness_ms": round(max(done.lateness_s) * 1e3, 3),
    }


if __name__ == "__main__":
    result: dict[str, object] = {**circumstances(), "load_average_before": os.getloadavg()[0]}
    with nginx() as endpoint:
        for title, text in (("at once", EAGER), ("6000/s", STEADY)):
            figures = [measure(text, endpoint) for _ in range(3)]
            result[title] = figures
            for row in figures:
                print(title, row)
    result["load_average_after"] = os.getloadavg()[0]
    if len(sys.argv) > 1:
        Path(sys.argv[1]).write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
