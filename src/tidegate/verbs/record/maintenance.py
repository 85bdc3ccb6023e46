"""Maintenance: plan work, replace its plan, or cancel it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, new_id
from tidegate.track.maintenance import Maintenance, check_falls_due, check_plan
from tidegate.verbs.record.outage import Desk


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Work that somebody plans.

    Parameters
    ----------
    title, describes
        What people call it, and what is done.
    components
        The components it touches.
    starts_s, lasts_s
        When it begins the first time (seconds since 1970), and how long it takes, in seconds.
    zone, rule
        The time zone in which it recurs, and the RFC 5545 rule; empty where it takes place once.
    """

    title: str
    starts_s: float
    lasts_s: float
    describes: str = ""
    components: Sequence[str] = ()
    zone: str = "UTC"
    rule: str = ""


def find_work(state: State, name: str) -> Maintenance:
    """Return the planned work of an id.

    Raises
    ------
    InputError
        If there is none.
    """
    found = next((one for one in state.maintenance() if one.id == name), None)
    if found is None:
        raise InputError(Fault(what="there is no such work", kind="absent", value=name[:60]))
    return found


def plan(desk: Desk, said: Plan, *, replaces: str = "") -> Maintenance:
    """Put work on record, or replace its plan.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = plan_faults(desk, said, replaces=replaces)
    if faults:
        raise InputError(*faults)
    subject = replaces or new_id(b"work\0" + desk.entropy())
    payload: dict[str, object] = {
        "title": said.title.strip(), "components": list(said.components), "starts_s": said.starts_s,
        "lasts_s": said.lasts_s, "zone": said.zone,
    }  # fmt: skip
    payload |= {"describes": said.describes} if said.describes else {}
    payload |= {"rule": said.rule} if said.rule else {}
    desk.say([Draft(kind="maintenance.planned", subject=subject, payload=payload, by=desk.by)])
    return find_work(desk.state, subject)


def plan_faults(desk: Desk, said: Plan, *, replaces: str = "") -> tuple[Fault, ...]:
    """Return everything that is wrong with a plan, each fault with the field that it is in."""
    faults = []
    if not said.title.strip():
        faults.append(Fault(what="is missing", path="title", allowed="what people call the work"))
    if replaces and all(one.id != replaces for one in desk.state.maintenance()):
        faults.append(
            Fault(what="there is no such work", kind="absent", path="replaces", value=replaces[:60])
        )
    try:
        check_plan(lasts_s=said.lasts_s, zone_name=said.zone, rule=said.rule)
        check_falls_due(starts_s=said.starts_s, zone_name=said.zone, rule=said.rule)
    except InputError as error:
        faults += error.faults
    return tuple(faults)


def cancel(desk: Desk, one: Maintenance, because: str = "") -> Maintenance:
    """Say that work will not take place."""
    payload = {"because": because} if because else {}
    desk.say([Draft(kind="maintenance.cancelled", subject=one.id, payload=payload, by=desk.by)])
    return find_work(desk.state, one.id)
