"""What does a Terraform plan change? Sizes that grow, and resources whose clients may connect anew.

Reads what ``terraform show -json`` writes (format 1.x), also with lines of a wrapper before it. A size that
is known only after the plan is applied and a plan that is not complete are never taken for safe: each is a
sentence on what cannot be told. What was changed outside of Terraform is told too: the plan and the world may
speak of another size than stands.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tidegate.errors import Fault, InputError, Place
from tidegate.gate.terraform.reconnect import reconnects
from tidegate.gate.terraform.resource import Resource, resource_of
from tidegate.gate.terraform.resource_size import Role, Size, sizes_of

MOST_BYTES = 200 * 1024 * 1024
"""How large a plan may be: it holds every attribute of every resource, twice."""
_MOST_FAULTS = 50
_ALLOWED = "what `terraform show -json PLAN` writes, format 1.x"
_OLD = "what Terraform 1.1 or newer writes: make the plan again with a newer one"


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
    is_allowed
        Whether a scaler may go so far, but nothing does by itself.
    unit
        What is counted where that is no instance.
    """

    address: str
    attribute: str
    before_count: int | None
    after_count: int | None
    is_allowed: bool = False
    unit: str = ""

    @property
    def grows(self) -> bool:
        """Whether it is more than before, or not known."""
        return self.after_count is None or self.after_count > (self.before_count or 0)


@dataclass(frozen=True, kw_only=True)
class Reconnect:
    """A resource that changes in a way that may make its clients connect anew.

    Parameters
    ----------
    address
        The resource in Terraform.
    why
        What happens to it, as the end of a sentence.
    """

    address: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a plan says.

    Parameters
    ----------
    changes
        Changes of size, in the order of the plan.
    doubts
        Sentences on why the plan itself cannot be relied on.
    reconnects
        What may make clients connect anew.
    resources
        Addresses of all that changes, with the names of the attributes that do.
    """

    changes: tuple[SizeChange, ...]
    doubts: tuple[str, ...] = ()
    reconnects: tuple[Reconnect, ...] = ()
    resources: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def summary(self) -> str:
        """What the plan comes to, in one sentence."""
        many, grown = len(self.resources), sum(one.grows for one in self.changes)
        anew = len(self.reconnects)
        return (
            f"{many} {'resource changes' if many == 1 else 'resources change'}, "
            f"{grown} {'size grows' if grown == 1 else 'sizes grow'}, "
            f"{anew} may reconnect {'its' if anew == 1 else 'their'} clients."
        )


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
    changes = [change for one, sizes in resources for change in _of_resource(one, sizes)]
    changing = [(one, sizes) for one, sizes in resources if one.changes]
    return Plan(
        changes=(*changes, *_of_counts([one for one, _ in resources])),
        doubts=(*_doubts(document, source), *_drift(drifted)),
        reconnects=tuple(_anew(changing)),
        resources=tuple((one.address, one.changed_names()) for one, _ in changing),
    )


def _doubts(document: dict[str, Any], source: str) -> Iterator[str]:
    for name in ("errored", "complete"):
        if not isinstance(document.get(name, False), bool):
            raise InputError(_not_a_plan(source, f"{name} is neither true nor false"))
    if document.get("errored"):
        yield "The plan ended with an error, so it does not say all that will change."
    elif document.get("complete") is False:
        yield "The plan is not complete: Terraform put some changes off to a later one."


def _resources(
    document: dict[str, Any], section: str, source: str
) -> list[tuple[Resource, tuple[Size, ...]]]:
    """Return the resources of a section with their sizes; every fault of it at once."""
    entries = document.get(section) or []
    if not isinstance(entries, list):
        raise InputError(_not_a_plan(source, f"{section} is no list"))
    found, faults = [], []
    for number, one in enumerate(entries):
        try:
            resource = resource_of(one, f"{section}.{number}")
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
    skipped = head if begin > 0 and head.endswith("\n") and not head.lstrip().startswith("[") else ""
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


def _of_resource(resource: Resource, sizes: Sequence[Size]) -> Iterator[SizeChange]:
    """Yield the sizes of one resource that the plan changes: what acts now, and how far a scaler may go."""
    if not {"update", "create"} & resource.actions:
        return
    unknown = next((one for one in sizes if one.is_unknown), None)
    if unknown is not None:
        yield _change(resource, unknown, unknown.before_count, None)
        return
    acting, least, most = (next((one for one in sizes if one.role is role), None) for role in Role)
    if acting is None:
        yield from _differing(resource, least)
    elif least is not None and (least.after_count or 0) > (acting.after_count or 0):
        yield _change(resource, least, acting.before_count, least.after_count)
    else:
        yield from _differing(resource, acting)
    told = acting is not None and most is not None and most.before_count is None  # with what is made anew
    if most is not None and not told and (acting is None or most.grows):
        yield from _differing(resource, most, is_allowed=True)


def _differing(resource: Resource, size: Size | None, *, is_allowed: bool = False) -> Iterator[SizeChange]:
    if size is not None and size.after_count is not None and size.after_count != size.before_count:
        yield _change(resource, size, size.before_count, size.after_count, is_allowed=is_allowed)


def _change(
    resource: Resource, size: Size, before: int | None, after: int | None, *, is_allowed: bool = False
) -> SizeChange:
    return SizeChange(
        address=resource.address,
        attribute=size.attribute,
        before_count=before,
        after_count=after,
        is_allowed=is_allowed,
        unit=size.unit,
    )


def _of_counts(resources: Sequence[Resource]) -> Iterator[SizeChange]:
    """Yield the resources of which the plan makes more, by `count` or `for_each`, also of their module."""
    before: dict[str, int] = {}
    after: dict[str, int] = {}
    for resource in resources:
        base, actions = resource.base, resource.actions
        if base == resource.address:
            continue
        before[base] = before.get(base, 0) + ("create" not in actions or "delete" in actions)
        after[base] = after.get(base, 0) + ("delete" not in actions or "create" in actions)
    for base, size in after.items():
        if size != before[base]:
            yield SizeChange(
                address=base, attribute="count", before_count=before[base] or None, after_count=size
            )


def _anew(changing: Iterable[tuple[Resource, Sequence[Size]]]) -> Iterator[Reconnect]:
    for resource, sizes in changing:
        why = reconnects(resource, frozenset(size.attribute for size in sizes))
        if why:
            yield Reconnect(address=resource.address, why=why)


def _drift(drifted: Sequence[tuple[Resource, Sequence[Size]]]) -> Iterator[str]:
    """Yield what was changed outside of Terraform, where that is a size."""
    for resource, sizes in drifted:
        for size in sizes:
            if size.before_count != size.after_count and size.after_count is not None:
                yield (
                    f"{resource.address} ({size.attribute}) was changed outside of Terraform, from "
                    f"{size.before_count or 0:,} to {size.after_count:,}: the plan and the world may speak "
                    "of another size than stands."
                )
