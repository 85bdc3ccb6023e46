"""What was tried and is not enough is said, and what is enough at the numbers given alone."""

from __future__ import annotations

import json

import pytest

from tidegate.api import check
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.report.page import report_html
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.json_text import verdicts_json
from tidegate.present.verdict.terminal import more_text
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

STARTS = """
name: starts
horizon: 4min
networks: {cluster: {}}
services:
  controller:
    network: cluster
    concurrency: 1
    service_time: {value: 50ms, low: 10ms, high: 250ms, basis: assumed, measure: read it off}
  workers:
    network: cluster
    instances: 10
    boot:
      time: 10s
      calls:
        - service: controller
          requests: 2
          at_once: 1
          timeout: 5s
          retry: [{retries: unlimited, backoff: constant, base: 500ms}]
clients:
  users: {network: cluster, service: controller, population: 20, timeout: 5s, demand: {kind: open, rate: 2/s}}
activities:
  grow: {service: workers, from: 10, to: 210, at: 30s}
"""
"""Two hundred that start ask for 400 answers, 22 s of work where who asks gives up after 5 s."""


@pytest.fixture(scope="module")
def undecided() -> Verdict:
    (verdict,) = check(read_world(STARTS, "starts.yaml"))
    return verdict


def test_where_it_cannot_be_told_what_is_enough_at_the_numbers_given_is_told(undecided: Verdict):
    """Ranges decide; few starts at a time hold at the numbers given, and the answer names them."""
    assert "cannot_tell" == undecided.verdict
    more, enough = more_text(undecided, width=2000), "Enough at the numbers given, not over their ranges: "
    for said in (" ".join(answer_of(undecided).do.must), more):
        assert f"{enough}activities.grow.at_once_most=" in said
        assert "Tried, and not enough: " in said


def test_what_is_told_to_be_enough_at_the_numbers_given_is(undecided: Verdict):
    """With the ranges gone and the setting made, the next check goes ahead."""
    given = next(one for one in undecided.tried if one.settings and one.is_enough_as_given)
    known = STARTS.replace(
        "{value: 50ms, low: 10ms, high: 250ms, basis: assumed, measure: read it off}", "50ms"
    )
    file = overlay(read_world(known, "known.yaml"), {one.path: one.value for one in given.settings})
    (verdict,) = check(file)
    assert "proceed" == verdict.verdict


def test_it_is_in_the_json_and_the_page(undecided: Verdict):
    """Automation gets each setting as path and value; who reads the page gets the sentences."""
    (told,) = json.loads(verdicts_json([undecided]))["verdicts"]
    assert any(one["is_enough_as_given"] for one in told["tried"])
    assert {"name", "settings", "is_enough_as_given", "fits"} == set(told["tried"][0])
    page = report_html(undecided, read_world(STARTS, "starts.yaml").world)
    assert "Enough at the numbers given" in page
    assert "Tried, and not enough" in page
