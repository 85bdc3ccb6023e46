"""Effects of instances with queues of their own: each with it, and without."""

from __future__ import annotations

from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

import tidegate
from tidegate.errors import InputError
from tidegate.world.file.read import read_world

W, U = "services.web", "clients.users"
FOUR = {f"{W}.instances": 4, f"{W}.concurrency": 1, f"{W}.service_time": "20ms", f"{U}.timeout": "1s"}
RULES = ("random", "round_robin", "least_outstanding", "two_choices", "consistent_hash")


def by(rule: str, **more: Any) -> dict[str, Any]:
    return FOUR | {f"{W}.balancing": {"rule": rule} | more}


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_serves_what_can_be_served(rule: str) -> None:
    """At half of what they can do, instances with queues of their own serve all but what chance delays."""
    assert Told(BASE, by(rule)).clients("served_count") >= 950


def test_random_waits_longer_than_turns_and_turns_longer_than_one_queue() -> None:
    """Perfect balancing is the best case, and chance the worst."""
    worse = {f"{W}.service_law": "exponential", f"{U}.demand.rate": "150/s"}
    waits = [
        Told(BASE, changes | worse).waiting(since_s=1.0, until_s=9.0)
        for changes in (FOUR, by("least_outstanding"), by("round_robin"), by("random"))
    ]
    assert waits == sorted(waits)
    assert waits[3] > 1.5 * waits[0]


@pytest.mark.parametrize(("gone", "least", "most"), [("silent", 0.2, 0.3), ("refuse", 0.2, 0.3)])
def test_one_of_four_that_has_gone_still_gets_a_quarter(gone: str, least: float, most: float) -> None:
    """For the lag after it has gone an instance gets its share of connections, with nobody behind it."""
    leaves = {"triggers": {"leaves": {"at": "2s", "set": {f"{W}.instances": 3}}}}
    told = Told(BASE, by("random", removal_lag="3s", when_gone=gone) | leaves)
    fast = {"since_s": 3.0, "until_s": 5.0}
    assert least <= told.clients("failed_count", **fast) / told.clients("attempts_count", **fast) <= most
    assert told.clients("failed_count", since_s=7.0, until_s=9.0) == 0


def test_without_a_lag_nobody_is_sent_to_an_instance_that_has_gone() -> None:
    """What it had when it went it ends, and nothing is lost."""
    leaves = {"triggers": {"leaves": {"at": "2s", "set": {f"{W}.instances": 3}}}}
    assert Told(BASE, by("random") | leaves).clients("failed_count") == 0


def test_least_outstanding_sends_everybody_to_the_instance_that_never_answers_slowly() -> None:
    """An instance that has gone and refuses has nothing outstanding: it draws more than its share."""
    leaves = {"triggers": {"leaves": {"at": "2s", "set": {f"{W}.instances": 3}}}}
    busy = leaves | {f"{U}.demand.rate": "190/s", f"{W}.service_law": "exponential"}
    lost = [
        Told(BASE, by(rule, removal_lag="7s", when_gone="refuse") | busy).clients("failed_count")
        for rule in ("random", "least_outstanding")
    ]
    assert lost[1] > 1.5 * lost[0]


def test_a_restart_takes_each_instance_in_its_turn_with_its_connections() -> None:
    """Whoever keeps a connection to an instance that is replaced connects again, once a restart."""
    roll = {
        "activities": {
            "roll": {"kind": "restart", "service": "web", "at": "2s", "batches": 4, "pause": "1s"}
        },
        f"{W}.boot.time": "500ms",
    }
    told = Told(STANDING, by("round_robin") | roll, activity="roll")
    assert 100 == told.connections(9.0)
    assert 155 <= told.connected() <= 170  # 25, 33, 44 and 59: all go to those that are left


def test_a_check_ejects_the_very_instance_that_is_busy() -> None:
    """The checks of an instance wait in its own queue: the one that gets too much is taken out."""
    check = {"network": "near", "interval": "200ms", "timeout": "150ms", "failures": 2, "successes": 2}
    uneven = by("random", skew=3.0) | {f"{U}.demand.rate": "60/s", f"{U}.timeout": "5s"}
    without = Told(BASE, uneven).waiting(since_s=4.0, until_s=9.0)
    with_checks = Told(BASE, uneven | {f"{W}.health_probes": [check]}).waiting(since_s=4.0, until_s=9.0)
    assert with_checks < 0.5 * without


def test_a_restarted_instance_loses_what_it_had() -> None:
    """A liveness check kills the busy instance: those who wait in it are not answered."""
    check = {"network": "near", "interval": "200ms", "timeout": "150ms", "failures": 2} | {
        "on_failure": "restart"
    }
    uneven = by("random", skew=3.0) | {
        f"{U}.demand.rate": "60/s",
        f"{U}.timeout": "2s",
        f"{W}.boot.time": "1s",
    }
    told = Told(BASE, uneven | {f"{W}.health_probes": [check]})
    assert told.clients("failed_count") > 0


@pytest.mark.parametrize(("rule", "least", "most"), [("random", 0.2, 0.3), ("least_outstanding", 0.5, 0.9)])
def test_who_fails_fast_draws_the_traffic_of_those_who_count(rule: str, least: float, most: float) -> None:
    """A sick instance gets its share by chance, and most of everything where the fewest connections count."""
    sick = {f"{W}.sick": {"instances": 0}, f"{U}.demand.rate": "190/s", f"{W}.service_law": "exponential"}
    trigger = {"triggers": {"falls_ill": {"at": "2s", "set": {f"{W}.sick.instances": 1}}}}
    told = Told(BASE, by(rule) | sick | trigger)
    assert told.clients("failed_count", until_s=1.9) == 0
    ill = {"since_s": 3.0, "until_s": 9.0}
    assert least <= told.clients("failed_count", **ill) / told.clients("attempts_count", **ill) <= most


def test_a_check_takes_the_sick_instance_out() -> None:
    """Checks meet what requests meet: an error is no answer that passes."""
    check = {"network": "near", "interval": "200ms", "timeout": "150ms", "failures": 2, "successes": 2}
    sick = by("least_outstanding") | {f"{W}.sick": {}, f"{W}.health_probes": [check]}
    assert Told(BASE, sick).clients("failed_count", since_s=1.0) == 0


def cold(**more: Any) -> dict[str, Any]:
    """Four instances, half busy when warm; one that has just come takes four times as long."""
    return FOUR | {f"{W}.warm_up": {"time": "4s", "slowdown": 4}, f"{W}.queue": 40} | more


@pytest.mark.parametrize("queues", [{}, {f"{W}.balancing": {"rule": "round_robin"}}])
def test_instances_that_have_just_come_are_slower_for_a_while(queues: dict[str, Any]) -> None:
    """All of them come back cold: at half of what they can do warm, they cannot do it cold."""
    blip = {"triggers": {"blip": {"at": "2s", "for": "100ms", "set": {f"{W}.instances": 0}}}}
    told = Told(BASE, cold() | blip | queues)
    never = Told(BASE, FOUR | blip | queues | {f"{W}.queue": 40})
    assert told.waiting(since_s=3.0, until_s=4.0) > 3 * never.waiting(since_s=3.0, until_s=4.0)
    assert told.waiting(since_s=8.0, until_s=9.5) < 4.0


def test_what_comes_before_the_run_is_warm() -> None:
    """A run begins as if the world had gone on for a day."""
    assert Told(BASE, cold()).clients("served_count") == Told(BASE, FOUR).clients("served_count")


def test_successors_that_run_beside_the_old_are_cold_when_they_take_over() -> None:
    """A restart with surge changes no size, and is felt all the same."""
    roll = {
        f"{W}.boot.time": "1s",
        "activities": {"roll": {"kind": "restart", "service": "web", "at": "1s", "surge": 4}},
    }
    waits = [
        Told(BASE, changes | roll, activity="roll").waiting(since_s=2.2, until_s=3.0)
        for changes in (FOUR, cold())
    ]
    assert waits[1] > 2 * waits[0]


def test_coarse_runs_and_halves_know_instances_too() -> None:
    """Neither detail nor size leaves the queues of single instances out."""
    leaves = {"triggers": {"leaves": {"at": "2s", "for": "6s", "set": {f"{W}.instances": 6}}}}
    eight = by("random", removal_lag="3s") | {f"{W}.instances": 8, f"{U}.timeout": "300ms"} | leaves
    whole, half = (Told(BASE, eight, fraction=size).clients("failed_count") for size in (1.0, 0.5))
    coarse = Told(BASE, eight | {"detail": "coarse"}).clients("failed_count")
    assert 50 <= whole <= 110
    assert 0.6 <= 2 * half / whole <= 1.5
    assert 0.7 <= coarse / whole <= 1.3


ROLLED = """
name: names
horizon: 50s
networks: {pods: {}, dns: {}}
crossings: {node_dns: {between: [pods, dns]}}
services:
  coredns: {network: dns, instances: 2, service_time: 200us, queue: 200, queue_when_full: silent, \
balancing: {rule: random, removal_lag: LAG}, boot: {time: 5s}}
  api: {network: pods, instances: 5, concurrency: 50, service_time: 10ms}
clients:
  web: {network: pods, service: api, population: 40, timeout: 5s, demand: {kind: closed, think: 1s}, \
lookup: {service: coredns, ttl: 0s, queries: 8, timeout: 5s, tries: 2}}
activities:
  roll: {kind: restart, service: coredns, at: 10s, batches: 2, pause: 15s}
objectives: {success: 90%}
"""


def test_names_vanish_while_a_pod_that_has_gone_is_still_asked() -> None:
    """One pod of two ends; the other could serve all, but look-ups fail while the first is still asked."""
    (late,), (at_once,) = (
        tidegate.check(read_world(ROLLED.replace("LAG", lag), "names.yaml"), runs_count=2, jobs=1)
        for lag in ("8s", "0s")
    )
    assert late.verdict in {"stop", "slow_down", "protect_first"}
    assert at_once.verdict in {"proceed", "cannot_tell"}


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("balancing: {rule: round_robin, skew: 10%}", "has a meaning only for rule random"),
        (
            "balancing: {}, memory: {limit: 1GB}, boot: {calls: [{service: web}]}",
            "not modelled for instances that make boot calls",
        ),
    ],
)
def test_what_cannot_act_is_a_fault(written: str, said: str) -> None:
    """A key that was written and cannot act is told, with its place."""
    text = BASE.replace("service_law: fixed}", f"service_law: fixed, {written}}}")
    with pytest.raises(InputError, match=said):
        read_world(text, "world.yaml")


def test_a_trigger_cannot_begin_or_end_balancing() -> None:
    """Queues of single instances are there for the whole run, or not at all."""
    text = BASE + "triggers: {now: {at: 1s, set: {services.web.balancing.rule: random}}}\n"
    with pytest.raises(InputError, match="cannot begin or end within a run"):
        read_world(text, "world.yaml")
