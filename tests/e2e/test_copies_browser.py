"""The page of copies in a real browser: it asks the others which tells of the most, believes no stranger."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from browsers import NEEDS_BROWSER, complaints
from sites_sample import begun, group, heal, say
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.journal_state import read_state
from tidegate.adapters.store.site_key import read_key
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.present.site.site_tree import site_tree

pytestmark = NEEDS_BROWSER
SAID = {
    "newer": "tells of more than this page: read it",
    "same": "tells of the same as this page",
    "older": "tells of less than this page",
    "apart": "tells of something that this page does not, and the other way round: read both",
    "lapsed": "is too old to be believed",
    "wrong": "is not signed by a site that we know: do not believe it",
    "changed": "is not signed by a site that we know: do not believe it",
    "silent": "could not be asked by your browser",
    "closed": "could not be asked by your browser",
}


class Open(SimpleHTTPRequestHandler):
    """A plain web server that lets other places' pages read its files; that of `closed` does not."""

    def end_headers(self) -> None:
        if "closed" not in self.directory:
            self.send_header("access-control-allow-origin", "*")
        super().end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Open, directory=str(folder)))
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def publish(journal, folder: Path, setting: SiteSetting, now_s: float) -> None:
    key = read_key(journal.path.parent / KEY_NAME)
    for path, content in (
        site_tree(read_state(journal)[0], setting, now_s, key, by=journal.site).contents().items()
    ):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)


@pytest.fixture
def places(tmp_path) -> Iterator[dict[str, str]]:
    """A page, and copies of each kind: the addresses by name."""
    with ExitStack() as stack:
        where = {}
        for name in ("page", *SAID):
            (tmp_path / "www" / name).mkdir(parents=True)
            where[name] = stack.enter_context(served(tmp_path / "www" / name))
        silent = where["silent"] = "http://127.0.0.1:9"
        setting, now_s = SiteSetting(copies=tuple(where.values()), languages=("en", "de")), time.time()
        west, east = stack.enter_context(group(tmp_path, "west", "east"))
        stranger = stack.enter_context(_closing(begun(tmp_path / "other", "north")))
        assert silent

        def put(journal, name: str, at_s: float = now_s) -> None:
            publish(journal, tmp_path / "www" / name, setting, at_s)

        heal(west, east)
        put(east, "older")
        say(west, "west knows")
        put(west, "page"), put(west, "lapsed", now_s - 3600.0), put(stranger, "wrong")
        say(east, "east knows")
        put(east, "apart")
        heal(west, east)
        put(east, "newer"), put(east, "changed"), put(east, "closed")
        manifest = tmp_path / "www" / "changed" / "manifest.json"
        manifest.write_bytes(manifest.read_bytes().replace(b'"east":', b'"easy":', 1))
        for file in (tmp_path / "www" / "page").rglob("manifest.json"):
            (tmp_path / "www" / "same" / file.name).write_bytes(file.read_bytes())
        yield where


@contextmanager
def _closing(journal):
    yield journal
    journal.close()


def test_the_readers_browser_asks_all_copies_which_tells_of_the_most(browser, places):
    """Only when it is told to; each place is said how it stands, and a phone shows it without scrolling."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{places['page']}/copies.html")
    page.wait_for_load_state("networkidle")
    assert all(one.startswith((places["page"], "data:")) for one in asked), "nothing is asked of others yet"
    page.get_by_role("button", name="Ask all of them which tells of the most").click()
    for name, said in SAID.items():
        told = page.locator(f"[data-copy='{places[name]}'] [role=status]")
        told.filter(has_text=said).wait_for(timeout=15_000)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert [] == complaints(page)
    context.close()


def test_without_script_the_page_of_copies_is_as_it_was(browser, places):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{places['page']}/de/copies.html")
    assert page.locator("#ask-copies").is_hidden()
    assert page.get_by_role("link", name=places["newer"]).is_visible()
    context.close()
