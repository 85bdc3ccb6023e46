"""What all situations together say of a client."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from wire import answered, asked, packet, refused, trial

from synthetic_client import seen
from tidegate.probe.found_words import headline
from tidegate.probe.identify import ever_connects, identify
from tidegate.probe.observation import Trial
from tidegate.world.retry import RetryLayer, RetryPolicy

BACKS_OFF = RetryPolicy(layers=(RetryLayer(retries_count=5, base_s=0.2, jitter="full"),))
NEVER = RetryPolicy(layers=())
IMMEDIATE = RetryPolicy(layers=(RetryLayer(backoff="none", base_s=0.0),))


def healthy() -> list[Trial]:
    return [trial("healthy", answered(0.0, 4000), ended_s=0.01, watched_s=0.01, exit_code=0)] * 3


def trials_of(policy: RetryPolicy, situation: str, watched_s: float = 60.0) -> list[Trial]:
    draw = Random(situation)  # noqa: S311  a client, not a secret
    return [seen(policy, watched_s=watched_s, draw=draw, situation=situation) for _ in range(3)]


def changed(policy: RetryPolicy) -> list[Trial]:
    """Return trials in which the list changes before the first attempt."""
    return [
        replace(one, changed_s=0.0, new_addresses=("10.77.1.1",))
        for one in trials_of(policy, "changing", watched_s=1.0)
    ]


def test_the_latent_fault_is_found():
    """A client that backs off when refused, but not after its address list has changed, is told so first."""
    found = identify([*healthy(), *trials_of(BACKS_OFF, "refusing"), *changed(IMMEDIATE)], "http", seed=1)
    assert headline(found).startswith("Does not back off when its address list changes")
    assert [("refusing",), ("changing",)] == [group.situations for group in found.groups]


def test_the_same_behaviour_in_two_situations_is_one():
    """Situations in which the client waits alike are told together."""
    trials = [*healthy(), *trials_of(BACKS_OFF, "refusing"), *trials_of(BACKS_OFF, "resetting")]
    (group,) = identify(trials, "http", seed=1).groups
    assert {"refusing", "resetting"} == set(group.situations)


def test_a_client_that_never_tries_again():
    """One attempt and an end by itself is no retry, and that is certain."""
    found = identify([*healthy(), *trials_of(NEVER, "refusing")], "http", seed=1)
    assert "never" == found.conducts["refusing"].kind
    assert "Does not try again in every situation." == headline(found)


def test_an_attempt_still_under_way_tells_nothing():
    """A first attempt without an end is no behaviour; the time-out is then unknown as well."""
    found = identify([*healthy(), trial("silent", [packet(0.0, "out", "S")])], "http", seed=1)
    assert "unknown" == found.conducts["silent"].kind
    assert any("its connect time-out" in why for why in found.unknown)
    assert {} == found.time_outs


def test_time_outs_are_read_off_each_layer():
    """A connection given up after 1 s and an answer after 0.5 s are the two time-outs."""
    silent = trial("silent", [packet(0.0, "out", "S")], abandoned={4000: 1.0}, ended_s=1.1)
    start = [packet(0.0, "out", "S"), packet(0.1, "in", "SA"), packet(0.2, "out", "A", size=80)]
    hanging = trial("hanging", [*start, packet(0.7, "out", "FA")], ended_s=0.8)
    found = identify([*healthy(), silent, hanging], "http", seed=1).time_outs
    assert pytest.approx(1.0, abs=0.01) == found["connect"].value
    assert pytest.approx(0.5, abs=0.01) == found["read"].value


def test_a_wait_that_grows_only_with_the_time_out_is_not_told_apart():
    """A client that closes a connection only when it tries again hides its waits, and that is said."""
    packets = []
    for port, begin_s, end_s in (
        (4000, 0.0, 1.0),
        (4001, 1.001, 3.0),
        (4002, 3.001, 6.0),
        (4003, 6.001, 9.0),
    ):
        packets += [
            packet(begin_s, "out", "S", port=port),
            packet(begin_s, "in", "SA", port=port),
            packet(begin_s + 0.001, "out", "A", port=port, size=80),
            packet(end_s, "out", "FA", port=port),
        ]
    found = identify([*healthy(), trial("hanging", packets, ended_s=9.0)], "http", seed=1)
    assert "cannot be told apart" in found.conducts["hanging"].cannot
    assert "read" not in found.time_outs


def waits(situation: str, wait_s: float) -> Trial:
    return trial(situation, answered(0.0, 4000) + answered(wait_s + 0.004, 4001), ended_s=10.0)


@pytest.mark.parametrize(
    ("plain_s", "told_s", "honours"), [(0.5, 3.0, True), (0.5, 0.5, False), (4.0, 4.0, None)]
)
def test_retry_after(plain_s, told_s, honours):
    """Waiting as told is honouring it, waiting as ever is not; waiting longer anyway shows nothing."""
    trials = [*healthy(), waits("erring", plain_s), waits("erring_retry_after", told_s)]
    assert honours is identify(trials, "http", seed=1).honours_retry_after


def test_the_spread_of_reconnecting():
    """Three connections dropped at once and made again over 2 s."""
    packets = []
    for port in (4000, 4001, 4002):
        packets += [packet(0.0, "out", "S", port=port), packet(0.1, "in", "SA", port=port)]
        packets += [packet(3.0, "in", "R", port=port)]
    packets += [one for index in range(3) for one in refused(3.5 + index, 5000 + index)]
    seen_once = trial("changing", packets, changed_s=3.0)
    found = identify([*healthy(), seen_once], "http", seed=1)
    assert found.reconnect_s is not None
    assert pytest.approx(2.0) == found.reconnect_s.value
    assert 3 == found.pool_count


def test_a_kept_connection_is_told_from_new_ones():
    """Several requests on one connection keep it; one connection each does not."""
    kept = trial("healthy", answered(0.0, 4000, requests_s=(0.001, 1.0, 2.0, 3.0)))
    single = trial("healthy", answered(0.0, 4000) + answered(1.0, 4001))
    refusal = trials_of(NEVER, "refusing")
    assert "keep_alive" == identify([kept, *refusal], "http", seed=1).connection
    assert "per_request" == identify([single, *refusal], "http", seed=1).connection


def test_names_asked_for_at_each_connection_respect_their_time_to_live():
    """A lookup before each of four connections is seen as one for each."""
    packets = [one for index in range(4) for one in refused(3.0 * index, 4000 + index)]
    each = trial("refusing", packets, queries=asked(*(3.0 * index - 0.001 for index in range(4))))
    once = trial("refusing", packets, queries=asked(-0.001))
    assert identify([*healthy(), each], "http", seed=1).resolution.respects_ttl is True
    assert identify([*healthy(), once], "http", seed=1).resolution.respects_ttl is False


def test_no_packet_is_no_connection():
    """A program that never asks has never connected."""
    assert not ever_connects([trial("healthy", [])])
    assert ever_connects(healthy())


def test_waits_of_several_callers_are_not_taken_for_one_callers():
    """A pool of two that tries again for both at once hides each one's waits, and that is said."""
    two = trial("healthy", answered(0.0, 4000, requests_s=(1.0,)) + answered(0.1, 4001, requests_s=(1.0,)))
    refusing = trials_of(BACKS_OFF, "refusing")
    found = identify([two, *refusing], "http", seed=1)
    assert "it tries again for 2 connections at once" in found.conducts["refusing"].cannot
