"""Which law does a `..._law:` stand for? A word, or the values or quantiles that were seen.

A number of a law has no range of its own: the mean beside the law has one, and all of them move with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Protocol

from tidegate.world.boot import BootCall
from tidegate.world.clients import Clients, Demand, Lookup
from tidegate.world.crossing import Crossing
from tidegate.world.file.faults import Faults, Path
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import Shape, Slot, slots
from tidegate.world.law import FIXED, NAMED, EmpiricalLaw, Law, law_of_quantiles, law_of_values
from tidegate.world.retry import RetryLayer
from tidegate.world.service import Call, HealthProbe, Service

MOST_NUMBERS = 64
MEANS: Mapping[Any, tuple[str, str]] = {
    Service: ("service_law", "service_time_s"),
    Clients: ("timeout_law", "timeout_s"),
    Demand: ("think_law", "think_s"),
    Call: ("timeout_law", "timeout_s"),
    BootCall: ("timeout_law", "timeout_s"),
    Lookup: ("timeout_law", "timeout_s"),
    HealthProbe: ("timeout_law", "timeout_s"),
    RetryLayer: ("law", "base_s"),
}
"""The law of a noun, and the quantity that is its mean."""
_NO_LAWS: Mapping[tuple[Any, str], str] = {
    (Crossing, "round_trip_law"): "is not modelled: clients further away pass a crossing of their own",
}
_QUANTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,6})?)")
_EMPIRICAL = "`values:` with or without `weights:`, or `quantiles:`"


class Reader(Protocol):
    """Who reads the values of keys."""

    faults: Faults

    def value(self, slot: Slot, value: object, path: Path) -> Any:
        """Return the value of one key."""


def read_law(reader: Reader, slot: Slot, value: object, path: Path) -> Law:
    """Return the law that `value` stands for; whatever is wrong with it is told to the reader's faults."""
    if isinstance(value, Mapping):
        return _Empirical(reader, value, path).law()
    if not isinstance(value, str):
        allowed = f"{', '.join(slot.allowed)}, {_EMPIRICAL}"
        reader.faults.add(path, "is no law", value=value, allowed=allowed)
        return FIXED
    text = replace(slot, shape=Shape(kind="text"), default=slot.default.word)
    return NAMED[reader.value(text, value, path)]


def means_of_laws(record: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a noun that an empirical law gives where they are not written.

    The mean is the law's own. Delays that nothing else is said of do not grow: they are drawn as they are.
    """
    law_name, mean_name = MEANS.get(record, ("", ""))
    law = values.get(law_name)
    if not isinstance(law, Law) or law.mean_s is None or mean_name in values:
        return {}
    grows = {} if record is not RetryLayer or "backoff" in values else {"backoff": "constant"}
    return {mean_name: law.mean_s, **grows}


def replaced_by(law: object) -> set[str]:
    """Return the keys of a retry layer that a law takes the place of, where it is laid over them."""
    others = {"jitter", "jitter_width"}
    return others | {"base", "backoff", "multiplier"} if isinstance(law, Mapping) else others


def refused(record: Any, key: str) -> str:
    """Return why a noun has no law of this key; empty where nobody would look for one."""
    return _NO_LAWS.get((record, key), "")


def judge_times(path: Path, clients: Clients, faults: Faults, idle: Callable[..., None]) -> None:
    """Judge pauses that vary, and time-outs: whose is whose must be known before it begins."""
    demand = clients.demand
    pauses = (*path, "demand", "think_law")
    idle(pauses, f"is given, but kind is {demand.kind}", unless=demand.kind == "closed")
    here, varies = (*path, "timeout_per"), clients.timeout_law.varies
    idle(here, "has a meaning only where timeout_law varies", unless=varies)
    shared = clients.connection != "per_request" and clients.demand.kind in {"open", "none"}
    if varies and clients.timeout_per == "client" and shared:
        what = "is not modelled where requests share kept connections: whose one gets is not known before"
        faults.add(here, what, value="client", allowed="request, or connection: per_request")


def judge_delays(path: Path, layer: RetryLayer, faults: Faults) -> None:
    """Judge a retry layer whose delays vary: one thing decides how."""
    if layer.law.varies and layer.is_jittered:
        what = "is given together with jitter, or with backoff decorrelated"
        faults.add((*path, "law"), what, allowed="one of them decides how delays vary")
    if layer.law.varies and (layer.backoff == "none" or layer.base_s == 0.0) and layer.floor_s == 0.0:
        what = "has no delay to vary: backoff is none, or base is 0s"
        faults.add((*path, "law"), what, allowed="backoff constant and a base, or no law")


class _Empirical:
    """One law that was written as what was seen."""

    def __init__(self, reader: Reader, tree: Mapping[str, Any], path: Path) -> None:
        self._reader, self._faults = reader, reader.faults
        self._tree, self._path = tree, path
        self._known = slots(EmpiricalLaw)

    def law(self) -> Law:
        """Return it; a stand-in where anything is wrong."""
        for name in self._tree:
            if name not in self._known:
                self._faults.add_name((*self._path, name), "is an unknown key", self._known)
        has_values, has_quantiles = "values" in self._tree, "quantiles" in self._tree
        if has_values == has_quantiles:
            what = "gives values and quantiles" if has_values else "gives neither values nor quantiles"
            self._faults.add(self._path, what, allowed=_EMPIRICAL)
        if has_quantiles and "weights" in self._tree:
            self._faults.add(
                (*self._path, "weights"), "is given, but there are no values", allowed="leave it out"
            )
        values_s = self._list("values") if has_values else []
        weights = self._list("weights") if has_values and "weights" in self._tree else []
        points = self._points() if has_quantiles else []
        self._judge_values(values_s, weights)
        if self._faults.within(self._path):
            return FIXED
        return law_of_values(values_s, weights) if has_values else law_of_quantiles(points)

    def _judge_values(self, values_s: list[float], weights: list[float]) -> None:
        if any(self._faults.within((*self._path, name)) for name in ("values", "weights")):
            return
        if "weights" in self._tree and len(weights) != len(values_s):
            what = f"are {len(weights)} for {len(values_s)} values"
            self._faults.add((*self._path, "weights"), what, allowed="one for each value")
        if values_s and max(values_s) == 0.0:
            self._faults.add((*self._path, "values"), "are all 0s", allowed="at least one above 0s")

    def _list(self, name: str) -> list[float]:
        """Return the numbers of a list."""
        slot, items, here = self._known[name], self._tree[name], (*self._path, name)
        assert slot.shape.item is not None
        if not isinstance(items, (list, tuple)) or not items:
            allowed = "a list such as [10ms, 2s]" if name == "values" else "a list such as [3, 1]"
            self._faults.add(here, "is not a list of numbers", value=items, allowed=allowed)
            return []
        if len(items) > MOST_NUMBERS:
            self._too_many(here, len(items))
            return []
        return [self._number(slot, slot.shape.item, item, (*here, i)) for i, item in enumerate(items)]

    def _too_many(self, path: Path, count: int) -> None:
        self._faults.add(path, "has too many numbers", value=count, allowed=f"at most {MOST_NUMBERS}")

    def _number(self, slot: Slot, shape: Shape, value: object, path: Path) -> float:
        if isinstance(value, Mapping):
            allowed = "a plain number; a range belongs to the mean beside the law, with which all move"
            self._faults.add(path, "is spelt out in a law", value="", allowed=allowed)
            return 1.0
        return float(self._reader.value(replace(slot, shape=shape, default=1.0), value, path))

    def _points(self) -> list[tuple[float, float]]:
        """Return quantiles as (share, time), from 0 to 1."""
        slot, tree, here = self._known["quantiles"], self._tree["quantiles"], (*self._path, "quantiles")
        assert slot.shape.item is not None
        if not isinstance(tree, Mapping) or not tree:
            allowed = "such as {p50: 20ms, p99: 1s, max: 3s}"
            self._faults.add(here, "is no mapping of quantiles", value=tree, allowed=allowed)
            return []
        if len(tree) > MOST_NUMBERS:
            self._too_many(here, len(tree))
            return []
        found: dict[float, tuple[float, str]] = {0.0: (0.0, "min")}
        for name, value in tree.items():
            share = _share(str(name))
            if share is None:
                allowed = "min, p50, p90, p99.9 and so on, max"
                self._faults.add((*here, name), "names no quantile", value=name, allowed=allowed)
                continue
            time_s = self._number(slot, slot.shape.item, value, (*here, name))
            if share in found and share > 0.0:
                what = f"is the same quantile as {found[share][1]}"
                self._faults.add((*here, name), what, allowed="each quantile once")
            found[share] = (time_s, str(name))
        if 1.0 not in found:
            what = "is missing: a tail that nobody states cannot be guessed"
            self._faults.add((*here, "max"), what, allowed="the longest time")
        self._judge_rise(found, here)
        return [(share, found[share][0]) for share in sorted(found)]

    def _judge_rise(self, found: Mapping[float, tuple[float, str]], here: Path) -> None:
        if self._faults.within(here):
            return
        order = sorted(found)
        for lower, upper in pairwise(order):
            (least_s, below), (most_s, name) = found[lower], found[upper]
            if most_s < least_s:
                time = format_quantity(most_s, "s")
                allowed = f"at least that of {below} ({format_quantity(least_s, 's')})"
                self._faults.add((*here, name), "is less than a lower quantile", value=time, allowed=allowed)
        if found[1.0][0] == 0.0:
            self._faults.add((*here, "max"), "is 0s", allowed="more than 0s")


def _share(name: str) -> float | None:
    """Return the share of draws below the quantile of this name; None where it names none."""
    if name in {"min", "max"}:
        return float(name == "max")
    found = _QUANTILE.fullmatch(name)
    share = float(found[1]) / 100.0 if found else 0.0
    return share if share > 0.0 else None
