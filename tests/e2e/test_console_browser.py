"""Console and case form in a real browser: no script, no foreign request, readable by everyone."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from served import Served, served

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
)  # fmt: skip
SIZES = {"phone": 360, "desktop": 1280}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("REQUIRE_PARTS") != "1", reason="Chromium is not installed"
    ),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("console")) as server:
        for number in range(3):
            server.say("/api/v1/cases", text=f"cannot sign in {number}", components=["login"])
        yield server


@pytest.fixture(scope="module")
def story(browser: Browser, at: Served) -> dict[str, object]:
    """One operator's way from login to words that are public; then every page there is, and the session."""
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{at.url}/console")
    page.get_by_label("Name").fill(at.name)
    page.get_by_label("Password").fill(at.password)
    page.get_by_role("button", name="Log in").click()
    page.get_by_label("What does it come from?").select_option("login")
    page.get_by_role("button", name="Open it").click()
    page.get_by_role("button", name="Take it in hand").click()
    page.get_by_role("button", name="Confirm it").click()
    page.get_by_role("button", name="Publish these words").click()
    said = page.get_by_role("status").inner_text()
    outage = page.url.split("?")[0].removeprefix(at.url)
    page.goto(f"{at.url}/console/cases")
    page.locator("tbody a").first.click()
    case = page.url.removeprefix(at.url)
    kept = context.storage_state()
    context.close()
    pages = ["/console", "/console/outages", outage, "/console/cases", case, "/console/maintenance",
             "/console/components", "/console/access", "/console/login", "/help", "/console/notices",
             "/notices", f"/notices/confirm/{'a' * 12}/{'a' * 32}",
             f"/notices/end/{'a' * 12}/{'a' * 32}"]  # fmt: skip
    return {"said": said, "pages": pages, "session": kept, "outage": outage}


def opened(browser: Browser, story: dict[str, object], **settings) -> Page:
    context = browser.new_context(storage_state=story["session"], **settings)
    return context.new_page()


def test_an_operator_needs_no_script(story: dict[str, object]):
    """From login to published words without a line of JavaScript."""
    assert "The words are public" in story["said"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES.keys())
def test_every_page_is_accessible_and_fits(
    browser: Browser, at: Served, story: dict[str, object], width: int, scheme: str
):
    """No complaint of the accessibility checker, nothing wider than the screen, nothing asked of others."""
    page = opened(
        browser, story, viewport={"width": width, "height": 900}, color_scheme=scheme, bypass_csp=True
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    found = {}
    for path in story["pages"]:
        page.goto(f"{at.url}{path}")
        page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        violations = Axe().run(page).response["violations"]
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] + [
            "wide"
        ] * wide
    page.context.close()
    assert {path: [] for path in story["pages"]} == found
    assert [] == [url for url in asked if not url.startswith((at.url, "data:"))]


def test_the_policy_of_every_page_holds(browser: Browser, at: Served, story: dict[str, object]):
    """No page asks for what its own policy forbids: the browser's console stays empty."""
    page = opened(browser, story)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    for path in [*story["pages"], "/"]:
        page.goto(f"{at.url}{path}")
    page.context.close()
    assert [] == said


def test_me_too_is_one_tap_and_gives_a_receipt(browser: Browser, at: Served, story: dict[str, object]):
    """A customer sees the known outage first, taps once, and holds a receipt."""
    page = opened(browser, story, viewport={"width": 360, "height": 740}, java_script_enabled=False)
    for _ in range(100):
        page.goto(f"{at.url}/help")
        if page.get_by_role("button", name="It is broken for me too").count():
            break
        page.wait_for_timeout(100)
    page.get_by_role("button", name="It is broken for me too").first.click()
    assert "tidegate receipt 1" in page.locator(".receipt").inner_text()
    assert "It belongs to a known outage" in page.inner_text("main")
    page.context.close()
