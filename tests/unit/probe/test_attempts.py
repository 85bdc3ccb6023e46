"""What an attempt is, how it ends and how long the client waits before the next."""

from __future__ import annotations

import pytest
from wire import answered, asked, packet, refused, trial

from tidegate.probe.attempts import (
    attempts_of,
    failed_in,
    most_at_once,
    overlapping_count,
    waits_between,
)


def outcomes(seen, protocol="http"):
    return [attempt.outcome for attempt in attempts_of(seen, protocol)]


def test_waits_run_from_the_end_of_an_attempt_to_the_begin_of_the_next():
    """Time spent trying is no wait."""
    seen = trial(
        "silent", [packet(0.0, "out", "S"), packet(3.0, "out", "S", port=4001)], abandoned={4000: 1.0}
    )
    assert (2.0,) == waits_between(attempts_of(seen, "http"))


def test_a_lookup_belongs_to_the_attempt_it_comes_before():
    """The wait ends when the name is asked for, not when the SYN leaves."""
    seen = trial("refusing", refused(0.0, 4000) + refused(1.0, 4001), queries=asked(0.9))
    assert (0.9 - 0.0001,) == pytest.approx(waits_between(attempts_of(seen, "http")))


def test_an_error_is_a_failed_attempt():
    """What is answered while the service errs counts as failed, on a kept connection as well."""
    seen = trial("erring", answered(0.0, 4000, requests_s=(0.001, 0.5)))
    assert ["error", "error"] == outcomes(seen)


@pytest.mark.parametrize(("closes_after_s", "outcome"), [(0.001, "answered"), (2.0, "not_answered")])
def test_a_trickle_is_an_answer_only_to_who_takes_it_for_one(closes_after_s, outcome):
    """A client that closes at the first bytes was content with them; one that closes later gave up."""
    packets = [
        packet(0.0, "out", "S"), packet(0.0001, "in", "SA"), packet(0.001, "out", "A", size=80),
        packet(0.002, "in", "A", size=9), packet(0.002 + closes_after_s, "out", "FA"),
    ]  # fmt: skip
    assert [outcome] == outcomes(trial("slow", packets))


def test_many_words_of_another_protocol_are_one_attempt():
    """Greetings and requests are told apart in HTTP alone."""
    seen = trial("erring", answered(0.0, 4000, requests_s=(0.001, 0.01, 0.02)))
    assert ["error"] == outcomes(seen, "redis")


def test_an_attempt_under_way_at_the_end_is_pending():
    """Nothing is said of how it would have ended."""
    assert ["pending"] == outcomes(trial("silent", [packet(0.0, "out", "S")]))


def test_attempts_before_a_change_have_not_failed():
    """Only what ends after the list has changed is judged."""
    seen = trial("changing", answered(0.0, 4000) + refused(5.0, 4001), changed_s=4.0)
    assert [5.0] == [one.began_s for one in failed_in(attempts_of(seen, "http"), seen)]


def test_attempts_at_the_same_time_overlap():
    """An attempt that begins while another is under way overlaps; one after it does not."""
    packets = [
        packet(0.0, "out", "S"),
        packet(0.5, "out", "S", port=4001),
        packet(3.0, "out", "S", port=4002),
    ]
    seen = trial("silent", packets, abandoned={4000: 1.0, 4001: 2.0, 4002: 4.0})
    assert 1 == overlapping_count(attempts_of(seen, "http"))


def test_most_connections_at_once():
    """Connections that are open at the same time are counted, not those after one another."""
    seen = trial(
        "healthy", answered(0.0, 4000, requests_s=(1.0,)) + answered(0.5, 4001) + answered(2.0, 4002)
    )
    assert 2 == most_at_once(seen)
