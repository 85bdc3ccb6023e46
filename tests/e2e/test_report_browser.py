"""The report in a real browser: nothing asked of the network, readable everywhere, by everyone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser

import present_sample as sample
from browsers import NEEDS_BROWSER, SIZES, complaints, opening
from tidegate.present.report.page import report_html

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_html(sample.STOP, sample.world()), encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator:
    """Open the report with the given settings; any error in the page fails the test."""
    with opening(browser) as opened:
        yield partial(opened, address)


def test_no_network_requests(browser: Browser, address: str) -> None:
    """Opening the report and using it asks for the file itself and nothing else."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.locator("summary").first.click()
    page.wait_for_load_state("networkidle")
    context.close()
    assert [address] == [url for url in asked if not url.startswith("data:")]


@pytest.mark.parametrize(("width", "media"), [(360, "screen"), (1280, "screen"), (700, "print")])
def test_no_horizontal_scroll(open_page, width: int, media: str) -> None:
    """The page is never wider than the screen, nor than an A4 sheet with its margins."""
    page = open_page(width)
    page.emulate_media(media=media)
    assert width >= page.evaluate("document.documentElement.scrollWidth")


def test_dark_and_print_have_their_own_ground(open_page) -> None:
    """Dark mode is dark, and paper is white even from a dark screen."""
    page = open_page(color_scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(ground) == "rgb(18, 23, 27)"
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES.keys())
def test_axe_finds_nothing(open_page, width: int, scheme: str) -> None:
    """An accessibility checker has no complaint, in light and dark, on phone and desktop."""
    page = open_page(width, color_scheme=scheme)
    assert [] == complaints(page)


def test_keyboard_opens_a_fold(open_page) -> None:
    """Tab and Enter alone show what is folded away."""
    page = open_page()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "SUMMARY":
            break
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1


def test_the_pictures_stand_without_script(open_page) -> None:
    """With scripts off every chart is drawn, once for each kind of screen."""
    page = open_page(java_script_enabled=False)
    pictures = page.locator("figure.course").count()
    assert pictures == page.locator("figure.course svg:visible").count() > 0
    assert page.locator("figure.course .way.choke").count() > 0


def test_the_answer_is_over_after_three_phone_screens(open_page) -> None:
    """What to do stands before the first picture, and all that answers within three screens."""
    page = open_page(390)
    top = "document.querySelector('{}').getBoundingClientRect().top + window.scrollY"
    do, picture, ways = (page.evaluate(top.format(one)) for one in (".do", "figure.course", "#ways"))
    assert do < picture < ways < 3 * 844
