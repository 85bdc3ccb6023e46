"""What an autoscaler reads: the processor, missing readings, new instances; and nodes that come first."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.protect.offers import offers_for
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Run, simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

# Each instance makes one boot request: so it is counted how many have come.
TEXT = """
name: reads
horizon: 30s
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  web:
    network: far
    instances: 4
    concurrency: 10
    service_time: 20ms
    service_law: fixed
    boot: {time: 1s, calls: [{service: record}]}
    calls: [{service: back, timeout: 5s, connection: per_request}]
    autoscaler: {signal: cpu, target: 0.08, least: 1, most: 12, interval: 1s, scale_down_delay: 2s}
  back: {network: far, concurrency: 1000, service_time: 1ms, service_law: fixed}
  record: {network: far, concurrency: 1000, service_time: 1ms}
clients:
  users:
    network: near
    service: web
    population: 20
    connection: keep_alive
    timeout: 5s
    demand: {kind: open, rate: 160/s, arrivals: paced}
triggers: {slow: {at: 10s, for: 15s, set: {services.back.service_time: 100ms}}}
"""


def run_of(text: str) -> Run:
    file = read_world(text, "reads.yaml")
    return simulate(lower(write_script(file), horizon_s=file.world.horizon_s), seed=3)


def added(run: Run, *, since_s: float = 0.0, until_s: float = 1e6) -> int:
    """Return how many instances have booted in a stretch of time."""
    bins = slice(int(since_s / 0.05), int(min(until_s, 30.0) / 0.05))
    return int(run.populations.fresh_count[bins, 2].sum())


def test_the_processor_idles_while_requests_wait_for_calls() -> None:
    """A hundred milliseconds more in each call make busy places six times as many, and no more work."""
    busy = TEXT.replace("signal: cpu, target: 0.08", "signal: utilisation, target: 0.12")
    assert added(run_of(TEXT), since_s=10.0, until_s=25.0) == 0
    assert added(run_of(busy), since_s=10.0, until_s=25.0) >= 4


def test_of_two_signals_the_larger_size_wins() -> None:
    """The processor alone stays; attempts that want eight instances bring them."""
    both = TEXT.replace("target: 0.08,", "target: 0.08, also: {signal: requests, target: 20},")
    assert added(run_of(both), until_s=10.0) == 4


def test_who_is_new_is_idle_on_the_way_up() -> None:
    """Where all that are read are as busy as can be, the second step up waits until the first is read."""
    up = TEXT.replace("signal: cpu, target: 0.08", "signal: utilisation, target: 0.5")
    up = up.replace("concurrency: 10\n", "concurrency: 1\n").replace("rate: 160/s", "rate: 400/s")
    up = up.replace("population: 20", "population: 400")
    assert 8 == added(run_of(up), until_s=6.0)
    assert 4 == added(run_of(up.replace("least: 1", "counted_after: 10s")), until_s=6.0)


def test_a_step_does_not_wait_for_instances_that_boot() -> None:
    """A sum for each instance wants twelve; while the first four boot the next four are asked for."""
    up = TEXT.replace("signal: cpu, target: 0.08", "signal: requests, target: 10")
    slow = up.replace("boot: {time: 1s", "boot: {time: 5s")
    assert [0, 8] == [added(run_of(slow), until_s=until_s) for until_s in (5.9, 7.5)]


def test_going_down_takes_the_largest_size_of_the_window() -> None:
    """A quiet second within a busy minute takes nothing away, and after the window all goes at once."""
    text = TEXT.replace("signal: cpu, target: 0.08", "signal: requests, target: 20")
    text = text.replace("scale_down_delay: 2s", "scale_down_delay: 8s")
    dip = text.replace("services.back.service_time: 100ms", "clients.users.demand.rate: 1/s")
    connects = []
    for for_s in (3, 15):
        run = run_of(dip.replace("for: 15s", f"for: {for_s}s"))
        connects.append(added(run, since_s=10.0))
    assert [0, 7] == connects


def test_nodes_come_before_instances() -> None:
    """What does not fit waits for a node, and then boots."""
    up = TEXT.replace("target: 0.08", "target: 0.02")
    short = up.replace("least: 1", "room: 6, node_time: 5s")
    assert 2 == added(run_of(short), until_s=6.0)
    assert added(run_of(short)) == added(run_of(up))


@pytest.mark.parametrize(("fallback", "came"), [(12, 8), (4, 0)])
def test_without_readings_it_falls_back(fallback: int, came: int) -> None:
    """Three missing readings, and it goes to the fallback; without one it stays."""
    blind = TEXT.replace("services.back.service_time: 100ms", "services.record.instances: 0")
    blind = blind.replace(", calls: [{service: record}]}", "}").replace(
        "least: 1", f"metrics: {{service: record, fallback: {fallback}}}"
    )
    counted = run_of(blind.replace("boot: {time: 1s}", "boot: {time: 1s, calls: [{service: back}]}"))
    assert came == added(counted, since_s=10.0, until_s=25.0)


def test_a_removed_instance_may_take_connections_along() -> None:
    """Clients connect anew as instances go, and only where that is said."""
    down = TEXT.replace("target: 0.08", "target: 0.9")
    connects = [
        int(run_of(text).latencies.connect_count[0].sum())
        for text in (down, down.replace("least: 1", "drops_connections: true"))
    ]
    assert connects[1] >= connects[0] + 10


def test_protect_offers_a_signal_that_rises() -> None:
    """Busy places beside the processor, where requests wait for calls."""
    changes = [offer.changes for offer in offers_for(read_world(TEXT, "reads.yaml"), None, {})]
    also = "services.web.autoscaler.also"
    assert {f"{also}.signal": "utilisation", f"{also}.target": 0.7} in changes


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("signal: cpu,", "signal: utilisation, cores: 2,"), "no signal is cpu"),
        (("signal: cpu, target: 0.08", "signal: queue, target: 3, counted_after: 3s"), "no signal is util"),
        (("least: 1", "node_time: 3s"), "without room"),
        (("least: 1", "also: {signal: cpu, target: 1}"), "first signal again"),
        (("least: 1", "metrics: {service: record, failures: 2}"), "without fallback"),
        (("least: 1", "metrics: {service: record, fallback: 13}"), "never reached"),
    ],
)
def test_what_cannot_be_read_is_said(change: tuple[str, str], said: str) -> None:
    """A key that cannot act is a fault."""
    with pytest.raises(InputError) as raised:
        read_world(TEXT.replace(*change), "reads.yaml")
    assert said in str(raised.value)
