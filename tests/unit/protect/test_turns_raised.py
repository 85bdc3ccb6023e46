"""Limits that clients keep by themselves: arithmetic, what is offered, the mean, and what cannot be meant."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.downtime import starts
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.first import first_remedies
from tidegate.protect.retrying import back_off_of_calls
from tidegate.protect.turns import higher_limits, longer_time_outs, new_limits
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

WORLD = """
horizon: 1min
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services:
  web:
    {network: far, instances: 2, concurrency: 50, service_time: 1ms,
     calls: [{service: api, limit: {rate: 5/s}}]}
  api: {network: far, concurrency: 100, service_time: 1ms}
clients:
  users:
    {network: near, service: web, population: 100, connection: keep_alive, timeout: 2s,
     demand: {kind: open, rate: 8/s}, retry: [{backoff: constant}]}
triggers:
  herd: {at: 10s, reconnect: users}
"""
RATE = "services.web.calls.0.limit.rate"


def file_with(**changes: object) -> WorldFile:
    return overlay(read_world(WORLD, "w.yaml"), {path.replace("__", "."): v for path, v in changes.items()})


def test_a_herd_that_outwaits_a_limit_is_said_and_met() -> None:
    """98 of 100 wait for a turn at 10/s of two instances; 49/s each take half the time-out."""
    file = file_with()
    (said,) = starts(script_of(file, None))
    assert said.endswith("10/s: the last waits about 9.8 s for its turn, and each gives up after 2 s")
    (offer,) = higher_limits(file, None)
    assert {RATE: 70.0} == dict(offer.changes)
    assert () == starts(script_of(file_with(**{RATE.replace(".", "__"): "40/s"}), None))


def test_who_gives_up_before_the_last_turn_may_wait_longer() -> None:
    """The last waits 9.8 s, and something to spare is asked; where nobody gives up nothing is offered."""
    (offer,) = longer_time_outs(file_with(), None)
    assert {"clients.users.timeout": 14.0} == dict(offer.changes)
    assert not list(longer_time_outs(file_with(clients__users__timeout="12s"), None))


def test_those_that_start_may_wait_longer_for_what_they_ask() -> None:
    """600 s of work on 100 places, beside a time-out of 2 s; it is tried where settings are, one by one."""
    boot = {"calls": [{"service": "api", "requests": 20, "timeout": "2s"}]}
    changes = {"services": {"more": {"network": "near", "instances": 10, "boot": boot}}}
    text = {"kind": "scale", "service": "more", "to": 310, "at": "5s"}
    file = overlay(
        read_world(WORLD, "w.yaml"),
        {**{f"services.{k}": v for k, v in changes["services"].items()}, "activities": {"grow": text}},
    )
    slow = overlay(file, {"services.api.service_time": "100ms", "horizon": "2min", "triggers": {}})
    (offer,) = longer_time_outs(slow, "grow")
    (path,) = offer.changes
    assert path == "services.more.boot.calls.0.timeout"
    assert path in {name for one in first_remedies(slow, "grow", singly=True) for name in one.changes}


def test_more_than_the_limit_lets_through_is_exceeded() -> None:
    """12 requests a second against 10 of two instances; 8 are not too many."""
    assert () == exceeded_limits(script_of(file_with(), None))
    (said,) = exceeded_limits(script_of(file_with(clients__users__demand__rate="12/s"), None))
    assert said.startswith("web lets itself ask api 10/s, and 12/s are wanted")


def test_the_mean_serves_what_the_limit_lets_through() -> None:
    """In the fluid engine clients that let themselves ask 0.05/s each ask 5/s together, and fail beyond."""
    own = {"rate": "0.05/s", "longest_wait": "1s"}
    run = run_fluid(write_script(file_with(clients__users__limit=own, **{RATE.replace(".", "__"): "99/s"})))
    assert run.clients["users"].served_per_s[-1] == pytest.approx(5.0, rel=0.1)


@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("{floor: 2s, cap: 1s, base: 1s}", "is more than cap"),
        ("{floor: 2s, backoff: decorrelated}", "has no meaning for backoff decorrelated"),
        ("{retries_on: []}", "names no failure"),
        ("{retries_on: [http]}", "is not one of the words"),
        ("{multiplier: 0}", "is too small"),
    ],
)
def test_what_cannot_be_meant_is_a_fault(layer: str, said: str) -> None:
    """Each with its place."""
    with pytest.raises(InputError) as caught:
        read_world(WORLD.replace("{backoff: constant}", layer), "w.yaml")
    assert any(said in fault.what for fault in caught.value.faults)


def test_who_comes_together_and_keeps_no_limit_is_offered_one() -> None:
    """A hundred clients of a service that does 22/s: 0.15/s each, and no less than they ask on any day."""
    small = {"services__web__concurrency": 1, "services__web__service_time": "90ms"}
    small |= {"services__web__calls": []}
    (offer,) = new_limits(file_with(**small), None)
    assert ["clients.users.limit.rate"] == list(offer.changes)
    done_per_s = 2 / 0.09
    assert 0.7 * done_per_s / 100 == pytest.approx(offer.changes["clients.users.limit.rate"], rel=0.05)
    assert [] == list(new_limits(file_with(**small, clients__users__demand__rate="20/s"), None))
    assert [] == list(new_limits(file_with(**small, clients__users__limit={"rate": "1/s"}), None))
    assert [] == list(new_limits(file_with(**small, clients__users__population=9), None))


def test_jitter_is_offered_where_only_that_lacks() -> None:
    """Of a call whose pauses grow; where they do not grow there is a whole back-off alone."""
    grows = file_with(services__web__calls=[{"service": "api", "retry": [{"retries": 2, "base": "1s"}]}])
    jitter, whole = back_off_of_calls(grows.world)
    assert {"services.web.calls.0.retry.layers.0.jitter": "full"} == dict(jitter.changes)
    assert ["services.web.calls.0.retry"] == list(whole.changes)
    assert "full" == overlay(grows, jitter.changes).world.services["web"].calls[0].retry.layers[0].jitter
    even = [{"service": "api", "retry": [{"retries": 2, "backoff": "constant"}]}]
    assert 1 == len(list(back_off_of_calls(file_with(services__web__calls=even).world)))
