"""What does an Upptime repository tell? Its sites and the issues it opened, as a record.

Takes ``history/*.yml`` or ``history/summary.json`` for the sites, and the repository's issues with their
comments as GitHub's API gives them (``gh api --paginate 'repos/…/issues?state=all&labels=status'``). A pull
request among them is no outage, whatever its labels.

Shortcut: Upptime closes short outages by deleting their issue; those are not told of anywhere.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tidegate.track.foreign.foreign_json import Reading, one_line, own_id, plain
from tidegate.track.recorded import Recorded

_LEAD = re.compile(r"^[^\w]+", re.UNICODE)
_FIELD = re.compile(r"^\s*(start|end|expectedDown|expectedDegraded)\s*:\s*(.+?)\s*$", re.MULTILINE)
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)


def read_upptime(
    sites: Mapping[str, Mapping[str, Any]],
    issues: Sequence[Mapping[str, Any]],
    comments: Sequence[Mapping[str, Any]] = (),
    *,
    name: str = "upptime",
) -> Recorded:
    """Return the record that an Upptime repository tells.

    Parameters
    ----------
    sites
        What is known of each site (``name``, ``url``, ``startTime``), by its slug.
    issues
        The repository's issues.
    comments
        The comments on them, each with its ``issue_url``.
    name
        The name of the record.

    Raises
    ------
    InputError
        With every fault.
    """
    reading = Reading(name)
    for number, (slug, site) in enumerate(sorted(sites.items())):
        with reading.row():
            _site(reading, slug, site, number)
    said: dict[str, list[Mapping[str, Any]]] = {}
    for place, comment in reading.rows({"comments": list(comments)}, "comments"):
        with reading.row():
            named = reading.text(comment, place, "issue_url").rpartition("/")[2]
            said.setdefault(named, []).append(comment)
    for place, issue in reading.rows({"issues": list(issues)}, "issues"):
        # GitHub's API lists pull requests among the issues.
        if not issue.get("pull_request"):
            with reading.row():
                _issue(reading, place, issue, sites, said)
    text = json.dumps([sites, list(issues), list(comments)], sort_keys=True, default=str)
    return reading.recorded(title=name, zone="UTC", text=text)


def _site(reading: Reading, slug: str, site: Mapping[str, Any], number: int) -> None:
    given, place = {"startTime": "1970-01-01T00:00:00Z", **site}, f"history.{slug}"
    at_s = reading.moment(given, place, "startTime")
    payload = {"title": one_line(reading.text(site, place, "name")) or slug, "position": float(number)}
    if at_s is not None:
        reading.say("component.declared", slug, payload, at_s=at_s)


def _issue(
    reading: Reading,
    place: str,
    issue: Mapping[str, Any],
    sites: Mapping[str, object],
    said: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    labels = set(_labels(reading, place, issue))
    if "maintenance" in labels:
        _work(reading, place, issue)
    elif "status" in labels or labels & sites.keys():
        comments = said.get(reading.text(issue, place, "number"), [])
        _outage(reading, place, issue, sorted(labels & sites.keys()), comments)


def _labels(reading: Reading, place: str, issue: Mapping[str, Any]) -> Iterator[str]:
    """Yield the labels of an issue, which GitHub's API gives as objects and `gh` may give as texts."""
    found = issue.get("labels") or []
    if not isinstance(found, list):
        reading.fault(f"{place}.labels", found, "a list")
        return
    for number, one in enumerate(found):
        row = one if isinstance(one, Mapping) else {"name": one}
        yield reading.text(row, f"{place}.labels.{number}", "name")


def _outage(
    reading: Reading,
    place: str,
    issue: Mapping[str, Any],
    slugs: Sequence[str],
    comments: Sequence[Mapping[str, Any]],
) -> None:
    subject = own_id(reading.site, f"issue {reading.text(issue, place, 'number')}")
    since_s = reading.moment(issue, place, "created_at")
    if since_s is None:
        return
    title = _LEAD.sub("", one_line(reading.text(issue, place, "title"))) or subject
    status = "degraded_performance" if "degraded" in title else "major_outage"
    payload = {
        "title": title, "since_s": since_s, "source": "record", "components": dict.fromkeys(slugs, status),
    }  # fmt: skip
    reading.say("outage.opened", subject, payload, at_s=since_s)
    reading.say("outage.moved", subject, {"event": "confirm"}, at_s=since_s)
    words = [(since_s, reading.text(issue, place, "body"), "body")]
    for comment in comments:
        at = f"{place}.comments"
        with reading.row():
            at_s = reading.moment(comment, at, "created_at")
            if at_s is not None:
                words.append((at_s, reading.text(comment, at, "body"), reading.text(comment, at, "id")))
    for at_s, body, name in words:
        text = plain(body)
        if text:
            update = own_id(reading.site, f"{subject} {name}")
            reading.say("update.published", subject, {"update": update, "texts": {"en": text}}, at_s=at_s)
    if issue.get("closed_at"):
        ended_s = reading.moment(issue, place, "closed_at")
        if ended_s is not None:
            reading.say("outage.moved", subject, {"event": "resolve"}, at_s=ended_s)


def _work(reading: Reading, place: str, issue: Mapping[str, Any]) -> None:
    body = reading.text(issue, place, "body")
    stated = _COMMENT.search(body)
    given = dict(_FIELD.findall(stated[1])) if stated else {}
    starts_s = reading.moment(given, f"{place}.body", "start")
    ends_s = reading.moment(given, f"{place}.body", "end")
    said_s = reading.moment(issue, place, "created_at")
    if starts_s is None or ends_s is None or said_s is None:
        return
    if ends_s <= starts_s:
        reading.fault(f"{place}.body", given.get("end"), "an end after its start")
        return
    names = ",".join(given.get(name, "") for name in ("expectedDown", "expectedDegraded")).split(",")
    payload: dict[str, Any] = {
        "title": one_line(reading.text(issue, place, "title")) or "Maintenance",
        "components": [name.strip() for name in names if name.strip()],
        "starts_s": starts_s,
        "lasts_s": ends_s - starts_s,
    }
    about = plain(body)
    payload |= {"describes": about} if about else {}
    subject = own_id(reading.site, f"issue {reading.text(issue, place, 'number')}")
    reading.say("maintenance.planned", subject, payload, at_s=said_s)
