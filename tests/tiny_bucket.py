"""A small S3 store for tests: it lists a few names at a time, and creates only where nothing is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE_COUNT = 2


class TinyBucket(ThreadingHTTPServer):
    """One bucket in memory, named ``record``."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.lock = Lock()
        super().__init__(("127.0.0.1", 0), _Answers)

    @property
    def word(self) -> str:
        return f"s3://record/entries?endpoint=http://127.0.0.1:{self.server_port}"


class _Answers(BaseHTTPRequestHandler):
    server: TinyBucket

    def _say(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        key = unquote(urlsplit(self.path).path).removeprefix("/record/")
        with self.server.lock:
            if "*" == self.headers.get("if-none-match") and key in self.server.objects:
                self._say(412)
                return
            self.server.objects[key] = body
        self._say(200)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        key = unquote(parts.path).removeprefix("/record/")
        if "Signature=" not in self.headers.get("authorization", ""):
            self._say(403)
        elif not key:
            self._say(200, self._listed({name: found[0] for name, found in parse_qs(parts.query).items()}))
        elif key in self.server.objects:
            self._say(200, self.server.objects[key])
        else:
            self._say(404)

    def _listed(self, asked: dict[str, str]) -> bytes:
        prefix, after = asked["prefix"], asked.get("continuation-token", asked.get("start-after", ""))
        keys = [key for key in sorted(self.server.objects) if key.startswith(prefix)]
        if "delimiter" in asked:
            keys = sorted({prefix + key.removeprefix(prefix).partition("/")[0] + "/" for key in keys})
        keys = [key for key in keys if key > after]
        page, rest = keys[:PAGE_COUNT], keys[PAGE_COUNT:]
        kind, name = ("CommonPrefixes", "Prefix") if "delimiter" in asked else ("Contents", "Key")
        said = "".join(f"<{kind}><{name}>{escape(key)}</{name}></{kind}>" for key in page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if rest else ""
        space = "http://s3.amazonaws.com/doc/2006-03-01/"
        return f'<ListBucketResult xmlns="{space}">{said}{token}</ListBucketResult>'.encode()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def tiny_bucket() -> Iterator[TinyBucket]:
    server = TinyBucket()
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
