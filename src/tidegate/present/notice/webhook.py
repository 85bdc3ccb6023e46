"""What is posted to a webhook? A Standard Webhooks message, whose body programs of Statuspage also read.

`type`, `timestamp` and `data` are those of Standard Webhooks; `meta`, `page` and `incident` beside them
have the fields of Statuspage's own webhook, so that receivers of either need no change. Signing must
not live here.

Shortcut: `page.status_indicator` is the outage's own impact, not the worst of all that are open.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from tidegate.inform.notice import Notice, Question, Told
from tidegate.inform.site.visibility import code_of
from tidegate.journal.entry import new_id
from tidegate.journal.moment import moment_text
from tidegate.present.notice.words import page_url, subject, words_of
from tidegate.present.site.escaped import clean, line
from tidegate.present.site.statuspage import api_impact, api_status
from tidegate.track.lifecycle import OutageState

_STATES: Mapping[OutageState, str] = {
    OutageState.EMERGING: "investigating",
    OutageState.CONFIRMED: "identified",
    OutageState.CONTAINED: "identified",
    OutageState.RECOVERING: "monitoring",
}


def webhook_body(message: Notice | Question) -> bytes:
    """Return the body of a message, as UTF-8."""
    found = _question(message) if isinstance(message, Question) else _update(message)
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()


def _question(message: Question) -> dict[str, Any]:
    words = words_of(message)
    return {
        "type": "subscription.question",
        "timestamp": moment_text(message.at_s),
        "data": {
            "says": f"{words('ask')} {words('if_you')}",
            "confirm_url": message.confirm_url,
            "until": None if message.until_s is None else moment_text(message.until_s),
        },
    }


def _update(message: Notice) -> dict[str, Any]:
    told = message.told
    return {
        "type": "outage.update",
        "timestamp": moment_text(told.at_s),
        "data": _data(message, told),
        "meta": {"unsubscribe": message.end_url, "generated_at": moment_text(told.at_s)},
        "page": {
            "id": new_id(b"page\0" + told.site_url.encode()),
            "status_indicator": "none" if told.until_s is not None else api_impact(told.impact),
            "status_description": subject(message),
        },
        "incident": _incident(told),
    }


def _data(message: Notice, told: Told) -> dict[str, Any]:
    return {
        "id": message.id,
        "outage": told.outage,
        "update": told.update,
        "title": line(told.title),
        "state": told.state.value,
        "impact": told.impact,
        "exercise": told.is_exercise,
        "since": moment_text(told.since_s),
        "until": None if told.until_s is None else moment_text(told.until_s),
        "next": None if told.next_s is None else moment_text(told.next_s),
        "language": told.language,
        "text": clean(told.text),
        "components": [
            {"name": name, "title": line(title), "status": status.value}
            for name, title, status in told.components
        ],
        "url": page_url(told),
        "end_url": message.end_url,
    }


def _incident(told: Told) -> dict[str, Any]:
    state, at = _STATES.get(told.state, "resolved"), moment_text(told.at_s)
    code = code_of(told.outage)
    return {
        "id": code,
        "name": line(told.title),
        "status": state,
        "impact": api_impact(told.impact),
        "created_at": moment_text(told.since_s),
        "updated_at": at,
        "resolved_at": None if told.until_s is None else moment_text(told.until_s),
        "shortlink": page_url(told),
        "incident_updates": [
            {
                "id": code_of(told.update), "incident_id": code, "status": state, "body": clean(told.text),
                "created_at": at, "updated_at": at, "display_at": at,
            }
        ],
        "components": [
            {"id": code_of(name), "name": line(title), "status": api_status(status)}
            for name, title, status in told.components
        ],
    }  # fmt: skip
