"""What counts as a whole answer, and as a good one."""

from __future__ import annotations

import pytest

from tidegate.adapters.linux.whole_answer import read_answer, write_question

IP_AND_TCP_BYTES = 40


@pytest.mark.parametrize(
    "received",
    [
        b"",
        b"HTTP",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no",
    ],
)
def test_a_part_of_an_answer_is_none(received: bytes) -> None:
    """Until head and body are there, more must come."""
    assert read_answer(received) is None


@pytest.mark.parametrize(
    ("received", "good", "keeps"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", True, True),
        (b"HTTP/1.1 204 No Content\r\ncontent-length:0\r\n\r\n", True, True),
        (b"HTTP/1.0 200 OK\r\ncontent-length: 2\r\nConnection: Close\r\n\r\nok", True, False),
        (b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 4\r\n\r\nbusy", False, True),
        (b"HTTP/1.1 200 OK\r\n\r\n", True, False),
        (b"SSH-2.0-OpenSSH\r\n", False, False),
    ],
)
def test_a_whole_answer_says_what_it_is_worth(received: bytes, good: bool, keeps: bool) -> None:
    """Success is a status of 2xx; a connection is kept where length is known and nothing says close."""
    answer = read_answer(received)
    assert answer is not None
    assert (len(received), good, keeps) == (answer.length_count, answer.good, answer.keeps)


def test_the_first_of_two_answers_is_read() -> None:
    """What follows an answer belongs to the next."""
    one = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    answer = read_answer(one + one)
    assert answer is not None
    assert len(one) == answer.length_count


def test_endless_heads_are_no_answer() -> None:
    """What never ends is an error, not a reason to wait for ever."""
    answer = read_answer(b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000)
    assert answer is not None
    assert not answer.good


@pytest.mark.parametrize("keep", [True, False])
def test_a_question_is_a_request_larger_than_bare_packets(keep: bool) -> None:
    """With its headers a request takes more than 80 bytes, so that it is told from a bare packet."""
    question = write_question("w", keep=keep)
    assert question.startswith(b"GET /w HTTP/1.1\r\n")
    assert question.endswith(b"\r\n\r\n")
    assert (b"keep-alive" in question) is keep
    assert len(question) + IP_AND_TCP_BYTES > 80
