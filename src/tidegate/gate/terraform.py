"""What does a Terraform plan grow? Changes of size, bound to the world by `known_as: {terraform: …}`.

Reads what ``terraform show -json`` writes (format 1.x). A size that is known only after the plan is
applied, a plan that is not complete, and a resource that the world does not know are never taken for
safe: each is a sentence on what cannot be told.

Shortcut: of a resource with several sizes the one that acts is read (a desired size before a least
one, a least one before a greatest one); shrinking is not judged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.fleet import STARTS_AT_S
from tidegate.world.file.names import shown
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

SYSTEM = "terraform"
MOST_BYTES = 200 * 1024 * 1024
"""How large a plan may be: it holds every attribute of every resource, twice."""
# In the order in which they act: what is asked for, what is at least kept, what is at most allowed.
SIZES = (
    ("desired_capacity", "desired_count", "desired_size", "replicas", "target_size", "node_count",
     "instance_count", "instances", "capacity", "provisioned_concurrent_executions"),
    ("min_size", "min_count", "min_replicas", "min_node_count", "min_capacity"),
    ("max_size", "max_count", "max_replicas", "max_node_count", "max_capacity"),
)  # fmt: skip
_RANK = {name: rank for rank, names in enumerate(SIZES) for name in names}
_DIGITS = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_INDEX = re.compile(r"\[[^\]]*\]$")
_DEEPEST = 6
_CHANGING = frozenset({"update", "create"})
_GREATEST_COUNT = 10**12
_MOST_FAULTS = 50
_Path = tuple[str | int, ...]


@dataclass(frozen=True, kw_only=True)
class SizeChange:
    """One resource whose size a plan changes.

    Parameters
    ----------
    address
        The resource in Terraform.
    attribute
        What its size is called there; "count" where the plan makes more resources of one kind.
    before_count
        As it is; None where the resource is new.
    after_count
        As it will be; None where that is known only after the plan is applied.
    """

    address: str
    attribute: str
    before_count: int | None
    after_count: int | None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a plan says about sizes.

    Parameters
    ----------
    changes
        In the order of the plan.
    doubts
        Sentences on why the plan itself cannot be relied on.
    """

    changes: tuple[SizeChange, ...]
    doubts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Planned:
    """What of a plan can be judged with a world.

    Parameters
    ----------
    file
        The world, with the sizes of the plan laid over it.
    activities
        Names of the activities to judge.
    cannot_tell
        Sentences on what cannot be judged, and what would help.
    notes
        Sentences to carry into the verdicts.
    """

    file: WorldFile
    activities: tuple[str, ...]
    cannot_tell: tuple[str, ...]
    notes: tuple[str, ...]


def read_plan(text: str, source: str) -> Plan:
    """Return the changes of size in the JSON of a plan.

    Raises
    ------
    InputError
        If it is not JSON, or not what ``terraform show -json`` writes.
    """
    document = _document(text, source)
    version = str(document.get("format_version", ""))
    if not version.startswith("1."):
        raise InputError(_not_a_plan(source, version or "no format_version"))
    doubts = []
    for name in ("errored", "complete"):
        if not isinstance(document.get(name, False), bool):
            raise InputError(_not_a_plan(source, f"{name} is neither true nor false"))
    if document.get("errored"):
        doubts.append("The plan ended with an error, so it does not say all that will change.")
    elif document.get("complete") is False:
        doubts.append("The plan is not complete: Terraform put some changes off to a later one.")
    resources = document.get("resource_changes", [])
    if not isinstance(resources, list):
        raise InputError(_not_a_plan(source, "resource_changes is no list"))
    managed, faults = [], []
    for number, one in enumerate(resources):
        try:
            managed += _resource(one, f"resource_changes.{number}")
        except InputError as error:
            faults += [replace(fault, place=Place(source=source)) for fault in error.faults]
    if faults:
        raise InputError(*faults[:_MOST_FAULTS])
    changes = [change for one in managed for change in _of_resource(one)]
    return Plan(changes=(*changes, *_of_counts(managed)), doubts=tuple(doubts))


@dataclass(frozen=True, kw_only=True)
class _Resource:
    """A resource that Terraform manages, as far as it is read; its parts have the types they must have."""

    address: str
    actions: frozenset[str]
    before: dict[_Path, int]
    after: dict[_Path, int]
    unknown: frozenset[_Path]


def _resource(one: object, path: str) -> list[_Resource]:
    """Return a resource; none where Terraform only reads it. Refuse one that cannot be understood."""
    if not isinstance(one, dict):
        raise _unexpected(path, one, "a JSON object")
    if one.get("mode", "managed") not in ("managed", "data"):
        raise _unexpected(f"{path}.mode", one["mode"], "managed, data")
    if one.get("mode") == "data":
        return []
    address, change = one.get("address", ""), one.get("change") or {}
    if not isinstance(address, str):
        raise _unexpected(f"{path}.address", address, "a text")
    path = f"{path}.change"
    if not isinstance(change, dict):
        raise _unexpected(path, change, "a JSON object")
    actions = change.get("actions", [])
    if not isinstance(actions, list) or not all(isinstance(action, str) for action in actions):
        raise _unexpected(f"{path}.actions", actions, "a list of texts")
    return [
        _Resource(
            address=address,
            actions=frozenset(actions),
            before=_sizes(change.get("before"), f"{path}.before"),
            after=_sizes(change.get("after"), f"{path}.after"),
            unknown=frozenset(at for at, leaf in _leaves(change.get("after_unknown")) if leaf is True),
        )
    ]


def _unexpected(path: str, value: object, allowed: str) -> InputError:
    return InputError(
        Fault(what="is not what Terraform writes there", path=path, value=shown(value), allowed=allowed)
    )


def _document(text: str, source: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        line = getattr(error, "lineno", 0)
        place = Place(source=source, line=line)
        raise InputError(Fault(what="is not JSON", allowed=_ALLOWED, place=place)) from None
    if not isinstance(document, dict):
        raise InputError(_not_a_plan(source, "not an object"))
    return document


_ALLOWED = "what `terraform show -json PLAN` writes, format 1.x"


def _not_a_plan(source: str, value: str) -> Fault:
    return Fault(what="is not a Terraform plan", value=value, allowed=_ALLOWED, place=Place(source=source))


def _of_resource(resource: _Resource) -> Iterator[SizeChange]:
    """Yield the size of one resource that the plan changes, the one that acts."""
    if not _CHANGING & resource.actions:
        return
    before, after, unknown, address = resource.before, resource.after, resource.unknown, resource.address
    for path in sorted({*before, *after} | {p for p in unknown if p[-1] in _RANK}, key=_acting):
        attribute = ".".join(str(step) for step in path)
        if path in unknown:
            yield SizeChange(
                address=address, attribute=attribute, before_count=before.get(path), after_count=None
            )
            return
        if path in after and after[path] != before.get(path):
            yield SizeChange(
                address=address,
                attribute=attribute,
                before_count=before.get(path),
                after_count=after[path],
            )
            return


def _acting(path: _Path) -> tuple[int, str]:
    return _RANK[str(path[-1])], str(path)


def _sizes(value: object, path: str) -> dict[_Path, int]:
    """Return the sizes among attributes; a word where a size could be, such as a class, is none."""
    if value is not None and not isinstance(value, dict):
        raise _unexpected(path, value, "a JSON object, or null")
    found: dict[_Path, int] = {}
    for at, leaf in _leaves(value):
        size = int(leaf) if isinstance(leaf, str) and _DIGITS.fullmatch(leaf) else leaf
        if at[-1] not in _RANK or isinstance(size, bool) or not isinstance(size, int | float):
            continue
        if not abs(size) <= _GREATEST_COUNT:
            where = ".".join(str(step) for step in at)
            raise _unexpected(f"{path}.{where}", leaf, f"at most {_GREATEST_COUNT:,}")
        found[at] = int(size)
    return found


def _leaves(value: object, path: _Path = ()) -> Iterator[tuple[_Path, object]]:
    """Yield every leaf under its path; lists of one item, Terraform's blocks, are walked through."""
    if isinstance(value, dict) and len(path) < _DEEPEST:
        for key, item in value.items():
            yield from _leaves(item, (*path, str(key)))
    elif isinstance(value, list) and len(value) == 1:
        yield from _leaves(value[0], path)
    elif path:
        yield path, value


def _of_counts(resources: list[_Resource]) -> Iterator[SizeChange]:
    """Yield the resources of which the plan makes more, by `count` or `for_each`."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for resource in resources:
        base, actions = _INDEX.sub("", resource.address), resource.actions
        if base == resource.address:
            continue
        before[base] = before.get(base, 0) + ("create" not in actions or "delete" in actions)
        after[base] = after.get(base, 0) + ("delete" not in actions or "create" in actions)
    for base, size in after.items():
        if size != before[base]:
            yield SizeChange(
                address=base, attribute="count", before_count=before[base] or None, after_count=size
            )


def only_growth(plan: Plan) -> str:
    """Return the one change of a plan that grows, as ``BEFORE:AFTER``.

    Raises
    ------
    InputError
        If none, or more than one, grows: then a world must say what the resources are.
    """
    grown = [
        change
        for change in plan.changes
        if change.after_count is None or change.after_count > (change.before_count or 0)
    ]
    if len(grown) == 1 and grown[0].before_count is not None and grown[0].after_count is not None:
        return f"{grown[0].before_count}:{grown[0].after_count}"
    names = ", ".join(change.address for change in grown) or "nothing grows"
    what = "a world is needed to judge this plan"
    raise InputError(
        Fault(what=what, value=names, allowed="a world file, or a plan in which one known size grows")
    )


def planned(plan: Plan, file: WorldFile) -> Planned:
    """Return what of `plan` can be judged with a world, and what cannot.

    Only growth is judged. A change is bound through the `known_as` of an activity, a population or a
    service; a population or service without an activity gets one.
    """
    overlays: dict[str, object] = {}
    activities: list[str] = []
    cannot, notes = list(plan.doubts), []
    for change in plan.changes:
        size, base = f"{change.address} ({change.attribute})", _INDEX.sub("", change.address)
        if change.after_count is None:
            cannot.append(
                f"{size} is known only after the plan is applied; give it a value, or judge it by hand."
            )
        elif change.before_count is None:
            cannot.append(f"{size} is made by this plan; describe it in the world before it is judged.")
        elif change.after_count <= change.before_count:
            notes.append(f"{size} shrinks, which is not judged.")
        else:
            laid = _bound(file.world, change)
            if laid is None:
                cannot.append(
                    f"{size} grows from {change.before_count:,} to {change.after_count:,}, and nothing in "
                    f"this world is known as it; give the clients, the service or the activity that it is "
                    f"`known_as: {{terraform: {base}}}`."
                )
            else:
                activities.append(laid[0])
                overlays |= laid[1]
                notes.append(f"{size}: {change.before_count:,} to {change.after_count:,}, from the plan.")
    return Planned(
        file=overlay(file, overlays),
        activities=tuple(dict.fromkeys(activities)),
        cannot_tell=tuple(cannot),
        notes=tuple(notes),
    )


def _bound(world: World, change: SizeChange) -> tuple[str, dict[str, object]] | None:
    """Return the activity that a change is, and what is laid over the world for it."""
    known = {change.address, _INDEX.sub("", change.address)}
    for name, activity in world.activities.items():
        if activity.known_as.get(SYSTEM) in known:
            sizes = {"from": change.before_count, "to": change.after_count}
            return name, {f"activities.{name}.{key}": size for key, size in sizes.items()}
    for section, key in (("clients", "clients_added"), ("services", "service")):
        for name, noun in getattr(world, section).items():
            if noun.known_as.get(SYSTEM) in known:
                return f"plan_{name}", {
                    f"activities.plan_{name}": {
                        "kind": "scale",
                        "title": f"{change.address} from {change.before_count:,} to {change.after_count:,}",
                        key: name,
                        "from": change.before_count,
                        "to": change.after_count,
                        "at": f"{STARTS_AT_S:g}s",
                    }
                }
    return None
