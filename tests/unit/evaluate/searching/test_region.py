"""Regions of the smallest metastable world, against the law of the retry curve."""

from __future__ import annotations

import pathlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tidegate.adapters.files.kept import keep_line, kept_lines
from tidegate.errors import InputError
from tidegate.evaluate.searching.region import standing
from tidegate.present.report.map import map_page
from tidegate.present.searches.map_text import map_json, map_text
from tidegate.verbs.survey import asked, heading, point_line, read_points, survey
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

TEXT = (pathlib.Path(__file__).parents[3] / "published/worlds/metastable_example.yaml").read_text()
WORLD = read_world(TEXT, "metastable.yaml")
RATE, SPIKE = "clients.users.demand.rate", "triggers.spike.set.clients.users.demand.rate"


def at(rate, spike=2500.0):
    return overlay(WORLD, {RATE: rate, SPIKE: spike})


@pytest.mark.parametrize(
    ("rate", "spike", "region"),
    [
        (150.0, 2500.0, "stable"),
        (210.0, 2500.0, "stable"),
        (300.0, 2500.0, "metastable"),
        (700.0, 2500.0, "metastable"),
        (700.0, 750.0, "vulnerable"),
        (1200.0, 1200.0, "overloaded"),
    ],
)
def test_regions_begin_where_the_retry_curve_says(rate, spike, region):
    """1,000/s of capacity and four attempts: below 1,000/4 = 250/s any storm heals."""
    assert region == standing(at(rate, spike), None, seed=7).region


def ask(seed=7):
    return asked(
        WORLD, None, RATE, SPIKE, x_ends=("50/s", "1.2k/s"), y_ends=("200/s", "3k/s"),
        columns_count=9, rows_count=9, seed=seed,
    )  # fmt: skip


@pytest.fixture(scope="module")
def surveyed():
    with ThreadPoolExecutor(2) as executor:
        return survey(ask(), executor=executor)


def test_a_survey_goes_on_where_it_was_interrupted(surveyed, tmp_path):
    """What a file kept is not run again, a line cut short is, and another map's file is refused."""
    path = str(tmp_path / "points.jsonl")
    keep_line(path, heading(ask()))
    for cell, found in list(surveyed.looked.items())[:20]:
        keep_line(path, point_line(cell, found))
    with pathlib.Path(path).open("a") as stream:
        stream.write("[3, 4")
    known = read_points(kept_lines(path), ask())
    assert 20 == len(known)
    run = []
    with ThreadPoolExecutor(2) as executor:
        again = survey(ask(), executor=executor, known=known, keep=lambda cell, one: run.append(cell))
    assert surveyed == again
    assert len(surveyed.looked) - 20 == len(run)
    with pytest.raises(InputError, match="another map"):
        read_points(kept_lines(path), ask(seed=8))


def test_a_line_after_one_cut_short_stands_alone(tmp_path):
    """Going on never glues two lines together."""
    path = tmp_path / "points.jsonl"
    path.write_text("head\n[3, 4")
    keep_line(str(path), "[5, 6]")
    assert ["head", "[3, 4", "[5, 6]"] == kept_lines(str(path))


@pytest.mark.parametrize("unicode", [True, False])
def test_regions_are_told_apart_by_signs_and_words(surveyed, unicode):
    """No colour; each sign that is used is explained, and the world itself is marked."""
    text = map_text(surveyed, unicode=unicode)
    assert "\x1b" not in text
    for word in ("stable:", "metastable:", "overloaded:", "o this world"):
        assert word in text
    assert unicode or text.isascii()
    assert max(map(len, text.splitlines())) <= 80


def test_the_values_stand_under_their_cells(surveyed):
    """The first and last at the ends; the middle one where it has room, which nine cells do not give."""
    wide = replace(surveyed, x=replace(surveyed.x, count=33), y=surveyed.y)
    cells = {(i, j): surveyed.cells[0, 0] for i in range(33) for j in range(surveyed.y.count)}
    lines = map_text(replace(wide, cells=cells)).splitlines()
    (at,) = (i for i, line in enumerate(lines) if line.strip() == surveyed.x.axis.name)
    ticks, row = lines[at - 1], lines[at - 2]
    assert 3 == len(ticks.split())
    assert len(row) == len(ticks)
    assert 2 == len(map_text(surveyed).splitlines()[at - 1].split())


def test_the_page_and_the_data_hold_every_cell(surveyed):
    """One square a cell, with its letter; one word a cell in the data."""
    page = map_page(surveyed)
    assert 81 == page.count("<rect") == page.count('class="on-')
    assert "At its own numbers this world is metastable" in page
    assert '"regions"' in map_json(surveyed)


@pytest.mark.parametrize(
    ("x", "y", "said"), [(RATE, RATE, "same number"), ("clients.user.demand.rate", SPIKE, "no such path")]
)
def test_a_map_that_cannot_be_is_refused_before_anything_runs(x, y, said):
    """Both sides alike, or a path that leads nowhere."""
    with pytest.raises(InputError, match=said):
        asked(WORLD, None, x, y, x_ends=("1/s", "2/s"), y_ends=("1/s", "2/s"))
