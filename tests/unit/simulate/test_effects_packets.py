"""Which packets an exchange costs, and when a lost one is sent again: as captured on a Linux device."""

from __future__ import annotations

import pytest
from effect_worlds import BASE, STANDING, Told

KEPT = {"clients.users.connection": "keep_alive"}
GONE = {"at": "1ms", "gone_connections": "stay", "set": {"services.web.instances": 0}}


def packets_each(rate: str, **more: object) -> float:
    """Return the packets of one request on a kept connection at this rate."""
    demand = {"kind": "open", "rate": rate, "arrivals": "paced"}
    told = Told(BASE, KEPT | {"clients.users.demand": demand} | more)
    return told.crossing("packets_count", until_s=9.5) / told.clients("served_count", until_s=9.5)


def test_a_request_soon_after_carries_the_acknowledgement_of_the_answer_before() -> None:
    """Every 100 ms three packets, every 10 ms two: within 40 ms the next request acknowledges the answer."""
    assert packets_each("10/s") == pytest.approx(3.0, abs=0.05)
    assert packets_each("100/s") == pytest.approx(2.0, abs=0.05)


def test_a_slow_answer_comes_after_an_acknowledgement_of_its_own() -> None:
    """A service that takes 60 ms acknowledges the request first: four packets."""
    assert packets_each("5/s", **{"services.web.service_time": "60ms"}) == pytest.approx(4.0, abs=0.05)


def test_both_sides_close_an_idle_connection() -> None:
    """FIN, FIN and acknowledgement, acknowledgement: three packets beside what the new connection costs."""
    wave = {"triggers": {"again": {"at": "2s", "reconnect": "users"}}}
    told = Told(STANDING, wave)
    first_exchange = 7  # SYN, its answer, acknowledgement, request, acknowledgement, answer, acknowledgement
    assert 100 * (3 + first_exchange) == told.crossing("packets_count")


def test_a_lost_segment_is_sent_again_by_a_probe_before_the_time_out_counts() -> None:
    """A request into silence goes out after 0, 202, 404, 808 and 1,616 ms (a round trip of 2 ms): five
    times within 1.9 s, where a doubled time-out alone would send four."""
    changes = KEPT | {
        "clients.users.timeout": "2s",
        "clients.users.demand": {"kind": "open", "rate": "0.5/s", "arrivals": "paced"},
        "triggers": {"gone": GONE},
    }
    told = Told(BASE, changes)
    bins = range(1, 200)
    first_s = next(n / 20 for n in bins if told.clients("attempts_count", until_s=n / 20) > 0) - 1 / 20
    assert 5 == told.crossing("packets_count", since_s=first_s, until_s=first_s + 1.9)


ANEW = {
    "clients.users.connection": "per_request",
    "clients.users.timeout": "5s",
    "clients.users.demand": {"kind": "none"},
    "triggers": {"anew": {"at": "2s", "reconnect": "users", "reconnect_spread": "0s"}},
}


def test_what_was_sent_twice_tells_no_round_trip() -> None:
    """A round trip of 1.2 s is longer than Linux waits for the answer to a SYN: 19 packets instead of ten.

    The SYN and its answer go twice, and the second answer is acknowledged. So neither end knows a round trip:
    the request, its answer and the client's FIN go again after a second, and are acknowledged again.
    """
    far = {"crossings.gate.round_trip": "1200ms", "clients.users.population": 1}
    assert 19 == Told(BASE, ANEW | far).crossing("packets_count")


def test_an_acknowledgement_that_finds_the_last_place_ends_a_handshake() -> None:
    """Two clients at once through a queue of two, 100 ms a packet: of each handshake the acknowledgement gets
    through and the request behind it does not. So no answer to a SYN is sent again a second later."""
    narrow = {
        "crossings.gate.round_trip": "0s",
        "crossings.gate.forwarding": "10/s",
        "crossings.gate.queue_packets": 2,
        "clients.users.population": 2,
    }
    told = Told(BASE, ANEW | narrow)
    assert (8, 2) == (
        told.crossing("packets_count", until_s=3.05),
        told.crossing("dropped_count", until_s=3.05),
    )
    # The first request is sent again after 0.8 s; its acknowledgement and answer follow.
    assert 4 == told.crossing("packets_count", since_s=3.05, until_s=3.35)


def test_packets_that_wait_leave_at_the_rate_the_device_has_by_then() -> None:
    """A device that stood nearly still for a second forwards what waits at its full rate afterwards."""
    slow = {
        "crossings.gate.forwarding": "5k/s",
        "crossings.gate.queue_packets": 5000,
        "triggers": {"slow": {"at": "2s", "for": "1s", "set": {"crossings.gate.forwarding": "50/s"}}},
    }
    told = Told(BASE, slow)
    assert told.waiting(since_s=2.5, until_s=3.0) > 50
    assert told.waiting(since_s=4.2, until_s=8.0) < 5


def test_a_queue_counts_packets_whatever_they_cost() -> None:
    """Of 60 first packets of 20 ms each at once, 10 wait in a queue of 10 and 50 are dropped."""
    changes = {
        "crossings.gate.forwarding": "500/s",
        "crossings.gate.setup": "50/s",
        "crossings.gate.setup_processor": "shared",
        "crossings.gate.queue_packets": 10,
        "clients.users.population": 60,
        "clients.users.syn": "none",
        "clients.users.start_spread": "0s",
        "clients.users.demand": {"kind": "none"},
        "clients.users.connection": "per_request",
    }
    told = Told(BASE, changes | {"triggers": {"all": {"at": "2s", "reconnect": "users"}}})
    assert 50 == told.crossing("dropped_count", until_s=2.1)


def test_a_way_that_becomes_shorter_delivers_what_waits() -> None:
    """Packets that wait in a device when the service moves to the clients' network still arrive."""
    moved = {
        "crossings.gate.forwarding": "500/s",
        "crossings.gate.setup": "100/s",
        "crossings.gate.setup_processor": "shared",
        "crossings.gate.queue_packets": 500,
        "triggers": {"moved": {"at": "2s", "set": {"clients.users.network": "far"}}},
    }
    told = Told(BASE, moved)
    assert told.per_s("served_count", since_s=4.0, until_s=8.0) == pytest.approx(100, abs=1)


def test_every_packet_for_a_client_that_has_closed_is_reset() -> None:
    """An answer that comes after the time-out: seven packets until then, its two, and a reset for each."""
    late = {
        "clients.users.timeout": "50ms",
        "clients.users.retry": "none",
        "clients.users.demand": {"kind": "open", "rate": "5/s", "arrivals": "paced"},
        "services.web.service_time": "60ms",
    }
    told = Told(BASE, late)
    assert 0 == told.clients("served_count", until_s=9.5)
    each = told.crossing("packets_count", until_s=9.5) / told.clients("attempts_count", until_s=9.5)
    request, acknowledged, closed, answer, resets = 4, 1, 2, 2, 2  # the first with the handshake
    assert request + acknowledged + closed + answer + resets == pytest.approx(each, abs=0.25)


def test_a_client_that_gives_up_on_a_lost_request_still_sends_it() -> None:
    """After the time-out's resend nothing else may leave: the FIN waits, and the request goes on doubling."""
    changes = KEPT | {
        "clients.users.timeout": "1s",
        "clients.users.retry": "none",
        "clients.users.demand": {"kind": "open", "rate": "0.3/s", "arrivals": "paced"},
        "triggers": {"gone": GONE},
    }
    told = Told(BASE, changes)
    looks_s = (n / 20 for n in range(1, 200))
    first_s = next(at_s for at_s in looks_s if told.clients("attempts_count", until_s=at_s) > 0) - 1 / 20
    assert 5 == told.crossing("packets_count", since_s=first_s, until_s=first_s + 1.9)


def test_who_acknowledges_a_request_with_its_answer_saves_a_packet() -> None:
    """Nine packets for a connection instead of ten, as captured of HAProxy."""
    demand = {"clients.users.demand": {"kind": "open", "rate": "5/s", "arrivals": "paced"}}
    for way, packets in (("at_once", 10), ("with_answer", 9)):
        told = Told(BASE, demand | {"services.web.request_ack": way})
        each = told.crossing("packets_count", until_s=9.5) / told.clients("served_count", until_s=9.5)
        assert packets == pytest.approx(each, abs=0.05)
