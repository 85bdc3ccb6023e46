"""The states of an outage: every pair of state and event."""

from __future__ import annotations

import itertools
from xml.etree import ElementTree as ET

import pytest

from tidegate.journal.entry_kinds import EVENTS
from tidegate.present.record.states_svg import states_svg
from tidegate.track.lifecycle import (
    MEANS,
    NEXT_STATE,
    OPEN,
    OutageEvent,
    OutageState,
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


def test_the_drawing_shows_every_move():
    """Each arrow of the picture is a row of the table, and each row has its arrow and its words."""
    drawn = ET.fromstring(states_svg())  # noqa: S314  our own
    space = "{http://www.w3.org/2000/svg}"
    arrows = drawn.findall(f"{space}path[@marker-end]")
    words = [text.text for text in drawn.iter(f"{space}text") if text.get("class") == "e"]
    assert len({(state, after) for (state, _), after in NEXT_STATE.items()}) == len(arrows) == len(words)
    shown = sorted(word for text in words for word in text.split(", "))
    assert sorted(event.value.replace("_", " ") for _, event in NEXT_STATE) == shown
