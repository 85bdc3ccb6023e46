"""The load below which a collapse heals, against the law of the retry curve within its limits."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.searching.escape import find_escape
from tidegate.evaluate.variants.world_case import believed_case
from tidegate.world.file.read import read_world
from tiny_worlds import twin

SERVER = """
name: retry_curve
horizon: 200s
detail: coarse
networks: {{here: {{}}}}
services:
  server: {{network: here, instances: 1, concurrency: 1, service_time: {mean}, queue: {queue},
           queue_when_full: silent}}
clients:
  callers: {{network: here, service: server, population: 1000, timeout: 1s,
            demand: {{kind: open, rate: {rate}/s}},
            retry: {{layers: [{{retries: {retries}, backoff: none}}]}}}}
triggers:
  spike: {{at: 10s, for: 10s, set: {{clients.callers.demand.rate: {spike}/s}}}}
"""


def escape(file):
    with ThreadPoolExecutor(2) as executor:
        return find_escape(believed_case(file, None), seed=3, executor=executor)


@pytest.mark.parametrize(
    ("retries", "served_per_s"), [(5, 500), pytest.param(3, 1000, marks=pytest.mark.evidence)]
)
def test_a_server_that_serves_abandoned_work_heals_below_capacity_over_attempts(retries, served_per_s):
    """The end point of the retry curve: it heals below mu / R, R attempts a request, and not above.

    The law holds without chance and for ever; a queue of 1.3 time-outs and half a minute of patience
    leave the edge within 8 % of it.
    """
    text = SERVER.format(
        retries=retries,
        mean=f"{1000 / served_per_s:g}ms",
        queue=round(1.3 * served_per_s),
        rate=served_per_s // 2,
        spike=served_per_s * 3 // 2,
    )
    found = escape(read_world(text, "retry_curve.yaml"))
    assert ("server",) == found.locked
    assert 2.0 / (retries + 1) == pytest.approx(found.edge.at(0.5).value, rel=0.08)


@pytest.mark.parametrize(
    ("served_per_s", "timeout_s", "queue_s", "tries", "load"),
    [
        (100, 1, 10, 3, 0.8),
        (200, 1, 60, 2, 0.9),
        pytest.param(10, 4, 25, 3, 0.7, marks=pytest.mark.evidence),
        pytest.param(400, 0.5, 3, 5, 0.5, marks=pytest.mark.evidence),
    ],
)
def test_a_long_drain_is_waited_for(served_per_s, timeout_s, queue_s, tries, load):
    """Queues of 3 to 60 s: the edge is mu / (R lambda), and the drain takes the queue over what is left.

    Near the edge it takes for ever; half of the edge leaves half of mu.
    """
    text = SERVER.format(
        retries=tries - 1,
        mean=f"{1000 / served_per_s:g}ms",
        queue=round(queue_s * served_per_s),
        rate=load * served_per_s,
        spike=5 * served_per_s,
    )
    text = text.replace("timeout: 1s", f"timeout: {timeout_s}s")
    found = escape(read_world(text, "drain.yaml"))
    law = 1.0 / (tries * load)
    assert law == pytest.approx(found.law_ratio)
    assert law == pytest.approx(found.edge.at(0.5).value, rel=0.1)
    assert found.tried
    for drain in found.drains[1:3]:
        takes_s = queue_s / (1.0 - drain.load_ratio / law)
        assert (1.0, takes_s) == (
            drain.heals_ratio,
            pytest.approx(drain.healing_s, rel=0.2, abs=tries * timeout_s + 1.0),
        )


def test_a_packet_device_heals_where_naive_attempts_fit_through_it():
    """Naive closed clients try again each time-out: n / T attempts of 10 packets must fit into mu."""
    found = escape(twin(retry="immediate"))
    fits = 2000.0 / 10.0 * 0.5 / 600.0
    # Some of what is overdue is sent again, so that an attempt is eleven packets rather than ten.
    assert fits == pytest.approx(found.edge.at(0.5).value, rel=0.15)
    assert found.way_out is not None
    assert ("device",) == found.locked
