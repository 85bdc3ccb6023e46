"""What does a Terraform plan change? Sizes that grow, and resources whose clients may connect anew.

Reads what ``terraform show -json`` writes (format 1.x), also with lines of a wrapper before it. A size that
is known only after the plan is applied and a plan that is not complete are never taken for safe: each is a
sentence on what cannot be told. What was changed outside of Terraform is told too: the plan and the world may
speak of another size than stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.change.plan import Plan, Sized, plan_of
from tidegate.gate.change.resource import Resource, leaves, unexpected
from tidegate.gate.change.resource_size import sizes_of

MOST_BYTES = 200 * 1024 * 1024
"""How large a plan may be: it holds every attribute of every resource, twice."""
_MOST_FAULTS = 50
_ALLOWED = "what `terraform show -json PLAN` writes, format 1.x"
_OLD = "what Terraform 1.1 or newer writes: make the plan again with a newer one"


def read_plan(text: str, source: str) -> Plan:
    """Return what the JSON of a plan changes.

    Raises
    ------
    InputError
        If it is not JSON, or not what ``terraform show -json`` writes.
    """
    document = _document(text, source)
    version = str(document.get("format_version", ""))
    if version.startswith("0."):
        what = "was made by Terraform before 1.1"
        raise InputError(Fault(what=what, value=version, allowed=_OLD, place=Place(source=source)))
    if not version.startswith("1."):
        raise InputError(_not_a_plan(source, version or "no format_version"))
    resources = _resources(document, "resource_changes", source)
    drifted = _resources(document, "resource_drift", source)
    return plan_of(resources, doubts=(*_doubts(document, source), *_drift(drifted)))


def _doubts(document: dict[str, Any], source: str) -> Iterator[str]:
    for name in ("errored", "complete"):
        if not isinstance(document.get(name, False), bool):
            raise InputError(_not_a_plan(source, f"{name} is neither true nor false"))
    if document.get("errored"):
        yield "The plan ended with an error, so it does not say all that will change."
    elif document.get("complete") is False:
        yield "The plan is not complete: Terraform put some changes off to a later one."


def _resources(document: dict[str, Any], section: str, source: str) -> list[Sized]:
    """Return the resources of a section with their sizes; every fault of it at once."""
    entries = document.get(section) or []
    if not isinstance(entries, list):
        raise InputError(_not_a_plan(source, f"{section} is no list"))
    found: list[Sized] = []
    faults: list[Fault] = []
    for number, one in enumerate(entries):
        try:
            resource = _resource_of(one, f"{section}.{number}")
            if resource is not None:
                found.append((resource, sizes_of(resource, f"{section}.{number}")))
        except InputError as error:
            faults += [replace(fault, place=Place(source=source)) for fault in error.faults]
    if faults:
        raise InputError(*faults[:_MOST_FAULTS])
    return found


def _document(text: str, source: str) -> dict[str, Any]:
    """Return the JSON object of a text; lines that a wrapper printed before it are passed over."""
    begin = text.find("{")
    head = text[:begin]
    is_inside = head.rstrip().endswith(("[", ",", ":"))
    skipped = head if begin > 0 and head.endswith("\n") and not is_inside else ""
    try:
        document = json.loads(text[len(skipped) :])
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0) + skipped.count("\n")
        place = Place(source=source, line=line)
        raise InputError(Fault(what="is not JSON", allowed=_ALLOWED, place=place)) from None
    if not isinstance(document, dict):
        raise InputError(_not_a_plan(source, "not an object"))
    return document


def _not_a_plan(source: str, value: str) -> Fault:
    return Fault(what="is not a Terraform plan", value=value, allowed=_ALLOWED, place=Place(source=source))


def _drift(drifted: Sequence[Sized]) -> Iterator[str]:
    """Yield what was changed outside of Terraform, where that is a size."""
    for resource, sizes in drifted:
        for size in sizes:
            if size.before_count != size.after_count and size.after_count is not None:
                yield (
                    f"{resource.address} ({size.attribute}) was changed outside of Terraform, from "
                    f"{size.before_count or 0:,} to {size.after_count:,}: the plan and the world may speak "
                    "of another size than stands."
                )


def _resource_of(one: object, path: str) -> Resource | None:
    """Return a resource of a plan; None where Terraform only reads it.

    Raises
    ------
    InputError
        If it is not what Terraform writes.
    """
    if not isinstance(one, dict):
        raise unexpected(path, one, "a JSON object")
    if one.get("mode", "managed") not in ("managed", "data"):
        raise unexpected(f"{path}.mode", one["mode"], "managed, data")
    if one.get("mode") == "data":
        return None
    address, kind, change = one.get("address", ""), one.get("type", ""), one.get("change") or {}
    if not isinstance(address, str):
        raise unexpected(f"{path}.address", address, "a text")
    path = f"{path}.change"
    if not isinstance(change, dict):
        raise unexpected(path, change, "a JSON object")
    actions = change.get("actions", [])
    if not isinstance(actions, list) or not all(isinstance(action, str) for action in actions):
        raise unexpected(f"{path}.actions", actions, "a list of texts")
    return Resource(
        address=address,
        kind=str(kind),
        actions=frozenset(actions),
        before=_attributes(change.get("before"), f"{path}.before"),
        after=_attributes(change.get("after"), f"{path}.after"),
        unknown=frozenset(at for at, leaf in leaves(change.get("after_unknown")) if leaf is True),
    )


def _attributes(value: object, path: str) -> Mapping[str, Any]:
    if value is not None and not isinstance(value, dict):
        raise unexpected(path, value, "a JSON object, or null")
    return value or {}
