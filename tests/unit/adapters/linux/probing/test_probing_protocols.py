"""What the probe's endpoint says, byte by byte where a client depends on it."""

from __future__ import annotations

import struct

import pytest

from tidegate.adapters.linux.probing.protocols import SPOKEN, http, postgres, redis

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.mark.parametrize("protocol", ["http", "redis", "postgres"])
def test_half_a_request_is_not_answered(protocol):
    """Nothing is said before a request is whole."""
    half = {"http": GET[:-2], "redis": b"*1\r\n$4\r\nPI", "postgres": b"Q\0\0\0\x0dselect"}[protocol]
    assert SPOKEN[protocol](half, False, False) is None


def test_http_answers_one_request_and_keeps_the_rest():
    """A second request that came along is left for later; its length is believed."""
    post = b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc"
    answer = http(post + GET, False, False)
    assert answer is not None
    assert answer.data.startswith(b"HTTP/1.1 200 ")
    assert GET == answer.rest


def test_http_errs_with_and_without_a_time_to_come_again():
    """503 alone, or 503 with Retry-After."""
    plain, told = http(GET, True, False), http(GET, True, True)
    assert plain is not None
    assert told is not None
    assert b"503" in plain.data
    assert b"Retry-After" not in plain.data
    assert b"Retry-After: 3\r\n" in told.data


def test_http_tells_a_waiting_client_to_go_on():
    """A client that asks first whether it may send its body is told to; that is no answer yet."""
    answer = http(b"PUT / HTTP/1.1\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n", False, False)
    assert answer is not None
    assert b"HTTP/1.1 100 Continue\r\n\r\n" == answer.data
    assert not answer.is_request


def test_redis_answers_a_ping_and_takes_greetings_for_none():
    """PONG is an answer to a request; HELLO is not."""
    ping, hello = (
        redis(b"*1\r\n$4\r\nPING\r\n", False, False),
        redis(b"*2\r\n$5\r\nHELLO\r\n$1\r\n3\r\n", False, False),
    )
    assert ping is not None
    assert hello is not None
    assert (b"+PONG\r\n", True, False) == (ping.data, ping.is_request, hello.is_request)


def test_postgres_declines_encryption_and_lets_anybody_in():
    """TLS is declined with one letter; a start-up is answered with "you are in" and "ready"."""
    declined = postgres(struct.pack("!II", 8, 80877103), False, False)
    let_in = postgres(struct.pack("!II", 8, 196608), False, False)
    assert declined is not None
    assert let_in is not None
    assert b"N" == declined.data
    assert let_in.data.startswith(b"R\0\0\0\x08\0\0\0\0")
    assert let_in.data.endswith(b"Z\0\0\0\x05I")


def test_postgres_errs_at_the_door():
    """While it errs, a start-up is refused as a starting server refuses it, and the connection ends."""
    answer = postgres(struct.pack("!II", 8, 196608), True, False)
    assert answer is not None
    assert b"57P03" in answer.data
    assert answer.closes
