"""The states of an outage: every pair of state and event."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest

from tidegate.journal.kinds import EVENTS
from tidegate.track.lifecycle import (
    MEANS,
    NEXT_STATE,
    OPEN,
    OutageEvent,
    OutageState,
    diagram,
    next_state,
    possible,
)

EXPECTED = {
    "emerging": {
        "confirm": "confirmed",
        "resolve": "resolved",
        "merge": "merged",
        "retract": "false_alarm",
        "end_exercise": "exercise",
    },
    "confirmed": {
        "contain": "contained",
        "recover": "recovering",
        "resolve": "resolved",
        "merge": "merged",
        "retract": "false_alarm",
        "end_exercise": "exercise",
    },
    "contained": {
        "recover": "recovering",
        "resolve": "resolved",
        "relapse": "confirmed",
        "merge": "merged",
        "end_exercise": "exercise",
    },
    "recovering": {
        "resolve": "resolved",
        "relapse": "confirmed",
        "merge": "merged",
        "end_exercise": "exercise",
    },
    "resolved": {"relapse": "confirmed", "merge": "merged", "retract": "false_alarm"},
    "merged": {"split": "confirmed"},
    "false_alarm": {"confirm": "confirmed"},
    "exercise": {},
}


@pytest.mark.parametrize(("state", "event"), [*itertools.product(OutageState, OutageEvent)])
def test_every_pair(state, event):
    """Each state meets each event as stated; all other pairs cannot happen."""
    expected = EXPECTED[state.value].get(event.value)
    found = next_state(state, event)
    assert expected == (found.value if found else None)
    assert (event in possible(state)) == (expected is not None)


def test_every_state_can_be_reached_and_is_explained():
    """No state is dead, and each has its meaning in words."""
    reached = {OutageState.EMERGING, *NEXT_STATE.values()}
    assert set(OutageState) == reached == MEANS.keys()
    assert OPEN == {OutageState(name) for name in ("emerging", "confirmed", "contained", "recovering")}


def test_events_are_those_of_the_journal():
    """The journal accepts exactly the events that the table knows."""
    assert set(EVENTS) == {event.value for event in OutageEvent}


def test_the_diagram_in_the_docs_is_the_table():
    """The page shows every move and no other."""
    page = Path(__file__).resolve().parents[3] / "docs" / "explanation" / "the-record.md"
    if page.exists():
        assert diagram() in page.read_text(encoding="utf-8")
    moves = re.findall(r"^    (\w+) --> (\w+): (\w+)$", diagram(), re.MULTILINE)
    assert {(s.value, after.value, e.value) for (s, e), after in NEXT_STATE.items()} == set(moves)
