"""The page of a map in a real browser: as wide as the page, readable on a phone, by everyone."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from browsers import NEEDS_BROWSER, SIZES, complaints
from tidegate.evaluate.searching.region import REGIONS, Standing
from tidegate.evaluate.searching.survey import Map, Side
from tidegate.evaluate.variants.axis import Axis
from tidegate.experiment.seed_edge import Span
from tidegate.present.report.map import map_page

pytestmark = NEEDS_BROWSER


def side(name: str, count: int) -> Side:
    axis = Axis(name=name, paths={name: 1.0}, unit="per_s")
    return Side(axis=axis, span=Span(low=10.0, high=2000.0), count=count, now=400.0)


def a_map(columns: int, rows: int) -> Map:
    cells = {
        (i, j): Standing(region=REGIONS[min(4 * i // columns, 3)], collapse_ratio=0.0)
        for i in range(columns)
        for j in range(rows)
    }
    x, y = side("clients.users.demand.rate", columns), side("crossings.gateway.forwarding", rows)
    return Map(world="shop", activity="grow", x=x, y=y, seed=7, looked=cells, cells=cells)


LARGEST = pytest.param(129, 129, marks=pytest.mark.evidence)


@pytest.mark.parametrize("width", SIZES.values())
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("columns", "rows"), [(9, 9), (33, 17), LARGEST])
def test_a_map_fills_the_page_and_is_accessible(
    browser: Browser, tmp_path: Path, width: int, scheme: str, columns: int, rows: int
) -> None:
    """Few cells or many: the drawing takes what the labels leave, and nothing scrolls sideways."""
    (tmp_path / "map.html").write_text(map_page(a_map(columns, rows)), encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.goto((tmp_path / "map.html").as_uri())

    found = complaints(page)
    drawn, room = page.evaluate(
        "['.map svg', '.map'].map(one => document.querySelector(one).getBoundingClientRect().width)"
    )
    too_wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    page.close()

    assert [] == found
    assert drawn > 0.75 * room
    assert not too_wide
