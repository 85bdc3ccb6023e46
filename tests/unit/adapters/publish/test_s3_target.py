"""An S3 store: signed as its own library signs, changed files alone, the manifest last."""

from __future__ import annotations

from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials

import site_sample as sample
from record_sample import NOON_S
from tidegate.adapters.publish.s3 import S3Target, s3_target
from tidegate.adapters.publish.signature import Credentials, encoded, signed_headers
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import InputError

WHO = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
}


class Store(ThreadingHTTPServer):
    """A store on the loopback that keeps what it is given and remembers the order."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.lock = Lock()
        self.objects: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.failures = 0
        self.headers: dict[str, dict[str, str]] = {}


class Handler(BaseHTTPRequestHandler):
    server: Store

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = unquote(self.path)
        with self.server.lock:
            if self.server.failures:
                self.server.failures -= 1
                status = 503
            else:
                self.server.asked.append((self.command, path))
                self.server.headers[path] = dict(self.headers)
                status = 200 if "Signature=" in self.headers.get("authorization", "") else 403
                if self.command == "PUT" and status == 200:
                    self.server.objects[path] = body
                elif self.command == "DELETE":
                    self.server.objects.pop(path, None)
        self.send_response(status)
        self.send_header("content-length", "0")
        self.end_headers()

    def do_PUT(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, *_):
        pass


@pytest.fixture
def store():
    server = Store()
    Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def place(store, tmp_path) -> S3Target:
    word = f"s3://pages/status?endpoint=http://127.0.0.1:{store.server_port}&region=eu-central-1"
    return s3_target(word, tmp_path / "kept", WHO)


@pytest.mark.parametrize("token", ["", "session/token=="])
@pytest.mark.parametrize("path", ["/bucket/index.html", "/bucket/a b/ü+~.html"])
def test_signed_as_botocore_signs(path, token):
    """The signature of a request is the one that the store's own library makes."""
    who = Credentials(
        key_id="AKIDEXAMPLE", secret=WHO["AWS_SECRET_ACCESS_KEY"], token=token, region="eu-central-1"
    )
    headers = {"content-type": "text/html; charset=utf-8", "cache-control": "public, max-age=10"}
    where = encoded(path)
    ours = signed_headers("PUT", "host.example", where, headers, b"body", moment="20251201T120000Z", who=who)
    request = AWSRequest("PUT", f"https://host.example{where}", headers=dict(headers), data=b"body")
    noon = datetime(2025, 12, 1, 12, tzinfo=UTC)
    signer = S3SigV4Auth(BotocoreCredentials(who.key_id, who.secret, token or None), "s3", "eu-central-1")
    with patch("botocore.auth.get_current_datetime", return_value=noon, create=True):
        signer.add_auth(request)
    assert request.headers["Authorization"] == ours["authorization"]


def test_the_store_holds_the_site(store, tmp_path):
    """Every file is there, with its type, and the manifest came last."""
    tree = sample.built()
    assert len(tree.contents()) == place(store, tmp_path).put(tree)
    assert {f"/pages/status/{path}": text for path, text in tree.contents().items()} == store.objects
    assert ("PUT", "/pages/status/manifest.json") == store.asked[-1]
    assert "text/calendar; charset=utf-8" == store.headers["/pages/status/maintenance.ics"]["content-type"]


def test_only_what_changed_is_sent(store, tmp_path):
    """A second publication, even of a new process, sends the changed files and removes what is gone."""
    at, _, _ = sample.sample()
    first = sample.built(at.state)
    place(store, tmp_path).put(first)
    store.asked.clear()
    later = sample.built(at.state, NOON_S + 200 * 86_400.0)
    changed = {path for path, digest in later.digests().items() if first.digests().get(path) != digest}
    gone = first.digests().keys() - later.digests().keys()
    assert len(changed) == place(store, tmp_path).put(later)
    assert len(gone) > 0
    assert {("DELETE", f"/pages/status/{path}") for path in gone} == {
        one for one in store.asked if one[0] == "DELETE"
    }
    assert {f"/pages/status/{path}": text for path, text in later.contents().items()} == store.objects


def test_a_busy_store_is_asked_again(store, tmp_path):
    """Two refusals that may pass do not stop a publication."""
    store.failures = 2
    tree = sample.built()
    place(store, tmp_path).put(tree)
    assert len(tree.contents()) == len(store.objects)


def test_a_store_that_is_not_there_is_named(tmp_path):
    """Nobody listens: the error names the place and nothing is remembered as sent."""
    word = "s3://pages/status?endpoint=http://127.0.0.1:9"
    with pytest.raises(TargetError, match="s3://pages/status"), patch("time.sleep"):
        s3_target(word, tmp_path / "kept", WHO).put(sample.built())
    assert not (tmp_path / "kept.json").exists()


@pytest.mark.parametrize(
    ("word", "who"),
    [
        ("s3://UPPER/x", WHO),
        ("s3://ok/x?endpoint=ftp://x", WHO),
        ("s3://ok/x?colour=red", WHO),
        ("s3://ok/x", {}),
    ],
)
def test_what_is_no_store_is_refused(word, who, tmp_path):
    """Bad names, endpoints and missing keys are bad input, all at once."""
    with pytest.raises(InputError):
        s3_target(word, tmp_path, who)
