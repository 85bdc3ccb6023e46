"""Stands between a server and the gate, over TLS on both sides, and keeps what each said; changes nothing."""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One review as the server sent it, and what the gate answered."""

    at_s: float
    path: str
    review: dict[str, Any]
    answer: dict[str, Any]
    took_s: float

    @property
    def request(self) -> dict[str, Any]:
        """What is asked."""
        return dict(self.review["request"])

    @property
    def response(self) -> dict[str, Any]:
        """What was answered."""
        return dict(self.answer["response"])

    @property
    def about(self) -> str:
        """Resource and name, as `deployments/scale prod/shop`."""
        request = self.request
        resource = request["resource"]["resource"]
        sub = request.get("subResource", "")
        return f"{resource}{'/' * bool(sub)}{sub} {request.get('namespace', '')}/{request.get('name', '')}"


@dataclass
class Recorder:
    """What went through."""

    port: int = 0
    kept: list[Exchange] = field(default_factory=list)

    def since(self, mark: int, is_wanted: Callable[[Exchange], bool] = lambda _one: True) -> list[Exchange]:
        """Return what came after a mark, as far as it is wanted."""
        return [one for one in self.kept[mark:] if is_wanted(one)]

    def mark(self) -> int:
        """Return a mark of now."""
        return len(self.kept)


@contextmanager
def recorder(gate_port: int, certificate: tuple[str, str], trusted: ssl.SSLContext) -> Iterator[Recorder]:
    """Pass reviews on to a gate, and keep them."""
    kept = Recorder()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            began_s = time.time()
            connection = http.client.HTTPSConnection("localhost", gate_port, timeout=30, context=trusted)
            try:
                connection.request("POST", self.path, body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                said = answer.read()
            finally:
                connection.close()
            if answer.status == 200:
                kept.kept.append(Exchange(
                    at_s=began_s, path=self.path.partition("?")[0], review=json.loads(body), answer=json.loads(said),
                    took_s=time.time() - began_s,
                ))  # fmt: skip
            self.send_response(answer.status)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "application/json"))
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    kept.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
