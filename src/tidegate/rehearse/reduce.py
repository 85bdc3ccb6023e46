"""Which part of a world is rehearsed, and what is left out? The world again, without what has no rig.

Everything left out is said in a sentence, because the prediction is then made for the reduced world
too: prediction and measurement are always of the same thing. Nothing here scales or runs anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.rehearse.asked_beside import why_no_boot_call, why_no_call, why_no_lookup, why_no_pooler
from tidegate.rehearse.scaling import why_no_scaler
from tidegate.world.crossing import Background, Crossing
from tidegate.world.file.read import from_document
from tidegate.world.world import World, WorldFile

_NOT_REHEARSED = ("beliefs", "segments", "tooling", "objectives")
"""Sections that describe no traffic."""

ONE_MACHINE_S = 0.00002
"""Round trip between namespaces: measured, a kernel's answer comes back to a device 7 to 12 us after the
packet left it. It decides who gets the place in a full queue that the packet left free.
"""
FELT_S = 0.002


@dataclass(frozen=True, kw_only=True)
class Reduced:
    """The part of a world that is rehearsed.

    Parameters
    ----------
    file
        The world without the rest.
    left_out
        What was taken out of it, as clauses.
    """

    file: WorldFile
    left_out: tuple[str, ...]


def reduce_world(file: WorldFile, activity: str | None) -> Reduced:
    """Return the part of a world that real sockets and devices of one machine can stand for.

    Parameters
    ----------
    file
        The world, as believed.
    activity
        The activity that happens; those that are not beside it are dropped without a word.

    Raises
    ------
    InputError
        If the world cannot be read without those parts.
    """
    document: dict[str, Any] = {key: part for key, part in file.document.items() if key not in _NOT_REHEARSED}
    left_out: list[str] = []
    document["detail"] = "packet"
    document["crossings"] = _crossings(file, left_out)
    document["clients"] = clients = dict(_entries(document, "clients"))
    document["services"] = dict(_entries(document, "services"))
    fewer = _without_scalers(document["services"], file.world, left_out)
    fewer |= _without_calls(document["services"], file.world, left_out)
    fewer |= _without_lookups(clients, file.world, left_out)
    if "triggers" in document:
        document["triggers"] = {
            name: _trigger(trigger, fewer) for name, trigger in _entries(document, "triggers").items()
        }
    activities = _entries(document, "activities")
    happen = () if activity is None else (activity, *file.world.activities[activity].beside)
    document["activities"] = {name: activities[name] for name in happen}
    return Reduced(file=from_document(document, file.source), left_out=tuple(left_out))


def _entries(document: Mapping[str, Any], section: str) -> Mapping[str, Any]:
    found = document.get(section)
    return found if isinstance(found, Mapping) else {}


def _without_scalers(services: dict[str, Any], world: World, left_out: list[str]) -> set[str]:
    """Take out the autoscalers that the rig cannot show; returns their paths."""
    fewer: set[str] = set()
    for name in world.services:
        if why := why_no_scaler(world, name):
            services[name] = {key: value for key, value in services[name].items() if key != "autoscaler"}
            left_out.append(f"autoscaling of {name}: instances change only as the script says, since {why}")
            fewer.add(f"services.{name}.autoscaler")
    return fewer


def _without_calls(services: dict[str, Any], world: World, left_out: list[str]) -> set[str]:
    """Take out what services ask of others and the rig cannot; returns the paths of what became less."""
    fewer: set[str] = set()
    for name, service in world.services.items():
        entry = services[name]
        calls = [why_no_call(world, name, call) for call in service.calls]
        boots = [why_no_boot_call(world, name, call) for call in service.boot.calls]
        if why_no_pooler(world, name):
            entry = {key: value for key, value in entry.items() if key != "pooler"}
            calls = ["they are a pooler's" for _ in calls]
            left_out.append(f"server connections that {name} opens and shares as a pooler")
        for one, why in zip(service.calls, calls, strict=True):
            if why:
                left_out.append(f"calls that {name} makes on {one.service}, since {why}")
                fewer.add(f"services.{name}.calls")
        for boot_call, why in zip(service.boot.calls, boots, strict=True):
            if why:
                left_out.append(f"what new instances of {name} ask of {boot_call.service}, since {why}")
                fewer.add(f"services.{name}.boot")
        if any(calls):
            entry = {**entry, "calls": _those_without(entry["calls"], calls)}
        if any(boots):
            boot = entry["boot"]
            entry = {**entry, "boot": {**boot, "calls": _those_without(boot["calls"], boots)}}
        services[name] = entry
    return fewer


def _without_lookups(clients: dict[str, Any], world: World, left_out: list[str]) -> set[str]:
    """Take out the look-ups of names that the rig cannot show; returns their paths."""
    fewer: set[str] = set()
    for name, one in world.clients.items():
        if why := why_no_lookup(world, one):
            clients[name] = {key: value for key, value in clients[name].items() if key != "lookup"}
            left_out.append(f"name resolution of {name}: addresses are taken as known, since {why}")
            fewer.add(f"clients.{name}.lookup")
    return fewer


def _those_without(entries: Sequence[Any], reasons: Sequence[str | None]) -> list[Any]:
    return [entry for entry, why in zip(entries, reasons, strict=True) if why is None]


def _crossings(file: WorldFile, left_out: list[str]) -> dict[str, Any]:
    """Return the crossings as one machine has them: near, and without traffic of nobody in the world."""
    crossings = {}
    for name, entry in _entries(file.document, "crossings").items():
        crossing = file.world.crossings[name]
        kept = {key: value for key, value in entry.items() if key != "background"}
        kept["round_trip"] = ONE_MACHINE_S
        if crossing.round_trip_s > FELT_S:
            there_ms = 1000 * crossing.round_trip_s
            left_out.append(f"the distance across {name}: a round trip of {there_ms:g} ms")
        if crossing.background != Background():
            background = crossing.background
            kept["background"] = {"packets": 0, "flows": 0, "unanswered": background.unanswered_per_s}
            if background.unanswered_sources_count is not None:
                kept["background"]["unanswered_sources"] = background.unanswered_sources_count
            if background.packets_per_s > 0.0 or background.flows_count > 0:
                kept |= _what_is_left(crossing, kept)
                left_out.append(
                    f"background traffic of {name}, which takes its share of the capacity instead"
                )
        crossings[name] = kept
    return crossings


def _what_is_left(crossing: Crossing, entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return what background traffic leaves of a device, as the engine sees it."""
    left: dict[str, Any] = {}
    if crossing.forwarding_per_s is not None:
        left["forwarding"] = max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1.0)
    if crossing.table is not None:
        entries = max(crossing.table.entries_count - crossing.background.flows_count, 1)
        stated = entry.get("table")
        left["table"] = {**(stated if isinstance(stated, Mapping) else {}), "entries": entries}
    return left


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 3 else [*names[:2], f"{len(names) - 2} more"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def _trigger(trigger: Any, fewer: set[str]) -> Any:
    """Return a trigger without the paths that lead into what was left out."""
    if not isinstance(trigger, Mapping) or not isinstance(trigger.get("set"), Mapping):
        return trigger
    kept = {path: value for path, value in trigger["set"].items() if not _is_left_out(str(path), fewer)}
    return {**trigger, "set": kept}


def _is_left_out(path: str, fewer: set[str]) -> bool:
    steps = path.split(".")
    if ".".join(steps[:3]) in fewer:
        return True
    return steps[0] in _NOT_REHEARSED
