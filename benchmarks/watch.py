"""Ten thousand series every 15 s: what share of a core the watch takes, and how much memory, over an hour.

A Prometheus is stood in for by an address that answers as one does: each look comes as JSON over HTTP, each
sample in it six times (looks overlap by as many scrapes). Two worlds: one place of 10,000 series, and 2,500
places with four numbers each, every one with a detector of its own. CPU time of this process alone:
what answers is another.

    python benchmarks/watch.py [--scrapes 240] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from circumstances import circumstances

from tidegate.adapters.telemetry.live_prometheus import LivePrometheus
from tidegate.observe.answering import read_answering
from tidegate.observe.sampled import Sampled
from tidegate.observe.watching import Manner
from tidegate.verbs.watch import begin, look, read_numbers
from tidegate.world.file.read import read_world

SERIES_COUNT = 10_000
EVERY_S = 15.0
KEPT = 6
METRIC = "envoy_cluster_upstream_cx_active"
BEGAN_S = 1_700_000_000.0
ONE = """
networks: {inside: {}, outside: {}}
services:
  api: {network: outside, connections: 2M, service_time: 0s, known_as: {prometheus: '{job="api"}'}}
"""


def _many() -> tuple[str, str]:
    """Return a world of 2,500 crossings, and a file that says how four numbers of each are read."""
    places = [f"x{i}" for i in range(SERIES_COUNT // 4)]
    limits = "{between: [inside, outside], forwarding: 1M/s, table: {entries: 1M}}"
    world = "name: many\nnetworks: {inside: {}, outside: {}}\ncrossings:\n"
    world += "".join(f"  {name}: {limits}\n" for name in places)
    numbers = {"flows_held": "gauge", "new_flows": "counter", "packets": "counter", "refused": "counter"}
    lines = ["every: 15s", "worlds:", "  many:", "    readings:"]
    for name in places:
        for number, kind in numbers.items():
            said = f"{kind}_{name}_{number}"
            value = said if kind == "gauge" else f"{{count: {said}}}"
            lines.append(f"      crossings.{name}.{number}: {value}")
    return world, "\n".join(lines) + "\n"


def _answer(pipe: Connection) -> None:
    """Answer as a Prometheus that scraped 10,000 gauges of one place."""
    draw = np.random.default_rng(7)
    values = [draw.poisson(100, SERIES_COUNT) for _ in range(KEPT)]
    labels = [
        {"__name__": METRIC, "job": "api", "instance": f"10.0.{i // 250}.{i % 250}:9901"}
        for i in range(SERIES_COUNT)
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            if "time" not in asked:  # the past, of which there is none
                self._send([])
                return
            at_s = float(asked["time"][0])
            values.append(draw.poisson(100, SERIES_COUNT))
            del values[0]
            times = [at_s - EVERY_S * (KEPT - 1 - k) for k in range(KEPT)]
            rows = [
                {"metric": labels[i], "values": [[times[k], str(values[k][i])] for k in range(KEPT)]}
                for i in range(SERIES_COUNT)
            ]
            self._send(rows)

        def _send(self, rows: list[object]) -> None:
            data = {"resultType": "matrix", "result": rows}
            body = json.dumps({"status": "success", "data": data}).encode()
            self.send_response_only(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    pipe.send(server.server_address[1])
    server.serve_forever()


def _one_place(scrapes: int) -> float:
    """Return the CPU time of one look at a place of 10,000 series, in seconds."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.Process(target=_answer, args=(there,), daemon=True)
    process.start()
    file = read_world(ONE, "one")
    numbers = read_numbers(file, None)
    source = LivePrometheus(f"http://127.0.0.1:{here.recv()}", numbers, every_s=EVERY_S)
    watching = begin(file, numbers, manner=Manner(every_s=EVERY_S), began_s=BEGAN_S)
    look(watching, [source], BEGAN_S)
    began_s = time.process_time()
    for step in range(1, scrapes + 1):
        seen = look(watching, [source], BEGAN_S + step * EVERY_S)
    took_s = (time.process_time() - began_s) / scrapes
    process.terminate()
    assert seen.state.value == "fine", seen.readings[0].why
    assert abs((seen.readings[0].loads[0].amount or 0) / SERIES_COUNT - 100) < 1
    return took_s


def _many_places(scrapes: int) -> float:
    """Return the CPU time of one scrape and look at 2,500 places of four numbers, in seconds."""
    world, series = _many()
    file = read_world(world, "many")
    numbers = read_numbers(file, read_answering(series, "series"))
    watching = begin(file, numbers, manner=Manner(every_s=EVERY_S), began_s=BEGAN_S)
    draw = np.random.default_rng(7)
    totals = np.zeros(len(numbers))
    took_s = 0.0
    for step in range(scrapes):
        at_s = BEGAN_S + step * EVERY_S
        counts = draw.poisson(3_000, len(numbers))
        totals += counts * [one.what != "refused" for one in numbers]
        values = [counts[i] if one.form == "gauge" else totals[i] for i, one in enumerate(numbers)]
        found = [
            Sampled(labels={"__name__": one.expression}, path=one.path, samples=((at_s, float(value)),))
            for one, value in zip(numbers, values, strict=True)
        ]
        began_s = time.process_time()
        watching.take(found, at_s, source="s", system="prometheus")
        seen = watching.look(at_s)
        took_s += time.process_time() - began_s
    assert sum(one.state.value != "fine" for one in seen.readings) <= 2
    return took_s / scrapes


def main() -> None:
    """Measure, and print or write what came out."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scrapes", type=int, default=240)
    parser.add_argument("--out")
    asked = parser.parse_args()
    # Looks are made twice a scrape, and cost alike.
    one_s, many_s = _one_place(asked.scrapes), _many_places(asked.scrapes)
    found = {
        "circumstances": circumstances(),
        "series": SERIES_COUNT,
        "every_s": EVERY_S,
        "one_place": {"look_s": round(one_s, 4), "share_of_a_core": round(2 * one_s / EVERY_S, 4)},
        "many_places": {"look_s": round(many_s, 4), "share_of_a_core": round(2 * many_s / EVERY_S, 4)},
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
    }
    text = json.dumps(found, indent=2) + "\n"
    if asked.out:
        Path(asked.out).write_text(text, encoding="utf-8")
    print(text, end="")


if __name__ == "__main__":
    main()
