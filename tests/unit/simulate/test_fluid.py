"""Whole fluid runs of small worlds: each feature does what its noun says."""

from __future__ import annotations

import pytest

from tidegate.simulate.fluid import FluidRun, run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

WORLD = """
name: small
horizon: {horizon}
networks: {{inner: {{}}, outer: {{}}}}
crossings:
  edge: {{between: [inner, outer], {edge}}}
services:
  api: {{network: outer, instances: 100, concurrency: 10, service_time: 10ms, {api}}}
  store: {{network: outer, instances: 10, concurrency: 10, service_time: 10ms}}
clients:
  users: {{network: inner, service: api, {users}}}
triggers:
  event: {{at: 10s, {event}}}
"""

CALM = "set: {services.store.instances: 11}"
OPEN = "population: 1000, demand: {kind: open, rate: 100/s}"


def run(
    users: str = OPEN, *, edge: str = "", api: str = "", event: str = CALM, horizon: str = "30s"
) -> FluidRun:
    text = WORLD.format(users=users, edge=edge, api=api, event=event, horizon=horizon)
    return run_fluid(write_script(read_world(text, "test")))


def total(run: FluidRun, column: str) -> float:
    return sum(getattr(run.clients["users"], column)) * (run.times_s[1] - run.times_s[0])


def test_calm_world_serves_all_with_ten_packets_an_exchange():
    """100 requests a second on new connections are 1,000 packets and 100 flows a second."""
    result = run()
    assert result.recovered_at_s == 0.0
    assert result.clients["users"].served_per_s[-1] == pytest.approx(100.0, rel=1e-3)
    assert result.crossings["edge"].packets_per_s[-1] == pytest.approx(1000.0, rel=1e-3)
    assert result.crossings["edge"].offered_flows_per_s[-1] == pytest.approx(100.0, rel=1e-3)


def test_kept_connections_need_four_packets_and_no_flow():
    """On a kept connection an exchange is four packets."""
    result = run(OPEN + ", connection: keep_alive")
    assert result.crossings["edge"].packets_per_s[-1] == pytest.approx(400.0, rel=1e-3)
    assert result.crossings["edge"].offered_flows_per_s[-1] == 0.0


@pytest.mark.parametrize("kind", ["{kind: open, rate: 400/s}", "{kind: closed, think: 2s}", "{kind: once}"])
@pytest.mark.parametrize("admission", ["drop", "reset"])
def test_requests_are_conserved(kind, admission):
    """Begun = served + given up + unanswered, whatever is shed on the way."""
    edge = f"forwarding: 3000/s, queue_packets: 300, admission: {{rate: 200/s, on_excess: {admission}}}"
    retry = "retry: {layers: [{retries: 2, base: 100ms, jitter: full}]}"
    result = run(f"population: 1000, demand: {kind}, timeout: 1s, {retry}", edge=edge)
    left = result.clients["users"].unanswered_count[-1]
    ended = total(result, "served_per_s") + total(result, "given_up_per_s")
    assert total(result, "fresh_per_s") == pytest.approx(ended + left, rel=0.02, abs=2.0)


def test_closed_clients_ask_once_per_think_time():
    """1,000 clients thinking 10 s ask 100 times a second."""
    result = run("population: 1000, demand: {kind: closed, think: 10s}")
    assert result.clients["users"].served_per_s[-1] == pytest.approx(100.0, rel=0.01)


def test_reconnect_wave_sets_up_a_flow_for_each_connection():
    """1,000 clients with pools of 5 open 5,000 flows over the 5 s of the wave."""
    users = OPEN + ", connection: pool, pool: 5"
    result = run(users, event="reconnect: users, reconnect_spread: 5s")
    assert max(result.crossings["edge"].offered_flows_per_s) == pytest.approx(1000.0, rel=0.02)
    flows = sum(result.crossings["edge"].admitted_flows_per_s) * (result.times_s[1] - result.times_s[0])
    assert flows == pytest.approx(5000.0, rel=0.01)


def test_table_fills_to_rate_times_hold():
    """100 flows a second held 5 s after closing occupy about 500 of 1,000 entries."""
    result = run(edge="table: {entries: 1000, closed_hold: 5s}")
    assert result.crossings["edge"].table_ratio[-1] == pytest.approx(0.5, rel=0.05)


def test_full_table_admits_what_leaves_it():
    """A table of 100 entries held 5 s after closing admits 100 flows every 5 s."""
    result = run(edge="table: {entries: 100, closed_hold: 5s, unanswered_hold: 5s}")
    assert total(result, "served_per_s") == pytest.approx(600.0, rel=0.05)


def test_ports_limit_flows_to_one_service():
    """200 ports held 10 s after closing admit 200 flows every 10 s."""
    result = run(edge="ports: {per_destination: 200, hold: 10s}", horizon="60s")
    assert total(result, "served_per_s") == pytest.approx(1200.0, rel=0.05)


def test_unconnected_newcomers_open_connections():
    """Clients of kept connections that appear connect at once."""
    users = "population: 1000, demand: {kind: none}, connection: keep_alive"
    result = run(users, event="set: {clients.users.population: 3000}")
    flows = sum(result.crossings["edge"].admitted_flows_per_s) * (result.times_s[1] - result.times_s[0])
    assert flows == pytest.approx(2000.0, rel=0.01)


def test_deferred_demand_returns_after_an_outage():
    """What an outage leaves undone is offered again at the drain rate."""
    users = "population: 1000, demand: {kind: open, rate: 100/s, unserved: deferred, drain: 50/s}"
    result = run(users, event="for: 5s, set: {services.api.instances: 0}")
    at_20s = next(i for i, at_s in enumerate(result.times_s) if at_s > 18.0)
    assert max(result.clients["users"].backlog_count) > 200.0
    assert result.clients["users"].served_per_s[at_20s] == pytest.approx(150.0, rel=0.02)


def test_calls_load_the_service_called():
    """A service that can take 50 calls a second serves no more than that many requests."""
    event = (
        "set: {services.store.instances: 1, services.store.concurrency: 1, services.store.service_time: 20ms}"
    )
    retry = "calls: [{service: store, timeout: 1s}]"
    calm = run(api=retry)
    jammed = run(api=retry, event=event)
    assert calm.clients["users"].served_per_s[-1] == pytest.approx(100.0, rel=0.01)
    assert jammed.clients["users"].served_per_s[-1] < 51.0


def test_lookups_add_traffic_to_the_crossing():
    """A lookup for each connection adds a query and an answer."""
    result = run(OPEN + ", lookup: {service: store, ttl: 0s}")
    assert result.crossings["edge"].packets_per_s[-1] == pytest.approx(1200.0, rel=0.01)


def test_background_takes_capacity():
    """With 500/s of background, 1,400/s are too few for 1,000/s: four passes take up the time-out."""
    edge = "forwarding: {}/s, queue_packets: 100000, background: {{packets: 500/s}}"
    assert run(edge=edge.format(1600)).crossings["edge"].delay_s[-1] == 0.0
    assert run(edge=edge.format(1400)).crossings["edge"].delay_s[-1] == pytest.approx(0.25, rel=0.1)


def test_separate_setup_processor_limits_flows_not_packets():
    """Set-ups above the rate of their own processor wait there, and forwarding stays free."""
    edge = "forwarding: 10000/s, setup: 50/s, setup_processor: separate"
    result = run(edge=edge)
    assert result.crossings["edge"].delay_s[-1] == 0.0
    assert result.clients["users"].served_per_s[-1] < 51.0


def test_cost_does_not_depend_on_the_number_of_clients():
    """A million times the clients and the capacity take the same steps to the same outcome."""
    small = run("population: 1000, demand: {kind: closed, think: 10s}", edge="forwarding: 2000/s")
    users = "population: 1000M, demand: {kind: closed, think: 10s}"
    large = run(users, edge="forwarding: 2000M/s", api="queue: 1000M")
    assert len(small.times_s) == len(large.times_s)


def test_hours_settle_and_time_jumps():
    """Seven hours are covered to their end in at most 600 times."""
    result = run(horizon="7h", event="for: 10min, set: {clients.users.demand.rate: 300/s}")
    assert result.until_s == pytest.approx(25200.0, rel=1e-3)
    assert len(result.times_s) <= 600
    assert max(result.clients["users"].served_per_s) == pytest.approx(300.0, rel=0.01)
