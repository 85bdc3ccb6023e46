"""What does a change set of CloudFormation change? As `aws cloudformation describe-change-set` prints it.

Values stand in it with `--include-property-values` alone; without them a size that changes is known by its
name, and is never taken for safe.

Source: AWS, "CloudFormation API reference" (DescribeChangeSet, ResourceChange, ResourceTargetDefinition).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tidegate.gate.aws.properties import PAGE, document_of, items, listed, mapping, resources_of, sizes_below
from tidegate.gate.aws.template import NESTED, SYSTEM
from tidegate.gate.change.cloudformation_sizes import CLOUDFORMATION
from tidegate.gate.change.plan import Plan, Reconnect, Sized, plan_of
from tidegate.gate.change.reconnect import is_inert
from tidegate.gate.change.resource import Path, Resource
from tidegate.gate.change.resource_size import sizes_of

_ACTIONS = {"Add": {"create"}, "Remove": {"delete"}, "Modify": {"update"}, "Dynamic": {"update"}}
_UNSAID = "changes, and the change set has no values: make it again with --include-property-values"
_MADE = "CREATE_COMPLETE"
_EMPTY = ("didn't contain changes", "No updates are to be performed")


def read_change_set(text: str, source: str) -> Plan:
    """Return what a change set changes.

    Raises
    ------
    InputError
        If it is neither JSON nor YAML, or a size is no count.
    """
    document = document_of(text, source)
    sized: list[Sized] = []
    anew: list[Reconnect] = []
    doubts = list(_doubts(document, source))
    aliases: dict[str, tuple[str, ...]] = {}
    for number, one in enumerate(listed(document, "Changes", source)):
        change = mapping(one.get("ResourceChange"))
        name, kind = str(change.get("LogicalResourceId", "")), str(change.get("ResourceType", ""))
        stack, physical = (str(document.get("StackName", "")), str(change.get("PhysicalResourceId", "")))
        aliases[name] = tuple(alias for alias in (f"{stack}/{name}", physical) if alias)
        if change.get("Action") == "Dynamic":
            doubts.append(f"{name}: what is done to it is known only when the change set is executed.")
        if kind == NESTED and change.get("Action") != "Remove":
            doubts.append(f"{name} is a stack of its own: give its own change set as well.")
        if change.get("ResourceDriftStatus") == "MODIFIED":
            doubts.append(f"{name} was changed outside of CloudFormation: it may have another size.")
        found = resources_of(_resource(change, name, kind))
        sized += [(each, sizes_of(each, f"Changes.{number}")) for each in found]
        perhaps = (
            change.get("Replacement") == "Conditional" or change.get("PolicyAction") == "ReplaceAndRetain"
        )
        if perhaps and not is_inert(kind):
            anew.append(Reconnect(address=name, why="may be replaced (Replacement: Conditional)"))
    plan = plan_of(sized)
    told = {one.address for one in plan.reconnects}
    return replace(
        plan,
        system=SYSTEM,
        doubts=tuple(doubts),
        aliases=aliases,
        reconnects=(*plan.reconnects, *(one for one in anew if one.address not in told)),
    )


def _doubts(document: Mapping[str, Any], source: str) -> Iterator[str]:
    if document.get("NextToken"):
        yield PAGE.format(source)
    status, reason = str(document.get("Status") or _MADE), str(document.get("StatusReason") or "")
    if status == "FAILED" and not any(words in reason for words in _EMPTY):
        yield f"The change set could not be made ({reason or status}), so it does not say what will change."
    elif status not in {_MADE, "FAILED"}:
        yield f"The change set is not complete yet ({status})."
    for number, one in enumerate(items(document.get("Changes"))):
        action = str(mapping(one.get("ResourceChange")).get("Action"))
        if one.get("Type", "Resource") != "Resource" or action not in {*_ACTIONS, "Import"}:
            said = f"{one.get('Type')}, {action}"
            yield f"Change {number + 1} of {source} is of a type that is not understood ({said})."


def _resource(change: Mapping[str, Any], name: str, kind: str) -> Resource:
    before, after = (_context(change.get(f"{side}Context")) for side in ("Before", "After"))
    action = str(change.get("Action", ""))
    actions = _ACTIONS.get(action, set())
    if action == "Modify" and change.get("Replacement") == "True":
        actions = {"create", "delete", "update"}
    unknown: set[Path] = set()
    if action == "Add" and not after:
        unknown = {tuple(size.split(".")) for size in CLOUDFORMATION.get(kind, {})}
    if action in {"Modify", "Dynamic"} and not (before and after):
        before, after, unknown = _by_details(change, kind)
    return Resource(
        address=name,
        kind=kind,
        actions=frozenset(actions),
        before=before,
        after=after,
        unknown=frozenset(unknown),
        unknown_why=_UNSAID,
    )


def _context(text: object) -> dict[str, Any]:
    """Return the properties of a resource as a change set writes them: JSON in a text."""
    try:
        return dict(mapping(mapping(json.loads(text) if isinstance(text, str) else text).get("Properties")))
    except (ValueError, RecursionError):
        return {}


def _by_details(change: Mapping[str, Any], kind: str) -> tuple[dict[str, Any], dict[str, Any], set[Path]]:
    """Return what the details of a change say: values before and after, and what has none."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    unknown: set[Path] = set()
    for detail in items(change.get("Details")):
        target = mapping(detail.get("Target"))
        if target.get("Attribute", "Properties") != "Properties":
            continue
        path = tuple(step for step in str(target.get("Path", "")).split("/") if step)[1:]
        path = path or ((str(target["Name"]),) if target.get("Name") else ())
        if not path:
            continue
        if "AfterValue" in target or "BeforeValue" in target:
            for side, key in ((before, "BeforeValue"), (after, "AfterValue")):
                if key in target:
                    _put(side, path, target[key])
        else:
            unknown |= {path, *sizes_below(kind, path[0])}
    return before, after, unknown


def _put(side: dict[str, Any], path: tuple[str, ...], value: Any) -> None:
    for step in path[:-1]:
        within = side.setdefault(step, {})
        if not isinstance(within, dict):
            return
        side = within
    side[path[-1]] = value
