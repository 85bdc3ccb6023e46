"""`tidegate watch`, with series in files and a clock of the test's own: what is said of each place."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from tidegate.adapters.telemetry.live_files import LiveFile
from tidegate.errors import InputError
from tidegate.observe.answering import read_answering
from tidegate.observe.place_reading import PlaceState, Reading, Watched, watched_json
from tidegate.observe.watching import Manner
from tidegate.verbs.watch import begin, false_alarm_s, look, read_numbers
from tidegate.world.file.read import read_world

NOW_S = 1_796_000_000.0
EVERY_S = 5.0
WORLD = """
tidegate: 1
name: shop
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    forwarding: 100k/s
    table: {entries: {value: 1000, low: 900, high: 1100, basis: measured}}
services:
  api: {network: outside, instances: 4, service_time: 5ms, connections: 100}
"""
SERIES = """
every: 5s
worlds:
  shop:
    readings:
      crossings.border.flows_held: held
      crossings.border.new_flows: {count: opened}
      crossings.border.refused: {count: dropped}
      crossings.border.table.entries: size
      services.api.instances: pods
"""
HEADING = "time,held,opened,dropped,size,pods\n"
Row = Callable[[int], tuple[float | str, ...]]


def usual(step: int) -> tuple[float | str, ...]:
    """A quiet time: 100 flows held, 40 new ones a second."""
    return 100 + step % 3, step * 200, 7, 1000, 4


class Desk:
    """A file that grows, and a watch of it."""

    def __init__(self, folder: Path, world: str = WORLD, series: str = SERIES, **manner: float) -> None:
        self.path = folder / "series.csv"
        self.path.write_text(HEADING)
        file = read_world(world, "world")
        self.numbers = numbers = read_numbers(file, read_answering(series, "series"))
        self.watching = begin(file, numbers, manner=Manner(every_s=EVERY_S, **manner), began_s=NOW_S)
        self.source = LiveFile(str(self.path), numbers)
        self.step = 0

    def grow(self, steps_count: int, row: Row = usual) -> None:
        with self.path.open("a") as opened:
            for step in range(self.step, self.step + steps_count):
                cells = ",".join(str(cell) for cell in row(step))
                opened.write(f"{NOW_S + step * EVERY_S:.0f},{cells}\n")
        self.step += steps_count

    def look(self, later_s: float = 0.0) -> Watched:
        return look(self.watching, [self.source], NOW_S + (self.step - 1) * EVERY_S + later_s)

    def border(self, later_s: float = 0.0) -> Reading:
        return next(one for one in self.look(later_s).readings if one.name == "border")


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)


def test_a_quiet_time_is_fine_and_its_limits_are_known(desk):
    desk.grow(100)
    seen = desk.look()
    assert seen.state is PlaceState.FINE
    assert seen.blind_since_s is None
    border = seen.readings[0]
    held = border.loads[0]
    assert (held.what, held.amount, held.bound.path) == (
        "flows_held", 100 + 99 % 3, "crossings.border.table.entries",
    )  # fmt: skip
    assert held.share_ratio == pytest.approx(0.1, rel=0.05)
    assert next(one.amount for one in border.loads if one.what == "new_flows") == pytest.approx(40)
    assert border.holds is True


def test_a_surge_is_seen_within_ten_seconds_and_told_with_what_is_usual(desk):
    desk.grow(200)
    assert desk.border().surges == ()
    desk.grow(2, lambda step: (100, 199 * 200 + (step - 199) * 600, 7, 1000, 4))
    border = desk.border()
    assert border.state is PlaceState.BROKEN
    (surge,) = border.surges
    assert (surge.what, surge.amount, surge.usual) == ("new_flows", 120.0, pytest.approx(40, rel=0.05))
    assert surge.since_s >= NOW_S + 199 * EVERY_S


def test_a_surge_that_is_over_is_fine_again(desk):
    desk.grow(200)
    desk.grow(10, lambda step: (100, 199 * 200 + (step - 199) * 800, 7, 1000, 4))
    assert desk.border().state is PlaceState.BROKEN
    desk.grow(20, lambda step: (100, 199 * 200 + 10 * 800 + (step - 209) * 200, 7, 1000, 4))
    assert desk.border().state is PlaceState.FINE


def test_the_time_to_a_limit_is_told_before_it_is_reached(desk):
    desk.grow(20)
    desk.grow(12, lambda step: (100 + (step - 19) * 20, step * 200, 7, 1000, 4))
    border = desk.border()
    held = border.loads[0]
    assert held.grows_per_s == pytest.approx(4.0, rel=0.01)
    assert held.reached_in_s == pytest.approx((1000 - held.amount) / 4.0, rel=0.01)
    assert any("reach the flow table of border" in why for why in border.why)


def test_four_fifths_of_a_limit_are_not_fine(desk):
    desk.grow(30, lambda step: (800, step * 200, 7, 1000, 4))
    border = desk.border()
    assert border.state is PlaceState.BROKEN
    assert "at 80% of the flow table of border" in border.why[0]


def test_what_a_place_says_of_its_limit_goes_before_the_world(desk):
    desk.grow(30, lambda step: (450, step * 200, 7, 500, 4))
    border = desk.border()
    assert border.loads[0].bound.is_measured
    assert border.loads[0].share_ratio == pytest.approx(0.9)
    assert border.holds is False
    (drift,) = [one for one in border.drifts if not one.is_inside]
    assert (drift.path, drift.measured, drift.low, drift.high) == (
        "crossings.border.table.entries", 500.0, 900.0, 1100.0,
    )  # fmt: skip


def test_refusals_are_told_and_one_alone_is_not(desk):
    desk.grow(30)
    desk.grow(2, lambda step: (100, step * 200, 8, 1000, 4))
    assert desk.border().state is PlaceState.FINE
    desk.grow(3, lambda step: (100, step * 200, 8 + (step - 31) * 50, 1000, 4))
    assert "turns away 10 a second" in desk.border().why[0]


def test_it_is_blind_after_two_samples_that_did_not_come(desk):
    desk.grow(30)
    assert desk.border(EVERY_S).state is PlaceState.FINE
    seen = desk.look(2.5 * EVERY_S)
    assert seen.state is PlaceState.BLIND
    assert seen.blind_since_s == NOW_S + 29 * EVERY_S
    assert {one.path for one in seen.readings[0].unseen} >= {"crossings.border.flows_held"}
    assert all(one.amount is None for one in seen.readings[0].loads)


def test_one_number_that_goes_makes_its_place_blind_and_the_others_are_still_told(desk):
    desk.grow(30)
    desk.grow(3, lambda step: ("", step * 200, 7, 1000, 4))
    border = desk.border()
    assert border.state is PlaceState.BLIND
    (unseen,) = border.unseen
    assert (unseen.path, unseen.since_s, unseen.was_seen) == (
        "crossings.border.flows_held", NOW_S + 29 * EVERY_S, True,
    )  # fmt: skip
    assert next(one.amount for one in border.loads if one.what == "new_flows") == pytest.approx(40)


def test_what_is_seen_to_be_wrong_is_broken_though_something_is_not_seen(desk):
    desk.grow(30)
    desk.grow(3, lambda step: (900, step * 200, "", 1000, 4))
    border = desk.border()
    assert (border.state, len(border.unseen)) == (PlaceState.BROKEN, 1)


def test_what_never_came_is_not_fine(desk):
    seen = desk.look()
    assert seen.state is PlaceState.BLIND
    assert not any(one.was_seen for reading in seen.readings for one in reading.unseen)


@pytest.mark.parametrize("cell", ["NaN", "nan"])
def test_no_number_is_no_sample(desk, cell):
    desk.grow(30)
    desk.grow(3, lambda step: (cell, step * 200, 7, 1000, 4))
    assert desk.border().state is PlaceState.BLIND


def test_a_counter_that_begins_anew_is_neither_a_surge_nor_a_refusal(desk):
    desk.grow(200)
    desk.grow(20, lambda step: (100, (step - 200) * 200, max(step - 210, 0) * 0, 1000, 4))
    border = desk.border()
    assert (border.state, border.surges) == (PlaceState.FINE, ())


def test_samples_from_the_future_are_not_believed(desk):
    desk.grow(30)
    desk.grow(3)
    seen = look(desk.watching, [desk.source], NOW_S - 3_600)
    assert seen.state is PlaceState.BLIND


def test_late_and_repeated_samples_change_nothing(desk):
    desk.grow(50)
    before = desk.border().loads
    with desk.path.open("a") as opened:
        opened.write(f"{NOW_S + 10 * EVERY_S:.0f},9999,1,0,1,1\n{NOW_S + 49 * EVERY_S:.0f},9999,1,0,1,1\n")
    assert desk.border().loads == before


def test_a_gap_is_no_surge_when_it_ends(desk):
    desk.grow(200)
    desk.look()
    desk.step += 12
    desk.grow(5)
    border = desk.border()
    assert (border.state, border.surges) == (PlaceState.FINE, ())


def test_a_file_that_is_written_anew_is_read_from_its_begin(desk):
    desk.grow(30)
    desk.look()
    desk.path.unlink()
    desk.path.write_text(HEADING)
    desk.grow(3)
    assert desk.look().state is PlaceState.FINE


def test_a_line_that_is_still_written_is_waited_for(desk):
    desk.grow(30)
    desk.look()
    with desk.path.open("a") as opened:
        opened.write(f"{NOW_S + 30 * EVERY_S:.0f},10")
    assert desk.look().state is PlaceState.FINE
    with desk.path.open("a") as opened:
        opened.write("1,6000,7,1000,4\n")
    desk.step += 1
    assert desk.border().loads[0].amount == 101


def test_a_file_that_went_is_a_source_that_is_blind(desk):
    desk.grow(30)
    desk.look()
    desk.path.unlink()
    seen = desk.look(2.5 * EVERY_S)
    (source,) = seen.sources
    assert (source.state, seen.state) == (PlaceState.BLIND, PlaceState.BLIND)
    assert "cannot be read" in source.why


def test_it_is_all_in_the_document(desk):
    desk.grow(30)
    found = json.loads(json.dumps(watched_json(desk.look()), allow_nan=False))
    assert (found["state"], found["places"][0]["narrowest"]) == ("fine", "flows_held")
    assert found["places"][0]["loads"][0]["limit"]["path"] == "crossings.border.table.entries"


def test_a_world_that_nothing_is_read_of_is_refused():
    with pytest.raises(InputError, match="not bound to any series"):
        read_numbers(read_world(WORLD, "world"), None)


def test_all_that_is_wrong_with_readings_is_told_at_once():
    said = SERIES.replace("services.api.instances", "services.apy.instances").replace(
        "crossings.border.refused", "crossings.border.refusals"
    )
    world = WORLD.replace("services:\n  api: {", "services:\n  api: {known_as: {prometheus: '{}'}, ")
    with pytest.raises(InputError) as error:
        read_numbers(read_world(world, "world"), read_answering(said, "series"))
    assert {one.path for one in error.value.faults} == {
        "services.apy.instances", "crossings.border.refusals", "services.api.known_as.prometheus",
    }  # fmt: skip


@pytest.mark.parametrize(("said", "every_s"), [("1/week", 604_800), ("2/day", 43_200), ("0.5/h", 7_200)])
def test_a_rate_of_alarms_is_read(said, every_s):
    assert false_alarm_s(said) == every_s


@pytest.mark.parametrize("said", ["", "0/week", "often", "1/year", "-1/day", "1e400/week"])
def test_what_is_no_rate_of_alarms_is_refused(said):
    with pytest.raises(InputError, match="no rate of alarms"):
        false_alarm_s(said)


def test_a_slow_course_of_the_day_is_no_surge(tmp_path):
    desk = Desk(tmp_path)
    total = [0.0]

    def waves(step: int) -> tuple[float, ...]:
        total[0] += 200 * (1 + 0.5 * math.sin(2 * math.pi * step / 17_280))
        return 100, round(total[0]), 7, 1000, 4

    alarms = 0
    for _ in range(50):
        desk.grow(100, waves)
        alarms += bool(desk.border().surges)
    assert alarms == 0


def test_a_clock_that_is_set_back_begins_anew_and_never_keeps_what_was(desk):
    desk.grow(20)
    assert desk.border().state is PlaceState.FINE
    desk.step -= 720  # an hour
    desk.grow(3, lambda step: (990, step * 200 + 10**6, 7, 1000, 4))
    border = desk.border()
    assert border.state is PlaceState.BROKEN
    assert "at 99% of" in border.why[0]


def test_what_was_seen_before_the_clock_was_set_back_is_not_seen(desk):
    desk.grow(20)
    assert desk.border().state is PlaceState.FINE
    assert desk.border(later_s=-3_600.0).state is PlaceState.BLIND


@pytest.mark.parametrize("wild", ["1e200", "inf", "-inf", "-1", "1e16", "nan"])
@pytest.mark.parametrize("column", [0, 3])
def test_what_can_be_no_number_is_no_sample_and_told(desk, wild, column):
    def row(step: int) -> tuple[float | str, ...]:
        return tuple(wild if i == column else value for i, value in enumerate(usual(step)))

    desk.grow(20)
    desk.grow(6, row)
    border = desk.border()
    assert border.state is PlaceState.BLIND
    assert border.loads[0].amount is None or border.loads[0].bound.amount == 1000.0
    assert ["6 samples of" in note for note in border.notes] == [True] * (wild != "nan")
    json.dumps(watched_json(desk.look()), allow_nan=False)


def test_of_two_limits_that_sources_show_the_lowest_counts_and_that_is_told(desk, tmp_path):
    other = tmp_path / "other.csv"
    rows = [f"{NOW_S + step * EVERY_S:.0f},600" for step in range(30)]
    other.write_text("\n".join(["time,size", *rows]) + "\n")
    desk.grow(30, lambda step: (550, step * 200, 7, 1000, 4))
    source = LiveFile(str(other), desk.numbers)
    seen = look(desk.watching, [desk.source, source], NOW_S + 29 * EVERY_S)
    border = seen.readings[0]
    assert (border.state, border.loads[0].bound.amount) == (PlaceState.BROKEN, 600.0)
    (note,) = border.notes
    assert note == "sources do not agree on the flow table of border: 600 to 1,000; the lowest counts"


def test_a_file_that_is_rewritten_in_place_with_other_columns_is_read_by_its_new_heading(desk):
    desk.grow(20)
    assert desk.border().state is PlaceState.FINE
    rows = [f"{NOW_S + step * EVERY_S:.0f},1000,4,7,{step * 200},990" for step in range(26)]
    with desk.path.open("r+") as opened:  # the same file, and longer
        opened.write("\n".join(["time,size,pods,dropped,opened,held", *rows]) + "\n")
    desk.step = 26
    border = desk.border()
    assert (border.loads[0].amount, border.loads[0].bound.amount) == (990.0, 1000.0)
    assert border.state is PlaceState.BROKEN
