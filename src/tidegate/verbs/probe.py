"""Probe: what the user's own client program really does when its endpoint fails."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import CannotTellError, Fault, InputError
from tidegate.probe.catalogue_entry import Origin, entries_of, refuse_name
from tidegate.probe.command import refuse_command
from tidegate.probe.identify import Finding, ever_connects, identify
from tidegate.probe.observation import Trial
from tidegate.probe.situation import situations_for

SEED = 7
MOST_SECONDS, MOST_REPEATS = 600.0, 50
LEAST_SECONDS = 2.0

Watcher = Callable[[Sequence[str], "Probe"], list[Trial]]
"""Runs the command in the situations named and returns what was seen."""


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What is asked.

    Parameters
    ----------
    command
        The client program with its arguments and placeholders.
    protocol
        What the endpoint speaks.
    situations
        Names of the situations; empty for all.
    repeat_count
        Runs in each.
    seconds
        How long a program that does not end is watched in each run.
    name
        What the client is called from now on.
    """

    command: tuple[str, ...]
    protocol: str = "http"
    situations: tuple[str, ...] = ()
    repeat_count: int = 3
    seconds: float = 20.0
    name: str = "my-client"


@dataclass(frozen=True, kw_only=True)
class Probed:
    """What came out.

    Parameters
    ----------
    finding
        What the client does.
    entries
        The same as entries of a catalogue, by name.
    origin
        Where they come from.
    """

    finding: Finding
    entries: Mapping[str, Mapping[str, Any]]
    origin: Origin


def probe(asked: Probe, *, watch: Watcher, measured_on: str) -> Probed:
    """Watch a client in every situation and say what it does.

    Parameters
    ----------
    asked
        Which client, and how.
    watch
        Runs it on a real network.
    measured_on
        Today's date (ISO 8601).

    Raises
    ------
    InputError
        If what is asked makes no sense.
    CannotTellError
        If the client never connects, even while all is well.
    """
    names = _checked(asked)
    trials = watch(names, asked)
    if not ever_connects(trials):
        raise CannotTellError(_never_connected(trials))
    finding = identify(trials, asked.protocol, seed=SEED)
    origin = Origin(
        name=asked.name,
        command=shlex.join(asked.command),
        measured_on=measured_on,
        runs_count=asked.repeat_count,
        seconds=asked.seconds,
    )
    return Probed(finding=finding, entries=entries_of(finding, origin), origin=origin)


def is_identified(probed: Probed) -> bool:
    """Whether anything could be told of how the client tries again, or of what it opens beyond that."""
    finding = probed.finding
    beyond = finding.idle_connect_s is not None or finding.spare_connections_count > 0
    return beyond or any(not conduct.cannot for conduct in finding.conducts.values())


def _checked(asked: Probe) -> tuple[str, ...]:
    """Return the names of the situations; all faults at once."""
    faults: list[Fault] = []
    names: tuple[str, ...] = ()
    try:
        refuse_command(asked.command)
    except InputError as error:
        faults += error.faults
    try:
        refuse_name(asked.name)
    except InputError as error:
        faults += error.faults
    try:
        names = tuple(one.name for one in situations_for(asked.protocol, asked.situations))
    except InputError as error:
        faults += error.faults
    if not LEAST_SECONDS <= asked.seconds <= MOST_SECONDS:
        faults.append(_out_of_bounds("--seconds", asked.seconds, LEAST_SECONDS, MOST_SECONDS))
    if not 1 <= asked.repeat_count <= MOST_REPEATS:
        faults.append(_out_of_bounds("--repeat", asked.repeat_count, 1, MOST_REPEATS))
    if faults:
        raise InputError(*faults)
    return names


def _out_of_bounds(option: str, value: float, least: float, most: float) -> Fault:
    what = "is too small" if value < least else "is too large"
    return Fault(what=what, path=option, value=f"{value:g}", allowed=f"from {least:g} to {most:g}")


def _never_connected(trials: Sequence[Trial]) -> str:
    """Say in one line that, and as far as known why, the client never connected."""
    first = trials[0]
    asked = any(trial.queries for trial in trials)
    looked_up = "looked the service's name up and " if asked else ""
    ended = "was still running" if first.ended_s is None else f"ended with {first.exit_code}"
    last = first.said.rpartition("\n")[2].strip()
    words = f"; its last words: {last[:200]}" if last else ""
    return f"the client {looked_up}never tried to connect while all was well, and {ended}{words}"
