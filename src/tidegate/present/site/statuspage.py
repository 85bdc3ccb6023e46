"""What do programs read? The public Statuspage API, version 2, at its paths and in its fields.

What that API has no word for stands under one key of our own, ``tidegate``, and never in its
enumerations. A component of which nothing is known is ``degraded_performance`` there, since the API
cannot say unknown and works would be a lie.

Shortcut: `code` keeps our ids where they have the form that the API gives its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.view import PublicComponent, PublicOutage, PublicUpdate, PublicView, PublicWork
from tidegate.inform.site.visibility import code_of
from tidegate.journal.entry import new_id
from tidegate.journal.moment import moment_text, utc
from tidegate.present.site.escaped import clean, line
from tidegate.present.site.front import answer, groups
from tidegate.present.site.outage import outage_path
from tidegate.present.site.words import SiteWords
from tidegate.track.component import IMPACT, Status, worst
from tidegate.track.lifecycle import OutageState

MOST_COUNT = 50
DOCUMENT_PATHS = tuple(
    f"api/v2/{name}.json"
    for name in (
        "summary", "status", "components", "incidents", "incidents/unresolved",
        "scheduled-maintenances", "scheduled-maintenances/upcoming", "scheduled-maintenances/active",
    )
)  # fmt: skip
_ENCODE = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode
_Json = dict[str, Any]

STATE: Mapping[OutageState, str] = {
    OutageState.EMERGING: "investigating",
    OutageState.CONFIRMED: "investigating",
    OutageState.CONTAINED: "identified",
    OutageState.RECOVERING: "monitoring",
    OutageState.RESOLVED: "resolved",
    OutageState.MERGED: "resolved",
    OutageState.FALSE_ALARM: "resolved",
    OutageState.EXERCISE: "resolved",
}
"""Our states in the words of the API: identified once it no longer spreads, monitored while it drains."""


def documents(setting: SiteSetting, view: PublicView) -> dict[str, bytes]:
    """Return every document of the API, by its path within the site (`DOCUMENT_PATHS`)."""
    maker = _Maker(setting, view)
    page: _Json = {"page": maker.page()}
    incidents = [maker.incident(one) for one in view.outages[:MOST_COUNT] if not one.is_exercise]
    unresolved = [maker.incident(one) for one in view.outages if one.is_open and not one.is_exercise]
    works = [maker.work(work, at) for at, work in _times(view)]
    upcoming = [work for work in works if work["status"] == "scheduled"]
    active = [work for work in works if work["status"] == "in_progress"]
    components: _Json = {"components": maker.components()}
    status: _Json = {"status": maker.status()}
    found: tuple[_Json, ...] = (
        {
            **page, **status, **components, "incidents": unresolved,
            "scheduled_maintenances": [*active, *upcoming],
        },
        {**page, **status},
        {**page, **components},
        {**page, "incidents": incidents},
        {**page, "incidents": unresolved},
        {**page, "scheduled_maintenances": _latest(works)},
        {**page, "scheduled_maintenances": upcoming},
        {**page, "scheduled_maintenances": active},
    )  # fmt: skip
    believed = {"tidegate": {"made_at": moment_text(view.now_s), "valid_until": moment_text(view.until_s)}}
    written = (_ENCODE({**one, **believed}).encode() for one in found)
    return dict(zip(DOCUMENT_PATHS, written, strict=True))


def _latest(works: Sequence[_Json]) -> list[_Json]:
    return sorted(works, key=lambda work: str(work["scheduled_for"]), reverse=True)[:MOST_COUNT]


def _times(view: PublicView) -> list[tuple[tuple[float, float], PublicWork]]:
    found = [(at, work) for work in view.works if not work.is_cancelled for at in work.windows]
    return sorted(found, key=lambda one: (one[0], one[1].id))


class _Maker:
    """Makes the objects of the API from one view."""

    def __init__(self, setting: SiteSetting, view: PublicView) -> None:
        self._setting = setting
        self._view = view
        self._page_id = new_id(b"page\0" + setting.url.encode())
        self._components = {one.name: one for one in view.components}

    def page(self) -> _Json:
        setting = self._setting
        zone = "Etc/UTC" if setting.zone == "UTC" else setting.zone
        return {
            "id": self._page_id, "name": line(setting.name), "url": setting.url, "time_zone": zone,
            "updated_at": moment_text(self._view.now_s),
        }  # fmt: skip

    def status(self) -> _Json:
        view = self._view
        description, _ = answer(view, SiteWords(self._setting.languages[0]))
        found = worst(one.status for one in view.components)
        order = ("none", "minor", "major", "critical")
        known = (IMPACT[found], *(one.impact for one in view.open_outages))
        impacts = [api_impact(impact) for impact in known]
        indicator = max(impacts, key=order.index)
        if indicator == "none" and view.open_outages:
            indicator = "minor"
        if indicator == "none" and found is Status.MAINTENANCE:
            indicator = "maintenance"
        return {"indicator": indicator, "description": description}

    # -- components -------------------------------------------------------------------------------

    def components(self) -> list[_Json]:
        rows: list[_Json] = []
        position = 0
        for group, members in groups(self._view.components).items():
            group_id = new_id(b"group\0" + group.encode()) if group else None
            if group_id:
                position += 1
                rows.append(self._group(group, group_id, members, position))
            for place, one in enumerate(members, 1):
                position += not group_id
                rows.append(self._component(one, group_id, place if group_id else position))
        return rows

    def _group(self, title: str, code: str, members: Sequence[PublicComponent], position: int) -> _Json:
        declared_s = min(one.declared_s for one in members)
        row = self._row(
            code, line(title), worst(one.status for one in members),
            declared_s=declared_s, changed_s=max(one.changed_s for one in members), position=position,
        )  # fmt: skip
        return {
            **row,
            "description": None,
            "group_id": None,
            "group": True,
            "components": [one.code for one in members],
        }

    def _component(self, one: PublicComponent, group_id: str | None, position: int) -> _Json:
        row = self._row(
            one.code, _name(one), one.status,
            declared_s=one.declared_s, changed_s=one.changed_s, position=position,
        )  # fmt: skip
        ours = {"status": one.status.value, "region": line(one.region)}
        return {
            **row, "description": line(one.describes) or None, "group_id": group_id, "group": False,
            "tidegate": ours,
        }  # fmt: skip

    def _row(
        self, code: str, name: str, status: Status, *, declared_s: float, changed_s: float, position: int
    ) -> _Json:
        return {
            "id": code,
            "name": name,
            "status": api_status(status),
            "created_at": moment_text(declared_s),
            "updated_at": moment_text(changed_s),
            "position": position,
            "showcase": True,
            "start_date": f"{utc(declared_s):%Y-%m-%d}",
            "page_id": self._page_id,
            "only_show_if_degraded": False,
        }

    def _rows_of(self, names: Sequence[str]) -> list[_Json]:
        codes = {one.name for one in self._view.components if one.name in names}
        return [
            self._component(one, new_id(b"group\0" + one.group.encode()) if one.group else None, place)
            for place, one in enumerate(self._view.components, 1)
            if one.name in codes
        ]

    # -- incidents --------------------------------------------------------------------------------

    def incident(self, one: PublicOutage) -> _Json:
        at = dict(one.moves)
        monitored_s = at.get(OutageState.RECOVERING)
        updates = [self._update(one, update) for update in reversed(one.updates)]
        return {
            "id": code_of(one.id),
            "name": line(one.title),
            "status": STATE[one.state],
            "created_at": moment_text(one.updates[0].at_s if one.updates else one.changed_s),
            "updated_at": moment_text(one.changed_s),
            "monitoring_at": None if monitored_s is None else moment_text(monitored_s),
            "resolved_at": None if one.until_s is None else moment_text(one.until_s),
            "impact": api_impact(one.impact),
            "shortlink": f"{self._setting.url}/{outage_path(one)}",
            "started_at": moment_text(one.since_s),
            "page_id": self._page_id,
            "reminder_intervals": None,
            "incident_updates": updates,
            "components": self._rows_of(list(one.touched)),
            "tidegate": self._ours(one),
        }

    @staticmethod
    def _ours(one: PublicOutage) -> _Json:
        return {
            "state": one.state.value,
            "certainty": one.certainty,
            "next_update_by": None if one.promise_s is None else moment_text(one.promise_s),
            "merged_into": code_of(one.into) if one.into else None,
            "segments": [
                {"name": line(hit.title), "loses": line(hit.sees), "keeps": line(hit.keeps)}
                for hit in one.segments
            ],
        }

    def _update(self, one: PublicOutage, update: PublicUpdate) -> _Json:
        said = moment_text(update.at_s)
        tongue = self._setting.languages[0]
        text = update.texts.get(tongue) or update.texts.get("en") or next(iter(update.texts.values()), "")
        changes = [
            {
                "code": self._components[name].code if name in self._components else code_of(name),
                "name": line(one.titles.get(name, name)),
                "old_status": api_status(before),
                "new_status": api_status(after),
            }
            for name, before, after in update.changes
        ]
        return {
            "id": code_of(update.id),
            "status": STATE[update.state],
            "body": clean(text),
            "incident_id": code_of(one.id),
            "created_at": said,
            "updated_at": said,
            "display_at": said,
            "affected_components": changes or None,
            "deliver_notifications": True,
            "custom_tweet": None,
            "tweet_id": None,
        }

    # -- planned work -----------------------------------------------------------------------------

    def work(self, work: PublicWork, at: tuple[float, float]) -> _Json:
        starts_s, ends_s = at
        now_s = self._view.now_s
        status = "scheduled" if now_s < starts_s else "in_progress" if now_s < ends_s else "completed"
        code = new_id(f"work\0{work.id}\0{round(starts_s)}".encode())
        said = moment_text(work.planned_s)
        update = {
            "id": new_id(b"plan\0" + code.encode()), "status": status, "incident_id": code,
            "body": clean(work.describes), "created_at": said, "updated_at": said, "display_at": said,
            "affected_components": None, "deliver_notifications": True, "custom_tweet": None,
            "tweet_id": None,
        }  # fmt: skip
        return {
            "id": code, "name": line(work.title), "status": status, "created_at": said, "updated_at": said,
            "monitoring_at": None, "resolved_at": moment_text(ends_s) if status == "completed" else None,
            "impact": "maintenance", "shortlink": f"{self._setting.url}/maintenance.html",
            "started_at": moment_text(starts_s), "page_id": self._page_id, "reminder_intervals": None,
            "incident_updates": [update], "components": self._rows_of([name for name, _ in work.components]),
            "scheduled_for": moment_text(starts_s), "scheduled_until": moment_text(ends_s),
        }  # fmt: skip


def api_status(status: Status) -> str:
    """Return a status in the words of the API."""
    return Status.DEGRADED.value if status is Status.UNKNOWN else status.value


def api_impact(impact: str) -> str:
    """Return an impact in the words of the API, which has none for what is not known yet."""
    return "minor" if impact == "unknown" else impact


def _name(one: PublicComponent) -> str:
    title, region = line(one.title), line(one.region)
    return f"{title} ({region})" if region and region not in title else title
