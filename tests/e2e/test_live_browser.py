"""The console's live view and its *what if* in a real browser, with a script and without one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from browsers import NEEDS_BROWSER, SIZES, complaints
from served import Served, served

pytestmark = NEEDS_BROWSER
WORLD = """
name: world
horizon: 30s
networks: {app: {title: pods}, data: {title: databases}}
crossings: {nat: {between: [app, data], forwarding: 100000/s, table: {entries: 5000}}}
services: {db: {network: data, connections: 200, service_time: 1ms, concurrency: 100}}
clients:
  pods: {network: app, service: db, population: 80, timeout: 2s, connection: keep_alive, retry: none,
         demand: {kind: closed, think: 2s}}
activities: {grow: {clients_added: pods, from: 4, to: 6, at: 10s}}
"""
SERIES = """
every: 1s
worlds:
  world:
    readings:
      crossings.nat.flows_held: {read: "<b>flows</b>"}
      services.db.requests: {count: asked}
"""
PAGES = ("/console/live", "/console/what-if")


class Growing:
    """A file that a watch follows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.write_text("time,<b>flows</b>,asked\n")
        self._asked = 0

    def say(self, flows: int | str) -> None:
        """Add a sample of now."""
        self._asked += 40
        with self._path.open("a") as opened:
            opened.write(f"{time.time():.3f},{flows},{self._asked}\n")


@pytest.fixture(scope="module")
def growing(tmp_path_factory: pytest.TempPathFactory) -> Growing:
    return Growing(tmp_path_factory.mktemp("series") / "live.csv")


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory, growing: Growing) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("live")
    (folder / "series.yaml").write_text(SERIES)
    growing.say(1000)
    with served(
        folder, world=WORLD, TIDEGATE_WATCH=f"files={growing._path}", TIDEGATE_WATCH_EVERY="1s",
        TIDEGATE_WATCH_SERIES=str(folder / "series.yaml"),
    ) as server:  # fmt: skip
        yield server


@pytest.fixture(scope="module")
def session(browser: Browser, at: Served) -> object:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at.url}/console")
    page.get_by_label("Name").fill(at.name)
    page.get_by_label("Password").fill(at.password)
    page.get_by_role("button", name="Log in").click()
    kept = context.storage_state()
    context.close()
    return kept


@pytest.fixture
def opened(browser: Browser, session: object) -> Iterator[BrowserContext]:
    context = browser.new_context(storage_state=session)
    yield context
    context.close()


def quiet(context: BrowserContext) -> tuple[Page, list[str]]:
    """A page, and what its browser complains of."""
    page, said = context.new_page(), []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return page, said


def test_what_is_seen_is_shown_as_it_changes_and_blindness_as_well(opened, at: Served, growing: Growing):
    """A bar with its limit; another number without loading the page again; then that nothing is seen."""
    page, said = quiet(opened)
    growing.say(2000)
    page.goto(f"{at.url}/console/live")
    page.evaluate("window.isTheSame = true")
    nat = page.locator("article", has_text="crossing nat")
    growing.say(4900)
    expect(nat).to_contain_text("98% of 5,000", timeout=10_000)
    expect(page.locator("h1")).to_contain_text("broken", timeout=10_000)
    expect(nat).to_contain_text("Not seen for", timeout=20_000)
    assert page.evaluate("window.isTheSame")
    assert not page.locator("b", has_text="flows").count()
    assert [] == said


def test_a_page_that_hears_nothing_says_so(opened, at: Served):
    """A browser that is cut off shows what is old as old."""
    page = opened.new_page()
    page.goto(f"{at.url}/console/live")
    expect(page.locator("article").first).to_be_visible()
    page.route("**/stream", lambda route: route.abort())
    page.evaluate("source.close(); within = 2000")
    expect(page.get_by_role("alert").filter(has_text="This page is blind")).to_be_visible(timeout=25_000)


def test_without_a_script_the_page_loads_itself_anew(browser: Browser, session, at: Served):
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at.url}/console/live")
    assert "crossing nat" in page.locator("main").inner_text()
    assert 1 == page.locator("noscript meta[http-equiv=refresh]").count()
    context.close()


def test_nobody_unknown_is_sent_anything(at: Served):
    with pytest.raises(OSError, match="401"), urlopen(Request(f"{at.url}/console/live/stream"), timeout=10):  # noqa: S310
        pass


def test_what_if_estimates_at_once_and_the_exact_answer_follows(opened, at: Served):
    """A slider is moved: the estimate within 100 ms, the address holds it, whole runs answer after it."""
    page, said = quiet(opened)
    page.goto(f"{at.url}/console/what-if?activity=grow")
    page.locator("#what-if-size").wait_for()
    page.evaluate(
        """() => { const one = document.getElementById("what-if-size"); one.value = one.max;
                   one.dispatchEvent(new Event("input", { bubbles: true })); }"""
    )
    expect(page.locator("[data-part=state]")).to_have_text("computed in this browser", timeout=5_000)
    expect(page.locator("#exact")).to_contain_text("connections", timeout=60_000)
    exact = page.locator("#exact").inner_text()
    assert exact.startswith(("STOP", "PROTECT FIRST"))
    kept = page.url
    assert "size=" in kept
    again = opened.new_page()
    again.goto(kept)
    assert again.locator("#what-if-size").evaluate("one => one.value === one.max")
    expect(again.locator("#exact")).to_contain_text(exact.splitlines()[0][:20], timeout=10_000)
    assert [] == said


def test_without_a_script_values_are_chosen_from_lists(browser: Browser, session, at: Served):
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at.url}/console/what-if?activity=grow")
    page.locator("select[name=size]").select_option(index=0)
    page.get_by_role("button", name="Work it out").click()
    for _ in range(120):
        if "PROCEED" in page.locator("#exact").inner_text():
            break
        page.wait_for_timeout(1000)
        page.reload()
    assert "PROCEED" in page.locator("#exact").inner_text()
    context.close()


def test_an_address_that_asks_for_what_is_not_there_is_told_so(browser: Browser, session, at: Served):
    context = browser.new_context(storage_state=session, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at.url}/console/what-if?activity=grow&size=<script>alert(1)</script>&colour=blue")
    shown = page.locator("main").inner_text()
    assert "There is no size “<script>alert(1)</script>” among the values of this plan." in shown
    assert "colour" in shown
    assert "There is no exact answer" in shown
    assert 404 == page.goto(f"{at.url}/console/what-if?activity=nope").status
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES.keys())
def test_both_pages_are_accessible_and_fit(browser: Browser, session, at: Served, width: int, scheme: str):
    context = browser.new_context(
        storage_state=session, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    page, found = context.new_page(), {}
    for path in PAGES:
        page.goto(f"{at.url}{path}")
        page.wait_for_timeout(500)
        found[path] = complaints(page) + ["wide"] * (
            page.evaluate("document.documentElement.scrollWidth") > width
        )
    context.close()
    assert {path: [] for path in PAGES} == found
