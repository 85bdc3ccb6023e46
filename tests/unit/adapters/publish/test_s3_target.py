"""An S3 store: signed as its own library signs, changed files alone, the manifest last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import md5
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from unittest.mock import patch
from urllib.parse import unquote

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotocoreCredentials
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import site_sample as sample
from record_sample import NOON_S
from tidegate.adapters.publish.s3 import S3Target, s3_target
from tidegate.adapters.publish.signature import Credentials, encoded, signed_headers
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import InputError
from tidegate.present.site.site_tree import SiteTree, site_tree
from tidegate.verbs.record.publish import Publisher

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
        self.knows_conditions = True
        self.is_closed_to_readers = False
        self.before_manifest: list[Callable[[], None]] = []


def _mark(content: bytes) -> str:
    return f'"{md5(content, usedforsecurity=False).hexdigest()}"'


class Handler(BaseHTTPRequestHandler):
    server: Store

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        path = unquote(self.path)
        if self.command == "PUT" and path.endswith("manifest.json") and self.server.before_manifest:
            self.server.before_manifest.pop()()
        said, mark = b"", ""
        with self.server.lock:
            if self.server.failures:
                self.server.failures -= 1
                status = 503
            else:
                self.server.asked.append((self.command, path))
                self.server.headers[path] = dict(self.headers)
                status = 200 if "Signature=" in self.headers.get("authorization", "") else 403
                if status == 200:
                    status, said = self._condition(path)
                if self.command == "PUT" and status == 200:
                    self.server.objects[path] = body
                    mark = _mark(body)
                elif self.command == "GET" and status == 200:
                    status, said = self._kept(path)
                    mark = _mark(said)
                elif self.command == "DELETE":
                    self.server.objects.pop(path, None)
        self.send_response(status)
        self.send_header("content-length", str(len(said)))
        if mark:
            self.send_header("ETag", mark)
        self.end_headers()
        self.wfile.write(said)

    def _kept(self, path: str) -> tuple[int, bytes]:
        if self.server.is_closed_to_readers:
            return 403, b""
        found = self.server.objects.get(path)
        return (404, b"") if found is None else (200, found)

    def _condition(self, path: str) -> tuple[int, bytes]:
        """What a condition comes to, as AWS documents it for PutObject."""
        wanted, unwanted = self.headers.get("if-match"), self.headers.get("if-none-match")
        if not (wanted or unwanted):
            return 200, b""
        if not self.server.knows_conditions:
            return 501, b"NotImplemented"
        found = self.server.objects.get(path)
        if wanted and found is None:
            return 404, b""
        holds = found is None if unwanted else _mark(found) == wanted
        return (200, b"") if holds else (412, b"PreconditionFailed")

    def do_GET(self) -> None:
        self._answer()

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


# -- how long caches keep it -------------------------------------------------------------------------


def test_files_carry_how_long_they_may_be_kept(store, tmp_path):
    """A page some seconds, and a day where nobody is left to ask; what is named for its content for good."""
    tree = sample.built()
    place(store, tmp_path).put(tree)
    said = {path.rpartition("status/")[2]: found["cache-control"] for path, found in store.headers.items()
            if "cache-control" in found}  # fmt: skip
    assert tree.contents().keys() == said.keys()
    page = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
    for path in ("index.html", "api/v2/summary.json", "badge.svg", "history.atom"):
        assert page == said[path]
    assert {"no-cache"} == {said[path] for path in ("manifest.json", "files.json")}
    assert {"public, max-age=31536000, immutable"} == {
        found for path, found in said.items() if path.endswith((".css", ".js"))
    }


# -- two sites, one store ----------------------------------------------------------------------------


def other_site(now_s: float = NOON_S, *, after: int = 0) -> SiteTree:
    """The same record as another site publishes it, with a key of its own."""
    key = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
    state = sample.sample()[0].state
    return site_tree(state, sample.SETTING, now_s, key, after_sequence=after, by="there")


def is_whole(store, tree: SiteTree) -> bool:
    return all(store.objects.get(f"/pages/status/{path}") == text for path, text in tree.contents().items())


def test_a_later_site_is_not_replaced(store, tmp_path):
    """An earlier number is refused before anything is sent; the next one of ours is greater."""
    here, there = place(store, tmp_path / "here"), place(store, tmp_path / "there")
    later = other_site(NOON_S + 60.0)
    there.put(later)
    with pytest.raises(TargetError, match="holds a later site"):
        here.put(sample.built())
    assert is_whole(store, later)
    assert later.sequence == here.held() == place(store, tmp_path / "here").held()
    ours = site_tree(
        sample.sample()[0].state, sample.SETTING, NOON_S, sample.KEY, after_sequence=here.held(), by="here"
    )
    here.put(ours)
    assert is_whole(store, ours)


def test_a_site_whose_clock_is_behind_publishes_all_the_same(store, tmp_path):
    """Whoever finds a later number there makes its own anew with a greater one, at once."""
    place(store, tmp_path / "there").put(other_site(NOON_S + 60.0))
    publisher = Publisher(
        state=sample.sample()[0].state, setting=sample.SETTING, key=sample.KEY, clock=lambda: NOON_S,
        targets=[place(store, tmp_path / "here")], by="here",
    )  # fmt: skip
    publication = publisher.publish()
    assert [""] == [put.error for put in publication.puts]
    assert round((NOON_S + 60.0) * 1000) + 1 == publication.tree.sequence
    assert is_whole(store, publication.tree)


def test_after_another_site_all_is_sent(store, tmp_path):
    """What was remembered as sent is no longer there: every file is, also those that did not change."""
    here, there = place(store, tmp_path / "here"), place(store, tmp_path / "there")
    here.put(sample.built())
    there.put(other_site(NOON_S + 60.0))
    again = sample.built(None, NOON_S + 120.0)
    assert len(again.contents()) == here.put(again)
    assert is_whole(store, again)


def test_of_two_at_the_same_time_one_is_refused_and_the_other_mends(store, tmp_path):
    """Who comes second to the manifest is refused by the store; who was first sends all of its own again."""
    here, there = place(store, tmp_path / "here"), place(store, tmp_path / "there")
    here.put(sample.built())
    ours, theirs = sample.built(None, NOON_S + 60.0), other_site(NOON_S + 61.0)
    store.before_manifest = [lambda: here.put(ours)]  # while theirs is between its pages and its manifest
    with pytest.raises(TargetError, match="somebody else published there at the same time"):
        there.put(theirs)
    assert ours.manifest == store.objects["/pages/status/manifest.json"]
    again = sample.built(None, NOON_S + 120.0)
    assert len(again.contents()) == here.put(again)
    assert is_whole(store, again)


def test_a_store_without_conditions_takes_it_all_the_same(store, tmp_path):
    """Where `If-Match` is not known, the manifest is put without it."""
    store.knows_conditions = False
    here = place(store, tmp_path)
    for now_s in (NOON_S, NOON_S + 60.0):
        here.put(sample.built(None, now_s))
    assert is_whole(store, sample.built(None, NOON_S + 60.0))


def test_who_may_write_and_not_read_publishes(store, tmp_path):
    """A key that reads nothing is enough, as it was: only what changed is sent."""
    store.is_closed_to_readers = True
    here = place(store, tmp_path)
    here.put(sample.built())
    later = sample.built(None, NOON_S + 60.0)
    assert len(later.contents()) > here.put(later)
    assert is_whole(store, later)
