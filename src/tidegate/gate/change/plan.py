"""What is about to change, whoever says so? Sizes that grow, and resources whose clients may connect anew."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from tidegate.gate.change.database_limits import usual_connections
from tidegate.gate.change.limits import doubts_of, removed
from tidegate.gate.change.reconnect import reconnects
from tidegate.gate.change.resource import AFTER_APPLYING, Resource, without_index
from tidegate.gate.change.resource_size import Size, is_listed
from tidegate.gate.change.role import Role

Sized = tuple[Resource, Sequence[Size]]
"""A resource with its sizes."""


@dataclass(frozen=True, kw_only=True)
class SizeChange:
    """One resource whose size changes.

    Parameters
    ----------
    address
        What the resource is called there.
    attribute
        What its size is called there; "count" where the plan makes more resources of one kind.
    before_count
        As it is; None where the resource is new, or nothing is said of what stands.
    after_count
        As it will be; None where that is not known yet.
    is_allowed
        Whether a scaler may go so far, but nothing does by itself.
    unit
        What is counted where that is no instance.
    unknown_why
        Why it is not known, as the end of a sentence.
    """

    address: str
    attribute: str
    before_count: int | None
    after_count: int | None
    is_allowed: bool = False
    unit: str = ""
    unknown_why: str = AFTER_APPLYING

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
        What the resource is called there.
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
    system
        Under which name of `known_as` the world knows its resources.
    aliases
        By address: further names by which the world may know it.
    says_before
        Whether it says what stands; else the world does.
    notes
        Sentences on what is told and not judged.
    """

    changes: tuple[SizeChange, ...]
    doubts: tuple[str, ...] = ()
    reconnects: tuple[Reconnect, ...] = ()
    resources: tuple[tuple[str, tuple[str, ...]], ...] = ()
    system: str = "terraform"
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    says_before: bool = True
    notes: tuple[str, ...] = ()

    def names_of(self, address: str) -> set[str]:
        """Return the names by which a world may know a resource."""
        return {address, without_index(address), *self.aliases.get(address, ())}

    @property
    def summary(self) -> str:
        """What the plan comes to, in one sentence."""
        many, grown = len(self.resources), sum(one.grows for one in self.changes)
        anew = len(self.reconnects)
        if not self.says_before:
            return f"{many} {'resource is' if many == 1 else 'resources are'} stated, with {grown} " + (
                "size." if grown == 1 else "sizes."
            )
        return (
            f"{many} {'resource changes' if many == 1 else 'resources change'}, "
            f"{grown} {'size grows' if grown == 1 else 'sizes grow'}, "
            f"{anew} may reconnect {'its' if anew == 1 else 'their'} clients."
        )


def merged(changes: Iterable[SizeChange]) -> tuple[SizeChange, ...]:
    """Return one change for each thing: from its least size to its greatest, whatever says so twice."""
    found: dict[tuple[str, bool], SizeChange] = {}
    for change in changes:
        key = (change.address, change.is_allowed)
        before = found.get(key)
        found[key] = change if before is None else _joined(before, change, min, max)
    return tuple(found.values())


def parts_summed(changes: Iterable[SizeChange], wholes: Container[str]) -> tuple[SizeChange, ...]:
    """Return the changes, with one for all parts of a whole: those that `count` or `for_each` makes of one.

    Parameters
    ----------
    changes
        Of all.
    wholes
        Addresses without keys and numbers, by which a world knows what these come to together.
    """
    found: dict[tuple[str, str, bool], SizeChange] = {}
    for change in merged(changes):
        base = without_index(change.address)
        whole = base if base in wholes else change.address
        key = (whole, change.attribute, change.is_allowed)
        before = found.get(key)
        found[key] = change if before is None else replace(_joined(before, change, _sum, _sum), address=whole)
    return tuple(found.values())


def _joined(
    one: SizeChange, other: SizeChange, least: Callable[[int, int], int], most: Callable[[int, int], int]
) -> SizeChange:
    """Return one change for two; its sizes are not known where those of one are not."""
    before_counts, after_counts = (
        (one.before_count, other.before_count),
        (one.after_count, other.after_count),
    )
    return replace(one, before_count=_of_both(before_counts, least), after_count=_of_both(after_counts, most))


def _of_both(counts: tuple[int | None, int | None], join: Callable[[int, int], int]) -> int | None:
    one, other = counts
    return None if one is None or other is None else join(one, other)


def _sum(one: int, other: int) -> int:
    return one + other


def plan_of(resources: Iterable[Sized], *, doubts: Iterable[str] = (), says_before: bool = True) -> Plan:
    """Return what resources come to; none is kept.

    Parameters
    ----------
    resources
        All that is spoken of, with their sizes, in order.
    doubts, says_before
        As in `Plan`.
    """
    changes: list[SizeChange] = []
    reconnecting: list[Reconnect] = []
    changing: list[tuple[str, tuple[str, ...]]] = []
    notes: list[str] = []
    bearing: list[str] = []
    counts: dict[str, tuple[int, int]] = {}
    for one, sizes in resources:
        changes += _of_resource(one, sizes, says_before)
        if one.base != one.address:
            before, after = counts.get(one.base, (0, 0))
            counts[one.base] = (before + one.stands, after + one.shall_stand)
        if one.changes:
            changing.append((one.address, one.changed_names()))
            notes += usual_connections(one)
            names = frozenset(size.attribute for size in sizes)
            bearing += doubts_of(one, names, is_listed=is_listed(one.kind)) if says_before else ()
            why = reconnects(one, names) or ("is removed" if removed(one) else "")
            reconnecting += [Reconnect(address=one.address, why=why)] if why else []
    return Plan(
        changes=(*changes, *_of_counts(counts)),
        doubts=(*doubts, *bearing),
        reconnects=tuple(reconnecting),
        resources=tuple(changing),
        says_before=says_before,
        notes=tuple(notes),
    )


def _of_resource(resource: Resource, sizes: Sequence[Size], says_before: bool) -> Iterator[SizeChange]:
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
    # What is made anew is told with what it asks for.
    told = says_before and acting is not None and most is not None and most.before_count is None
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
        unknown_why=resource.unknown_why,
    )


def _of_counts(counts: Mapping[str, tuple[int, int]]) -> Iterator[SizeChange]:
    """Yield the resources of which there are more, by `count` or `for_each`, also of their module."""
    for base, (before, after) in counts.items():
        if before != after:
            yield SizeChange(address=base, attribute="count", before_count=before or None, after_count=after)
