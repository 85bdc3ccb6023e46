"""How do AWS' own documents become resources with sizes? JSON or YAML in, `Resource` out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.change.cloudformation_sizes import CLOUDFORMATION, SCALABLE_TARGET
from tidegate.gate.change.resource import Path, Resource, dotted
from tidegate.world.file.nearest_name import shown
from tidegate.world.file.plain_scalar import whole_of
from tidegate.world.file.tree import read_tree

FUNCTION = "Fn::"
_SHORT = {"!Ref": "Ref", "!Condition": "Condition"}
_ALLOWED = "JSON or YAML as AWS writes it"
_SCHEDULED = "ScheduledActions"
PAGE = "{} is one page of several: the AWS CLI writes them together without --no-paginate and --max-items."


def document_of(text: str, source: str) -> Mapping[str, Any]:
    """Return the document of a text; what `!Ref x` says short becomes what it says long.

    Raises
    ------
    InputError
        If it is neither JSON nor YAML, or no mapping.
    """
    if text.lstrip("\ufeff \t\r\n").startswith("{"):
        try:
            document = json.loads(text.lstrip("\ufeff"))
        except (ValueError, RecursionError) as error:
            place = Place(source=source, line=getattr(error, "lineno", 0))
            raise InputError(Fault(what="is not JSON", allowed=_ALLOWED, place=place)) from None
    else:
        document = _long(read_tree(text, source, keeps_tags=True, plain=whole_of).document)
    if not isinstance(document, Mapping):
        raise InputError(Fault(what="is not a mapping", allowed=_ALLOWED, place=Place(source=source)))
    return document


def _long(value: Any) -> Any:
    if isinstance(value, dict):
        return {_name(key): _long(item) for key, item in value.items()}
    return [_long(item) for item in value] if isinstance(value, list) else value


def _name(key: str) -> str:
    return _SHORT.get(key, f"{FUNCTION}{key[1:]}") if key.startswith("!") else key


def mapping(value: Any) -> Mapping[str, Any]:
    """Return a value that is a mapping; else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Any) -> list[Mapping[str, Any]]:
    """Return the mappings of a list; of anything else none."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def resources_of(resource: Resource) -> Iterator[Resource]:
    """Yield a resource as its sizes can be read, and each of its scheduled actions as one of its own."""
    sides = (_named(resource.before), _named(resource.after))
    own = [{key: value for key, value in side.items() if key != _SCHEDULED} for side in sides]
    yield _with(resource, own[0], own[1])
    if resource.kind != SCALABLE_TARGET:
        return
    before, after = (
        {str(one.get("ScheduledActionName", number)): mapping(one.get("ScalableTargetAction"))
         for number, one in enumerate(items(side.get(_SCHEDULED)))}
        for side in sides
    )  # fmt: skip
    for name in dict.fromkeys((*before, *after)):
        action = _with(resource, before.get(name, {}), after.get(name, {}), at=f".{_SCHEDULED}.{name}")
        if action.before != action.after:
            yield action


def _with(resource: Resource, before: Mapping[str, Any], after: Mapping[str, Any], at: str = "") -> Resource:
    return Resource(
        address=f"{resource.address}{at}",
        kind=resource.kind,
        actions=resource.actions,
        before=before,
        after=after,
        unknown=resource.unknown
        if not at
        else frozenset(path or ("MinCapacity",) for path in unknown_in(after)),
        unknown_why=resource.unknown_why,
    )


def _named(side: Mapping[str, Any]) -> dict[str, Any]:
    """Write the settings of Beanstalk as names with values, as settings are read elsewhere."""
    settings = [
        {"name": one["OptionName"], "value": one.get("Value")}
        for one in items(side.get("OptionSettings"))
        if "OptionName" in one
    ]
    return {**side, "OptionSettings": settings} if settings else dict(side)


def listed(document: Mapping[str, Any], key: str, source: str) -> list[Mapping[str, Any]]:
    """Return the entries of a list of a document; none where it is not there.

    Raises
    ------
    InputError
        If it is no list of mappings.
    """
    value = document.get(key)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(one, Mapping) for one in value):
        what, place = "is not what AWS writes there", Place(source=source)
        raise InputError(
            Fault(what=what, path=key, value=shown(value), allowed="a list of mappings", place=place)
        )
    return value


def function_of(value: Any) -> tuple[str, Any] | None:
    """Return which function of CloudFormation a value is, with its argument; None where it is none."""
    if not isinstance(value, Mapping):
        return None
    names = [key for key in value if key == "Ref" or str(key).startswith(FUNCTION)]
    return (names[0], value[names[0]]) if len(names) == 1 else None


def unknown_in(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the paths at which a function of CloudFormation stands."""
    if function_of(value) is not None:
        yield path
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from unknown_in(item, (*path, str(key)))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from unknown_in(item, path if len(value) == 1 else (*path, number))


def sizes_below(kind: str, name: str) -> Iterator[Path]:
    """Yield the paths of the sizes that a type has in one of its properties."""
    for size in CLOUDFORMATION.get(kind, {}):
        steps: Path = tuple(size.split("."))
        if steps[0] == name and dotted(steps):
            yield steps
