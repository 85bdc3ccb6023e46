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
from tiny_starts import STARTS


@pytest.fixture(scope="module")
def undecided() -> Verdict:
    (verdict,) = check(read_world(STARTS, "starts.yaml"))
    return verdict


def test_where_it_cannot_be_told_what_is_enough_at_the_numbers_given_is_told(undecided: Verdict):
    """Ranges decide; few starts at a time hold at the numbers given, and the answer names them."""
    assert "cannot_tell" == undecided.verdict
    more, enough = more_text(undecided, width=2000), "Enough at the numbers given, not over their ranges: "
    for said in (" ".join(answer_of(undecided).do.must), more):
        assert f"{enough}over 94 s instead of at once; activities.grow.at_once_most=20." in said
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


COUNTED = """
name: counted
horizon: 20s
networks: {inner: {}, main: {}}
crossings:
  device: {between: [inner, main], queue_packets: 1000, round_trip: 200us, forwarding: FORWARDING}
services:
  web: {network: main, instances: 4, concurrency: 1000, service_time: 100us, peers_per_thread: 15}
clients:
  base: {network: inner, service: web, population: 600, timeout: 500ms, syn: linux-classic,
         demand: {kind: closed, think: 6s}, retry: immediate}
  surge: {network: inner, service: web, population: 0, timeout: 500ms, syn: linux-classic,
          start_spread: 42ms, demand: {kind: once}, retry: immediate}
triggers:
  surge: {at: 4s, for: 4s, set: {clients.surge.population: 600}}
activities:
  grow: {service: web, from: 4, to: 21, at: 4s}
"""
"""Each of 21 has 20 peers where 15 may be; and the device locks up where it is slow, whatever the size."""
LARGEST = "activities.grow.to"


def _counted(forwarding: str) -> Verdict:
    text = COUNTED.replace("FORWARDING", forwarding)
    (verdict,) = check(read_world(text, "counted.yaml"), "grow")
    assert "stop" == verdict.verdict
    return verdict


def test_what_fits_by_a_sum_is_not_offered_where_runs_refute_it():
    """The largest size keeps the count, and service does not come back: it is told so, and is no way out."""
    verdict = _counted("2000/s")
    assert LARGEST not in [one.path for one in verdict.fits]
    said = " ".join(answer_of(verdict).do.must)
    assert "fits, by itself" not in said
    assert f"By the sum alone this would fit, and in the runs it is not enough: {LARGEST}=16" in said


def test_what_fits_by_a_sum_is_offered_where_it_was_run_and_holds():
    """With a device that is fast enough nothing else stands in the way; nobody knows that it is."""
    verdict = _counted("{value: 1M/s, low: 100/s, high: 1M/s}")
    assert LARGEST in [one.path for one in verdict.fits]
    said = " ".join(answer_of(verdict).do.must)
    assert "One of these fits, by itself: - the size that" in said
    assert "By the sum alone" not in said
