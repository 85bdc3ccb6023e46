"""`tidegate publish --check` of several copies, made by sites that publish for themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from record_sample import NOON_S
from run_here import run_here
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.inform.site.manifest import manifest_bytes, read_manifest
from tidegate.journal.entry import Draft
from two_sites import outage, two_sites

NEAR = ("--network", "127.0.0.0/8")


@pytest.fixture
def sites(tmp_path):
    return two_sites(tmp_path)


def publish(place: Path, name: str, to: str, *more: str):
    done = run_here(place, "publish", "--data", name, "--to", to, *more)
    assert (0, "") == (done.returncode, done.stderr)


def check(place: Path, *words: str):
    done = run_here(place, "publish", "--check", words[0], *words[1:])
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout.splitlines(), done.stderr


def stated(copy: Path) -> dict[str, object]:
    return json.loads((copy / "manifest.json").read_bytes())["stated"]


def key_of(copy: Path) -> str:
    return str(stated(copy)["public_key"])


class Quiet(SimpleHTTPRequestHandler):
    served: list[str]

    def do_GET(self) -> None:
        self.served.append(self.path)
        super().do_GET()

    def log_message(self, *_):
        pass


@pytest.fixture
def serve():
    """Serve folders on the loopback; give the address of each, and what was asked."""
    servers = []

    def served(root: Path, handler: type[Quiet] = Quiet) -> tuple[str, list[str]]:
        kind = type("Served", (handler,), {"served": []})
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(kind, directory=str(root)))
        Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}", kind.served

    yield served
    for server in servers:
        server.shutdown()
        server.server_close()


# -- copies of several sites agree ------------------------------------------------------------------

AT_NOON = """
import sys
from tidegate.adapters.store.journal_file import JournalFile
JournalFile.now_s = lambda self: {now}
from tidegate.cli.main import main
sys.argv = ["tidegate", *sys.argv[1:]]
main()
"""


def test_two_sites_publish_the_same_pages(sites, tmp_path):
    """Journals with one set of entries in other orders, in other processes: the pages are equal.

    What differs says who made it: the page of copies, the key on *Follow*, manifest and list of files.
    """
    sites.say("eu", *outage("one", "The shop is out", "shop", de="Der Laden ist zu."))
    sites.say("us", *outage("two", "Search is slow", "search"))
    sites.exchange()
    orders = {}
    for name, folder in sites.folders.items():
        journal = sites.open(name)
        orders[name] = [(entry.site, entry.number) for _, entry in journal.entries()]
        now_s = NOON_S + 2e9
        journal.close()
        words = [sys.executable, "-c", AT_NOON.format(now=now_s), "publish",
                 "--data", str(folder), "--to", name, "--language", "en", "--language", "de",
                 "--copy", "https://eu.example.org"]  # fmt: skip
        environment = {**os.environ, "PYTHONHASHSEED": str(len(orders))}
        subprocess.run(words, cwd=tmp_path, env=environment, check=True, timeout=60, capture_output=True)
    assert sorted(orders["eu"]) == sorted(orders["us"])
    assert orders["eu"] != orders["us"]
    trees = {name: tmp_path / name / "current" for name in orders}
    held = {
        name: {
            path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()
        }
        for name, root in trees.items()
    }
    public = {name: {path for path in files if "for/" not in path} for name, files in held.items()}
    assert public["eu"] == public["us"]
    assert {
        "copies.html",
        "de/copies.html",
        "follow.html",
        "de/follow.html",
        "manifest.json",
        "files.json",
    } == {path for path in public["eu"] if held["eu"][path] != held["us"][path]}


def test_the_manifest_says_by_whom_and_of_how_much(sites, tmp_path):
    """By which site, and up to which entry of each; cases, which nobody is told of, do not count."""
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    sites.exchange()
    publish(tmp_path, "us", "out")
    assert ("us", {"eu": 5, "us": 1}) == tuple(
        stated(tmp_path / "out/current")[name] for name in ("by", "heads")
    )
    case = {"text": "It is broken.", "channel": "web"}
    sites.say("us", Draft(kind="case.received", subject="c", payload=case))
    publish(tmp_path, "us", "out")
    assert {"eu": 5, "us": 1} == stated(tmp_path / "out/current")["heads"]


def test_a_manifest_from_before_is_still_read():
    """One that says neither by whom nor of how much is whole, and says nothing of either."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    old = manifest_bytes(b"{}", site="https://a.example", sequence=1, made_s=0.0, until_s=9.0, key=key)
    assert {
        "files_sha256",
        "made_at",
        "public_key",
        "sequence",
        "site",
        "tidegate_manifest",
        "valid_until",
    } == (json.loads(old)["stated"].keys())
    assert ("", {}) == (read_manifest(old).by, read_manifest(old).heads)


def test_a_record_of_very_many_chains_is_not_counted():
    """The manifest stays small: with more than a hundred chains it does not say how much it tells of."""
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    made = [
        manifest_bytes(
            b"", site="x", sequence=1, made_s=0.0, until_s=9.0, key=key, heads=dict.fromkeys(names, 7)
        )
        for names in (map(str, range(100)), map(str, range(101)))
    ]
    assert [100, 0] == [len(read_manifest(one).heads) for one in made]


# -- what is said of several copies -----------------------------------------------------------------


def test_copies_that_agree_are_current(sites, tmp_path, serve):
    """Two sites' copies, a folder and an address, one key each: exit 0, a line each and a sentence."""
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    sites.exchange()
    for name in ("eu", "us"):
        publish(tmp_path, name, f"{name}-out")
    address, asked = serve(tmp_path / "us-out/current")
    keys = [word for name in ("eu", "us") for word in ("--key", key_of(tmp_path / f"{name}-out/current"))]
    code, lines, _ = check(tmp_path, "eu-out/current", "--check", f"{address}/index.html", *keys, *NEAR)
    assert (0, 3) == (code, len(lines))
    assert lines[0].startswith("eu-out/current: whole, good until ")
    assert "by eu for https://status.example.org, made " in lines[0]
    assert lines[0].endswith("tells of eu 5 and us 1")
    assert lines[1].startswith(f"{address}/index.html: whole, good until ")
    assert "by us for" in lines[1]
    assert "All 2 copies are whole and current." == lines[2]
    listed = json.loads((tmp_path / "us-out/current/files.json").read_bytes())
    looked = {path.removeprefix("/") for path in asked}
    assert {
        "manifest.json",
        "files.json",
        *(path for path in listed if not path.startswith("sha256:")),
    } == looked


def test_without_a_key_it_is_said_what_that_means(sites, tmp_path):
    """Whoever names no key learns only that somebody signed."""
    publish(tmp_path, "eu", "out")
    code, lines, _ = check(tmp_path, "out/current")
    assert 0 == code
    assert "The copy is whole and current; without --key this says only that somebody signed." == lines[-1]


def test_a_copy_that_lacks_what_another_tells_is_behind(sites, tmp_path):
    """A site that did not hear yet is behind, though its clock and number are later: exit 3."""
    publish(tmp_path, "us", "early")
    sites.exchange()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    publish(tmp_path, "eu", "eu-out")
    publish(tmp_path, "us", "us-out")
    code, lines, _ = check(tmp_path, "eu-out/current", "--check", "us-out/current")
    assert 3 == code
    assert lines[0].endswith("tells of eu 5 and us 1; the newest")
    assert "whole, but behind: it does not tell of all that eu-out/current tells of" in lines[1]
    assert lines[2].startswith("Of 2 copies 1 is whole and current and 1 is behind; read eu-out/current;")


def test_a_cut_is_said(sites, tmp_path):
    """Where each site has told of something that the other has not, neither is newer: exit 3."""
    sites.exchange()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    sites.say("us", *outage("two", "Search is slow", "search"))
    for name in ("eu", "us"):
        publish(tmp_path, name, f"{name}-out")
    code, lines, _ = check(tmp_path, "eu-out/current", "--check", "us-out/current")
    assert 3 == code
    assert "each tell of what the other does not: a cut" in lines[0]
    assert "each tell of what the other does not: a cut" in lines[1]
    assert "eu and us have each told of something that the other has not" in lines[2]
    assert "the newest" not in "".join(lines)
    # They meet again: both tell of all of it.
    sites.exchange()
    for name in ("eu", "us"):
        publish(tmp_path, name, f"{name}-out")
    assert 0 == check(tmp_path, "eu-out/current", "--check", "us-out/current")[0]


def test_old_unreachable_and_both(sites, tmp_path, monkeypatch):
    """A frozen copy beside a current one is 3, alone 4; one that nobody answers for is 3, alone 4."""
    publish(tmp_path, "eu", "out")
    shutil.copytree(tmp_path / "out/current", tmp_path / "frozen")
    later_s = time.time() + 700.0
    monkeypatch.setattr(time, "time", lambda: later_s)
    publish(tmp_path, "eu", "out")
    code, lines, _ = check(tmp_path, "out/current", "--check", "frozen")
    assert (3, True) == (code, "now it tells of the past" in lines[1])
    assert 4 == check(tmp_path, "frozen")[0]
    nobody = "http://127.0.0.1:9"
    code, lines, _ = check(tmp_path, "out/current", "--check", nobody, *NEAR)
    assert (3, True) == (code, lines[1].startswith(f"{nobody}: cannot be read: "))
    assert "Of 2 copies 1 is whole and current and 1 is unreachable" in lines[2]
    assert 4 == check(tmp_path, nobody, "--check", "frozen", *NEAR)[0]


def test_private_addresses_are_asked_only_where_named(sites, tmp_path, serve):
    """Without --network an address within is not asked at all."""
    publish(tmp_path, "eu", "out")
    address, asked = serve(tmp_path / "out/current")
    code, lines, _ = check(tmp_path, address)
    assert (4, []) == (code, asked)
    assert "may not be asked unless --network names its network" in lines[0]


# -- a mirror that lies -----------------------------------------------------------------------------


def test_a_mirror_that_changes_a_page_is_found_out(sites, tmp_path, serve):
    """Pages of one publication under the manifest of another are exit 5."""
    publish(tmp_path, "eu", "out")
    shutil.copytree(tmp_path / "out/current", tmp_path / "mirror")
    address, _ = serve(tmp_path / "mirror")
    assert 0 == check(tmp_path, address, *NEAR)[0]
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    publish(tmp_path, "eu", "out")
    for path in ("manifest.json", "files.json"):
        shutil.copy(tmp_path / "out/current" / path, tmp_path / "mirror" / path)
    code, lines, _ = check(tmp_path, address, "--check", "out/current", *NEAR)
    assert 5 == code
    assert lines[0].startswith(f"{address}: not what was published: index.html is not what was published; ")
    assert " is missing; and " in lines[0] or " more; by eu" in lines[0]
    assert lines[1].startswith("out/current: whole, good until")


def test_a_mirror_cannot_speak_in_our_name(sites, tmp_path, serve):
    """Its own key is not ours; a manifest that was changed is not signed; what is none is none."""
    publish(tmp_path, "eu", "out")
    publish(tmp_path, "us", "other")
    ours = key_of(tmp_path / "out/current")
    address, _ = serve(tmp_path / "other/current")
    code, lines, _ = check(tmp_path, address, "--key", ours.upper(), *NEAR)
    assert (5, True) == (code, "it is signed with another key" in lines[0])
    for text, said in (
        (b"{}", "is no manifest of a site"),
        (None, "the manifest was changed after it was signed"),
    ):
        shutil.rmtree(tmp_path / "mirror", ignore_errors=True)
        shutil.copytree(tmp_path / "out/current", tmp_path / "mirror")
        manifest = tmp_path / "mirror/manifest.json"
        longer = manifest.read_bytes().replace(b'"heads":{"eu":1}', b'"heads":{"eu":9}')
        manifest.write_bytes(longer if text is None else text)
        code, lines, _ = check(tmp_path, "mirror", "--key", ours)
        assert (5, True) == (code, said in lines[0])


def test_a_mirror_that_goes_back_is_found_out(sites, tmp_path):
    """A whole copy with a lower number than was seen of its key before is exit 5, each time."""
    publish(tmp_path, "eu", "out")
    shutil.copytree(tmp_path / "out/current", tmp_path / "kept")
    publish(tmp_path, "eu", "out")
    key = ("--key", key_of(tmp_path / "kept"), "--remember", "seen.json")
    assert 0 == check(tmp_path, "out/current", *key)[0]
    number = stated(tmp_path / "out/current")["sequence"]
    for _ in range(2):
        code, lines, _ = check(tmp_path, "kept", *key)
        assert (5, True) == (code, f"went back: number {number} was seen before" in lines[0])
    assert 0 == check(tmp_path, "out/current", *key)[0]


def test_a_mirror_that_lags_did_not_go_back(sites, tmp_path):
    """One that shows what it showed before, though more was seen elsewhere, keeps back: exit 3."""
    publish(tmp_path, "eu", "out")
    shutil.copytree(tmp_path / "out/current", tmp_path / "mirror")
    words = ("--remember", "seen.json")
    assert 0 == check(tmp_path, "mirror", *words)[0]
    publish(tmp_path, "eu", "out")
    assert 0 == check(tmp_path, "out/current", *words)[0]
    code, lines, _ = check(tmp_path, "mirror", *words)
    assert (3, True) == (code, "whole, but behind: number" in lines[0])


def test_what_a_stranger_signed_is_not_remembered(sites, tmp_path):
    """A mirror with a key of its own teaches nothing to whoever named the keys."""
    publish(tmp_path, "eu", "out")
    assert 5 == check(tmp_path, "out/current", "--key", "0" * 64, "--remember", "seen.json")[0]
    assert {"copies": {}, "keys": {}, "tidegate_seen": 1} == json.loads((tmp_path / "seen.json").read_bytes())


# -- what is read of an address ---------------------------------------------------------------------


def test_so_many_pages_and_no_more(sites, tmp_path, serve):
    """`--pages` bounds what is asked; the front page is among it; that not all was looked at is said."""
    publish(tmp_path, "eu", "out")
    address, asked = serve(tmp_path / "out/current")
    code, lines, _ = check(tmp_path, address, "--pages", "3", *NEAR)
    assert (0, 5) == (code, len(asked))
    assert "/index.html" in asked
    assert " 3 of " in lines[0]
    asked.clear()
    assert 0 == check(tmp_path, address, "--pages", "0", *NEAR)[0]
    assert ["/manifest.json", "/files.json"] == asked


class Renewed(Quiet):
    """Publishes anew while it is being read."""

    def do_GET(self) -> None:
        root = Path(self.directory)
        if self.path == "/index.html" and self.served.count("/index.html") == 0:
            publish(root.parent, "eu", "out")
            shutil.copytree(root.parent / "out/current", root, dirs_exist_ok=True)
        super().do_GET()


def test_a_site_that_is_published_meanwhile_is_not_held_to_lie(sites, tmp_path, serve):
    """Pages that belong to a publication after the manifest that was read: it is read again."""
    publish(tmp_path, "eu", "out")
    shutil.copytree(tmp_path / "out/current", tmp_path / "copy")
    address, asked = serve(tmp_path / "copy", Renewed)
    code, lines, _ = check(tmp_path, address, *NEAR)
    assert 0 == code, lines
    assert 2 == asked.count("/files.json")


class Cached(Quiet):
    """Answers with an old front page until a second has passed, as a cache may that was told so."""

    old: bytes

    def do_GET(self) -> None:
        if self.path != "/index.html" or self.served.count(self.path) >= 2:
            super().do_GET()
            return
        self.served.append(self.path)
        self.send_response(200)
        self.send_header("cache-control", "public, max-age=1, stale-while-revalidate=60")
        self.send_header("content-length", str(len(self.old)))
        self.end_headers()
        self.wfile.write(self.old)


def test_a_page_that_a_cache_may_still_keep_is_looked_at_again(sites, tmp_path, serve):
    """An old page under a new manifest, within the time that caches were allowed, is no lie."""
    publish(tmp_path, "eu", "out")
    old = (tmp_path / "out/current/index.html").read_bytes()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    publish(tmp_path, "eu", "out")
    address, asked = serve(tmp_path / "out/current", type("Cached", (Cached,), {"old": old}))
    code, lines, _ = check(tmp_path, address, *NEAR)
    assert 0 == code, lines
    assert 3 == asked.count("/index.html")


def test_a_redirect_is_not_followed(sites, tmp_path, serve):
    """An address that leads elsewhere is not read there: what it leads to was not named."""

    class Leading(Quiet):
        def do_GET(self) -> None:
            self.send_response(301)
            self.send_header("location", "http://169.254.169.254/")
            self.send_header("content-length", "0")
            self.end_headers()

    address, _ = serve(tmp_path, Leading)
    code, lines, _ = check(tmp_path, address, *NEAR)
    assert (4, f"{address}: cannot be read: manifest.json was answered 301") == (code, lines[0])


def test_a_list_that_leads_elsewhere_is_not_followed(tmp_path, serve):
    """A stranger who signs paths that are none makes nobody ask for them."""
    key = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
    files = json.dumps({"../../admin?x=1": "0" * 64}).encode()
    made = manifest_bytes(files, site="x", sequence=1, made_s=0.0, until_s=9e9, key=key)
    (tmp_path / "manifest.json").write_bytes(made)
    (tmp_path / "files.json").write_bytes(files)
    address, asked = serve(tmp_path)
    code, lines, _ = check(tmp_path, address, *NEAR)
    assert (5, True) == (code, "files.json is no list of files" in lines[0])
    assert ["/manifest.json", "/files.json"] == asked


@pytest.mark.parametrize(
    "words",
    [
        ("nowhere",), ("http://a.example/?x=1",), ("https://me@a.example",), ("http://",),
        (".", "--key", "abc"), (".", "--network", "here"), (".", "--pages", "-1"), (".", "--to", "x"),
        (".", "--remember", "broken"),
        (".", "--check", "."), (".", "--remember", "no/such/folder"), (".", "--copy", "https://a.example"),
    ],
)  # fmt: skip
def test_what_cannot_be_checked_is_bad_input(tmp_path, words):
    """One clear error, exit 2."""
    (tmp_path / "broken").write_text('{"tidegate_seen": 1, "keys": {"a": "b"}, "copies": {}}')
    code, lines, complaint = check(tmp_path, *words)
    assert (2, []) == (code, lines)
    assert complaint


@pytest.mark.parametrize("word", ["--key", "--network", "--remember", "--pages"])
def test_what_belongs_to_a_check_is_refused_elsewhere(sites, tmp_path, word):
    """Nothing that was typed is ignored in silence."""
    done = run_here(tmp_path, "publish", "--data", "eu", "--to", "out", word, "0")
    assert (2, True) == (done.returncode, "Goes with --check only" in done.stderr)


# -- two sites, one place ---------------------------------------------------------------------------


def test_a_site_that_knows_less_does_not_replace_one_that_knows_more(sites, tmp_path):
    """At a shared place, a later number by a site that did not hear is refused while the other's is good."""
    sites.exchange()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    publish(tmp_path, "eu", "shared")
    done = run_here(tmp_path, "publish", "--data", "us", "--to", "shared")
    assert (5, True) == (done.returncode, "shared: holds a site by eu that tells of more" in done.stderr)
    assert "The shop is out" in (tmp_path / "shared/current/index.html").read_text()
    sites.exchange()
    publish(tmp_path, "us", "shared")
    assert "us" == stated(tmp_path / "shared/current")["by"]


def test_a_site_replaces_what_nobody_may_believe_any_more(sites, tmp_path, monkeypatch):
    """Once what is there has lapsed, a living site's word is better, whatever the dead one knew."""
    sites.exchange()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    publish(tmp_path, "eu", "shared")
    later_s = time.time() + 700.0
    monkeypatch.setattr(JournalFile, "now_s", lambda _: later_s)
    publish(tmp_path, "us", "shared")
    assert "us" == stated(tmp_path / "shared/current")["by"]


def test_sites_that_were_cut_off_take_turns(sites, tmp_path):
    """Where neither tells of all, the later publication holds, and the next number is greater."""
    sites.exchange()
    sites.say("eu", *outage("one", "The shop is out", "shop"))
    sites.say("us", *outage("two", "Search is slow", "search"))
    numbers = []
    for name in ("eu", "us", "eu"):
        publish(tmp_path, name, "shared")
        numbers.append(stated(tmp_path / "shared/current")["sequence"])
    assert sorted(set(numbers)) == numbers
