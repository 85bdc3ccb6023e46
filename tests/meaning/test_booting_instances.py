"""An instance that has started takes no requests yet: a growth is not there as it begins."""

from __future__ import annotations

from pathlib import Path

import pytest

import tidegate
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.headline import remedy_text

WORLD = """
name: ahead_of_a_peak
detail: coarse
horizon: 4min
networks: {a: {}}
services: {api: {network: a, instances: 1, service_time: 20ms, boot: {time: 2min}}}
clients: {users: {network: a, service: api, population: 40, demand: {kind: open, rate: 25/s}}}
activities:
  grow: {service: api, from: 1, to: 4}
  replace: {kind: restart, service: api, surge: 1}
triggers: {peak: {at: 12s, for: 100s, set: {clients.users.demand.rate: 120/s}}}
"""


@pytest.fixture
def world(tmp_path: Path) -> Path:
    path = tmp_path / "peak.yaml"
    path.write_text(WORLD)
    return path


def judged(path: Path, activity: str, **changes: object) -> Verdict:
    laid = {name.replace("__", "."): value for name, value in changes.items()}
    (verdict,) = tidegate.check(tidegate.load(path, laid), activity, runs_count=3, jobs=1)
    return verdict


def may_hold(verdict: Verdict) -> bool:
    """Whether nothing but the few runs stands against it."""
    return verdict.verdict in {"proceed", "cannot_tell"} and not verdict.failed_objectives


def test_what_grows_as_a_peak_begins_comes_too_late(world: Path) -> None:
    """One instance does 50/s, 120/s are asked for, and the others boot until the peak is over."""
    verdict = judged(world, "grow")
    assert not may_hold(verdict)
    assert any("for 100 s api serves 50/s, and 120/s are wanted" in note for note in verdict.notes)


@pytest.mark.parametrize("changes", [{"services__api__boot__time": "1s"}, {"triggers__peak__at": "132s"}])
def test_what_has_booted_by_then_is_there(world: Path, changes: dict[str, object]) -> None:
    """The same growth holds where instances boot in a second, or where the peak comes after they have."""
    assert may_hold(judged(world, "grow", **changes))


def test_boot_calls_are_asked_at_the_start_and_held_until_the_end(world: Path) -> None:
    """Whoever asks for something as it boots is there no sooner."""
    path = world.with_name("calls.yaml")
    boots = "boot: {time: 2min, calls: [{service: names}]}}, names: {network: a, concurrency: 9}"
    path.write_text(WORLD.replace("boot: {time: 2min}}", boots))
    assert not may_hold(judged(path, "grow"))
    assert may_hold(judged(path, "grow", triggers__peak__at="132s"))


def test_who_goes_before_its_successor_has_booted_leaves_nobody_there(world: Path) -> None:
    """Beside each other until the successor takes requests is what is meant where nothing is said."""
    calm = {"triggers__peak__set": {"clients.users.demand.rate": "25/s"}}
    assert may_hold(judged(world, "replace", **calm))
    verdict = judged(world, "replace", activities__replace__overlap="30s", **calm)
    assert not may_hold(verdict)
    assert any("no instance of api is there for 90 s" in note for note in verdict.notes)


def test_instances_that_never_come_are_missed_though_the_others_serve_all(world: Path) -> None:
    """Whoever asks for its configuration, and never gets it in time, is not there: one instance is left."""
    path = world.with_name("never.yaml")
    calls = "calls: [{service: names, timeout: 1s, retry: {layers: [{backoff: constant, base: 1s}]}}]"
    names = "names: {network: a, service_time: 2s, service_law: fixed}"
    path.write_text(WORLD.replace("boot: {time: 2min}}", f"boot: {{time: 2s, {calls}}}}}, {names}"))
    (verdict,) = tidegate.check(tidegate.load(path, {"triggers": {}}), "grow", runs_count=3, jobs=1)
    (users,) = verdict.cases[0].clients
    assert users.success_floor_ratio == 1.0
    assert verdict.cases[0].unstarted_ratio == 1.0
    assert verdict.verdict == "stop"
    assert "what starts is not there within" in remedy_text(verdict)


def test_instances_that_come_late_in_the_run_are_not_missed(world: Path) -> None:
    """Nobody can say of those that begin a calm before the horizon whether they would have come."""
    path = world.with_name("late.yaml")
    path.write_text(WORLD.replace("2min}}", "2s, calls: [{service: names}]}}, names: {network: a}"))
    at = {"triggers": {}, "activities.grow.at": "235s"}
    (verdict,) = tidegate.check(tidegate.load(path, at), "grow", runs_count=3, jobs=1)
    assert verdict.cases[0].unstarted_ratio == 0.0
