"""Looking a safe limit up: what a curve says, and when it says nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.searching.curve import Curve, Limit, admit, curve_json, read_curve
from tidegate.evaluate.searching.draw_curve import draw_curve
from tidegate.present.searches.curve_text import curve_text
from tidegate.world.file.digest import file_digest
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import grow, grow_text

WORLD = grow()
LIMITS = ((10.0, 60), (20.0, 50), (30.0, 55), (40.0, None))
CURVE = Curve(
    activity="grow",
    over="size",
    limits=tuple(
        Limit(at=at, safe_count=safe, collapse_high_ratio=0.009, runs_count=400) for at, safe in LIMITS
    ),
    acceptable_ratio=0.01,
    world_digest=file_digest(WORLD),
    tidegate_version="1.0",
    seed=7,
)


def asked(to, at, *, curve=CURVE, world=WORLD, version="1.0"):
    return admit(curve, world, to_count=to, at=at, version=version)


@pytest.mark.parametrize(
    ("to", "at", "verdict", "safe"),
    [
        (60, 10, "proceed", 60),
        (61, 10, "stop", 60),
        (51, 12, "stop", 50),  # between two points the lower limit counts
        (50, 12, "proceed", 50),
        (51, 29, "stop", 50),
        (55, 30, "proceed", 55),
        (1, 35, "cannot_tell", None),  # nothing was proven at one of its two points
        (1, 9, "cannot_tell", None),
        (1, 41, "cannot_tell", None),
    ],
)
def test_a_limit_is_looked_up(to, at, verdict, safe):
    """At a point, between two, and outside of all."""
    answer = asked(to, at)
    assert (verdict, safe) == (answer.verdict, answer.safe_count)


def test_a_stale_curve_cannot_tell():
    """Another world, or another version of Tidegate: drawn for something else."""
    other = overlay(WORLD, {"crossings.device.forwarding": "19k/s"})
    assert "cannot_tell" == asked(50, 10, world=other).verdict
    assert "the world has changed" in asked(50, 10, world=other).why
    assert "cannot_tell" == asked(50, 10, version="1.1").verdict


def test_layout_and_comments_make_no_other_world():
    """A curve stays good when only the look of the file changes."""
    assert file_digest(WORLD) == file_digest(read_world(f"# a comment\n{grow_text()}", "other.yaml"))


def test_a_curve_reads_back():
    """What is written is what is read."""
    assert CURVE == read_curve(curve_json(CURVE), "curve.json")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"format": 2, "curve": {}}',
        '{"format": 1, "curve": {}}',
        curve_json(replace(CURVE, over="luck")),
        curve_json(replace(CURVE, limits=())),
        curve_json(replace(CURVE, limits=CURVE.limits[::-1])),
    ],
)
def test_what_is_no_curve_is_one_clear_fault(text):
    """Never a traceback, whatever the file holds."""
    with pytest.raises(InputError):
        read_curve(text, "curve.json")


@pytest.mark.evidence
@pytest.mark.parametrize(("basis", "safe"), [("measured", 50), ("assumed", 24)])
def test_a_curve_is_drawn_by_whole_runs_and_heeds_unmeasured_beliefs(basis, safe):
    """A belief that halves what fits lowers every limit; measured, it does not."""
    belief = (
        "beliefs:\n"
        f"  pool: {{says: a pool of 5, otherwise: ten, basis: {basis}, counter: {{clients.pods.pool: 10}}}}\n"
    )
    text = grow_text().replace(
        "concurrency: 100,", "concurrency: 100, connections: 250, connections_when_full: refuse,"
    )
    file = read_world(text + belief, "w.yaml")
    with ThreadPoolExecutor(2) as executor:
        drawn = draw_curve(file, "grow", over="size", seed=7, executor=executor)
    assert safe == drawn.limits[0].safe_count
    assert [10, 15, 20, 25, 30, 40] == [limit.at for limit in drawn.limits]
    assert f"from 10: safe up to {safe}" in curve_text("t", drawn)


def test_what_has_no_size_or_no_load_of_its_own_is_said():
    """A reconnection has no size; a world may have no load but the activity's."""
    with ThreadPoolExecutor(1) as executor:
        with pytest.raises(InputError, match="no size"):
            draw_curve(WORLD, "restart", over="size", seed=7, executor=executor)
        alone = overlay(WORLD, {"clients.pods.demand": {"kind": "closed", "think": "1s"}})
        with pytest.raises(InputError, match="no load"):
            draw_curve(alone, "grow", over="load", seed=7, executor=executor)
