"""The report in a real browser: nothing asked of the network, readable everywhere, by everyone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from playwright.sync_api import Browser

import present_sample as sample
from browsers import NEEDS_BROWSER, SIZES, complaints, opening
from tidegate.present.report import report_html

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
    page.locator(".frame").first.hover()
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
    assert page.locator("fieldset").is_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES.keys())
def test_axe_finds_nothing(open_page, width: int, scheme: str) -> None:
    """An accessibility checker has no complaint, in light and dark, on phone and desktop."""
    page = open_page(width, color_scheme=scheme)
    assert [] == complaints(page)


def test_keyboard_reaches_the_case_switch(open_page) -> None:
    """Tab and arrow keys alone show one case and hide the others."""
    page = open_page()
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "case":
            break
    assert page.evaluate("document.activeElement.id") == "show-all"
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.locator(".case-1").first.is_visible()
    assert page.locator(".case-0").first.is_hidden()


def test_read_out_by_keyboard_and_pointer(open_page) -> None:
    """A focused chart reads out its values, arrow keys move through time, and so does the pointer."""
    page = open_page()
    frame, readout = page.locator(".case-1 .frame").first, page.locator(".case-1 .readout").first
    frame.focus()
    assert readout.inner_text().startswith("+0\u00a0s: offered ")
    page.keyboard.press("ArrowRight")
    assert readout.inner_text().startswith("+10\u00a0s: offered ")
    assert frame.get_attribute("aria-valuetext") == readout.inner_text()
    page.keyboard.press("End")
    assert readout.inner_text().startswith("+50\u00a0min: offered ")
    box = frame.bounding_box()
    frame.hover(position={"x": box["width"] / 2, "y": box["height"] / 2})
    assert readout.inner_text().startswith("+20\u00a0min: offered ")


def test_the_pictures_stand_without_script(open_page) -> None:
    """With scripts off every chart is drawn, and the case switch still works."""
    page = open_page(java_script_enabled=False)
    assert page.locator(".case-1 svg.plot").count() == 3
    page.locator("#show-1").check()
    assert page.locator(".case-0").first.is_hidden()
