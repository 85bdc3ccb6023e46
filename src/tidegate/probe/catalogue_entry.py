"""A finding as entries of a catalogue: the shape of the built-in one, every number with its interval.

What could not be identified is listed in the entry and never filled in. Files and clocks must not live
here: the date comes in as text.

Shortcut: an end of the retries that was not seen is written as `retries: unlimited`; waits that follow
no known law are written as none at all, the least favourable reading; and where the first retry alone
comes at once, the law is written for it as well. The entry says in words where that is so.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.probe.backoff_law import Interval
from tidegate.probe.found_words import conduct_words, connection_words, headline, name_words, retrying_words
from tidegate.probe.identify import Finding, Group
from tidegate.probe.nesting import FoundLayer, Retrying
from tidegate.probe.situation import SITUATIONS
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.reader import NAME_PATTERN

NAME_ALLOWED = "letters, digits, hyphens and underscores, at most 30, no slash"
_LONGEST_NAME = 30
_DIGITS = 4
_FIRST = "its first retry comes at once, which a world cannot say: its law is written for that one, too"
_LIKE_A_SURGE = ("silent", "refusing", "hanging", "resetting", "erring", "slow", "changing")
_UNITS = {"base": "s", "cap": "s", "multiplier": "ratio", "jitter_width": "ratio"}


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where an entry comes from.

    Parameters
    ----------
    name
        The client's name.
    command
        The program as it was written.
    measured_on
        The date (ISO 8601).
    runs_count
        Runs in each situation.
    seconds
        How long each was watched at most.
    """

    name: str
    command: str
    measured_on: str
    runs_count: int
    seconds: float

    @property
    def source(self) -> str:
        """How to measure it again."""
        return f"tidegate probe --repeat {self.runs_count} --seconds {self.seconds:g} -- {self.command}"


def refuse_name(name: str) -> None:
    """Refuse a name that could not be written in a world.

    Raises
    ------
    InputError
        If it is too long or holds what a name may not.
    """
    if len(name) > _LONGEST_NAME or "/" in name or not re.fullmatch(NAME_PATTERN, name):
        raise InputError(Fault(what="is no good name", path="--name", value=name, allowed=NAME_ALLOWED))


def entries_of(finding: Finding, origin: Origin) -> dict[str, dict[str, Any]]:
    """Return the entries, by name: the client's, and one for each kind of situation in which it differs."""
    groups = sorted(finding.groups, key=unlike_a_surge) or [Group(situations=(), retrying=Retrying())]
    entries: dict[str, dict[str, Any]] = {}
    for index, group in enumerate(groups):
        where = ", ".join(group.situations) or "no situation"
        name = origin.name if index == 0 else f"{origin.name}-{group.situations[0]}"
        entries[name] = {
            "title": headline(finding) if index == 0 else f"{origin.name}, where it differs: {where}",
            "version": origin.command,
            "source": origin.source,
            "read_on": origin.measured_on,
            "tag": "measured",
            "note": f"In {where}: {retrying_words(group.retrying)}.",
            "tree": {"layers": _layers(group, finding, origin)},
        }
    main = entries[origin.name]
    main["clients"] = _clients(finding, origin)
    main["situations"] = {name: ", ".join(conduct_words(one)) for name, one in finding.conducts.items()}
    main["connections"] = {name: connection_words(one) for name, one in finding.connections.items()}
    main["names"] = name_words(finding)
    main["not_identified"] = list(unknowns(finding))
    return entries


def unlike_a_surge(group: Group) -> int:
    """Return how late a group comes: what a client does in a surge is what its name stands for."""
    return min(_LIKE_A_SURGE.index(name) for name in group.situations)


def unknowns(finding: Finding) -> tuple[str, ...]:
    """Return what could not be identified, each once, with the situations it is about."""
    said: dict[str, list[str]] = {}
    for name, conduct in finding.conducts.items():
        if conduct.cannot:
            said.setdefault(f"how it tries again: {conduct.cannot}", []).append(name)
    for group in finding.groups:
        for why in group.retrying.unknown:
            said.setdefault(why, []).extend(group.situations)
        if any(layer.law.first_at_once for layer in group.retrying.layers):
            said.setdefault(_FIRST, []).extend(group.situations)
    about = [f"{why} [{', '.join(names)}]" for why, names in said.items()]
    return (*about, *finding.unknown)


def _layers(group: Group, finding: Finding, origin: Origin) -> list[dict[str, Any]]:
    """Return the layers of a group; the innermost is the one that reads an answer's Retry-After."""
    trees = [_layer(layer, origin) for layer in group.retrying.layers]
    if trees and finding.honours_retry_after is not None:
        trees[0]["retry_after"] = "obey" if finding.honours_retry_after else "ignore"
    return trees


def _layer(layer: FoundLayer, origin: Origin) -> dict[str, Any]:
    law = layer.law
    tree: dict[str, Any] = {
        "retries": "unlimited" if layer.retries_count is None else str(layer.retries_count)
    }
    if law.law in {"none", ""}:
        return {**tree, "backoff": "none", "base": "0s"}
    tree["backoff"] = law.law
    tree |= {name: quantity(interval, _UNITS[name], origin) for name, interval in law.parameters.items()}
    return {**tree, "jitter": law.jitter} if law.law != "decorrelated" else tree


def quantity(interval: Interval, unit: str, origin: Origin) -> dict[str, str]:
    """Return an interval as a quantity of a world file, its ends rounded outwards."""
    low, high = _rounded(interval.low, math.floor), _rounded(interval.high, math.ceil)
    value = min(max(interval.value, low), high)
    return {
        "value": format_quantity(value, unit),
        "low": format_quantity(low, unit),
        "high": format_quantity(high, unit),
        "basis": "measured",
        "source": f"tidegate probe, {origin.measured_on}",
    }


def _rounded(value: float, towards: Any) -> float:
    if value <= 0.0:
        return 0.0
    scale = 10.0 ** (_DIGITS - 1 - math.floor(math.log10(value)))
    return float(f"{towards(value * scale) / scale:.{_DIGITS}g}")


def _clients(finding: Finding, origin: Origin) -> dict[str, Any]:
    """Return keys of a population in a world, as far as they were found."""
    keys: dict[str, Any] = {}
    if finding.connection:
        keys["connection"] = finding.connection
    if finding.connection == "pool":
        keys["pool"] = str(finding.pool_count)
    connect, read = finding.time_outs.get("connect"), finding.time_outs.get("read")
    if read is not None:
        keys |= {"timeout": quantity(read, "s", origin), "timeout_clock": "send"}
        if connect is not None:
            keys["connect_timeout"] = quantity(connect, "s", origin)
    if finding.spare_connections_count:
        keys["spare_connections"] = str(finding.spare_connections_count)
        if finding.spare_hold_s is not None:
            keys["spare_hold"] = quantity(finding.spare_hold_s, "s", origin)
    certain = all(one.client_speaks_first for one in finding.connections.values())
    if finding.idle_connect_s is not None and certain:
        keys["idle_connect_every"] = quantity(finding.idle_connect_s, "s", origin)
    if finding.pace_s is not None:
        keys["demand"] = {"kind": "closed", "think": quantity(finding.pace_s, "s", origin)}
    return keys


def merged(existing: Mapping[str, Any], new: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the entries of a file with those of one client replaced."""
    own = {name, *new}
    kept: Sequence[str] = [key for key in existing if key not in own and not _is_variant(key, name)]
    return {**{key: existing[key] for key in kept}, **new}


def _is_variant(key: str, name: str) -> bool:
    return key in {f"{name}-{one.name}" for one in SITUATIONS}
