"""Component: say what there is whose status people look up; by hand, or chosen from a world.

What was just declared is not known to work: that is said by whoever looks at it, or by its probe.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.track.component import Component, Status
from tidegate.verbs.record.outage import Desk
from tidegate.world.file.nearest_name import listed, nearest

if TYPE_CHECKING:
    from tidegate.world.world import World

UNSEEN = "nobody has looked at it yet"
"""Why a component that was just declared is not said to work."""


@dataclass(frozen=True, kw_only=True)
class Described:
    """What is said of a component.

    Parameters
    ----------
    id, title
        Its id and what people call it.
    group, region, describes
        The group and region it is shown in, what it is.
    noun
        The world's service or crossing behind it.
    is_retired
        It is no longer shown.
    """

    id: str
    title: str
    group: str = ""
    region: str = ""
    describes: str = ""
    noun: str = ""
    is_retired: bool = False


def declare(desk: Desk, described: Sequence[Described]) -> None:
    """Put components on record, or replace what is said of them.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [
        Fault(what="a component needs an id and a title", kind="statement", value=one.id[:60])
        for one in described
        if not one.id.strip() or not one.title.strip()
    ]
    if faults:
        raise InputError(*faults)
    known = {one.id: one for one in desk.state.components()}
    position = max((one.position for one in known.values()), default=0.0)
    drafts = []
    for count, one in enumerate(described, 1):
        place = known[one.id].position if one.id in known else position + count
        payload: dict[str, object] = {"title": one.title, "position": place}
        lines = {"group": one.group, "region": one.region, "describes": one.describes, "noun": one.noun}
        payload |= {name: text for name, text in lines.items() if text}
        payload |= {"retired": True} if one.is_retired else {}
        drafts.append(Draft(kind="component.declared", subject=one.id, payload=payload, by=desk.by))
        if one.id not in known and not one.is_retired and not desk.state.own_claims(one.id):
            unseen = {"status": Status.UNKNOWN.value, "source": "system", "because": UNSEEN}
            drafts.append(Draft(kind="component.claimed", subject=one.id, payload=unseen, by=desk.by))
    desk.say(drafts)


def public_of(world: World) -> list[Described]:
    """Return the components that a world's author chose for the public: services with a public name."""
    return [
        Described(id=name, title=one.public, noun=name) for name, one in world.services.items() if one.public
    ]


def candidates(world: World) -> list[Described]:
    """Return all that a world could show, what customers know first: chosen services, segments, the rest."""
    called = {name: one.title or name for name, one in world.networks.items()}
    segments = [
        Described(id=name, title=one.title or name, noun=name) for name, one in world.segments.items()
    ]
    internal = [
        Described(id=name, title=one.title or name, group=called.get(one.network, ""), noun=name)
        for name, one in world.services.items()
        if not one.public
    ]
    return [*public_of(world), *segments, *internal]


def vouch(desk: Desk, components: Sequence[str], because: str) -> None:
    """Say that components work, for somebody has looked at them.

    Raises
    ------
    InputError
        If there is no such component.
    """
    for name in components:
        find_component(desk.state, name)
    if drafts := claimed(desk, components, Status.OPERATIONAL, because):
        desk.say(drafts)


def claimed(desk: Desk, components: Sequence[str], status: Status, because: str) -> list[Draft]:
    """Return the entries by which components are said to be so by hand."""
    payload = {"status": status.value, "source": "manual", "because": because}
    return [Draft(kind="component.claimed", subject=name, payload=payload, by=desk.by) for name in components]


def find_component(state: State, name: str) -> Component:
    """Return the component of an id.

    Raises
    ------
    InputError
        If there is none.
    """
    known = {one.id: one for one in state.components()}
    if name not in known:
        allowed = listed(known)
        raise InputError(
            Fault(
                what="there is no such component",
                kind="absent",
                value=name[:60],
                allowed=allowed,
                nearest=nearest(name, known),
            )
        )
    return known[name]


def claim(desk: Desk, component: str, status: str, *, because: str = "") -> None:
    """Say by hand how a component is; it holds until somebody says otherwise.

    Raises
    ------
    InputError
        If there is no such component or status.
    """
    find_component(desk.state, component)
    known = [one.value for one in Status]
    if status not in known:
        raise InputError(
            Fault(
                what="is no status",
                value=status[:60],
                allowed=", ".join(known),
                nearest=nearest(status, known),
            )
        )
    payload = {"status": status, "source": "manual", **({"because": because} if because else {})}
    desk.say([Draft(kind="component.claimed", subject=component, payload=payload, by=desk.by)])
