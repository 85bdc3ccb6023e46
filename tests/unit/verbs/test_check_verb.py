from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.errors import InputError
from tidegate.verbs.check import Check, activities_of, check, exit_code
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tiny_worlds import TWIN, grow, twin


@pytest.mark.parametrize(
    ("verdict", "conditions", "cannot_tell", "stop"),
    [
        ("proceed", 0, 0, 0),
        ("slow_down", 3, 0, 0),
        ("protect_first", 3, 0, 0),
        ("cannot_tell", 4, 4, 0),
        ("stop", 5, 5, 5),
    ],
)
def test_exit_codes_and_where_the_line_is_drawn(verdict, conditions, cannot_tell, stop):
    """`--fail-on` moves the line below which the code is 0; it never changes the code itself."""
    expected = {"conditions": conditions, "cannot_tell": cannot_tell, "stop": stop}
    assert expected == {line: exit_code([verdict], line) for line in expected}


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        (("proceed", "proceed"), 0),
        (("stop", "proceed"), 5),
        (("cannot_tell", "stop"), 5),
        (("cannot_tell", "slow_down"), 4),
        (("proceed", "protect_first"), 3),
    ],
)
def test_several_exit_with_the_worst(verdicts, expected):
    """Stop is worse than cannot tell, that is worse than a condition."""
    assert expected == exit_code(verdicts)


def test_without_a_name_each_activity_is_judged():
    """In the order of the file."""
    assert ("grow", "restart") == activities_of(Check(file=grow()))
    assert ("restart",) == activities_of(Check(file=grow(), activity="restart"))


def test_a_world_of_triggers_alone_is_judged_once():
    """No activity, but something happens."""
    assert (None,) == activities_of(Check(file=twin()))


def test_a_mistyped_activity_is_answered_with_the_nearest():
    """What there is, and what was probably meant."""
    with pytest.raises(InputError) as caught:
        activities_of(Check(file=grow(), activity="grwo"))
    (fault,) = caught.value.faults
    assert ("grow", "grow, restart") == (fault.nearest, fault.allowed)


def test_what_a_shorter_horizon_cuts_off_is_refused():
    """The steps that are cut off would never be judged; all at once, and only those asked about."""
    with pytest.raises(InputError) as caught:
        activities_of(Check(file=overlay(grow(), {"horizon": "3s"})))
    assert ["activities.grow.at", "activities.restart.at"] == [fault.path for fault in caught.value.faults]
    assert "a horizon beyond 4s" == caught.value.faults[0].allowed
    later = overlay(grow(), {"horizon": "6s", "activities.grow.at": "5s", "activities.restart.at": "6s"})
    assert ("grow",) == activities_of(Check(file=later, activity="grow"))


def test_a_world_in_which_nothing_happens_is_refused():
    """Neither activity nor trigger: there is no question."""
    still = read_world(
        TWIN[: TWIN.index("triggers")].replace("RETRY", "none").replace("FORWARDING", "1k/s"), "s"
    )
    with pytest.raises(InputError, match="nothing happens"):
        activities_of(Check(file=still))


def test_verdicts_come_in_the_order_of_the_file_and_carry_the_notes():
    """One for each activity, each with the sentences handed in."""
    with ThreadPoolExecutor(2) as executor:
        found = check(Check(file=grow(), runs_count=1, notes=("Read from afar.",)), executor=executor)
    assert ["grow", "restart"] == [verdict.activity for verdict in found]
    assert all("Read from afar." in verdict.notes for verdict in found)


def test_a_check_reads_no_text(monkeypatch):
    """The text was read once, before; every case, phase and point is an overlay on what it said."""
    file = grow()

    def read_again(*_args, **_kwargs):
        raise AssertionError

    monkeypatch.setattr("tidegate.world.file.read.read_tree", read_again)
    with ThreadPoolExecutor(2) as executor:
        assert check(Check(file=file, activity="grow", runs_count=1), executor=executor)
