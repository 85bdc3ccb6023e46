"""In which state is an outage, and what can happen to it there? One table; the diagram is drawn from it.

What an event does besides (words, notices) must not live here.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping


class OutageState(enum.Enum):
    """Where an outage stands."""

    EMERGING = "emerging"
    CONFIRMED = "confirmed"
    CONTAINED = "contained"
    RECOVERING = "recovering"
    RESOLVED = "resolved"
    MERGED = "merged"
    FALSE_ALARM = "false_alarm"
    EXERCISE = "exercise"


class OutageEvent(enum.Enum):
    """What can happen to an outage; the values are those of the journal's entries."""

    CONFIRM = "confirm"
    CONTAIN = "contain"
    RECOVER = "recover"
    RESOLVE = "resolve"
    RELAPSE = "relapse"
    MERGE = "merge"
    SPLIT = "split"
    RETRACT = "retract"
    END_EXERCISE = "end_exercise"


MEANS: Mapping[OutageState, str] = {
    OutageState.EMERGING: "something seems to be broken; nobody has confirmed it",
    OutageState.CONFIRMED: "it is broken, and we say so",
    OutageState.CONTAINED: "what broke is mended or cut off; it does not spread any more",
    OutageState.RECOVERING: "what broke is mended; what piled up meanwhile drains",
    OutageState.RESOLVED: "everything is as before",
    OutageState.MERGED: "it is part of another outage",
    OutageState.FALSE_ALARM: "nothing was broken; it stays on record",
    OutageState.EXERCISE: "it was a drill, and is over; it counts nowhere",
}
"""What each state means, as the end of a sentence."""

_S, _E = OutageState, OutageEvent

NEXT_STATE: Mapping[tuple[OutageState, OutageEvent], OutageState] = {
    (_S.EMERGING, _E.CONFIRM): _S.CONFIRMED,
    # It went away before anybody could confirm it.
    (_S.EMERGING, _E.RESOLVE): _S.RESOLVED,
    (_S.EMERGING, _E.MERGE): _S.MERGED,
    (_S.EMERGING, _E.RETRACT): _S.FALSE_ALARM,
    (_S.EMERGING, _E.END_EXERCISE): _S.EXERCISE,
    (_S.CONFIRMED, _E.CONTAIN): _S.CONTAINED,
    (_S.CONFIRMED, _E.RECOVER): _S.RECOVERING,
    (_S.CONFIRMED, _E.RESOLVE): _S.RESOLVED,
    (_S.CONFIRMED, _E.MERGE): _S.MERGED,
    (_S.CONFIRMED, _E.RETRACT): _S.FALSE_ALARM,
    (_S.CONFIRMED, _E.END_EXERCISE): _S.EXERCISE,
    (_S.CONTAINED, _E.RECOVER): _S.RECOVERING,
    (_S.CONTAINED, _E.RESOLVE): _S.RESOLVED,
    (_S.CONTAINED, _E.RELAPSE): _S.CONFIRMED,
    (_S.CONTAINED, _E.MERGE): _S.MERGED,
    (_S.CONTAINED, _E.END_EXERCISE): _S.EXERCISE,
    (_S.RECOVERING, _E.RESOLVE): _S.RESOLVED,
    (_S.RECOVERING, _E.RELAPSE): _S.CONFIRMED,
    (_S.RECOVERING, _E.MERGE): _S.MERGED,
    (_S.RECOVERING, _E.END_EXERCISE): _S.EXERCISE,
    (_S.RESOLVED, _E.RELAPSE): _S.CONFIRMED,
    # Two outages are found to have been one only afterwards; or to have been none.
    (_S.RESOLVED, _E.MERGE): _S.MERGED,
    (_S.RESOLVED, _E.RETRACT): _S.FALSE_ALARM,
    (_S.MERGED, _E.SPLIT): _S.CONFIRMED,
    # It was real after all.
    (_S.FALSE_ALARM, _E.CONFIRM): _S.CONFIRMED,
}
"""Every move an outage can make; a pair that is missing cannot happen."""

OPEN = frozenset({_S.EMERGING, _S.CONFIRMED, _S.CONTAINED, _S.RECOVERING})
"""The states in which something is still wrong."""

PUBLIC = OPEN - {_S.EMERGING} | {_S.RESOLVED}
"""The states that the public is told of by themselves; of the others only what was published."""


def next_state(state: OutageState, event: OutageEvent) -> OutageState | None:
    """Return the state after `event`; None where that cannot happen in `state`."""
    return NEXT_STATE.get((state, event))


def possible(state: OutageState) -> tuple[OutageEvent, ...]:
    """Return the events that can happen in `state`."""
    return tuple(event for event in OutageEvent if (state, event) in NEXT_STATE)
