"""A receiver for OTLP/HTTP: programs push their metrics, in JSON, to this machine.

Bounded in all it does: how long a request may take and how large it may be, packed or not, how many at a
time, and how much waits to be looked at. It listens on this machine alone where no address is said.
"""

from __future__ import annotations

import gzip
import io
import json
import socket
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tidegate.errors import Fault, InputError
from tidegate.observe.known_series import PROMETHEUS
from tidegate.observe.otlp_metrics import OtlpMetrics
from tidegate.observe.sampled import Sampled

_MOST_BYTES = 4 * 1024 * 1024
_MOST_WAITING = 200_000
_MOST_AT_ONCE = 16
_TIMEOUT_S = 10.0
_PATH = "/v1/metrics"
_PORTS = 65_536
_MOST_DIGITS = 12
_TOO_LARGE: tuple[int, dict[str, object]] = (
    413, {"message": f"at most {_MOST_BYTES // 1024**2} MiB are taken"},
)  # fmt: skip


class LiveOtlp:
    """Receives pushes.

    Parameters
    ----------
    said
        Where to listen: ``:4318`` or ``HOST:PORT``.

    Raises
    ------
    InputError
        If it is no such place, or cannot be listened at.
    """

    system = PROMETHEUS
    delay_s = 0.0

    def __init__(self, said: str) -> None:
        host, port = _place(said)
        self._waiting: list[Sampled] = []
        self._lock = threading.Lock()
        self._metrics = OtlpMetrics()
        try:
            self._server = _Server((host, port), self)
        except OSError as error:
            what = f"cannot be listened at: {error.strerror}"
            raise InputError(Fault(what=what, path="--from", value=said[:80])) from None
        self.port = self._server.server_address[1]
        self.name = f"OTLP at {host}:{self.port}"
        threading.Thread(target=self._server.serve_forever, name="otlp", daemon=True).start()

    def look(self, _now_s: float) -> Sequence[Sampled]:
        """Return what was pushed since."""
        with self._lock:
            found, self._waiting = self._waiting, []
        return found

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes) -> tuple[int, dict[str, object]]:
        """Take in a push; return the status and what is answered."""
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return 400, {"message": "is no JSON"}
        now_s = time.time()
        with self._lock:
            try:
                pushed = self._metrics.read(document, now_s)
            except InputError as error:
                return 400, {"message": str(error)}
            if len(self._waiting) + len(pushed.found) > _MOST_WAITING:
                return 503, {"message": "more waits than is kept"}
            self._waiting += pushed.found
        if not pushed.rejected_count:
            return 200, {}
        said = {"rejectedDataPoints": str(pushed.rejected_count), "errorMessage": pushed.why}
        return 200, {"partialSuccess": said}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], source: LiveOtlp) -> None:
        self.source = source
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        self._room = threading.BoundedSemaphore(_MOST_AT_ONCE)
        super().__init__(address, _Handler)

    def process_request(self, request: object, client_address: object) -> None:
        """Take a request where there is room; else let it go at once."""
        if not self._room.acquire(blocking=False):
            self.shutdown_request(request)  # type: ignore[arg-type]
            return
        super().process_request(request, client_address)  # type: ignore[arg-type]

    def process_request_thread(self, request: object, client_address: object) -> None:
        """Serve it, and make room again."""
        try:
            super().process_request_thread(request, client_address)  # type: ignore[arg-type]
        finally:
            self._room.release()

    def handle_error(self, _request: object, _client_address: object) -> None:
        """Say nothing of a client that went away."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = _TIMEOUT_S
    server_version = "tidegate"
    sys_version = ""

    def do_POST(self) -> None:
        """Answer a push."""
        over = threading.Timer(_TIMEOUT_S, self._abort)
        over.daemon = True
        over.start()
        try:
            status, said = self._answer()
        finally:
            over.cancel()
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = True

    def _answer(self) -> tuple[int, dict[str, object]]:
        length = self.headers.get("content-length", "")
        refused = self._refused(length)
        if refused is not None:
            return refused
        body = self.rfile.read(int(length))
        if self.headers.get("content-encoding", "").lower() == "gzip":
            body = _unpacked(body)
        return _TOO_LARGE if len(body) > _MOST_BYTES else self.server.source.take(body)

    def _refused(self, length: str) -> tuple[int, dict[str, object]] | None:
        """Return why a request is not read; None where it is."""
        kind = self.headers.get("content-type", "").split(";")[0].strip().lower()
        coding = self.headers.get("content-encoding", "identity").lower()
        if self.path.split("?")[0] != _PATH:
            return 404, {"message": f"metrics are taken at {_PATH}"}
        if kind != "application/json":
            said = "only application/json is taken: set OTEL_EXPORTER_OTLP_METRICS_PROTOCOL=http/json"
            return 415, {"message": said}
        if coding not in {"gzip", "identity"}:
            return 415, {"message": "only gzip is unpacked"}
        if not length.isascii() or not length.isdecimal():
            return 411, {"message": "a length is needed"}
        return _TOO_LARGE if len(length) > _MOST_DIGITS or int(length) > _MOST_BYTES else None

    def _abort(self) -> None:
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_args: object) -> None:
        """Log nothing: what is not seen is said elsewhere."""


def _unpacked(body: bytes) -> bytes:
    """Return the first bytes of what was packed; nothing where it was not."""
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as packed:
            return packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError, ValueError):
        return b""


def _place(said: str) -> tuple[str, int]:
    host, _, port = said.rpartition(":")
    if not port.isascii() or not port.isdecimal() or not int(port) < _PORTS:
        allowed = "otlp=:4318 (this machine alone) or otlp=HOST:PORT"
        raise InputError(
            Fault(what="is no place to listen at", path="--from", value=said[:80], allowed=allowed)
        )
    return host.strip("[]") or "127.0.0.1", int(port)
