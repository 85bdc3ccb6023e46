"""A false belief planted in each bundled world is found, and ranked before harmless ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from tidegate.adapters.files.worlds import read_world_text
from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.assumed_backoff import NAME, unmeasured_backoff
from tidegate.evaluate.judging.judge import judge
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.screen import screen_text
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document, read_world
from tidegate.world.world import WorldFile
from tiny_worlds import twin_text

PLANTED = {
    "everyday_nat": ("to_90", {"services.database.connections": 1000}),
    "gitlab_nat": ("more_workers", {"crossings.cloud_nat.ports.per_destination": 64}),
    "kinesis_2020": ("add_servers", {"services.front_end.peers_per_thread": 5100}),
    "square_2017": ("deploy_identity", {"services.redis.service_time": "2ms"}),
    "us_east_1_2021": (
        "scale_out",
        {"activities.scale_out.reactions.0.retry": "immediate", "crossings.edge.setup": "5k/s"},
    ),
}
LONG = {"square_2017", "us_east_1_2021", "everyday_nat", "kinesis_2020"}
"""Over the ranges of many numbers they take longer than what always runs may."""
WORLDS = [pytest.param(name, marks=pytest.mark.evidence) if name in LONG else name for name in PLANTED]
HARMLESS = {"says": "the title is right", "otherwise": "another title", "counter": {"title": "another"}}


def world(name: str) -> WorldFile:
    text, source = read_world_text(name)
    return read_world(text, source)


def judged(file: WorldFile, activity: str | None, runs_count: int | None = 20):
    with ThreadPoolExecutor(2) as executor:
        return judge(Check(file=file, activity=activity, seed=3, runs_count=runs_count), executor=executor)


@pytest.mark.parametrize("name", WORLDS)
def test_a_false_belief_planted_in_a_bundled_world_is_found(name):
    """Among harmless beliefs, the one that is false and decides is ranked first and said to flip."""
    activity, counter = PLANTED[name]
    planted = {"says": "all is well", "otherwise": "it is not", "counter": counter}
    file = world(name)
    # The world's own belief would be found as well: only the planted ones are to speak here.
    bare = dict(file.document) | {
        "beliefs": {"harmless_a": HARMLESS, "planted": planted, "harmless_b": HARMLESS}
    }
    bare = overlay(replace(file, document=bare), {"horizon": file.world.horizon_s})
    bare = overlay(bare, {"beliefs.planted.basis": "assumed"})
    found = judged(read_again(bare), activity)
    beliefs = [rest for rest in found.rests_on if rest.kind == "belief"]
    assert ("planted", True) == (beliefs[0].path, beliefs[0].flips)
    assert [0.0, 0.0] == [rest.effect_ratio for rest in beliefs[1:]]


def read_again(file: WorldFile) -> WorldFile:
    return from_document(file.document, file.source)


def calm(basis: str = "") -> WorldFile:
    """A world that holds only because its clients back off, and says so nowhere."""
    text = twin_text().replace("success: 1%", "success: 1%, collapse_probability: 20%")
    if basis:
        text = text.replace("base: 2s", f"base: {{value: 2s, low: 1s, high: 3s, basis: {basis}}}")
    return read_world(text, "twin.yaml")


def test_a_proceed_that_rests_on_an_unmeasured_back_off_says_so_at_once():
    """The condition stands beside the word, and the first screen says how to find out."""
    found = judged(calm(), None)
    assert ("proceed", NAME) == (found.verdict, found.condition)
    assert f"counter:{NAME}" == found.cases[-1].name
    text = " ".join(screen_text([answer_of(found)]).split())
    assert ", as long as clients back off when they are not answered" in text
    assert "tidegate probe -- CLIENT" in text
    assert "can measure it" not in text


def test_a_measured_back_off_is_not_doubted():
    """Where a measurement stands behind it there is nothing to doubt."""
    assert unmeasured_backoff(calm("assumed"), None) is not None
    assert unmeasured_backoff(calm("measured"), None) is None


def test_a_back_off_that_a_belief_already_doubts_is_not_doubted_twice():
    """The written counter-belief tries it anyway."""
    assert unmeasured_backoff(read_world(twin_text(basis="assumed"), "twin.yaml"), None) is None
