"""What answers as Prometheus does, on loopback: answers that were recorded, or made to be wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Answer = tuple[int, dict[str, str], bytes]


def matrix(*rows: tuple[dict[str, str], list[list[object]]], **more: object) -> bytes:
    """Return an answer with series: labels, and pairs of time and text."""
    result = [{"metric": labels, "values": values} for labels, values in rows]
    data = {"resultType": "matrix", "result": result}
    return json.dumps({"status": "success", "data": data, **more}).encode()


@contextmanager
def answering(
    answer: Callable[[dict[str, str]], Answer],
) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Yield the address and the questions that came, each with what was shown as `authorization`."""
    asked: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            words = {name: values[0] for name, values in parse_qs(parts.query).items()}
            asked.append({**words, "path": parts.path, "shown": self.headers.get("authorization", "")})
            status, headers, body = answer(words)
            self.send_response_only(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
