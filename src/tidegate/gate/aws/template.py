"""What does a template of CloudFormation state, and what does it change? Sizes, and what may be replaced.

A template says what shall be. Whether a change of a property replaces a resource only a change set says, and
what a parameter is only the stack: neither is ever taken for safe. Templates of SAM are read alike.

Source: AWS, "CloudFormation template reference" (sections, Ref, Fn::FindInMap, Fn::If, Fn::ForEach,
Transform); SAM's specification (Globals: what a resource states itself goes first, maps are put together).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.aws.properties import document_of, function_of, mapping, resources_of, unknown_in
from tidegate.gate.change.cloudformation_sizes import CLOUDFORMATION
from tidegate.gate.change.plan import Plan, Reconnect, Sized, plan_of
from tidegate.gate.change.reconnect import changes_more, is_inert
from tidegate.gate.change.resource import Path, Resource, dotted
from tidegate.gate.change.resource_size import sizes_of

SYSTEM = "cloudformation"
NESTED = "AWS::CloudFormation::Stack"
_SAM = "AWS::Serverless-2016-10-31"
_OF_SAM = "AWS::Serverless::"
_CHANGE_SET = "a change set (`aws cloudformation describe-change-set --include-property-values`)"
_NO_TEMPLATE = "a template of CloudFormation with `Resources`, each of a `Type`"
_PLAIN = frozenset({"Tags", "Description", "Condition"})
_LOST: Any = object()


@dataclass(frozen=True, kw_only=True)
class _Template:
    """One template, its parameters and maps put in."""

    resources: Mapping[str, tuple[str, Mapping[str, Any]]]
    doubts: tuple[str, ...]


def read_template(text: str, source: str, before: tuple[str, str] | None = None) -> Plan:
    """Return what a template states; beside the one that stands, what changes.

    Parameters
    ----------
    text, source
        The template and its name.
    before
        The template that is deployed, and its name; None where only the world says what stands.

    Raises
    ------
    InputError
        If a text is no template, or a size is no count.
    """
    template = _template(text, source)
    stands = _template(*before) if before is not None else None
    old = stands.resources if stands is not None else {}
    sized: list[Sized] = []
    for name in dict.fromkeys((*old, *template.resources)):
        for resource in _resources(name, old.get(name), template.resources.get(name)):
            sized += [(resource, sizes_of(resource, f"Resources.{name}"))] if resource.differs else []
    plan = plan_of(sized, doubts=template.doubts, says_before=stands is not None)
    nested = [one.address for one, _ in sized if one.kind == NESTED]
    unseen = [f"{name} is a stack of its own: what changes in it is not said here." for name in nested]
    if stands is None:
        unseen.append(
            f"{source} says what shall be, not what is replaced: give the template that stands by --before, "
            f"or {_CHANGE_SET}."
        )
    return replace(
        plan,
        system=SYSTEM,
        doubts=(*plan.doubts, *unseen),
        reconnects=(*plan.reconnects, *_perhaps_replaced(sized, plan.reconnects)),
    )


def _template(text: str, source: str) -> _Template:
    document = document_of(text, source)
    stated = mapping(document.get("Resources"))
    if not any("Type" in mapping(one) for one in stated.values()):
        raise InputError(
            Fault(what="is no template of CloudFormation", allowed=_NO_TEMPLATE, place=Place(source=source))
        )
    transforms = document.get("Transform", [])
    doubts = [
        f"{source} is transformed by {one}: what that adds is not seen."
        for one in (transforms if isinstance(transforms, list) else [transforms])
        if one != _SAM
    ]
    resources = {}
    for name, one in stated.items():
        if not isinstance(one, Mapping) or "Type" not in one:
            doubts.append(f"{name} of {source} makes resources that are not seen.")
            continue
        if function_of(one.get("Properties")) is not None:
            doubts.append(f"{name} of {source} has properties that are made when it is deployed.")
            continue
        own = _with_globals(str(one["Type"]), mapping(one.get("Properties")), document)
        properties = dict(mapping(_resolved(own, document)))
        if "Condition" in one:
            condition = str(one["Condition"])
            properties["Condition"] = [condition, mapping(document.get("Conditions")).get(condition)]
        resources[name] = (str(one["Type"]), properties)
    return _Template(resources=resources, doubts=tuple(doubts))


def _with_globals(kind: str, stated: Mapping[str, Any], document: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties of a resource of SAM with those that `Globals` states for all of its type."""
    usual = mapping(mapping(document.get("Globals")).get(kind.removeprefix(_OF_SAM)))
    if not kind.startswith(_OF_SAM) or not usual:
        return stated
    both = {key: {**usual[key], **stated[key]} for key in usual if _are_plain(usual[key], stated.get(key))}
    return {**usual, **stated, **both}


def _are_plain(*values: Any) -> bool:
    return all(isinstance(one, Mapping) and function_of(one) is None for one in values)


def _resolved(value: Any, document: Mapping[str, Any]) -> Any:
    """Put in what maps say, and beside a function what it depends on, so that a change of that is seen."""
    function = function_of(value)
    if function is not None:
        return _function(*function, value, document)
    if isinstance(value, Mapping):
        return {str(key): _resolved(item, document) for key, item in value.items()}
    return [_resolved(item, document) for item in value] if isinstance(value, list) else value


def _function(name: str, argument: Any, value: Any, document: Mapping[str, Any]) -> Any:
    if name == "Fn::FindInMap" and isinstance(argument, list):
        found: Any = document.get("Mappings")
        for step in argument[:3]:
            found = found.get(step, _LOST) if isinstance(found, Mapping) and isinstance(step, str) else _LOST
        return found if found is not _LOST else {**value, "Mappings": mapping(document.get("Mappings"))}
    if name == "Ref" and isinstance(argument, str):
        default = mapping(mapping(document.get("Parameters")).get(argument)).get("Default")
        return {"Ref": argument, "Default": default}
    if name == "Fn::If" and isinstance(argument, list) and argument and isinstance(argument[0], str):
        condition = mapping(document.get("Conditions")).get(argument[0])
        ways = [_resolved(one, document) for one in argument[1:]]
        return {name: [argument[0], *ways], "Condition": condition}
    return value


def _resources(
    name: str, old: tuple[str, Mapping[str, Any]] | None, new: tuple[str, Mapping[str, Any]] | None
) -> Iterator[Resource]:
    """Yield a resource of a template beside the one of its name that stands."""
    before, after = (one[1] if one is not None else {} for one in (old, new))
    actions = {"update"} if old and new and old[0] == new[0] else set()
    actions |= {"create"} if new and not actions else set()
    actions |= {"delete"} if old and "update" not in actions else set()
    unknown = frozenset(at for at in unknown_in(after) if _at(before, at) != _at(after, at))
    resource = Resource(
        address=name,
        kind=(new or old or ("", {}))[0],
        actions=frozenset(actions),
        before=before,
        after=after,
        unknown=unknown,
        unknown_why=_why((new or old or ("", {}))[0], after, unknown),
    )
    yield from resources_of(resource)


def _at(value: Any, path: Sequence[str | int]) -> Any:
    for step in path:
        while isinstance(value, list) and len(value) == 1 and not isinstance(step, int):
            value = value[0]
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return _LOST
    return value


def _why(kind: str, after: Mapping[str, Any], unknown: frozenset[Path]) -> str:
    """Say why sizes are not known: which parameters are meant, and what they are where a stack is silent."""
    said = set()
    for at in unknown:
        value = mapping(_at(after, at))
        if dotted(at) in CLOUDFORMATION.get(kind, {}) and "Ref" in value:
            usual = f": {value['Default']} where the stack says nothing" if value.get("Default") else ""
            said.add(f"{value['Ref']}{usual}")
    which = f" ({'; '.join(sorted(said))})" if said else ""
    return f"is known only to the stack, by its parameters and conditions{which}: give {_CHANGE_SET}"


def _perhaps_replaced(sized: Sequence[Sized], known: Sequence[Reconnect]) -> Iterator[Reconnect]:
    """Yield what changes in a way of which a template does not say whether it replaces the resource."""
    told = {one.address for one in known}
    for resource, sizes in sized:
        attributes = frozenset(one.attribute for one in sizes)
        if resource.actions != {"update"} or resource.address in told or is_inert(resource.kind):
            continue
        names = [
            name
            for name in resource.changed_names()
            if name not in _PLAIN and changes_more(resource, name, attributes)
        ]
        if names:
            why = f"changes in {', '.join(names)}; only a change set says whether it is replaced"
            yield Reconnect(address=resource.address, why=why)
