"""What does the client config of a generated Google client say? Retries, as gax carries them out.

gax tries again until the whole call has taken its time, after a pause anywhere below one that grows (gax for
Node.js, `retries.ts`: `delay * Math.random()`); a method whose list of codes is empty is not tried again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.protect.adopted import Findings
from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Tree

_PARAMETERS = (
    "initial_retry_delay_millis", "retry_delay_multiplier", "max_retry_delay_millis",
    "initial_rpc_timeout_millis", "total_timeout_millis",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class _Method:
    """A method with what its config names."""

    name: str
    path: Path
    parameters: Mapping[str, Any]
    codes_count: int


def interpret(tree: Tree, findings: Findings) -> None:
    """Give `findings` the time-outs and retries of the clients, by the method asked for or the longest."""
    methods = list(_methods(tree.document))
    asked = findings.chosen_part(one.name for one in methods)
    retrying = [one for one in methods if one.codes_count]
    chosen = next((one for one in methods if one.name == asked), None)
    if chosen is None and retrying:
        chosen = max(retrying, key=lambda one: _number(one.parameters.get("total_timeout_millis")) or 0.0)
    for one in methods:
        if one is not chosen:
            why = "one population has one policy" if one.codes_count else "is not tried again"
            findings.ignore(tree.places.find(one.path).line, one.name, why)
    if chosen is not None:
        _found(chosen, tree, findings)


def _methods(document: object) -> Iterator[_Method]:
    interfaces = document.get("interfaces", {}) if isinstance(document, Mapping) else {}
    for name, interface in interfaces.items() if isinstance(interfaces, Mapping) else ():
        if not isinstance(interface, Mapping):
            continue
        codes, parameters = (_object(interface.get(key)) for key in ("retry_codes", "retry_params"))
        for method, stated in _object(interface.get("methods")).items():
            own = _object(stated)
            yield _Method(
                name=f"{name}/{method}",
                path=("interfaces", name, "methods", method),
                parameters=_object(parameters.get(own.get("retry_params_name"))),
                codes_count=len(codes.get(own.get("retry_codes_name"), ())),
            )


def _object(value: object) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    try:
        return float(str(value))
    except ValueError:
        return None


def _found(chosen: _Method, tree: Tree, findings: Findings) -> None:
    line = tree.places.find(chosen.path).line
    numbers = {key: _number(chosen.parameters.get(key)) for key in _PARAMETERS}
    for key, value in numbers.items():
        if value is None or value <= 0.0:
            findings.fault(line, f"{key} is no number", value=str(chosen.parameters.get(key, "")))
    name = findings.clients(line, "", str)
    if not name or any(not value for value in numbers.values()):
        return
    base, multiplier, cap, timeout, total = (value or 0.0 for value in numbers.values())
    findings.found(f"clients.{name}.timeout", timeout / 1000.0, chosen.name, line)
    values = {
        "retries": None,
        "backoff": "exponential" if multiplier > 1.0 else "constant",
        "base": base / 1000.0,
        "multiplier": max(multiplier, 1.0),
        "cap": cap / 1000.0,
        "jitter": "full",
        "deadline": total / 1000.0,
    }
    findings.found(f"clients.{name}.retry", {"layers": [values]}, chosen.name, line)
