from __future__ import annotations

import dataclasses

import pytest

from rehearsal_sample import twin
from tidegate.errors import InputError
from tidegate.rehearse.rehearsal_record import Record, read_records, record_line, summarise, world_digest

RECORD = Record(
    format=1,
    on="2026-11-20",
    world="kernel_twin",
    activity="",
    digest=world_digest(twin().world),
    protections=(),
    scale=1.0,
    server="sleeping",
    seed=7,
    runs_count=3,
    recovered_count=0,
    spoiled_count=1,
    predicted_recovery=0.0,
    ending_agrees=True,
    holds=True,
    errors={"packets": -0.02, "time to recover": None},
    tidegate_version="0.1.0",
)


def test_records_are_read_as_they_were_written():
    """A line for each, in order."""
    other = dataclasses.replace(RECORD, holds=False, on="2026-11-23", protections=("a=b",))

    assert (RECORD, other) == read_records(record_line(RECORD) + "\n" + record_line(other), "kept")


@pytest.mark.parametrize("line", ["no json", "[]", "{}", '{"format": 2}', '{"format": 1, "on": "x"}'])
def test_a_line_that_is_no_record_is_named(line):
    """With the number of its line; good lines before it do not hide it."""
    with pytest.raises(InputError) as caught:
        read_records(record_line(RECORD) + line + "\n", "kept")

    assert "kept:2" == str(caught.value.faults[0].place)


def test_a_field_of_another_kind_is_named():
    """A count that is a text is no count."""
    line = record_line(RECORD).replace('"runs_count": 3', '"runs_count": "3"')

    with pytest.raises(InputError, match="runs_count"):
        read_records(line, "kept")


def test_titles_do_not_change_a_world_and_numbers_do():
    """The digest belongs to what could change a prediction."""
    world = twin().world
    titled = dataclasses.replace(world, title="another")

    assert world_digest(world) == world_digest(titled)
    assert world_digest(world) != world_digest(twin(crossings__device__queue_packets=900).world)


def test_only_rehearsals_of_this_world_and_activity_count():
    """Others are counted apart."""
    records = (
        RECORD,
        dataclasses.replace(RECORD, on="2026-11-22", holds=False, errors={"packets": 0.12}),
        dataclasses.replace(RECORD, digest="another"),
        dataclasses.replace(RECORD, activity="grow"),
    )

    found = summarise(records, world=twin().world, activity="", source="kept")

    assert (2, 2) == (found.rehearsals_count, found.others_count)
    assert (1, 2, 6) == (found.held_count, found.ended_as_predicted_count, found.runs_count)
    assert ("2026-11-22", 1.0, "kept") == (found.last_on, found.scale_ratio, found.source)
    assert 0.12 == found.packets_error_ratio
    assert found.recovery_error_ratio is None


def test_without_rehearsals_there_is_nothing_to_say_but_that():
    """No error, no scale, no day."""
    found = summarise((), world=twin().world, activity="", source="")

    assert (0, 0, None, "") == (
        found.rehearsals_count,
        found.others_count,
        found.scale_ratio,
        found.last_on,
    )
