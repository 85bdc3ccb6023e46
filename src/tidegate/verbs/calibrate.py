"""Calibrate: what packets, flows and connections cost in CPU time on this host."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

from tidegate.errors import Fault, InputError, RigError
from tidegate.exit_codes import ExitCode
from tidegate.rehearse.cost import GROUPS, KINDS, Calibration, Contention, cost
from tidegate.world.file.quantity import parse_quantity

SHORTEST_S, LONGEST_S = 1.0, 600.0


class Measure(Protocol):
    """What measures costs: see `tidegate.adapters.linux.calibration.host_costs.measure`."""

    def __call__(self, names: tuple[str, ...], *, length_s: float) -> Mapping[str, Any]:
        """Return the repetitions of each named cost, and what was left out."""


def asked(only: str | None, length: str) -> tuple[tuple[str, ...], float]:
    """Return which costs are asked for, and how many seconds to measure in all.

    Parameters
    ----------
    only
        Groups such as ``forwarding,haproxy``; None for all.
    length
        A duration such as ``45s``.

    Raises
    ------
    InputError
        With one fault for each word that is no group, and one for a length that is none.
    """
    groups = GROUPS if only is None else tuple(word.strip() for word in only.split(","))
    faults = [
        Fault(what="is nothing to calibrate", path="--only", value=word, allowed=", ".join(GROUPS))
        for word in groups
        if word not in GROUPS
    ]
    length_s = SHORTEST_S
    try:
        length_s = parse_quantity(length, "s")
    except InputError as error:
        faults += [replace(fault, path="--for") for fault in error.faults]
    if not SHORTEST_S <= length_s <= LONGEST_S:
        allowed = f"{SHORTEST_S:g}s to {LONGEST_S:g}s"
        faults.append(Fault(what="is too short or too long", path="--for", value=length, allowed=allowed))
    if faults:
        raise InputError(*faults)
    return tuple(name for name, kind in KINDS.items() if kind.group in groups), length_s


def calibrate(
    names: Sequence[str], *, length_s: float, machine: str, date: str, measure: Measure
) -> Calibration:
    """Measure costs of this host.

    Parameters
    ----------
    names
        Names of `KINDS`.
    length_s
        How long to measure in all, in seconds.
    machine
        Processor and kernel, in words.
    date
        Today, as YYYY-MM-DD.
    measure
        What measures.

    Returns
    -------
    Calibration
        Where this machine forbids the sandbox, one without costs that says so.
    """
    try:
        seen = measure(tuple(names), length_s=length_s)
    except RigError as error:
        return Calibration(
            machine=machine, programs={}, date=date, costs=(), left_out=(str(error),), contention=None
        )
    return _calibration(seen, machine, date)


def _calibration(seen: Mapping[str, Any], machine: str, date: str) -> Calibration:
    estimates = {name: cost(name, repetitions_s) for name, repetitions_s in seen["samples"].items()}
    costs = tuple(one for one in estimates.values() if one is not None)
    reasons = dict(seen["left_out"])
    for name, one in estimates.items():
        if one is None:
            reasons[name] = "too much else went on to tell it from nothing; try --for with a longer time"
    left_out = tuple(f"{KINDS[name].subject}: {reason}" for name, reason in reasons.items())
    return Calibration(
        machine=machine,
        programs=seen["programs"],
        date=date,
        costs=costs,
        left_out=left_out,
        contention=Contention(
            load_count=seen["load"],
            cpus_count=seen["cpus"],
            other_ratio=seen["other"],
            steal_ratio=seen["steal"],
        )
        if costs
        else None,
    )


def exit_code(found: Calibration) -> ExitCode:
    """Return 0 where anything was measured, else 4."""
    return ExitCode.HOLDS if found.costs else ExitCode.CANNOT_TELL
