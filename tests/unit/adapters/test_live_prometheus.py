"""Prometheus while it happens, stood in for by what answers wrongly: each time blind, and never fine."""

from __future__ import annotations

import time
from email.utils import formatdate

import pytest

from prometheus_stub import answering, matrix
from tidegate.adapters.telemetry.live_prometheus import LivePrometheus
from tidegate.observe.answering import read_answering
from tidegate.observe.place_reading import PlaceState
from tidegate.observe.watching import Manner
from tidegate.verbs.watch import begin, look, read_numbers
from tidegate.world.file.read import read_world

EVERY_S = 15.0
WORLD = """
name: shop
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    table: {entries: 1000}
    known_as: {prometheus: '{job="nat",instance=~"10.*"}'}
"""
SERIES = """
every: 15s
worlds: {shop: {readings: {crossings.border.new_flows: {count: 'sum(opened_total)'}}}}
"""
LABELS = {"__name__": "node_nf_conntrack_entries", "job": "nat", "instance": "10.0.0.1:9100"}


def seen_of(answer, looks=1, series=""):
    """Return what is seen at a stub, and what it was asked."""
    file = read_world(WORLD, "world")
    numbers = read_numbers(file, read_answering(series, "series") if series else None)
    with answering(answer) as (url, asked):
        source = LivePrometheus(url, numbers, every_s=EVERY_S)
        watching = begin(file, numbers, manner=Manner(every_s=EVERY_S), began_s=time.time())
        for _ in range(looks):
            seen = look(watching, [source], time.time())
    return seen, asked


def held(*later_s: float, text: str = "100"):
    """Return an answer with samples so long ago."""
    return lambda _asked: (200, {}, matrix((LABELS, [[time.time() - ago_s, text] for ago_s in later_s])))


def test_samples_are_asked_as_a_stretch_of_time_by_the_bound_labels():
    seen, asked = seen_of(held(25, 10), looks=2)
    assert seen.state is PlaceState.FINE
    first, second = (one for one in asked if one["path"] == "/api/v1/query")
    assert first["path"] == "/api/v1/query"
    assert first["query"].endswith('job="nat",instance=~"10.*"}[1800s]')
    assert "node_nf_conntrack_entries" in first["query"]
    assert second["query"].endswith("[90s]")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _asked: (200, {}, matrix()),
        held(90, 75),
        held(25, 10, text="NaN"),
        lambda _asked: (200, {}, matrix((LABELS, [[time.time(), "100"]]), warnings=["it is not whole"])),
        lambda _asked: (200, {}, b'{"status":"success","data":{"resultType":"matrix","resu'),
        lambda _asked: (200, {}, b'{"status":"error","error":"query timed out"}'),
        lambda _asked: (200, {}, b"<html>log in</html>"),
        lambda _asked: (503, {}, b""),
        lambda _asked: (401, {}, b""),
        lambda _asked: (400, {}, b'{"status":"error","error":"bad_data"}'),
    ],
    ids=["empty success", "stale", "NaN", "partial", "cut off", "failed", "not it", "down", "closed", "bad"],
)
def test_whatever_else_it_answers_is_blind(answer):
    seen, _ = seen_of(answer)
    assert seen.state is PlaceState.BLIND
    assert seen.readings[0].unseen


def test_a_clock_that_is_not_ours_is_blind_and_said_so():
    def late(_asked):
        date = formatdate(time.time() - 600, usegmt=True)
        return 200, {"date": date}, matrix((LABELS, [[time.time(), "100"]]))

    seen, _ = seen_of(late)
    (source,) = seen.sources
    assert source.state is PlaceState.BLIND
    assert "another time than this machine, by 6" in source.why


def test_too_much_of_the_past_is_read_for_a_shorter_time():
    big = matrix((LABELS, [[time.time() - 10, "100"]]), padding="x" * 9_000_000)

    def answer(asked):
        is_past = asked["query"].endswith("[1800s]")
        return 200, {}, big if is_past else matrix((LABELS, [[time.time() - 10, "100"]]))

    seen, asked = seen_of(answer)
    assert seen.state is PlaceState.FINE
    stretches = [one["query"].rpartition("[")[2] for one in asked if one["path"] == "/api/v1/query"]
    assert stretches == ["1800s]", "90s]"]


def test_an_expression_is_evaluated_with_hardly_any_look_back():
    _, asked = seen_of(held(10), series=SERIES)
    evaluated = next(one for one in asked if "lookback_delta" in one)
    assert (evaluated["query"], evaluated["step"], evaluated["lookback_delta"]) == (
        "sum(opened_total)", "15", "18.75s",
    )  # fmt: skip


def test_what_is_usual_by_time_of_day_is_learned_from_two_weeks():
    now_s = time.time()

    def answer(asked):
        if "start" not in asked:
            return 200, {}, matrix((LABELS, [[now_s - ago_s, "400"] for ago_s in range(1_500, 0, -15)]))
        times = range(int(float(asked["start"])), int(float(asked["end"])) + 1, 900)
        # It was four times as much at this time of every day.
        near = [[at_s, "400" if (now_s - at_s + 7_200) % 86_400 < 14_400 else "100"] for at_s in times]
        return 200, {}, matrix(({}, near))

    file = read_world(WORLD, "world")
    numbers = read_numbers(file, None)
    with answering(answer) as (url, asked):
        source = LivePrometheus(url, numbers, every_s=EVERY_S)
        found = source.look(now_s)
        watching = begin(file, numbers, manner=Manner(every_s=EVERY_S), began_s=now_s)
        watching.take(found, now_s, source=source.name, system=source.system)
        assert watching.look(now_s).state is PlaceState.FINE
    learned = [one for one in asked if one["path"] == "/api/v1/query_range"]
    assert {one["step"] for one in learned} == {"900"}
    past = [one for one in found if one.is_past and one.path == "crossings.border.flows_held"]
    assert [len(one.samples) for one in past] == [14 * 96 + 1]
