"""How does the record read as JSON for those who work with it? Outages, cases, components, subscriptions.

Times are RFC 3339 in UTC. What the public sees is made elsewhere, through its own filter.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tidegate.inform.subscription import Subscription
from tidegate.inform.wording import Finding
from tidegate.journal.moment import moment_text
from tidegate.track.case import Case
from tidegate.track.component import Component, Status
from tidegate.track.maintenance import Maintenance
from tidegate.track.outage import Outage, Update


def _when(at_s: float | None) -> str | None:
    return None if at_s is None else moment_text(at_s)


def outage_json(one: Outage) -> dict[str, object]:
    """Return an outage."""
    return {
        "id": one.id,
        "title": one.title,
        "state": one.state.value,
        "impact": one.impact,
        "is_open": one.is_open,
        "is_exercise": one.is_exercise,
        "is_private": one.is_private,
        "since": _when(one.since_s),
        "until": _when(one.until_s),
        "cause": one.cause,
        "because": one.because,
        "certainty": one.certainty,
        "source": one.source,
        "components": {name: status.value for name, status in one.components.items()},
        "unconfirmed": {name: status.value for name, status in one.unconfirmed.items()},
        "segments": list(one.segments),
        "sees": dict(one.sees),
        "keeps": dict(one.keeps),
        "dark": list(one.dark),
        "holder": one.holder,
        "merged_into": one.into,
        "next_update": _when(one.promise_s),
        "updates": [_update(update) for update in one.updates],
        "drafts": [_update(update) for update in one.drafts],
    }


def _update(one: Update) -> dict[str, object]:
    return {
        "id": one.id,
        "at": _when(one.at_s),
        "by": one.by,
        "state": one.state.value,
        "texts": dict(one.texts),
        "next_update": _when(one.next_s),
        "segment": one.segment,
    }


def words_json(
    outage: str, update: str, texts: Mapping[str, str], next_s: float | None, findings: Sequence[Finding]
) -> dict[str, object]:
    """Return words that are ready, with the rules they do not keep."""
    return {
        "outage": outage,
        "update": update,
        "texts": dict(texts),
        "next_update": _when(next_s),
        "may_be_public": not any(one.must for one in findings),
        "findings": [
            {"rule": one.rule, "says": one.says, "language": one.language, "must": one.must}
            for one in findings
        ],
    }


def case_json(one: Case) -> dict[str, object]:
    """Return a case without its texts."""
    return {
        "id": one.id,
        "received": _when(one.received_s),
        "state": one.state.value,
        "is_open": one.is_open,
        "is_exercise": one.is_exercise,
        "title": one.title,
        "contact": one.contact,
        "segment": one.segment,
        "components": list(one.components),
        "channel": one.channel,
        "me_too": one.is_me_too,
        "outage": one.outage,
        "replies": one.replies_count,
    }


def component_json(one: Component, status: Status) -> dict[str, object]:
    """Return a component and how it is."""
    return {
        "id": one.id,
        "title": one.title,
        "group": one.group,
        "region": one.region,
        "describes": one.describes,
        "noun": one.noun,
        "status": status.value,
    }


def subscription_json(one: Subscription, now_s: float) -> dict[str, object]:
    """Return a subscription as it stands at `now_s`, in seconds since 1970."""
    return {
        "id": one.id,
        "state": one.standing(now_s),
        "channel": one.channel,
        "address": one.address,
        "components": list(one.components),
        "segments": list(one.segments),
        "severity": one.severity,
        "language": one.language,
        "asked": _when(one.asked_s),
        "confirmed": _when(one.confirmed_s),
        "changed": _when(one.changed_s),
        "lapses": None if one.is_confirmed else _when(one.until_s),
    }


def work_json(one: Maintenance) -> dict[str, object]:
    """Return planned work."""
    return {
        "id": one.id,
        "title": one.title,
        "describes": one.describes,
        "components": list(one.components),
        "starts": _when(one.starts_s),
        "lasts_s": one.lasts_s,
        "zone": one.zone,
        "rule": one.rule,
        "is_cancelled": one.is_cancelled,
    }
