"""What world does "a fleet of clients grows behind a device" imply? What is not said is assumed widely.

Every gate that knows a fleet only by a few words ends here. The result is a plain document of file
keys, so that it can be saved, edited and read again; nothing here knows where the words came from.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from tidegate.errors import Fault, InputError, Place
from tidegate.simulate.staircase import stages
from tidegate.world.activity import Activity
from tidegate.world.file.quantity import format_quantity, parse_quantity
from tidegate.world.file.read import from_document
from tidegate.world.file.was_read import WasRead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tidegate.world.world import WorldFile

CLIENTS = "app"
STARTS_AT_S = 10.0
_SETTLE_S = 240.0
_SHORTEST_HORIZON_S = 300.0
_RETRY = "exponential-full-jitter"
_UNITS = {
    "pool": "count",
    "spread": "s",
    "timeout": "s",
    "rate": "per_s",
    "service_time": "s",
    "connections": "count",
    "reconnect": "ratio",
}
# What is believed where nothing is said: value, low, high in the core's unit, and how to find out.
_ASSUMED = {
    "pool": (10.0, 1.0, 100.0, "read the pool size in the client's configuration"),
    "spread": (5.0, 0.0, 60.0, "time from the first new instance's first connection to the last one's"),
    "timeout": (1.0, 0.25, 30.0, "read the connect and request time-outs in the client's configuration"),
    "rate": (10.0, 1.0, 100.0, "requests of one instance a second, from its metrics"),
    "service_time": (0.005, 0.001, 0.02, "mean time of a request at the service, without the network"),
    "setup_time": (0.001, 0.0001, 0.02, "time one connect and log-in against an idle service"),
}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One thing that was said about the fleet.

    Parameters
    ----------
    text
        As it was written.
    by
        What it was written with, such as ``--pool``.
    place
        Where it stands.
    """

    text: str
    by: str
    place: Place


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """What is known of a fleet that is about to change its size.

    Parameters
    ----------
    before_count, after_count
        Instances before and after.
    words
        What was said, by option name: pool, spread, retry, through, to, timeout, rate (of one
        instance), service_time, connections (of the service), reconnect (share of the running).
    name
        What the fleet is called.
    known_as
        Its names outside Tidegate, by system.
    steps
        The steps the change takes, where it is not one: when each begins, from the first on, and the size.
    longest_s
        How long the longest other activity of its world takes.
    """

    before_count: int
    after_count: int
    words: Mapping[str, Said]
    name: str = CLIENTS
    known_as: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[tuple[float, int], ...] = ()
    longest_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Implied:
    """The world that a few words imply.

    Parameters
    ----------
    document
        Plain tree of file keys, ready to be written.
    file
        The same, read.
    notes
        What was left out or taken for granted, a sentence each.
    read
        What was read in files, number by number.
    """

    document: Mapping[str, Any]
    file: WorldFile
    notes: tuple[str, ...] = ()
    read: tuple[WasRead, ...] = ()


def fleet_document(fleet: Fleet) -> dict[str, Any]:
    """Return the document of a world in which `fleet` changes its size.

    Raises
    ------
    InputError
        With all words that are no quantities of their kind.
    """
    numbers = _numbers(fleet)
    to = fleet.words["to"].text if "to" in fleet.words else "the service"
    service, through = _service_name(fleet), _text(fleet, "through", "unknown")
    pool = f"a pool of {fleet.words['pool'].text}" if "pool" in fleet.words else "a pool"
    return {
        "tidegate": "1",
        "name": f"{_slug(fleet.name)}_{fleet.before_count}_to_{fleet.after_count}",
        "title": f"{fleet.before_count} to {fleet.after_count} instances of {fleet.name}, each with {pool}, "
        f"reach {to} through {through}",
        "horizon": format_quantity(_horizon_s(fleet, numbers), "s"),
        "networks": {
            "inside": {"title": f"where {fleet.name} runs"},
            "outside": {"title": f"where {to} runs"},
        },
        "crossings": {"edge": {"between": ["inside", "outside"], "device": through}},
        "services": {service: _service(fleet, numbers, to)},
        "clients": {CLIENTS: _clients(fleet, service)},
        "activities": {"scale": _scale(fleet)},
        "objectives": {"collapse_probability": "1%"},
        "beliefs": _beliefs(fleet),
    }


def implied(fleet: Fleet, document: Mapping[str, Any], source: str, notes: tuple[str, ...] = ()) -> Implied:
    """Return the world of a document made for `fleet`; its faults are told in the words of the fleet.

    Raises
    ------
    InputError
        If what was said makes no world; each fault names the word that caused it.
    """
    try:
        file = from_document(document, source)
    except InputError as error:
        raise InputError(*(_in_their_words(fault, fleet) for fault in error.faults)) from None
    silent = sorted(_option(name) for name in _UNITS if name not in fleet.words and name in _ASSUMED)
    said = [f"Not said, so assumed within wide ranges: {', '.join(silent)}."] if silent else []
    if "retry" not in fleet.words:
        said.append(f"How clients try again was not said (--retry): {_RETRY} is believed.")
    if "through" not in fleet.words:
        said.append("The device was not said (--through): one with the widest honest ranges is assumed.")
    return Implied(document=document, file=file, notes=(*notes, *said))


def _numbers(fleet: Fleet) -> dict[str, float]:
    """Return the believed number of every word, and all faults of the words at once."""
    words = fleet.words
    numbers = {name: assumed[0] for name, assumed in _ASSUMED.items()}
    faults = []
    for name, unit in _UNITS.items():
        if name not in words:
            continue
        try:
            numbers[name] = parse_quantity(words[name].text, unit)
        except InputError as error:
            faults += [replace(fault, path=words[name].by, place=words[name].place) for fault in error.faults]
        else:
            if name == "rate" and numbers[name] <= 0.0:
                faults.append(
                    Fault(what="is too small", path=words[name].by, value=words[name].text,
                          allowed="more than 0/s", place=words[name].place)
                )  # fmt: skip
    if faults:
        raise InputError(*faults, *_other_faults(fleet, {fault.path for fault in faults}))
    return numbers


def _other_faults(fleet: Fleet, known: set[str]) -> tuple[Fault, ...]:
    """Return what is wrong with the words besides those whose faults are known."""
    rest = replace(fleet, words={name: said for name, said in fleet.words.items() if said.by not in known})
    try:
        implied(rest, fleet_document(rest), "")
    except InputError as error:
        return error.faults
    return ()


def _quantity(fleet: Fleet, name: str) -> Any:
    """Return a number as it was said, or as it is assumed."""
    if name in fleet.words:
        return fleet.words[name].text
    value, low, high, measure = _ASSUMED[name]
    return _range(value, low, high, unit=_UNITS.get(name, "s"), measure=measure)


def _range(value: float, low: float, high: float, *, unit: str, measure: str) -> dict[str, str]:
    return {
        "value": format_quantity(value, unit),
        "low": format_quantity(low, unit),
        "high": format_quantity(high, unit),
        "basis": "assumed",
        "measure": measure,
    }


def _service(fleet: Fleet, numbers: Mapping[str, float], to: str) -> dict[str, Any]:
    return {
        "network": "outside",
        "title": to,
        "concurrency": _concurrency(fleet, numbers),
        "service_time": _quantity(fleet, "service_time"),
        "setup_time": _quantity(fleet, "setup_time"),
        "connections": _connections(fleet, numbers),
        "connections_when_full": "refuse",
        "known_as": {"address": to},
    }


def _concurrency(fleet: Fleet, numbers: Mapping[str, float]) -> dict[str, str]:
    """Assume a service that is half busy after the change: a smaller one needs no surge to fail."""
    busy = numbers["rate"] * numbers["service_time"]
    most = max(fleet.before_count, fleet.after_count)
    value = max(1, math.ceil(2.0 * most * busy))
    low = min(value, max(1, math.ceil(1.25 * fleet.before_count * busy)))
    measure = "the most requests it has served at a time"
    return _range(value, low, 10.0 * value, unit="count", measure=measure)


def _connections(fleet: Fleet, numbers: Mapping[str, float]) -> Any:
    """Today's pools fit, as everybody can see; whether tomorrow's do is the service's setting."""
    if "connections" in fleet.words:
        return fleet.words["connections"].text
    pool = max(1, round(numbers["pool"]))
    today, most = max(1, fleet.before_count * pool), max(fleet.before_count, fleet.after_count) * pool
    measure = "the service's greatest number of connections (max_connections)"
    return _range(most, today, 4.0 * most, unit="count", measure=measure)


def _clients(fleet: Fleet, service: str) -> dict[str, Any]:
    return {
        "network": "inside",
        "service": service,
        "title": fleet.name,
        "population": str(fleet.before_count),
        "start_spread": _quantity(fleet, "spread"),
        "demand": {"kind": "closed", "think": _think(fleet)},
        "connection": "pool",
        "pool": _quantity(fleet, "pool"),
        "timeout": _quantity(fleet, "timeout"),
        "retry": _text(fleet, "retry", _RETRY),
        **({"known_as": dict(fleet.known_as)} if fleet.known_as else {}),
    }


def _think(fleet: Fleet) -> Any:
    """Write a rate of one instance as the pause between its requests, so that load grows with the fleet."""
    if "rate" in fleet.words:
        return format_quantity(_short(1.0 / parse_quantity(fleet.words["rate"].text, "per_s")), "s")
    value, low, high, measure = _ASSUMED["rate"]
    return _range(1.0 / value, 1.0 / high, 1.0 / low, unit="s", measure=measure)


def _scale(fleet: Fleet) -> dict[str, Any]:
    activity: dict[str, Any] = {
        "kind": "scale",
        "title": f"scale {fleet.name} from {fleet.before_count} to {fleet.after_count} instances",
        "from": str(fleet.before_count),
        "to": str(fleet.after_count),
        "clients_added": CLIENTS,
        "at": format_quantity(STARTS_AT_S, "s"),
    }
    if len(fleet.steps) > 1:
        activity |= _steps(fleet)
    if "reconnect" in fleet.words:
        reaction = {"clients": CLIENTS, "reconnect": fleet.words["reconnect"].text}
        activity["reactions"] = [{**reaction, "spread": _quantity(fleet, "spread")}]
    return activity


def _steps(fleet: Fleet) -> dict[str, Any]:
    """Write steps as `batches` where they are equal, else one by one."""
    many, before, after = len(fleet.steps), fleet.before_count, fleet.after_count
    pause_s = fleet.steps[-1][0] / (many - 1)
    equal = Activity(batches_count=many, pause_s=pause_s)
    if fleet.steps == stages(equal, before, after):
        return {"batches": str(many), "pause": format_quantity(_short(pause_s), "s")}
    return {
        "steps": [
            {"after": format_quantity(_short(at_s), "s"), "to": str(count)} for at_s, count in fleet.steps
        ]
    }


def _beliefs(fleet: Fleet) -> dict[str, Any]:
    retry = _text(fleet, "retry", _RETRY)
    if retry == "immediate":
        return {}
    return {
        "clients_back_off": {
            "says": f"{fleet.name}: clients back off as {retry} says",
            "otherwise": "back-off fails",
            "counter": {f"clients.{CLIENTS}.retry": "immediate"},
            "basis": "assumed",
            "measure": "`tidegate probe -- CLIENT` shows whether it backs off when nothing answers",
        }
    }


def _horizon_s(fleet: Fleet, numbers: Mapping[str, float]) -> float:
    steps_s = max(fleet.steps[-1][0] if fleet.steps else 0.0, fleet.longest_s)
    needed_s = STARTS_AT_S + steps_s + numbers["spread"] + _SETTLE_S
    return max(_SHORTEST_HORIZON_S, 60.0 * math.ceil(needed_s / 60.0))


def _short(seconds: float) -> float:
    """Round to microseconds: a thought-up pause needs no more digits, and a person reads them."""
    return round(seconds, 6) or seconds


def _text(fleet: Fleet, name: str, otherwise: str) -> str:
    return fleet.words[name].text if name in fleet.words else otherwise


def _service_name(fleet: Fleet) -> str:
    return _slug(_text(fleet, "to", "service")) or "service"


def _slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", text.lower())[:60].strip("_")


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _in_their_words(fault: Fault, fleet: Fleet) -> Fault:
    """Tell a fault at a path of the implied document as a fault of the word that caused it."""
    service = f"services.{_service_name(fleet)}"
    causes = {
        f"clients.{CLIENTS}.pool": "pool",
        f"clients.{CLIENTS}.start_spread": "spread",
        f"clients.{CLIENTS}.retry": "retry",
        f"clients.{CLIENTS}.timeout": "timeout",
        f"clients.{CLIENTS}.demand.think": "rate",
        "crossings.edge.device": "through",
        f"{service}.service_time": "service_time",
        f"{service}.connections": "connections",
        f"{service}.title": "to",
        f"{service}.known_as": "to",
        "activities.scale.reactions.0.reconnect": "reconnect",
        "activities.scale.reactions.0.spread": "spread",
    }
    for path, name in causes.items():
        if fault.path.startswith(path) and name in fleet.words:
            return replace(fault, path=fleet.words[name].by, place=fleet.words[name].place)
    return fault
