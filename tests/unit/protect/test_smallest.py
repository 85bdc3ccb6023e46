"""The smallest protection of small worlds whose remedy is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.present.smallest_text import smallest_text
from tidegate.protect.offers import offers_for
from tidegate.protect.smallest import smallest_protection
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

WORLD = """
name: reconnects
horizon: 20s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 4000, round_trip: 200us,
           forwarding: {value: 2000/s, low: 1500/s, high: 3000/s, basis: assumed}}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, service_law: fixed}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         connection: keep_alive, demand: {kind: closed, think: 6s}, retry: immediate}
activities:
  failover: {kind: reconnect, service: web, at: 4s, reactions: [{clients: base, spread: 1s}]}
objectives: {collapse_probability: 10%}
"""


def world(**changes):
    return overlay(read_world(WORLD, "reconnects.yaml"), changes)


def found(file, threads=2):
    with ThreadPoolExecutor(threads) as executor:
        return smallest_protection(file, "failover", seed=7, executor=executor)


@pytest.fixture(scope="module")
def hammering():
    return found(world())


def test_one_part_is_enough_and_without_it_the_world_collapses(hammering):
    """600 clients that hammer are held by one setting; the fewest are chosen, and it says what for."""
    assert hammering.protection is not None
    assert hammering.proof is not None
    assert 1 == len(hammering.contributions)
    assert hammering.contributions[0].without
    assert all(one.high < 0.1 for one in hammering.proof.cases.values())
    assert {0.3} == {element.margin_ratio for element in hammering.protection.elements}


def test_what_it_refuses_is_counted(hammering):
    """Spreading turns nobody away, on no day."""
    assert (0.0, 0.0) == (hammering.refused_normally_ratio, hammering.refused_in_event_ratio)
    text = " ".join(smallest_text(hammering).split())
    assert 'PROTECT FIRST the time over which others reconnects in "failover"' in text
    assert "It turns away 0 % of the new flows" in text


def test_a_world_that_is_safe_needs_nothing():
    """Clients that were never many: no element at all."""
    safe = found(world(**{"clients.base.population": 20}))
    assert safe.protection is not None
    assert () == safe.protection.elements
    assert "NOTHING IS NEEDED" in smallest_text(safe)


def test_where_nothing_helps_it_says_which_worlds_collapse():
    """A service that takes longer than anybody waits: no setting, limit or capacity changes that."""
    lost = found(world(**{"services.web.service_time": "2s"}))
    assert lost.protection is None
    assert ("as believed",) == lost.failing[:1]
    assert "NO PROTECTION FOUND" in smallest_text(lost)


@pytest.mark.evidence
def test_where_no_setting_is_enough_it_says_how_much_capacity_is():
    """A device of 300 packets a second is too slow for the ordinary day, whatever is set."""
    more = found(world(**{"crossings.device.forwarding": 300.0}))
    assert more.protection is not None
    devices = more.protection.overlay()["crossings.device.devices"]
    assert 2 <= devices <= 8
    assert ["capacity"] == [one.asks for one in more.contributions if one.asks != "setting"]
    wanted = f"No setting is enough. It takes crossings.device.devices at least {devices}."
    assert wanted in " ".join(smallest_text(more).split())


BEYOND = """
beliefs: {quick: {says: the service is quick, otherwise: it is slow, counter: {services.web.service_time: 2s},
                  measure: time it}}
"""


@pytest.fixture(scope="module")
def conditional():
    return found(read_world(WORLD + BEYOND, "w.yaml"))


def test_a_belief_that_nothing_covers_becomes_a_condition(conditional):
    """The rest is protected as without the belief, and what to measure first is said."""
    assert ["quick"] == [one.name for one in conditional.conditions]
    assert conditional.proof is not None
    assert ["as believed"] == list(conditional.proof.cases)
    assert ["reconnect spread of base"] == [one.name for one in conditional.contributions]
    text = " ".join(smallest_text(conditional).split())
    assert "safe, with 30 % to spare in every number, if the service is quick" in text
    assert "Nothing on offer covers the opposite (it is slow). Measure it first: time it." in text


def test_a_condition_alone_is_no_all_clear():
    """Where nothing need be set, it is safe only if the belief holds."""
    alone = found(overlay(read_world(WORLD + BEYOND, "w.yaml"), {"clients.base.population": 20}))
    assert (1, ()) == (len(alone.conditions), alone.contributions)
    assert "SAFE IF   the service is quick" in smallest_text(alone)


POOLS = """
name: pools
horizon: 20s
networks: {inner: {}, main: {}}
crossings: {device: {between: [inner, main], round_trip: 5ms}}
services:
  db: {network: main, concurrency: 100, service_time: 1ms, connections: 50, connections_when_full: refuse}
clients:
  pods: {network: inner, service: db, population: 2, connection: keep_alive, timeout: 1s, retry: immediate,
         demand: {kind: closed, think: 2s}, start_spread: 1s}
activities: {failover: {kind: scale, from: 2, to: 90, clients_added: pods, at: 4s}}
objectives: {collapse_probability: 10%}
"""


@pytest.fixture(scope="module")
def raised():
    return found(read_world(POOLS, "pools.yaml"))


def test_where_no_setting_is_enough_the_number_in_the_way_is_named(raised):
    """90 clients keep one connection each; 50 are accepted: nobody can ask for less than one."""
    assert raised.protection is not None
    assert {"services.db.connections": 90} == raised.protection.overlay()
    text = " ".join(smallest_text(raised).split())
    assert "No setting is enough: db accepts 50 connections, and 90 are wanted." in text
    (goal,) = raised.instead
    assert ("activities.failover.to", "goal") == (goal.path, goal.asks)
    assert 40 <= int(goal.text) <= 50
    assert f"services.db.connections at least 90, or activities.failover.to at most {goal.text}." in text


@pytest.mark.evidence
def test_every_value_that_was_found_has_its_sum(hammering, raised):
    """Nobody asked for it, so it says where it comes from."""
    for one in (hammering, raised):
        for element in one.protection.elements:
            assert "as asked" not in element.reason
    (spread,) = hammering.protection.elements
    assert spread.reason.startswith(f"600 clients over {spread.text} are ")
    assert "device carries" in spread.reason


def test_a_number_under_which_nothing_would_run_today_is_left_out_and_named():
    """At 30 % less the device could not carry the ordinary day, and it does."""
    often = {"clients.base.connection": "per_request", "clients.base.demand.think": "3.6s"}
    answer = found(world(**often))
    assert ("crossings.device.forwarding = 1.4k/s",) == answer.refuted
    text = " ".join(smallest_text(answer).split())
    assert "it would be down already today: crossings.device.forwarding = 1.4k/s." in text


def test_one_thread_and_two_find_the_same(hammering):
    """The answer does not depend on the executor."""
    assert hammering == found(world(), threads=1)


def test_what_networks_teach_stands_in_the_offers():
    """A trap of a queue is cut below the time-out; excess is dropped, never answered; none per source."""
    offers = offers_for(world(), "failover", {"device": 10.0})
    settings = {path: value for offer in offers for path, value in offer.changes.items()}
    # 4,000 packets at 2,000/s are 2 s, four times the time-out; a quarter of 0.5 s is 250 packets.
    assert 250 == settings["crossings.device.queue_packets"]
    assert "drop" == settings["crossings.device.admission.on_excess"]
    assert not any("per_source" in path for path in settings)


def test_a_limit_below_the_ordinary_load_is_not_offered():
    """It would be the outage itself."""
    offers = offers_for(world(), "failover", {"device": 190.0})
    assert not any("admission" in path for offer in offers for path in offer.changes)


def test_what_is_not_over_in_time_to_be_judged_is_not_offered():
    """Of 16 s left clients spread over eight at most; the last of them must be seen to be served."""
    offers = {offer.name: offer for offer in offers_for(world(), "failover", {"device": 10.0})}
    spread = offers["reconnect spread of base"].changes
    assert {"activities.failover.reactions.0.spread": 8.0} == spread
    late = world(**{"activities.failover.at": "18s"})
    assert not any("spread" in offer.name for offer in offers_for(late, "failover", {"device": 10.0}))


def test_a_device_that_is_known_needs_no_margin_in_its_limit():
    """70 % of what it sets up; where that is assumed, 70 % of 70 %."""
    measured = WORLD.replace("basis: assumed}", "basis: measured}")
    limits = [
        {offer.changes.get("crossings.device.admission.rate") for offer in offers} - {None}
        for file in (world(), read_world(measured, "w.yaml"))
        if (offers := offers_for(file, "failover", {"device": 10.0}))
    ]
    assert [{98.0, 70.0}, {140.0, 100.0}] == limits


def test_what_an_unmeasured_belief_doubts_is_not_offered():
    """Nobody can rely on a back-off that is in doubt."""
    doubted = WORLD + (
        "beliefs: {back_off: {says: they back off, counter: {clients.base.retry: immediate}}}\n"
    )
    offers = offers_for(read_world(doubted, "w.yaml"), "failover", {"device": 10.0})
    assert not any(path.startswith("clients.base.retry") for offer in offers for path in offer.changes)
