"""The report of a rehearsal in a real browser: readable everywhere, by everyone; nothing runs in it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browsers import NEEDS_BROWSER, complaints
from rehearsal_sample import measure, twin
from tidegate.present.rehearsal.live import Pane
from tidegate.present.rehearsal.live_picture import live_svg
from tidegate.present.report.rehearsal import rehearsal_html
from tidegate.verbs.rehearse import Asked, carry_out, prepare

pytestmark = NEEDS_BROWSER


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report and a page that shows the moving picture as an image, as a README does."""
    folder = tmp_path_factory.mktemp("rehearsal")
    with ThreadPoolExecutor(2) as executor:
        ready = prepare(Asked(file=twin(), predicted_count=10, repeats_count=2), executor=executor)
    done = carry_out(ready, measure=measure)
    (folder / "report.html").write_text(rehearsal_html(done), encoding="utf-8")
    pane = Pane(title="as it is", population="base", prediction=ready.prediction, ended=done)
    (folder / "live.svg").write_text(live_svg([pane] * 4, moving=True), encoding="utf-8")
    (folder / "readme.html").write_text("<!doctype html><img src='live.svg' alt='four rehearsals'>")
    return folder


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_is_accessible_and_fits(browser: Browser, folder: Path, width: int, scheme: str) -> None:
    """No violation of the accessibility rules, no scrolling sideways, in light and dark."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((folder / "report.html").as_uri())

    found = complaints(page)
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.close()

    assert [] == found
    assert not too_wide


def test_the_moving_picture_is_an_image(browser: Browser, folder: Path) -> None:
    """A browser takes it for an image of its own size, with nothing loaded."""
    page = browser.new_page()
    page.goto((folder / "readme.html").as_uri())

    width = page.evaluate("document.querySelector('img').naturalWidth")
    page.close()

    assert 880 == width


def test_no_column_is_cut_on_a_phone(browser: Browser, folder: Path) -> None:
    """Prediction, measurement and error stand beside each other, and nothing has to be scrolled to."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    page.goto((folder / "report.html").as_uri())

    cut = page.evaluate(
        "[...document.querySelectorAll('.scroll')].some(one => one.scrollWidth > one.clientWidth)"
    )
    page.close()

    assert not cut
