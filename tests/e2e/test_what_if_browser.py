"""The what-if part of the report in a real browser: what it estimates is what `simulate/fluid` says."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import Browser, Page

import present_sample as sample
from browsers import NEEDS_BROWSER, SIZES, complaints, opening
from tidegate.evaluate.searching.what_if import WhatIf, what_if
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.report.page import report_html
from tidegate.present.verdict.said import Made
from tidegate.simulate.fluid import FluidRun, run_fluid
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

pytestmark = NEEDS_BROWSER
NEAR = 1e-6
WORLD = """
name: reconnects
horizon: 60s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us, forwarding: 2000/s,
           table: {entries: 500000, closed_hold: 120s}}
services:
  web: {network: main, title: "</script><b>web", instances: 4, concurrency: 1000, service_time: 100us,
        connections: 500}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         connection: pool, pool: 2, demand: {kind: closed, think: 6s}, retry: immediate}
beliefs:
  fast:
    {says: the device is fast, otherwise: the device is slow, counter: {crossings.device.forwarding: 400/s}}
activities:
  failover: {kind: reconnect, service: web, at: 4s, reactions: [{clients: base, spread: 1s}]}
"""
FILE = read_world(WORLD, "reconnects.yaml")


@pytest.fixture(scope="module")
def offered() -> WhatIf:
    return what_if(FILE, "failover")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, offered: WhatIf) -> str:
    path = tmp_path_factory.mktemp("what-if") / "report.html"
    at = datetime(2026, 11, 28, 18, 44, tzinfo=UTC)
    made = Made(digest="dce368ef0011", author="Ada", change="#41", at=at)
    text = report_html(sample.STOP, sample.world(), what_if=offered, made=made)
    assert len(text.encode()) < 200_000
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def open_page(browser: Browser, address: str) -> Iterator:
    with opening(browser) as opened:
        yield partial(opened, address)


def unfolded(page: Page) -> Page:
    page.locator("#what-if > summary").click()
    settled(page)
    return page


def settled(page: Page) -> None:
    # The page's policy forbids what waits for a function.
    page.locator("[data-part=state]", has_text="computed in").wait_for(timeout=60_000)


def moved(page: Page, key: str, place: int) -> None:
    """Move a slider with the keyboard alone, as somebody without a mouse does."""
    slider = page.locator(f"#what-if-{key}")
    slider.focus()
    page.keyboard.press("Home")
    for _ in range(place):
        page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    settled(page)


def shown(page: Page, column: str) -> tuple[str, float, float]:
    """Return what the page shows of the plan, or of what was moved."""
    end, waiting, asked = (
        page.locator(f"[data-part={column}-{what}]").get_attribute("data-value")
        for what in ("end", "waiting", "asked")
    )
    return str(end), float(waiting or "nan"), float(asked or "nan")


def fullest(run: FluidRun) -> float:
    """Return which part of the device's table is taken at most, of a run in Python."""
    return max(run.crossings["device"].table_ratio)


def test_the_flow_table_is_in_the_estimate(open_page, offered: WhatIf) -> None:
    """How full it is at most, as planned and with another size, by its crossing's name."""
    page = unfolded(open_page())
    planned = fullest(run_fluid(script_of(FILE, "failover")))
    assert 0.01 < planned < 1.0
    size = next(one for one in offered.sliders if one.key == "size")
    moved(page, "size", 1)
    changed = fullest(run_fluid(script_of(overlay(FILE, size.stops[1].changes), "failover")))
    for column, ratio in (("plan", planned), ("now", changed)):
        cell = page.locator(f"[data-part={column}-table]")
        assert float(cell.get_attribute("data-value")) == pytest.approx(ratio, rel=NEAR)
        assert cell.inner_text() == (f"{int(100 * ratio)} %" if ratio >= 0.01 else "below 1 %")
    assert page.locator("[data-part=table]").inner_text() == "flow table of device, at its fullest"


def told(run: FluidRun) -> tuple[str, float, float]:
    """Return the same of a run in Python."""
    counts = [sum(each) for each in zip(*(one.unanswered_count for one in run.clients.values()), strict=True)]
    offered, width_s = run.crossings["device"].offered_flows_per_s, run.times_s[1] - run.times_s[0]
    many = max(1, round(1.0 / width_s))  # the worst second, and nothing sharper
    peak = max(sum(offered[max(i + 1 - many, 0) : i + 1]) / min(i + 1, many) for i in range(len(offered)))
    return "never" if run.recovered_at_s is None else f"{run.recovered_at_s:g}", max(counts), peak


def same(shown_: tuple[str, float, float], told_: tuple[str, float, float]) -> None:
    assert shown_[1:] == pytest.approx(told_[1:], rel=NEAR)
    if told_[0] == "never":
        assert shown_[0] == "never"
    else:
        assert float(shown_[0]) == pytest.approx(float(told_[0]), rel=NEAR)


def test_the_estimate_is_what_the_fluid_engine_says(open_page, offered: WhatIf) -> None:
    """As planned, with one number moved, and with three of them."""
    page = unfolded(open_page())
    planned = told(run_fluid(script_of(FILE, "failover")))
    same(shown(page, "plan"), planned)
    sliders = {one.key: one for one in offered.sliders}
    assert ["belief", "size", "spread", "pool", "timeout", "retries"] == list(sliders)
    changes: dict[str, object] = {}
    for key, place in (("spread", -1), ("belief", 1), ("size", 1), ("timeout", -1), ("retries", 1)):
        stop = sliders[key].stops[place]
        changes |= stop.changes
        moved(page, key, place % len(sliders[key].stops))
        same(shown(page, "now"), told(run_fluid(script_of(overlay(FILE, changes), "failover"))))
        same(shown(page, "plan"), planned)
    assert "check" in page.locator("[data-part=ask]").inner_text()
    page.locator("[data-part=reset]").click()
    page.wait_for_timeout(100)
    settled(page)
    same(shown(page, "now"), planned)


def test_a_count_is_said_where_the_estimate_does_not_see_it(open_page, offered: WhatIf) -> None:
    """Twice the pool wants more connections than there are: arithmetic says so, beside the estimate."""
    page = unfolded(open_page())
    pool = next(one for one in offered.sliders if one.key == "pool")
    assert pool.stops[-1].exceeded
    moved(page, "pool", len(pool.stops) - 1)
    assert pool.stops[-1].exceeded[0] in page.locator("[data-part=over]").inner_text()


def test_nothing_runs_until_it_is_asked_and_nothing_is_loaded(browser: Browser, address: str) -> None:
    """The page opens as quickly as without; unfolding it loads nothing."""
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert "" == page.locator("[data-part=plan-end]").text_content()
    unfolded(page)
    context.close()
    assert [address] == [url for url in asked if not url.startswith("data:")]


def test_without_a_script_the_page_says_so_and_all_else(open_page) -> None:
    """No slider that does nothing: where scripts are off the sentence stands that says how to ask."""
    page = open_page(java_script_enabled=False)
    page.locator("#what-if > summary").click()
    assert page.locator("[data-part=without]").is_visible()
    assert not page.locator("[data-part=form]").is_visible()
    assert page.locator(".do").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", SIZES.values(), ids=SIZES.keys())
def test_it_fits_and_everybody_can_use_it(open_page, width: int, scheme: str) -> None:
    """No sideways scroll on a phone, and no complaint of an accessibility checker, light and dark."""
    page = unfolded(open_page(width, color_scheme=scheme))
    assert width >= page.evaluate("document.documentElement.scrollWidth")
    assert [] == complaints(page)
    assert page.locator("#what-if-size").get_attribute("aria-valuetext")


def test_on_paper_no_slider_stands(open_page) -> None:
    """Who prints it prints the answer."""
    page = unfolded(open_page())
    page.emulate_media(media="print")
    assert not page.locator("[data-part=form]").is_visible()


def test_who_made_it_is_said_as_far_as_it_was_given(open_page) -> None:
    """Author, change, world and time as given; a phone shows the world and the time alone."""
    said = open_page().locator(".made").inner_text()
    for word in ("Ada", "#41", "world dce368ef", "2026-11-28 18:44 UTC", "seed 7"):
        assert word in said.replace("\u00a0", " ")
    phone = open_page(390).locator(".made").inner_text().replace("\u00a0", " ")
    assert "18:44" in phone
    assert "Ada" not in phone
    bare = report_html(sample.STOP, sample.world())
    assert "<time" not in bare
    assert "script-src &#x27;none&#x27;" in bare
