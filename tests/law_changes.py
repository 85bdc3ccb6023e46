"""Changes to a world after which the verdict must be the same, or must not be better, as plain trees.

Each takes the tree of a world file and returns another one, or None where it cannot be asked of that world.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Iterator
from typing import Any

Tree = dict[str, Any]
Change = Callable[[Tree], Tree | None]

_NAMES = {
    "network": "networks",
    "between": "networks",
    "reaches": "networks",
    "crossing": "crossings",
    "service": "services",
    "uses": "services",
    "clients": "clients",
    "clients_added": "clients",
    "reconnect": "clients",
}
_NOUNS = ("networks", "crossings", "services", "clients")
_NUMBER = re.compile(r"([0-9.]+(?:e[+-]?[0-9]+)?)\s*(.*)", re.DOTALL)
_SUFFIXES = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9}
_TIMES = {"ms": 1000, "s": 1000, "min": 60}
_FINER = {"ms": "us", "s": "ms", "min": "s"}


def times(value: Any, factor: float) -> Any:
    """Return a written quantity so many times as large, its range with it; what is none is left alone."""
    if isinstance(value, dict):
        return {k: times(v, factor) if k in {"value", "low", "high"} else v for k, v in value.items()}
    if isinstance(value, bool) or value is None or value in ("none", "unlimited"):
        return value
    number, rest = _split(value)
    made = number * factor
    if rest in _SUFFIXES and not isinstance(value, float):
        return _whole(made * _SUFFIXES[rest])
    return f"{made:.9g}{rest}" if rest else made


def _split(value: Any) -> tuple[float, str]:
    match = _NUMBER.fullmatch(str(value))
    assert match is not None, value
    return float(match[1]), match[2]


def _whole(made: float) -> Any:
    """Return a count, or a share written as a plain number."""
    return round(made) if made >= 1.0 else made


def count_of(value: Any) -> int:
    """Return a written count."""
    number, rest = _split(value.get("value", 0) if isinstance(value, dict) else value)
    return round(number * _SUFFIXES[rest])


def _texts(tree: Any, change: Callable[[str], str]) -> Any:
    if isinstance(tree, dict):
        return {key: _texts(part, change) for key, part in tree.items()}
    if isinstance(tree, list):
        return [_texts(part, change) for part in tree]
    return change(tree) if isinstance(tree, str) else tree


# -- names, order, units ----------------------------------------------------------------------------------


def renamed(tree: Tree) -> Tree:
    """Give every network, crossing, service and population another name, in the opposite order of letters."""
    new = {
        section: {name: f"n{900 - i}_{name}"[:40] for i, name in enumerate(sorted(tree.get(section) or {}))}
        for section in _NOUNS
    }

    def path(text: str) -> str:
        parts = text.split(".")
        if len(parts) > 1 and parts[0] in new and parts[1] in new[parts[0]]:
            parts[1] = new[parts[0]][parts[1]]
        return ".".join(parts)

    def walk(part: Any, key: str = "") -> Any:
        if isinstance(part, dict):
            return {path(k): walk(v, k) for k, v in part.items()}
        if isinstance(part, list):
            return [walk(one, key) for one in part]
        if isinstance(part, str):
            return new.get(_NAMES.get(key, ""), {}).get(part, part)
        return part

    out: Tree = walk(tree)
    for section in _NOUNS:
        if section in out:
            out[section] = {new[section][name]: one for name, one in out[section].items()}
    return out


def reordered(tree: Tree) -> Tree:
    """Turn the order of all keys about; triggers keep theirs, which says what comes first at one moment."""

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: walk(one) for key, one in reversed(part.items())}
        return [walk(one) for one in part] if isinstance(part, list) else part

    out: Tree = walk(tree)
    for section in ("triggers", "activities", "beliefs"):
        if section in out:
            out[section] = {name: out[section][name] for name in tree[section]}
    return out


def other_units(tree: Tree) -> Tree:
    """Write every time in the next finer unit, and every rate of thousands in ones."""

    def finer(text: str) -> str:
        match = re.fullmatch(r"([0-9]+)(ms|s|min)", text)
        if match is not None:
            return f"{int(match[1]) * _TIMES[match[2]]}{_FINER[match[2]]}"
        rate = re.fullmatch(r"([0-9]+)k/s", text)
        return f"{rate[1]}000/s" if rate is not None else text

    out: Tree = _texts(tree, finer)
    return out


# -- what shares nothing ----------------------------------------------------------------------------------


def _apart(tree: Tree, *, overloaded: bool, first: bool) -> Tree:
    out = copy.deepcopy(tree)
    rate = "300/s" if overloaded else "20/s"
    retry = {"layers": [{"retries": 3, "backoff": "none"}]}
    spell = {"value": "10ms", "low": "5ms", "high": "20ms", "basis": "assumed", "measure": "ask them"}
    strange = {
        "networks": {"apart_a": {}, "apart_b": {}},
        "crossings": {"apart": {"between": ["apart_a", "apart_b"], "forwarding": "2k/s"}},
        "services": {
            "apart_web": {"network": "apart_b", "concurrency": 1, "service_time": spell, "queue": 100}
        },
        "clients": {
            "apart_users": {
                "network": "apart_a",
                "service": "apart_web",
                "population": 50,
                "demand": {"kind": "open", "rate": rate},
                "retry": retry,
            }
        },
    }
    for section, nouns in strange.items():
        ours = out.get(section) or {}
        out[section] = {**nouns, **ours} if first else {**ours, **nouns}
    return out


def with_others(tree: Tree) -> Tree:
    """Add traffic that shares nothing with the rest, before it."""
    return _apart(tree, overloaded=False, first=True)


def with_overloaded_others(tree: Tree) -> Tree:
    """Add traffic that shares nothing with the rest and is lost three times over, behind it."""
    return _apart(tree, overloaded=True, first=False)


# -- sizes ------------------------------------------------------------------------------------------------


def _setting(out: Tree, change: Callable[[str, Any], Any]) -> None:
    """Change what triggers and counter-beliefs set."""
    for section, key in (("triggers", "set"), ("beliefs", "counter")):
        for one in (out.get(section) or {}).values():
            if one.get(key):
                one[key] = {path: change(path, value) for path, value in one[key].items()}


def _guards(retry: Any, factor: float) -> Any:
    """Return a retry policy whose shared budgets and breakers are for a population so many times as large."""
    if not isinstance(retry, dict):
        return retry
    out = copy.deepcopy(retry)
    for layer in out.get("layers", ()):
        for guard, keys in (("budget", ("tokens", "fill")), ("breaker", ("least_calls",))):
            if isinstance(layer.get(guard), dict) and layer[guard].get("scope") == "population":
                layer[guard] |= {key: times(layer[guard][key], factor) for key in keys if key in layer[guard]}
    return out


def _sized(clients: Tree, factor: float) -> Tree:
    out = copy.deepcopy(clients)
    if "population" in out:
        out["population"] = times(out["population"], factor)
    elif factor > 1:
        out["population"] = round(factor)
    demand = out.get("demand")
    if isinstance(demand, dict):
        demand |= {key: times(demand[key], factor) for key in ("rate", "drain") if key in demand}
    if "retry" in out:
        out["retry"] = _guards(out["retry"], factor)
    return out


_SIZES = {
    "clients": ("population", "demand.rate", "demand.drain"),
    "services": ("instances", "standby", "queue"),
    "crossings": (
        "forwarding",
        "setup",
        "queue_packets",
        "table.entries",
        "ports.per_destination",
        "admission.rate",
        "admission.burst",
        "admission.concurrent",
        "background.packets",
        "background.flows",
    ),
}


def _scale(noun: Tree, path: str, factor: float) -> None:
    *parents, key = path.split(".")
    for parent in parents:
        noun = noun.get(parent) or {}
    if isinstance(noun, dict) and noun.get(key) is not None:
        noun[key] = times(noun[key], factor)


def doubled(tree: Tree) -> Tree | None:
    """Return the world of twice the size with twice of what carries it; None where there is none."""
    if any("device" in one for one in (tree.get("crossings") or {}).values()):
        return None  # a catalogue's device comes in one size
    if any(one.get("kind") == "devices" for one in (tree.get("activities") or {}).values()):
        return None
    out = copy.deepcopy(tree)
    out["clients"] = {name: _sized(one, 2.0) for name, one in out["clients"].items()}
    for service in out["services"].values():
        _double_service(service)
    for crossing in (out.get("crossings") or {}).values():
        for path in _SIZES["crossings"]:
            _scale(crossing, path, 2.0)
        if "forwarding" in crossing and "queue_packets" not in crossing:
            crossing["queue_packets"] = 2000
    for activity in (out.get("activities") or {}).values():
        for path in ("from", "to", "surge"):
            _scale(activity, path, 2.0)

    def change(path: str, value: Any) -> Any:
        section, _, key = path.split(".", 2) if path.count(".") > 1 else (path, "", "")
        return times(value, 2.0) if key in _SIZES.get(section, ()) else value

    _setting(out, change)
    return out


def _double_service(service: Tree) -> None:
    service.setdefault("instances", 1)
    for path in _SIZES["services"]:
        _scale(service, path, 2.0)
    scaler = service.get("autoscaler") or {}
    for path in ("least", "most", "step_instances"):
        _scale(scaler, path, 2.0)
    if scaler:
        scaler.setdefault("step_instances", 8)
    for call in service.get("calls", ()):
        _scale(call, "cache.keys", 2.0)


def halves(tree: Tree) -> Tree | None:
    """Write the largest population that nobody adds as two equal halves."""
    named = {a.get("clients_added") for a in (tree.get("activities") or {}).values()}
    sizes = {
        name: count_of(one.get("population", 1)) for name, one in tree["clients"].items() if name not in named
    }
    name = max(sizes, key=lambda one: sizes[one], default="")
    if not name or sizes[name] < 20 or ("beliefs" in tree and f"clients.{name}" in str(tree["beliefs"])):
        return None
    out, other = copy.deepcopy(tree), f"{name}_too"
    half = _sized(out["clients"][name], 0.5)
    out["clients"] = {
        key: copy.deepcopy(half) if key in {name, other} else one
        for key, one in {**out["clients"], other: None}.items()
    }
    out["clients"][other]["population"] = sizes[name] - count_of(half["population"])
    for trigger in list((out.get("triggers") or {}).values()):
        trigger["set"] = dict(_halved(trigger.get("set") or {}, name, other))
    for key, trigger in list((out.get("triggers") or {}).items()):
        if trigger.get("reconnect") == name:
            out["triggers"][f"{key}_too"] = {**trigger, "set": {}, "reconnect": other}
    for activity in (out.get("activities") or {}).values():
        more = [{**r, "clients": other} for r in activity.get("reactions", ()) if r.get("clients") == name]
        if more:
            activity["reactions"] = [*activity["reactions"], *more]
    return out


def _halved(changes: Tree, name: str, other: str) -> Iterator[tuple[str, Any]]:
    prefix = f"clients.{name}."
    for path, value in changes.items():
        if not path.startswith(prefix):
            yield path, value
            continue
        key = path.removeprefix(prefix)
        half = times(value, 0.5) if key in _SIZES["clients"] else value
        yield path, half
        yield f"clients.{other}.{key}", half


# -- narrower ---------------------------------------------------------------------------------------------


def _narrower(section: str, path: str, factor: float) -> Change:
    def change(tree: Tree) -> Tree | None:
        out = copy.deepcopy(tree)
        for noun in (out.get(section) or {}).values():
            _scale(noun, path, factor)

        def triggered(at: str, value: Any) -> Any:
            return times(value, factor) if at.startswith(f"{section}.") and at.endswith(f".{path}") else value

        _setting(out, triggered)
        return None if out == tree else out

    return change


def more_load(tree: Tree) -> Tree | None:
    """Return the world with a quarter more clients and requests."""
    out = copy.deepcopy(tree)
    out["clients"] = {name: _sized(one, 1.25) for name, one in out["clients"].items()}

    def triggered(path: str, value: Any) -> Any:
        key = path.split(".", 2)[-1]
        return times(value, 1.25) if path.startswith("clients.") and key in _SIZES["clients"] else value

    _setting(out, triggered)
    return None if out == tree else out


NARROWER: dict[str, Change] = {
    "more load": more_load,
    "a slower service": _narrower("services", "service_time", 1.25),
    "a slower device": _narrower("crossings", "forwarding", 0.8),
    "a smaller table": _narrower("crossings", "table.entries", 0.8),
    "fewer ports": _narrower("crossings", "ports.per_destination", 0.8),
    "fewer connections": _narrower("services", "connections", 0.8),
}
