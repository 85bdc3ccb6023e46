"""What does the JSON of a Statuspage tell? Its components, incidents and planned work, as a record.

Takes the documents that every such page serves: ``components.json``, ``incidents.json``,
``scheduled-maintenances.json``, ``summary.json``, together or one by one.

Shortcut: a page serves its latest 50 incidents only. Its word for a cause that is found (identified) has
no state here, and an incident whose updates name no components gets those it lists, by its impact.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.journal.entry_kinds import STATUSES
from tidegate.track.foreign.foreign_json import Reading, one_line, own_id, plain
from tidegate.track.recorded import Recorded

_BY_IMPACT = {"critical": "major_outage", "major": "partial_outage", "minor": "degraded_performance"}
_NEVER = "1970-01-01T00:00:00Z"


def read_statuspage(documents: Sequence[Mapping[str, Any]]) -> Recorded:
    """Return the record that documents of the Statuspage API tell.

    Raises
    ------
    InputError
        With every fault.
    """
    reading = Reading("statuspage import")
    page: Mapping[str, Any] = next((row for one in documents for row in _page(reading, one)), {})
    named = one_line(reading.text(page, "page", "name") or reading.text(page, "page", "id"))
    reading.site = f"statuspage {named or 'import'}"[:100]
    merged = {
        name: _unique([row for one in documents for row in _listed(reading, one, name)])
        for name in ("components", "incidents", "scheduled_maintenances")
    }
    _components(reading, merged)
    for place, row in reading.rows(merged, "incidents"):
        with reading.row():
            _incident(reading, place, row)
    for place, row in reading.rows(merged, "scheduled_maintenances"):
        with reading.row():
            _work(reading, place, row)
    zone = reading.text(page, "page", "time_zone") or "UTC"
    text = json.dumps(merged, sort_keys=True)
    title = one_line(reading.text(page, "page", "name"))
    return reading.recorded(title=title, zone=zone, text=text)


def _page(reading: Reading, document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    found = document.get("page")
    if found is not None and not isinstance(found, Mapping):
        reading.fault("page", found, "a JSON object")
        return []
    return [found] if found else []


def _listed(reading: Reading, document: Mapping[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    if found is not None and not isinstance(found, list):
        reading.fault(name, found, "a list")
        return []
    return found or []


def _unique(rows: Sequence[Any]) -> list[Any]:
    """Return rows by id, each once: the first document that tells of one tells enough."""
    found: dict[str, Any] = {}
    for number, row in enumerate(rows):
        found.setdefault(str(row.get("id", number)) if isinstance(row, Mapping) else str(number), row)
    return list(found.values())


def _components(reading: Reading, merged: Mapping[str, Any]) -> None:
    rows = list(reading.rows(merged, "components"))
    groups: dict[str, str] = {}
    for place, row in rows:
        if row.get("group"):
            with reading.row():
                groups[reading.text(row, place, "id")] = one_line(reading.text(row, place, "name"))
    for number, (place, row) in enumerate(rows):
        if not row.get("group"):
            with reading.row():
                _component(reading, place, row, number=number, groups=groups)


def _component(
    reading: Reading, place: str, row: Mapping[str, Any], *, number: int, groups: Mapping[str, str]
) -> None:
    at_s = reading.moment({"created_at": _NEVER, **row}, place, "created_at")
    named = reading.text(row, place, "id")
    payload: dict[str, Any] = {
        "title": one_line(reading.text(row, place, "name")) or one_line(named) or "?",
        "position": float(number),
    }
    group = groups.get(reading.text(row, place, "group_id"))
    about = plain(reading.text(row, place, "description"))
    payload |= {"group": group} if group else {}
    payload |= {"describes": about} if about else {}
    if at_s is not None:
        reading.say("component.declared", own_id(reading.site, named), payload, at_s=at_s)


def _incident(reading: Reading, place: str, row: Mapping[str, Any]) -> None:
    subject = own_id(reading.site, reading.text(row, place, "id"))
    created_s = reading.moment(row, place, "created_at", "started_at")
    since_s = reading.moment(row, place, "started_at", "created_at")
    if created_s is None or since_s is None:
        return
    since_s = min(since_s, created_s)
    updates = list(reading.rows(row, "incident_updates"))[::-1]
    named = any(update.get("affected_components") for _, update in updates)
    payload: dict[str, Any] = {
        "title": one_line(reading.text(row, place, "name")) or subject,
        "since_s": since_s,
        "source": "record",
    }
    status = _BY_IMPACT.get(reading.text(row, place, "impact"))
    if not named and status:
        payload["components"] = {
            own_id(reading.site, reading.text(hit, at, "id")): status
            for at, hit in reading.rows(row, "components")
        }
    reading.say("outage.opened", subject, payload, at_s=since_s, said_s=created_s)
    reading.say("outage.moved", subject, {"event": "confirm"}, at_s=since_s, said_s=created_s)
    state = "investigating"
    for where, update in updates:
        with reading.row():
            state = _update(reading, f"{place}.{where}", subject, update, state=state, created_s=created_s)
    resolved = row.get("resolved_at")
    if resolved and state not in {"resolved", "postmortem"}:
        at_s = reading.moment(row, place, "resolved_at")
        if at_s is not None:
            reading.say("outage.moved", subject, {"event": "resolve"}, at_s=at_s)


def _update(
    reading: Reading, place: str, subject: str, update: Mapping[str, Any], *, state: str, created_s: float
) -> str:
    """Add one update with the moves and changes it states; return the state after it."""
    at_s = reading.moment(update, place, "display_at", "created_at")
    said_s = reading.moment(update, place, "created_at", "display_at")
    if at_s is None or said_s is None:
        return state
    said_s = max(said_s, created_s)
    after = reading.text(update, place, "status")
    if event := _event(state, after):
        reading.say("outage.moved", subject, {"event": event}, at_s=at_s, said_s=said_s)
    changes = {
        own_id(reading.site, reading.text(hit, at, "code")): status
        for at, hit in reading.rows(update, "affected_components")
        if (status := reading.text(hit, at, "new_status")) in STATUSES
    }
    if changes:
        reading.say("outage.changed", subject, {"components": changes}, at_s=at_s, said_s=said_s)
    words = plain(reading.text(update, place, "body"))
    if words:
        named = own_id(reading.site, reading.text(update, place, "id"))
        payload = {"update": named, "texts": {"en": words}}
        reading.say("update.published", subject, payload, at_s=at_s, said_s=said_s)
    return after


def _event(before: str, after: str) -> str:
    """Return what happens to an outage between two states of an incident; empty for nothing."""
    over = {"resolved", "postmortem"}
    if after in over:
        return "" if before in over else "resolve"
    if after == "monitoring":
        return "" if before == "monitoring" else "relapse" if before in over else "recover"
    return "relapse" if before in {*over, "monitoring"} else ""


def _work(reading: Reading, place: str, row: Mapping[str, Any]) -> None:
    starts_s = reading.moment(row, place, "scheduled_for")
    ends_s = reading.moment(row, place, "scheduled_until")
    said_s = reading.moment(row, place, "created_at", "scheduled_for")
    if starts_s is None or ends_s is None or said_s is None:
        return
    if ends_s <= starts_s:
        reading.fault(f"{place}.scheduled_until", row.get("scheduled_until"), "a time after scheduled_for")
        return
    updates = list(reading.rows(row, "incident_updates"))
    about = plain(reading.text(updates[0][1], updates[0][0], "body")) if updates else ""
    payload: dict[str, Any] = {
        "title": one_line(reading.text(row, place, "name")) or "Maintenance",
        "components": [
            own_id(reading.site, reading.text(hit, at, "id")) for at, hit in reading.rows(row, "components")
        ],
        "starts_s": starts_s,
        "lasts_s": ends_s - starts_s,
    }
    payload |= {"describes": about} if about else {}
    subject = own_id(reading.site, reading.text(row, place, "id"))
    reading.say("maintenance.planned", subject, payload, at_s=said_s)
