"""The public site in a real browser: readable by everyone, everywhere, without script; honest when old."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

import site_sample as sample
from browsers import NEEDS_BROWSER, SIZES, complaints, opening
from record_sample import NOON_S
from tidegate.inform.site.segment_link import is_private
from tidegate.present.site.frame import SCRIPT_PATH, STYLE_PATH

PAGES = (
    "index.html", "history.html", "uptime.html", "maintenance.html", "record.html", "follow.html", "404.html",
    "copies.html",
    "components/login.html", "de/index.html", "OUTAGE", "SEGMENT",
)  # fmt: skip

pytestmark = NEEDS_BROWSER


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """The sample's site on the loopback; gives the address of a page, OUTAGE and SEGMENT being one each."""
    root = tmp_path_factory.mktemp("site")
    tree = sample.built()
    for path, content in tree.contents().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    Thread(target=server.serve_forever, daemon=True).start()
    outage = next(one.id for one in sample.sample()[0].state.outages() if one.is_open)
    named = {
        "OUTAGE": f"outages/{outage}.html",
        "SEGMENT": next(
            path for path in sorted(tree.made) if is_private(path) and "Baskets" in _text(tree, path)
        ),
    }
    yield lambda path: f"http://127.0.0.1:{server.server_port}/{named.get(path, path)}"
    server.shutdown()
    server.server_close()


def _text(tree, path: str) -> str:
    return tree.made[path].content.decode()


@pytest.fixture
def open_page(browser: Browser, site) -> Iterator:
    """Open a page with the given settings; an error in it, or something it cannot load, fails the test."""

    def set_clock(page) -> None:
        page.clock.install(time=NOON_S + 60.0)

    with opening(browser) as opened:
        yield lambda path, width=1280, **settings: opened(
            site(path),
            width,
            first=set_clock if settings.get("java_script_enabled", True) else None,
            **settings,
        )


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(("width", "media"), [(360, "screen"), (1280, "screen"), (700, "print")])
def test_no_horizontal_scroll(open_page, path: str, width: int, media: str) -> None:
    """No page is ever wider than the screen, nor than an A4 sheet with its margins."""
    page = open_page(path, width)
    page.emulate_media(media=media)
    assert width >= page.evaluate("document.documentElement.scrollWidth")


@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_nothing(open_page, path: str) -> None:
    """An accessibility checker has no complaint on any page, in light and dark, on phone and desktop."""
    found = []
    for width, scheme in ((SIZES["phone"], "light"), (SIZES["desktop"], "dark"), (SIZES["desktop"], "light")):
        page = open_page(path, width, color_scheme=scheme)
        found += [(width, scheme, *one) for one in complaints(page)]
    assert [] == found


def test_a_page_asks_for_itself_one_stylesheet_and_one_small_script(browser: Browser, site) -> None:
    """Nothing else is loaded, from nowhere."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.install(time=NOON_S)
    page.goto(site("index.html"))
    page.wait_for_load_state("networkidle")
    context.close()
    assert {site("index.html"), site(STYLE_PATH), site(SCRIPT_PATH)} == {
        url for url in asked if not url.startswith("data:")
    }


def test_everything_is_there_without_script(open_page) -> None:
    """With scripts off the answer, the outage and every component can be read."""
    page = open_page("index.html", java_script_enabled=False)
    assert "2 of 6 components do not work as they should" == page.locator("h1").inner_text()
    assert "The shop cannot be reached" in page.locator("#open").inner_text()
    assert page.locator("#components li").count() >= 6
    assert page.locator("#stale").is_hidden()


def test_an_old_copy_says_so_itself(browser: Browser, site) -> None:
    """A mirror that nobody updates: the page itself says that it does not know how things are."""
    context = browser.new_context()
    page = context.new_page()
    page.clock.install(time=NOON_S + 601.0)
    page.goto(site("index.html"))
    assert page.locator("#stale").is_visible()
    assert "We do not know how things are now" in page.locator("#stale").inner_text()
    assert [] == complaints(page)
    context.close()


def test_a_page_left_open_grows_old(open_page) -> None:
    """A page that was good when it was opened asks once for a newer one, and then says that it is old."""
    page = open_page("index.html")
    assert page.locator("#stale").is_hidden()
    with page.expect_navigation():
        page.clock.fast_forward(600_000)
    page.clock.fast_forward(6_000)
    assert page.locator("#stale").is_visible()


def test_dark_and_print_have_their_own_ground(open_page) -> None:
    """Dark mode is dark, and paper is white even from a dark screen."""
    page = open_page("index.html", color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert "rgb(18, 23, 27)" == page.evaluate(ground)
    page.emulate_media(media="print", color_scheme="dark")
    assert "rgb(255, 255, 255)" == page.evaluate(ground)
    assert page.locator("nav").first.is_hidden()


def test_the_keyboard_skips_to_the_answer(open_page) -> None:
    """The first stop of the Tab key leads past the navigation."""
    page = open_page("index.html")
    page.keyboard.press("Tab")
    assert "#main" == page.evaluate("document.activeElement.getAttribute('href')")


def test_a_segment_page_does_not_give_itself_away(open_page) -> None:
    """Search engines are told to leave it out, and links from it name no referrer."""
    page = open_page("SEGMENT")
    assert "noindex, nofollow" == page.locator("meta[name=robots]").get_attribute("content")
    assert "no-referrer" == page.locator("meta[name=referrer]").get_attribute("content")
    assert "Baskets are kept." in page.locator("main").inner_text()
    assert time.strftime("%Y", time.gmtime(NOON_S)) in page.locator("main").inner_text()
