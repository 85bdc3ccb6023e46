"""Who answers in a drill where a mail server, an identity, a name server or a receiver would? Our own.

Each is told on standard input what it is and where it listens, until that ends. What comes to it
is told on standard output, with the time on CLOCK_MONOTONIC.
"""

from __future__ import annotations

import contextlib
import http.server
import json
import socket
import socketserver
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from tidegate.adapters.linux import part

_LARGEST_BYTES = 256 * 1024
_A, _INTERNET, _TTL_S = 1, 1, 1
_ANSWERS, _NO_SUCH_NAME = 0x8580, 0x8583


class _Threaded(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128


class _Mail(socketserver.StreamRequestHandler):
    """A mail server that takes everything, and tells who it was for."""

    timeout = 120

    def handle(self) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._converse()

    def _converse(self) -> None:
        self._say("220 drill")
        to = ""
        while line := self.rfile.readline(4096):
            verb = line[:4].upper()
            if verb == b"RCPT":
                to = line.decode("utf-8", "replace").partition("<")[2].partition(">")[0]
            if verb == b"DATA":
                self._say("354 go on")
                while (row := self.rfile.readline(_LARGEST_BYTES)) not in {b".\r\n", b".\n", b""}:
                    pass
                if not row:
                    return
                part.tell({"mail": to, "at_s": time.monotonic()})
            if verb == b"QUIT":
                self._say("221 bye")
                return
            self._say("250 taken")

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Http(http.server.BaseHTTPRequestHandler):
    """Answers every question with the same JSON, and tells what was posted."""

    protocol_version = "HTTP/1.1"
    timeout = 120
    answer = b"{}"

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        length = min(int(self.headers.get("content-length", "0")), _LARGEST_BYTES)
        body = self.rfile.read(length).decode("utf-8", "replace")
        part.tell({"hook": body, "at_s": time.monotonic()})
        self._answer()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  as the library calls it
        """Say nothing: standard output is for what came."""


def _names(addresses: Mapping[str, str]) -> type[socketserver.BaseRequestHandler]:
    class Names(socketserver.BaseRequestHandler):
        """A name server that knows a few names, over UDP."""

        def handle(self) -> None:
            message, sock = self.request
            with contextlib.suppress(struct.error, IndexError, UnicodeDecodeError, OSError):
                sock.sendto(_name_answer(message, addresses), self.client_address)

    return Names


def _name_answer(message: bytes, addresses: Mapping[str, str]) -> bytes:
    labels, end = [], 12
    while message[end]:
        labels.append(message[end + 1 : end + 1 + message[end]].decode("ascii"))
        end += 1 + message[end]
    (kind,) = struct.unpack_from("!H", message, end + 1)
    address = addresses.get(".".join(labels).lower(), "")
    found = [address] if address and kind == _A else []
    head = message[:2] + struct.pack("!HHHHH", _ANSWERS if address else _NO_SUCH_NAME, 1, len(found), 0, 0)
    records = [
        b"\xc0\x0c" + struct.pack("!HHIH", _A, _INTERNET, _TTL_S, 4) + socket.inet_aton(one) for one in found
    ]
    return head + message[12 : end + 5] + b"".join(records)


def _server(asked: Mapping[str, Any]) -> socketserver.BaseServer:
    where = (str(asked["address"]), int(asked["port"]))
    if asked["kind"] == "mail":
        return _Threaded(where, _Mail)
    if asked["kind"] == "dns":
        return socketserver.ThreadingUDPServer(where, _names(asked["names"]))
    answer = json.dumps(asked.get("answer", {})).encode()
    return _Threaded(where, type("Answering", (_Http,), {"answer": answer}))


def main(ended: Callable[[], object] = sys.stdin.read) -> int:
    """Answer until standard input ends."""
    asked = part.request()
    try:
        server = _server(asked)
    except OSError as error:
        where = f"{asked['address']}:{asked['port']}"
        part.tell({"failed": f"{asked['kind']} cannot listen at {where}: {error.strerror}"})
        return 1
    threading.Thread(target=server.serve_forever, daemon=True).start()
    part.tell({"ready": True})
    ended()
    return 0


if __name__ == "__main__":
    sys.exit(main())
