"""Console and case form in a real browser: no script, no foreign request, readable by everyone."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from browsers import NEEDS_BROWSER, SIZES, complaints
from past_rulings import record, ruling
from served import Served, served
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.journal_state import read_state
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.adapters.store.site_key import read_key
from tidegate.inform.notice import end_address
from tidegate.inform.site.segment_link import segment_pages, word_of
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.journal.entry import Draft
from tidegate.verbs.record.publish import own_link_secret

pytestmark = NEEDS_BROWSER
MISSED = ruling(0, numbers={"services.db.connections": "390 measured"}, evidence="836 whole runs")
RULINGS = [
    MISSED,
    Draft(
        kind="ruling.scored", subject=MISSED.subject,
        payload={"outcome": "wrong", "because": "the database refused"},
    ),
    ruling(1, verdict="slow_down", allowed=18, override="<b>eve</b> says so", asked_by="<b>eve</b>"),
    ruling(2, "1 to 9", verdict="cannot_tell", world=None, address="a" * 120),
]  # fmt: skip


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    gate = tmp_path_factory.mktemp("gate")
    record(gate, RULINGS)
    folder, said = tmp_path_factory.mktemp("console"), {"TIDEGATE_LANGUAGES": "en,de"}
    with served(folder, **said, TIDEGATE_GATE=str(gate)) as server:
        for number in range(3):
            server.say("/api/v1/cases", text=f"cannot sign in {number}", components=["login"])
        yield server


def subscribed(at: Served) -> str:
    """The address at which a subscription with a segment's words is changed and ended."""
    key = bytes.fromhex(SecretsFile(at.data).held.key)
    site_key = read_key(at.data / KEY_NAME)
    setting = SiteSetting(segments={"buyers": "buyers"}, link_secret=own_link_secret(site_key))
    word = word_of(next(path for _, path, _ in segment_pages(setting, time.time())))
    wish = {"channel": "webhook", "address": "https://a.example/", "component": "login", "severity": "major"}
    at.fill(f"/notices?language=de&for={word}", **wish, segment="yes", **{"for": word}, language="de")
    journal = open_journal(at.data)
    state, _ = read_state(journal)
    journal.close()
    (one,) = state.subscriptions()
    assert ("buyers",) == one.segments
    return end_address("", key, one.id)


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
             "/console/components", "/console/gate", "/console/access", "/console/login", "/help",
             "/help?language=de", "/console/notices", "/notices", "/notices?language=de",
             f"/notices/confirm/{'a' * 12}/{'a' * 32}",
             subscribed(at)]  # fmt: skip
    return {"said": said, "pages": pages, "session": kept, "outage": outage}


def opened(browser: Browser, story: dict[str, object], **settings) -> Page:
    context = browser.new_context(storage_state=story["session"], **settings)
    return context.new_page()


def test_the_gate_says_how_often_it_was_right(browser: Browser, story: dict[str, object], at: Served):
    """The answer stands first, with its interval; what strangers said is text, and what is new is there."""
    page = opened(browser, story, java_script_enabled=False, viewport={"width": 390, "height": 900})
    page.goto(f"{at.url}/console")
    page.get_by_role("link", name="Gate").click()
    assert "Of 3 rulings 1 is known: missed 1 of 1" in page.locator("h1").inner_text()
    shown = page.locator("main").inner_text()
    for words in ("1 of 1 (5\u2013100 %)", "PROCEED: apps/v1/Deployment/prod/shop 4 to 25",
                  "the database refused"):  # fmt: skip
        assert words in shown
    assert "&lt;b&gt;eve&lt;/b&gt; says so" in page.content()
    page.context.close()


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
        wide = page.evaluate("document.documentElement.scrollWidth") > width
        found[path] = complaints(page) + ["wide"] * wide
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
    assert "tidegate receipt 1" in (
        page.locator(".receipt").text_content() or ""
    )  # folded away, below the answer
    assert "It belongs to a known outage" in page.inner_text("main")
    page.context.close()


def test_a_customer_changes_and_ends_notices_in_german(browser: Browser, at: Served, story):
    """From the link of a notice, without script: another severity is kept, then all is ended."""
    page = opened(browser, story, java_script_enabled=False)
    way = story["pages"][-1]
    page.goto(f"{at.url}{way}")
    page.get_by_label("Welche Störungen?").select_option("critical")
    page.get_by_role("button", name="Änderung speichern").click()
    assert "nur bei kritischer Auswirkung" in page.inner_text("main")
    page.goto(f"{at.url}{way}")
    page.get_by_role("button", name="Diese Nachrichten beenden").click()
    assert "Beendet" == page.locator("h1").inner_text()
    page.context.close()
