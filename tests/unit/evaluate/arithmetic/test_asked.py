"""What is asked of each place while nothing is wrong: look-ups, and those who must wait."""

from __future__ import annotations

import pytest

from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world

NAMES = """
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b], forwarding: 20k/s}}}}
services:
  web: {{network: a, instances: 10, concurrency: 50, service_time: 10ms}}
  names: {{network: b, instances: {resolvers}, service_time: 100us}}
clients:
  app:
    network: a
    service: web
    population: 100
    demand: {{kind: open, rate: 1000/s}}
    lookup: {{service: names, ttl: 0s, queries: 8}}
"""


@pytest.mark.parametrize(
    ("resolvers", "said"),
    [
        (1, ("names serves 10,000/s, and 16,000/s are wanted",)),
        (2, ()),
    ],
)
def test_each_query_is_a_request_of_the_resolver(resolvers: int, said: tuple[str, ...]) -> None:
    """2,000 look-ups a second of 8 queries are 16,000 requests a second."""
    text = NAMES.format(resolvers=resolvers).replace("20k/s", "1M/s")
    assert exceeded_limits(write_script(read_world(text, "w"))) == ()
    busier = write_script(read_world(text.replace("1000/s", "2k/s"), "w"))
    assert tuple(clause.split(", already")[0] for clause in exceeded_limits(busier)) == said


@pytest.mark.parametrize(("forwarding", "fits"), [("17k/s", True), ("15k/s", False)])
def test_a_lookup_costs_a_packet_there_and_back_for_each_query(forwarding: str, fits: bool) -> None:
    """1,000 look-ups a second of 8 queries are 16,000 packets a second."""
    file = read_world(NAMES.format(resolvers=2).replace("20k/s", forwarding), "w")
    assert (exceeded_limits(write_script(file)) == ()) is fits


WAITING = """
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b], table: {{entries: 20k, closed_hold: {hold}}}}}}}
services: {{web: {{network: b, instances: {instances}, concurrency: 10, service_time: 100ms}}}}
clients:
  app: {{network: a, service: web, population: 300, timeout: 20s, demand: {{kind: closed, think: 900ms}}}}
"""


@pytest.mark.parametrize(("hold", "exceeded"), [("120s", False), ("240s", True)])
def test_who_waits_for_a_busy_service_leaves_fewer_flows_behind(hold: str, exceeded: bool) -> None:
    """Of 300 requests a second only 100 can be done: each hold-down keeps 12,000 entries, not 36,000."""
    file = read_world(WAITING.format(hold=hold, instances=1), "w")
    assert any("nat holds" in said for said in exceeded_limits(write_script(file))) is exceeded


def test_who_is_never_answered_asks_once_in_each_time_out() -> None:
    """300 clients that wait 20 s and think 0.9 s ask 14 times a second, not 300 times."""
    file = read_world(WAITING.format(hold="120s", instances=0), "w")
    said = exceeded_limits(write_script(file))
    assert said == ("web serves 0/s, and 14/s are wanted, already before anything happens",)


SCALED = """
networks: {{a: {{}}}}
services:
  api:
    network: a
    instances: 4
    concurrency: 10
    service_time: 100ms
    calls: [{{service: db}}]
    autoscaler: {{signal: {signal}, target: {target}, least: 4, most: 40}}
  db: {{network: a, concurrency: 400, service_time: 100ms, connections: {connections}}}
clients:
  people: {{network: a, service: api, population: 1000, timeout: 5s, demand: {{kind: closed, think: 800ms}}}}
"""


@pytest.mark.parametrize(
    ("signal", "target", "wanted"),
    [("utilisation", 0.6, 310), ("requests", 50, 190), ("requests", 20, 400), ("queue", 5, 40)],
)
def test_an_autoscaler_brings_the_connections_of_its_calls(signal: str, target: float, wanted: int) -> None:
    """1,000/s of 0.2 s keep 200 places busy: 31 instances at 66 %, 19 at 55 requests/s, at most 40."""
    text = SCALED.format(signal=signal, target=target, connections=wanted - 1)
    said = f"db accepts {wanted - 1} connections, and {wanted} are wanted, already before anything happens"
    assert exceeded_limits(write_script(read_world(text, "w"))) == (said,)
    fits = SCALED.format(signal=signal, target=target, connections=wanted)
    assert exceeded_limits(write_script(read_world(fits, "w"))) == ()


ACCEPTING = """
networks: {{a: {{}}}}
services:
  hub:
    network: a
    instances: 2
    concurrency: 100
    service_time: 1ms
    connections: 1000
    autoscaler: {{signal: connections, target: 800, least: 2, most: {most}}}
clients: {{boxes: {{network: a, service: hub, population: 5000, connection: keep_alive}}}}
"""


@pytest.mark.parametrize(("most", "exceeded"), [(10, False), (4, True)])
def test_an_autoscaler_lets_more_connections_in(most: int, exceeded: bool) -> None:
    """5,000 connections of 800 each need seven instances; four accept 4,000."""
    said = exceeded_limits(write_script(read_world(ACCEPTING.format(most=most), "w")))
    assert bool(said) is exceeded


UNEVEN = """
networks: {{a: {{}}, b: {{}}}}
crossings:
  nat:
    between: [a, b]
    devices: 4
    skew: {skew}
    {limit}
services: {{web: {{network: b, concurrency: 100, service_time: 10ms}}}}
clients: {{app: {{network: a, service: web, population: 50, demand: {{kind: open, rate: 60/s}}}}}}
"""
UNEVENLY = [
    ("ports: {per_destination: 1000, hold: 60s}", "the busiest device of nat has 1,000 ports towards web"),
    ("table: {entries: 1000, closed_hold: 60s}", "the busiest device of nat holds 1,000 flows"),
    ("admission: {rate: 16/s}", "the busiest device of nat lets in 16 new flows/s, and 22/s are wanted"),
    ("setup: 16/s", "nat sets up 43 new flows/s before its busiest device is full, and 60/s are wanted"),
]


@pytest.mark.parametrize(("limit", "said"), UNEVENLY)
def test_what_is_spread_unevenly_is_full_where_most_of_it_comes(limit: str, said: str) -> None:
    """Of 60 flows a second each of four devices gets 15, and with a skew of one half the busiest 22.5."""
    even, uneven = (
        exceeded_limits(write_script(read_world(UNEVEN.format(skew=skew, limit=limit), "w")))
        for skew in (0.0, 0.5)
    )
    assert even == ()
    assert len(uneven) == 1
    assert uneven[0].startswith(said)


@pytest.mark.parametrize(("most", "exceeded"), [("2/s", False), ("1/s", True)])
def test_a_limit_for_each_client_is_held_against_what_each_wants(most: str, exceeded: bool) -> None:
    """60 requests a second of 50 clients are 1.2 of each."""
    text = UNEVEN.format(skew=0.0, limit=f"admission: {{per_source: {most}}}")
    said = exceeded_limits(write_script(read_world(text, "w")))
    clause = "nat lets in 1 new flows/s of each client, and each of app wants 1.2/s"
    assert said == ((f"{clause}, already before anything happens",) if exceeded else ())
