"""`tidegate protect` on the bundled worlds: what is found, what is in the way, and that `check` agrees."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, kw_only=True)
class Found:
    """What must be found for one activity of a bundled world.

    Parameters
    ----------
    world, activity
        Which.
    between
        The one element that matters, and between which values it lies.
    code
        0 where every element stands in a file, 3 where somebody must set it by other means.
    asks
        Whether a setting is enough or a limit must be raised.
    covers
        What collapses without it.
    """

    world: str
    activity: str
    path: str
    between: tuple[float, float]
    code: int
    covers: str
    asks: str = "setting"

    def __str__(self) -> str:
        return f"{self.world}-{self.activity}"


FOUND = (
    # 90 and 120 pods with two pools each share 2,000 connections.
    Found(
        world="everyday_nat",
        activity="to_90",
        path="clients.pods.pool",
        between=(11, 11),
        code=0,
        covers="two processes per pod",
    ),
    Found(
        world="everyday_nat",
        activity="to_120",
        path="clients.pods.pool",
        between=(8, 8),
        code=0,
        covers="as believed",
    ),
    # A closed connection keeps one of 1,024 ports; Linux on the other side keeps its own for a minute.
    Found(
        world="gitlab_nat",
        activity="more_workers",
        path="crossings.cloud_nat.ports.hold",
        between=(60, 100),
        code=0,
        covers="1,024 ports, as before the raise",
    ),
    # A third more servers than planned have 6,759 peers each; no setting makes that fit 6,000 threads.
    Found(
        world="kinesis_2020",
        activity="add_servers",
        path="services.front_end.peers_per_thread",
        between=(6759, 6800),
        code=3,
        covers="the limit lies between the old size and the new",
        asks="limit",
    ),
    # A quarter of 100 ms at 60 us each: what waits longer has been given up.
    Found(
        world="square_2017",
        activity="deploy_identity",
        path="services.redis.queue",
        between=(400, 420),
        code=3,
        covers="500 retries without back-off",
    ),
)
# Two services, ten assumed numbers and half an hour take minutes; small worlds (`tests/meaning`) always run.
LONG = {
    "everyday_nat-to_120",
    "everyday_nat-to_90",
    "gitlab_nat-more_workers",
    "kinesis_2020-add_servers",
    "square_2017-deploy_identity",
}


def marked(found, long=LONG):
    """Those that take long are evidence."""
    return [pytest.param(one, marks=pytest.mark.evidence) if str(one) in long else one for one in found]


MARKED = marked(FOUND)
AGREE = marked(
    (one for one in FOUND if one.world == "kinesis_2020" or one.activity == "to_90"),
    long=LONG - {"everyday_nat-to_90"},
)
FEW = {"everyday_nat-to_90": ("--runs", "4")}  # what is asked always; the evidence asks as a user does


def typed(*words, folder, code):
    """What a command prints, and that it exits so."""
    command = [str(Path(sys.executable).with_name("tidegate")), *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert code == done.returncode, done.stderr + done.stdout
    return done.stdout


@pytest.mark.parametrize("one", MARKED, ids=str)
def test_a_bundled_world_gets_its_protection(one, tmp_path):
    """One part, proven with every belief wrong and with margin; what stands in no file is said."""
    words = ("protect", one.world, "--activity", one.activity, "--format", "json")
    said = json.loads(typed(*words, folder=tmp_path, code=one.code))
    elements = {element["path"]: element for element in said["elements"]}
    assert one.between[0] <= elements[one.path]["value"] <= one.between[1]
    assert "as asked" not in {element["reason"] for element in said["elements"]}
    (part,) = said["found"]["contributions"]
    assert (one.asks, True) == (part["asks"], one.covers in part["without"])
    assert one.covers in said["found"]["proof"]["cases"] or one.covers == "as believed"
    assert 0.0 == said["found"]["refused_normally_ratio"]
    unsaid = {refused["path"]: refused["why"] for refused in said["not_expressed"]}
    assert (one.code == 3) == (one.path in unsaid)
    assert all(why.startswith("set in") for why in unsaid.values())


@pytest.mark.parametrize("one", AGREE, ids=str)
def test_check_says_protect_first_where_a_protection_is_found(one, tmp_path):
    """What `check` would have set first is what `protect` finds, or more of it."""
    words = ("check", one.world, "--activity", one.activity, "--format", "json", *FEW.get(str(one), ()))
    (verdict,) = json.loads(typed(*words, folder=tmp_path, code=3))["verdicts"]
    assert "protect_first" == verdict["verdict"]
    assert one.path in {setting["path"] for setting in verdict["remedy"]["settings"]}
