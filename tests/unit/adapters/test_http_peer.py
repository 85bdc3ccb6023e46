"""What another site answers over HTTP, or who sits at its address: it breaks nothing."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.between_sites import http_peer
from tidegate.adapters.between_sites.http_peer import STRANGER, HttpPeer, PeerError, StrangerError
from tidegate.journal.greeting import Greeting, answer_text

KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw().hex()


@contextmanager
def answering(give) -> Iterator[str]:
    """Serve what `give` writes to each question."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            give(self)

        def log_message(self, *_words):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5.0)


def asking(url: str) -> closing[HttpPeer]:
    return closing(HttpPeer(own="west", own_key=lambda: KEY, name="east", key=lambda: PUBLIC, url=url))


def refusal(give, ask=HttpPeer.ends) -> str:
    """Return why what is answered is none of a site."""
    with answering(give) as url, asking(url) as asked, pytest.raises(PeerError) as raised:
        ask(asked)
    return str(raised.value)


def send(handler, body: bytes, **headers: str) -> None:
    handler.send_response(200)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def greeted(handler) -> bool:
    """Greet as the site does; whether that was what was asked."""
    if not handler.path.startswith("/exchange/hello"):
        return False
    nonce = handler.path.rpartition("nonce=")[2]
    greeting = Greeting(asker="west", asked="east", asker_nonce=nonce, asked_nonce="talk")
    said = {"conversation": "talk", "signature": KEY.sign(greeting.signed_text()).hex()}
    send(handler, json.dumps(said).encode())
    return True


def site_that_says(body: bytes):
    """Return what answers as the site does, with this to every question."""

    def give(handler):
        if not greeted(handler):
            count = int(handler.headers["tidegate-count"])
            said = answer_text(conversation="talk", count=count, status=200, body=body)
            send(handler, body, tidegate_signature=KEY.sign(said).hex())

    return give


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"null", b'"x"', b"{}", b'{"conversation": 1, "signature": []}', b"[" * 100_000, b"\xff"],
)
def test_a_greeting_that_is_none_is_an_error_of_the_peer(body):
    assert refusal(lambda handler: send(handler, body))


HASH = "0" * 64


@pytest.mark.parametrize(
    "ends",
    [
        ["east"], ["east", 1], ["east", float("inf"), HASH], ["east", 1e30, HASH], ["east", 10**26, HASH],
        ["east", -1, HASH], ["east", 1, "../../x"], [7, 1, HASH], ["x" * 500, 1, HASH], None,
    ],
)  # fmt: skip
def test_ends_that_are_none_are_an_error_of_the_peer(ends):
    body = json.dumps({"mark": "m", "ends": [ends]}).encode()
    assert "where its chains end" in refusal(site_that_says(body))


def test_ends_are_read():
    body = json.dumps({"mark": "m", "ends": [["east", 3, HASH]]}).encode()
    with answering(site_that_says(body)) as url, asking(url) as asked:
        (end,) = asked.ends()
    assert ("east", 3, HASH) == (end.label, end.number, end.hash)


def test_who_sends_a_byte_now_and_then_holds_nobody_up(monkeypatch):
    monkeypatch.setattr(http_peer, "LONGEST_S", 0.5)

    def drip(handler):
        handler.send_response(200)
        handler.send_header("content-length", "100000")
        handler.end_headers()
        for _ in range(400):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            time.sleep(0.05)

    began_s = time.monotonic()
    assert refusal(drip)
    assert time.monotonic() - began_s < 8.0


def test_who_hands_over_too_much_is_not_read_to_the_end(monkeypatch):
    monkeypatch.setattr(http_peer, "MOST_BYTES", 1_000)
    assert "more than" in refusal(site_that_says(b"x" * 1_001), lambda asked: asked.entries("east", 0))


@pytest.mark.parametrize(("body", "kind"), [(STRANGER, StrangerError), ("a proxy forbids it", PeerError)])
def test_a_site_that_does_not_know_this_one_is_told_from_whoever_else_forbids(body, kind):
    """Only the first says that this site was retired there, or never joined."""

    def forbid(handler):
        handler.send_response(403)
        handler.send_header("content-length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body.encode())

    with answering(forbid) as url, asking(url) as asked, pytest.raises(PeerError) as raised:
        asked.ends()
    assert type(raised.value) is kind
