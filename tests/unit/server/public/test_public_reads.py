"""Reading the public site: files alone, as published, and never the journal."""

from __future__ import annotations

import asyncio
import socket

import pytest
from starlette.testclient import TestClient

from server_sample import BASE, house
from tidegate.server.addresses import build
from tidegate.server.listener import listen
from tidegate.track.lifecycle import OutageEvent
from tidegate.verbs.record.outage import Report, move, open_outage


@pytest.fixture(name="here")
def opened(tmp_path):
    with house(tmp_path, with_world=True) as found:
        found.furnish()
        found.publisher.publish_if_due()
        yield found


@pytest.fixture(name="reader")
def browser(here):
    return TestClient(build(here), base_url=BASE, follow_redirects=False)


def files(here) -> dict[str, bytes]:
    """What was published, by address."""
    root = here.public.resolve()
    return {
        f"/{path.relative_to(root).as_posix()}": path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def test_public_reads_ask_the_database_nothing(here, reader):
    """Every public file, read twice, and an address that is none: not one statement in either connection."""
    asked: list[str] = []
    for connection in (here.journal._reader, here.journal._writer):
        connection.set_trace_callback(asked.append)
    for path, content in files(here).items():
        assert [content] * 2 == [reader.get(path).content for _ in range(2)]
    assert (200, 404) == (reader.get("/").status_code, reader.get("/nothing").status_code)
    assert [] == asked
    with here.record.reading():
        pass
    assert [] != asked  # whoever does ask is seen


def test_a_new_tree_is_read_at_once(here, reader):
    """What was kept of the tree before is not shown once another holds."""
    before = [reader.get("/index.html").text for _ in range(2)]
    with here.record.desk("rob") as desk:
        one = open_outage(desk, Report(title="Sign-in fails", cause="login"))
        move(desk, one, OutageEvent.CONFIRM)
    assert here.publisher.publish_if_due()
    after = [reader.get("/index.html").text for _ in range(2)]
    assert (1, 1, True) == (len(set(before)), len(set(after)), before[0] != after[0])
    assert "Sign-in fails" in after[0]


def test_a_file_from_memory_answers_like_the_file(here, reader):
    """Headers, conditions, parts and HEAD are the same the first time and after."""
    first, second = reader.get("/api/v2/status.json"), reader.get("/api/v2/status.json")
    assert (first.content, dict(first.headers)) == (second.content, dict(second.headers))
    assert ("application/json", "*") == (
        second.headers["content-type"],
        second.headers["access-control-allow-origin"],
    )
    known = {"if-none-match": first.headers["etag"]}
    unchanged = reader.get("/api/v2/status.json", headers=known)
    assert (304, b"") == (unchanged.status_code, unchanged.content)
    part = reader.get("/api/v2/status.json", headers={"range": "bytes=0-3"})
    assert (206, first.content[:4]) == (part.status_code, part.content)
    head = reader.head("/api/v2/status.json")
    assert (200, b"", first.headers["content-length"]) == (
        head.status_code,
        head.content,
        head.headers["content-length"],
    )


def test_before_the_first_publication_it_says_so(tmp_path):
    """503, and when to ask again."""
    with house(tmp_path) as empty:
        answer = TestClient(build(empty), base_url=BASE).get("/")
    assert (503, "2") == (answer.status_code, answer.headers["retry-after"])


def test_small_answers_are_not_held_back(tmp_path):
    """A connection that is accepted sends at once (TCP_NODELAY), though head and body go apart."""

    async def run() -> int:
        found: asyncio.Future[int] = asyncio.get_running_loop().create_future()

        async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            line = writer.get_extra_info("socket")
            found.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            writer.close()

        listening = listen("127.0.0.1", 0)
        async with await asyncio.start_server(serve, sock=listening):
            _, writer = await asyncio.open_connection(*listening.getsockname())
            option = await found
            writer.close()
        return option

    assert 1 == asyncio.run(run())


def test_only_the_page_of_copies_may_ask_elsewhere_and_only_those_it_names(tmp_path):
    """The server's word is wide, the page's own narrow: a browser holds both."""
    with house(tmp_path, copies=["https://eu.example", "https://us.example/x"]) as here:
        here.publisher.follow()
        client = TestClient(build(here), base_url=BASE)
        copies, front = client.get("/copies.html"), client.get("/index.html")
        assert "connect-src https: http:" in copies.headers["content-security-policy"]
        assert "connect-src" not in front.headers["content-security-policy"]
        assert "connect-src https://eu.example https://us.example" in copies.text
        assert "connect-src" not in front.text
        assert "*" == client.get("/manifest.json").headers["access-control-allow-origin"]
