"""What does a Terraform plan change? Sizes that grow, and resources whose clients may connect anew.

Reads what ``terraform show -json`` writes (format 1.x), also with lines of a wrapper before it. A size that
is known only after the plan is applied and a plan that is not complete are never taken for safe: each is a
sentence on what cannot be told. What was changed outside of Terraform is told too: the plan and the world may
speak of another size than stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.change.plan import Plan, Sized, plan_of
from tidegate.gate.change.resource import Resource, leaves, unexpected
from tidegate.gate.change.resource_size import Size, sizes_of
from tidegate.gate.terraform.members import NotOneObjectError, members

MOST_BYTES = 200 * 1024 * 1024
"""How large a plan may be: it holds every attribute of every resource, twice."""
_MOST_FAULTS = 50
_ALLOWED = "what `terraform show -json PLAN` writes, format 1.x"
_CHANGES, _DRIFT = "resource_changes", "resource_drift"
_SAID = frozenset({"format_version", "plan_format_version", "errored", "complete"})
_COMMANDS = re.compile(r"(%0A)?\s*::[a-z-]+[ :]")
"""What a wrapper of GitHub prints behind, which may say all of it again."""
_OF_A_PLAN = re.compile(
    r"\"(resource_changes|planned_values|resource_drift|output_changes|prior_state)\"\s*:"
)
_OF_A_STATE = re.compile(r"\"(values|lineage)\"\s*:")
_OF_A_STREAM = re.compile(r"\"@level\"\s*:")
_OLD = "what Terraform 1.1 or newer writes: make the plan again with a newer one"


def read_plan(text: str, source: str) -> Plan:
    """Return what the JSON of a plan changes.

    Raises
    ------
    InputError
        If it is not JSON, or not what ``terraform show -json`` writes.
    """
    reading = _Reading(source)
    plan = plan_of(reading.resources(text))
    # A plan of HCP Terraform without what is secret (redacted) has a version by another name.
    version = str(reading.said.get("format_version", reading.said.get("plan_format_version", "")))
    if version.startswith("0."):
        what = "was made by Terraform before 1.1"
        raise InputError(Fault(what=what, value=version, allowed=_OLD, place=Place(source=source)))
    if not version.startswith("1.") or not _OF_A_PLAN.search(text):
        raise InputError(_not_a_plan(source, _other(text) or version or "no format_version"))
    if reading.faults:
        raise InputError(*reading.faults[:_MOST_FAULTS])
    return replace(plan, doubts=(*_doubts(reading.said, source), *reading.drift, *plan.doubts))


def _doubts(document: Mapping[str, Any], source: str) -> Iterator[str]:
    for name in ("errored", "complete"):
        if not isinstance(document.get(name, False), bool):
            raise InputError(_not_a_plan(source, f"{name} is neither true nor false"))
    if document.get("errored"):
        yield "The plan ended with an error, so it does not say all that will change."
    elif document.get("complete") is False:
        yield "The plan is not complete: Terraform put some changes off to a later one."


class _Reading:
    """Reads a plan from one resource to the next: it may be larger than what may be kept of it."""

    def __init__(self, source: str) -> None:
        self.said: dict[str, Any] = {}
        self.drift: list[str] = []
        self.faults: list[Fault] = []
        self._source = source

    def resources(self, text: str) -> Iterator[Sized]:
        """Yield the resources that change, with their sizes; what else is said is kept."""
        begin = _begin(text)
        counts = dict.fromkeys((_CHANGES, _DRIFT), 0)
        try:
            listed, follows = (_CHANGES, _DRIFT), _COMMANDS if begin else None
            for key, value in members(text, begin, item_by_item=listed, may_follow=follows):
                if key in counts:
                    found = self._resource(value, f"{key}.{counts[key]}")
                    counts[key] += 1
                    if found is not None and key == _DRIFT:
                        self.drift += _drift(*found)
                    elif found is not None:
                        yield found
                elif key in _SAID:
                    self.said[key] = value
        except NotOneObjectError as error:
            raise InputError(_not_a_plan(self._source, str(error))) from None
        except (ValueError, RecursionError) as error:
            if _OF_A_STREAM.search(text):
                raise InputError(_not_a_plan(self._source, _other(text))) from None
            place = Place(source=self._source, line=getattr(error, "lineno", 0))
            raise InputError(Fault(what="is not JSON", allowed=_ALLOWED, place=place)) from None

    def _resource(self, one: object, path: str) -> Sized | None:
        try:
            resource = _resource_of(one, path)
            return None if resource is None else (resource, sizes_of(resource, path))
        except InputError as error:
            self.faults += [replace(fault, place=Place(source=self._source)) for fault in error.faults]
        return None


def _begin(text: str) -> int:
    """Return where the JSON of a text begins; lines that a wrapper printed before it are passed over."""
    begin = text.find("{")
    head = text[:begin]
    is_inside = head.rstrip().endswith(("[", ",", ":"))
    return begin if begin > 0 and head.endswith("\n") and not is_inside else 0


def _other(text: str) -> str:
    """Say what a text is that Terraform wrote and that is no plan; empty where nothing tells."""
    if _OF_A_STREAM.search(text):
        return "the messages of a run, which hold no sizes"
    return "a state, which says nothing of what will change" if _OF_A_STATE.search(text) else ""


def _not_a_plan(source: str, value: str) -> Fault:
    return Fault(what="is not a Terraform plan", value=value, allowed=_ALLOWED, place=Place(source=source))


def _drift(resource: Resource, sizes: Sequence[Size]) -> Iterator[str]:
    """Yield what was changed outside of Terraform, where that is a size."""
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
