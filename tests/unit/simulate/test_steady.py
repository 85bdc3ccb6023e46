"""The run begins as if the world had gone on for a day."""

from __future__ import annotations

import pytest
from effect_worlds import BASE, Told

from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

EARLY: dict[str, float] = {"since_s": 0.0, "until_s": 1.0}
LATE: dict[str, float] = {"since_s": 6.0, "until_s": 9.0}
NAMED = BASE.replace("  web:", "  names: {network: far, instances: 1, concurrency: 1000}\n  web:")


def table(**more: object) -> dict[str, object]:
    return {"crossings.gate.table": {"entries": 1000, **more}}


def fullness(changes: dict[str, object], series: str, *, text: str = BASE, at: int = 1) -> float:
    """Return how full tables or ports are a moment after the start."""
    file = overlay(read_world(text, "steady.yaml"), changes)
    run = simulate(lower(write_script(file), horizon_s=1.0), seed=5)
    return float(getattr(run.crossings, series)[at, 0]) / 1e6


@pytest.mark.parametrize(("hold", "full"), [("2s", 0.2), ("8s", 0.8), ("1h", 1.0)])
def test_flows_of_before_are_held_down_at_the_start(hold: str, full: float) -> None:
    """100 flows a second held so long: that many of 1,000 entries are taken at time zero, or all."""
    assert fullness(table(closed_hold=hold), "entries_ppm") == pytest.approx(full, abs=0.02)


def test_a_table_that_a_day_has_filled_admits_at_once_what_falls_free() -> None:
    """1,000 entries held 20 s carry 50 new flows a second, from the first second on."""
    told = Told(BASE, table(closed_hold="20s"))
    assert told.per_s("served_count", **EARLY) == pytest.approx(50, abs=4)
    assert told.per_s("served_count", **LATE) == pytest.approx(50, abs=4)


def test_what_suffices_over_a_day_suffices_from_the_start() -> None:
    """1,000 entries held 8 s carry 125 new flows a second: nothing is lost, early or late."""
    assert Told(BASE, table(closed_hold="8s")).crossing("no_room_count") == 0


def test_ports_of_before_are_held_too() -> None:
    """100 flows a second, a port held 3 s: 300 of 400 are taken at time zero."""
    ports = {"crossings.gate.ports": {"per_destination": 400, "hold": "3s"}}
    assert fullness(ports, "ports_ppm") == pytest.approx(0.75, abs=0.02)


def test_what_is_held_is_shared_among_devices() -> None:
    """Two devices, one with 1.4 times its share: 70 flows a second for 5 s fill 35 % of its table."""
    changes = table(closed_hold="5s") | {"crossings.gate.devices": 2, "crossings.gate.skew": "40%"}
    assert fullness(changes, "entries_ppm") == pytest.approx(0.35, abs=0.02)


def test_closed_clients_and_their_kept_connections() -> None:
    """100 clients, a pause of 1 s: a new connection each time is 100 flows a second, kept ones are none."""
    closed = {"clients.users.demand": {"kind": "closed", "think": "1s"}}
    assert fullness(table(closed_hold="5s") | closed, "entries_ppm") == pytest.approx(0.5, abs=0.03)
    kept = closed | {"clients.users.connection": "keep_alive"}
    assert fullness(table(closed_hold="5s") | kept, "entries_ppm") == pytest.approx(0.1, abs=0.01)


CALLING = BASE.replace("  web:", "  near_db: {network: near, concurrency: 1000}\n  web:")


@pytest.mark.parametrize(
    ("connection", "cache", "full"), [("per_request", None, 1.0), ("per_request", 0.8, 0.6)]
)
def test_calls_hold_flows_down_as_clients_do(connection: str, cache: float | None, full: float) -> None:
    """100 requests and as many calls a second through one crossing, 5 s each; a cache answers most calls."""
    call = {"service": "near_db", "connection": connection}
    if cache:
        call["cache"] = {"hit": cache}
    changes = table(closed_hold="5s") | {"services.web.calls": [call]}
    assert fullness(changes, "entries_ppm", text=CALLING) == pytest.approx(full, abs=0.03)


@pytest.mark.parametrize(("queries", "flows"), [(1, 1), (2, 1), (3, 2), (8, 4), (16, 8)])
def test_a_lookup_costs_a_flow_for_each_two_of_its_queries(queries: int, flows: int) -> None:
    """A and AAAA of a name share a socket: so many flows a look-up, offered, admitted and held."""
    lookup = {"clients.users.lookup": {"service": "names", "ttl": "0s", "queries": queries}}
    told, without = Told(NAMED, lookup), Told(NAMED)
    for series in ("offered_count", "admitted_count"):
        more = told.crossing(series, **LATE) - without.crossing(series, **LATE)
        assert more == pytest.approx(flows * 300, abs=flows * 2)
    held = table(closed_hold="1s") | {"crossings.gate.table.entries": 10_000}
    assert fullness(held | lookup, "entries_ppm", text=NAMED) == pytest.approx(0.01 + 0.01 * flows, abs=0.003)
    ports = {"crossings.gate.ports": {"per_destination": 10_000, "hold": "1s"}}
    assert fullness(ports | lookup, "ports_ppm", text=NAMED) == pytest.approx(0.01 * max(flows, 1), abs=0.003)


def test_admission_counts_the_flows_of_a_lookup() -> None:
    """Four flows a look-up and one a connection are 500 a second: 250 are admitted, whatever they are for."""
    lookup = {"service": "names", "ttl": "0s", "queries": 8, "timeout": "100ms", "tries": 1}
    told = Told(NAMED, {"clients.users.lookup": lookup, "crossings.gate.admission": {"rate": "250/s"}})
    assert told.crossing("admitted_count", **LATE) / 3 == pytest.approx(250, abs=15)
    assert told.crossing("shed_count", **LATE) > 0


def test_names_are_known_as_after_a_day() -> None:
    """A client asks each second and a name holds 1 s: half of the requests find it known, from the start."""
    lookup = {"clients.users.lookup": {"service": "names", "ttl": "1s"}}
    told, without = Told(NAMED, lookup), Told(NAMED)
    for when in (EARLY, LATE):
        lookups = told.crossing("offered_count", **when) - without.crossing("offered_count", **when)
        assert lookups / (when["until_s"] - when["since_s"]) == pytest.approx(50, abs=12)


LOST = {"triggers": {"gone": {"at": "1s", "for": "1s", "set": {"services.web.instances": 0}}}}


@pytest.mark.parametrize(("when_full", "served"), [("drop", 0), ("evict", 100), ("evict_unanswered", 100)])
def test_a_table_full_of_unanswered_flows_may_make_room(when_full: str, served: int) -> None:
    """100 flows nobody answered fill a table of 60 for two minutes; Linux forgets one for each new flow."""
    full = {"entries": 60, "when_full": when_full, "closed_hold": "0s"}
    told = Told(BASE, LOST | {"crossings.gate.table": full, "clients.users.timeout": "200ms"})
    assert told.per_s("served_count", **LATE) == pytest.approx(served, abs=2)


@pytest.mark.parametrize(("when_full", "served"), [("evict", 100), ("evict_unanswered", 10)])
def test_closed_flows_are_only_evicted_where_that_is_said(when_full: str, served: int) -> None:
    """60 entries held 6 s carry 10 flows a second, unless closed ones make room."""
    full = {"entries": 60, "when_full": when_full, "closed_hold": "6s"}
    assert Told(BASE, {"crossings.gate.table": full}).per_s("served_count", **LATE) == pytest.approx(
        served, abs=2
    )
