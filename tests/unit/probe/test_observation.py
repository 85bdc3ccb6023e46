"""What a connection is, told from packets."""

from __future__ import annotations

import pytest
from wire import answered, packet, refused, trial

from tidegate.probe.observation import connections_of, trial_from


def test_a_repeated_syn_is_no_new_connection():
    """SYNs of one source port are the operating system's; a new port is a new connection."""
    packets = [packet(0.0, "out", "S"), packet(1.0, "out", "S"), packet(3.0, "out", "S", port=4001)]
    assert [(0.0, 1.0), (3.0,)] == [link.syns_s for link in connections_of(trial("silent", packets))]


def test_a_port_used_again_after_an_answer_is_a_new_connection():
    """A refusal ends a connection; the same port may then begin another."""
    packets = refused(0.0, 4000) + refused(1.0, 4000)
    assert [0.0, 1.0] == [link.began_s for link in connections_of(trial("refusing", packets))]


def test_the_end_of_an_unanswered_request_to_connect_comes_from_the_socket():
    """Giving up leaves no packet; the destroyed socket tells."""
    (link,) = connections_of(trial("silent", [packet(0.5, "out", "S")], abandoned={4000: 1.5}))
    assert 1.5 == link.client_closed_s
    assert link.established_s is None


def test_requests_on_a_kept_connection_are_told_apart():
    """Payload that follows an answer begins a new request."""
    (link,) = connections_of(trial("healthy", answered(0.0, 4000, requests_s=(0.001, 0.5))))
    assert [0.001, 0.5] == pytest.approx([begin for begin, _, _ in link.requests])


def test_a_reset_is_no_refusal():
    """A reset before the handshake refuses, one after it resets."""
    packets = [packet(0.0, "out", "S"), packet(0.1, "in", "SA"), packet(0.2, "in", "R")]
    (link,) = connections_of(trial("resetting", packets))
    assert (None, 0.2) == (link.refused_s, link.reset_s)


def test_a_record_is_read_as_it_was_written():
    """What the observer sends as JSON becomes the same trial."""
    record = {
        "situation": "silent",
        "packets": [[0.5, True, 4000, "10.77.1.1", "S", 0]],
        "queries": [[0.4, "A", ["10.77.1.1"]]],
        "abandoned": {"4000": 1.5},
        "watched_s": 10.0,
        "ended_s": None,
        "exit_code": None,
        "changed_s": None,
        "new_addresses": [],
        "said": "",
    }
    read = trial_from(record)
    assert 1.5 == read.abandoned[4000]
    assert packet(0.5, "out", "S") == read.packets[0]
    assert ("10.77.1.1",) == read.queries[0].addresses
