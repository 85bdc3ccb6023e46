"""Two sites behind one address, with nginx as it stands in the examples: one dies, readers go on."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.error import HTTPError

import pytest

from exporters import free_port
from run_here import run_here
from two_sites import outage, two_sites

CONFS = Path(__file__).parents[2] / "examples" / "copies"
NGINX = shutil.which("nginx") or "/usr/sbin/nginx"

pytestmark = pytest.mark.skipif(
    not Path(NGINX).exists() and os.environ.get("REQUIRE_PARTS") != "1", reason="nginx is not installed"
)


class Place:
    """nginx with one of the files, in a folder of its own."""

    def __init__(self, folder: Path, file: str, changes: dict[str, str]) -> None:
        text = (CONFS / file).read_text()
        for said, meant in changes.items():
            assert said in text
            text = text.replace(said, meant)
        folder.mkdir()
        (folder / file).write_text(text)
        for one in ("origin-tmp", "front-tmp"):
            (folder / one).mkdir()
        self.log = folder / f"{file.partition('.')[0]}.log"
        # The tests' folders are closed to others: workers stay who began them.
        words = [NGINX, "-p", f"{folder}/", "-c", file, "-e", str(self.log), "-g", "user root; daemon off;"]
        self.process = subprocess.Popen(words, stdin=subprocess.DEVNULL)

    def kill(self) -> None:
        """End it with its workers, as a machine ends that loses its power."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        found = [int(word) for word in children.read_text().split()] if self.process.poll() is None else []
        self.process.kill()
        self.process.wait()
        for child in found:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)


class Served:
    """Both sites published and served, and the address before them."""

    def __init__(self, folder: Path, changes: dict[str, str]) -> None:
        sites = two_sites(folder)
        sites.say("eu", *outage("one", "The shop is out", "shop"))
        sites.exchange()
        self.folder = folder
        self.keys: list[str] = []
        self.places: dict[str, Place] = {}
        ports = {name: str(free_port()) for name in ("eu", "us", "front")}
        for name in ("eu", "us"):
            done = run_here(folder, "publish", "--data", name, "--to", f"{name}-out")
            assert 0 == done.returncode, done.stderr
            stated = json.loads((folder / f"{name}-out/current/manifest.json").read_bytes())["stated"]
            self.keys += ["--key", stated["public_key"]]
            own = {"8081": ports[name], "site/current": str(folder / f"{name}-out/current"), **changes}
            self.places[name] = Place(folder / f"{name}-nginx", "origin.nginx.conf", own)
        own = {":8080": f":{ports['front']}", "8081": ports["eu"], "8082": ports["us"]}
        self.places["front"] = Place(folder / "front-nginx", "front.nginx.conf", own)
        self.address = f"http://127.0.0.1:{ports['front']}"
        for port in ports.values():
            _until_answered(f"http://127.0.0.1:{port}/manifest.json")

    def get(self, path: str) -> tuple[bytes, dict[str, str]]:
        with urllib.request.urlopen(f"{self.address}/{path}", timeout=10) as answer:  # noqa: S310  our own
            return answer.read(), {name.lower(): value for name, value in answer.headers.items()}

    def by(self) -> str:
        return str(json.loads(self.get("manifest.json")[0])["stated"]["by"])


def _until_answered(url: str) -> None:
    for _ in range(100):
        with suppress(OSError), urllib.request.urlopen(url, timeout=1):  # noqa: S310  our own
            return
        time.sleep(0.05)
    raise AssertionError(f"{url} is not answered")


@pytest.fixture
def served(tmp_path) -> Iterator[Callable[..., Served]]:
    """Begin both sites and the address before them, with parts of the origin's file said otherwise."""
    begun: list[Served] = []

    def begin(changes: dict[str, str] | None = None) -> Served:
        begun.append(Served(tmp_path, changes or {}))
        return begun[-1]

    yield begin
    for one in begun:
        for place in one.places.values():
            place.kill()


def test_where_one_site_is_dead_the_other_is_read(served):
    """Every file comes from the second once the first is gone, and the copy is whole: exit 0."""
    here = served()
    assert "eu" == here.by()
    here.places["eu"].kill()
    assert "us" == here.by()
    assert b"The shop is out" in here.get("index.html")[0]
    done = run_here(here.folder, "publish", "--check", here.address, "--network", "127.0.0.0/8", *here.keys)
    assert 0 == done.returncode, done.stdout
    assert "by us for https://status.example.org" in done.stdout


def test_caches_are_told_what_the_page_of_copies_promises(served):
    """A page for seconds and a day, the manifest not at all, what is named for its content for good."""
    here = served()
    page = "public, max-age=15, stale-while-revalidate=60, stale-if-error=86400"
    style = next(path for path in json.loads(here.get("files.json")[0]) if path.endswith(".css"))
    told = {
        path: here.get(path)[1]["cache-control"]
        for path in ("", "history.atom", "manifest.json", "files.json", style)
    }
    assert [page, page, "no-cache", "no-cache", "public, max-age=31536000, immutable"] == list(told.values())
    assert "text/calendar; charset=utf-8" == here.get("maintenance.ics")[1]["content-type"]
    with pytest.raises(HTTPError) as missing:
        here.get("nothing.html")
    with missing.value as answer:
        assert b"There is no such page" in answer.read()


def test_where_both_are_dead_the_last_page_is_read(served):
    """A page that lapsed in the cache is still served; the manifest, which would vouch for it, is not."""
    here = served({"max-age=15, stale-while-revalidate=60": "max-age=1, stale-while-revalidate=1"})
    page, _ = here.get("index.html")
    for name in ("eu", "us"):
        here.places[name].kill()
    time.sleep(3.0)
    assert page == here.get("index.html")[0]
    with pytest.raises(HTTPError) as gone:
        here.get("manifest.json")
    with gone.value as answer:
        assert 502 == answer.code
