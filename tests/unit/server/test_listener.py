"""Whose turn is it on a connection? Entered in the book at each step, by the protocol itself."""

from __future__ import annotations

import asyncio

from starlette.testclient import TestClient
from uvicorn.server import ServerState

from server_sample import BASE, house
from tidegate.server.addresses import build
from tidegate.server.connection_book import KEPT_PART, Connections
from tidegate.server.listener import BODY_BYTES_PER_S, BoundedConfig, BoundedProtocol


class Wire(asyncio.Transport):
    """A transport without a network."""

    def __init__(self, host: str) -> None:
        super().__init__({"peername": (host, 1), "sockname": ("192.0.2.1", 80)})
        self.said, self.is_over = b"", False

    def write(self, data) -> None:
        self.said += data

    def is_closing(self) -> bool:
        return self.is_over

    def close(self) -> None:
        self.is_over = True

    abort = close

    def pause_reading(self) -> None:
        """Let it be."""

    resume_reading = pause_reading


class Book(Connections):
    """A book that remembers what was entered."""

    def __init__(self) -> None:
        super().__init__()
        self.entered: list[object] = []

    def came(self, peer, network, *, within_s):
        self.entered.append(network)
        super().came(peer, network, within_s=within_s)

    def waits(self, peer, *, within_s):
        self.entered.append(within_s)
        super().waits(peer, within_s=within_s)

    def waits_longer(self, peer, by_s):
        self.entered.append(("longer", by_s))
        super().waits_longer(peer, by_s)

    def works(self, peer):
        self.entered.append("works")
        super().works(peer)


async def answers(_scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


def spoken(*said: bytes, host: str = "192.0.2.7", is_slow: bool = False) -> tuple[Book, Wire]:
    """Let a peer say these, one after the other."""
    book, wire = Book(), Wire(host)

    async def talk():
        config = BoundedConfig(answers, book)
        config.load()
        one = BoundedProtocol(config=config, server_state=ServerState(), app_state={})
        one.connection_made(wire)
        for words in said:
            one.data_received(words)
            if is_slow:
                one.pause_writing()
                one.resume_writing()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    asyncio.run(talk())
    return book, wire


def test_from_headers_to_the_next_request():
    """Headers have 10 s, the next ones 20 s; between them the wait is ours."""
    book, wire = spoken(b"GET / HTTP/1.1\r\nho", b"st: x\r\n\r\n")
    assert ["192.0.2.7", 10.0, "works", 20.0] == book.entered
    assert wire.said.endswith(b"ok")


def test_a_body_has_time_by_what_came():
    """40 s, and more for each byte: who drips is late, who sends is not."""
    book, _ = spoken(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 600\r\n\r\n", b"x" * 512, b"x" * 88)
    longer = ("longer", 512 / BODY_BYTES_PER_S)
    assert [10.0, 40.0, longer, ("longer", 88 / BODY_BYTES_PER_S), "works", 20.0] == book.entered[1:]


def test_who_does_not_read_has_a_deadline():
    """While what we said is not read, the wait is for the peer."""
    book, _ = spoken(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n", is_slow=True)
    assert [10.0, "works", 30.0, "works", 20.0] == book.entered[1:]


def test_a_proxy_stands_for_everybody():
    """What comes over the loopback address is bounded in all, not by address."""
    assert [""] == spoken(host="127.0.0.1")[0].entered[:1]


def test_a_crowded_book_lets_first_things_through(tmp_path):
    """Cases, alerts and health are answered where everything else is told to come again."""
    with house(tmp_path) as here:
        for number in range(512 - 512 // KEPT_PART):
            here.connections.came(number, "", within_s=10.0)
            here.connections.works(number)
        client = TestClient(build(here), base_url=BASE)
        assert (503, "2") == (
            client.get("/console/login").status_code, client.get("/notices").headers["retry-after"],
        )  # fmt: skip
        assert [200, 200, 401] == [
            client.get("/help").status_code, client.get("/health/ready").status_code,
            client.post("/api/v1/alerts", json={}).status_code,
        ]  # fmt: skip
        assert 201 == client.post("/api/v1/cases", json={"text": "broken"}).status_code
