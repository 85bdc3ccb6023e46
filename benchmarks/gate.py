"""How long the gate takes to answer reviews at a rate, over TLS, on one processor; the bar is 20 ms (p99).

    python benchmarks/gate.py [--rate 200] [--seconds 30] [--out benchmarks/results/NAME.json]

The gate has its answers kept; it and its callers run on one processor each where there are two.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import ssl
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

from circumstances import circumstances

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from gate_sample import WORLD, review, scale
from gate_served import Authority, Gate, gate

_CALLERS = 4


def _callers(at: Gate, rate_per_s: float, seconds: float) -> list[float]:
    """Ask at a steady rate, each caller over one connection, and return how long each answer took."""
    bodies = [review("deployments", scale(4), scale(count)).body for count in range(5, 40)]
    took_s: list[float] = []

    def ask(first: int) -> None:
        assert at.trusted is not None
        connection = http.client.HTTPSConnection("localhost", at.port, timeout=30, context=at.trusted)
        began_s, number = time.perf_counter(), first
        while (due_s := number / rate_per_s) < seconds:
            time.sleep(max(began_s + due_s - time.perf_counter(), 0.0))
            asked_s = time.perf_counter()
            connection.request("POST", "/admission/validate", bodies[number % len(bodies)])
            assert connection.getresponse().read()
            took_s.append(time.perf_counter() - asked_s)
            number += _CALLERS

    threads = [threading.Thread(target=ask, args=(first,)) for first in range(_CALLERS)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return took_s


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _measured(rate_per_s: float, seconds: float) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "shop.yaml").write_text(WORLD)
        authority = Authority(folder, "authority")
        certificate, key = authority.certificate("gate")
        words = ("shop.yaml", "--mode", "enforce", "--tls-cert", certificate, "--tls-key", key)
        trusted = ssl.create_default_context(cafile=str(authority.path))
        with gate(folder, *words, trusted=trusted) as at:
            first = review("deployments", scale(4), scale(9)).body
            at.until_known("/admission/validate", first, "not worked out")
        with gate(folder, *words, trusted=trusted) as at:
            places = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(at.process.pid, {places[0]})
            os.sched_setaffinity(0, {places[-1]})
            used_s = _cpu_s(at.process.pid)
            took_s = _callers(at, rate_per_s, seconds)
            used_s = _cpu_s(at.process.pid) - used_s
            return {
                "start_to_ready_s": at.began_s,
                "answers": len(took_s),
                "rate_per_s": len(took_s) / seconds,
                "median_ms": 1e3 * statistics.median(took_s),
                "p99_ms": 1e3 * statistics.quantiles(took_s, n=100)[98],
                "greatest_ms": 1e3 * max(took_s),
                "cpu_share": used_s / seconds,
            }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=200.0)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--out", type=Path)
    chosen = parser.parse_args()
    found = circumstances() | {
        "load_average": os.getloadavg(), "gate": _measured(chosen.rate, chosen.seconds),
    }  # fmt: skip
    text = json.dumps(found, indent=2)
    print(text)
    if chosen.out:
        chosen.out.write_text(f"{text}\n")


if __name__ == "__main__":
    main()
