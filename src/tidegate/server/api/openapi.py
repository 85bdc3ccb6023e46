"""What is the API's description? OpenAPI 3.1, from one table of what can be asked."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate import __version__
from tidegate.inform.subscription import IMPACTS
from tidegate.journal.entry_kinds import CHANNELS, EVENTS

_TEXT = {"type": "string"}
_TIME = {"type": "string", "format": "date-time"}
_FLAG = {"type": "boolean"}
_LINES = {"type": "array", "items": _TEXT}
_WORDS = {"type": "object", "additionalProperties": _TEXT}
_OBJECT = {"type": "object"}
_EVENT: dict[str, object] = {
    "type": "object",
    "required": ["event"],
    "properties": {
        "event": {"enum": list(EVENTS)},
        "at": _TIME,
        "because": _TEXT,
        "into": _TEXT,
        "despite_alerts": _FLAG,
    },
    # The other outage goes with a merge, and with nothing else.
    "if": {"properties": {"event": {"const": "merge"}}},
    "then": {"required": ["into"]},
    "else": {"not": {"required": ["into"]}},
}
_STATUSES = [
    "operational",
    "degraded_performance",
    "partial_outage",
    "major_outage",
    "under_maintenance",
    "unknown",
]


def _body(required: list[str], /, **fields: Mapping[str, object]) -> dict[str, object]:
    return {"type": "object", "required": required, "properties": fields}


_CASE = _body(
    [],
    text=_TEXT,
    title=_TEXT,
    contact=_TEXT,
    segment=_TEXT,
    components=_LINES,
    language=_TEXT,
    key=_TEXT,
    outage=_TEXT,
    me_too=_FLAG,
    exercise=_FLAG,
)
_REPORT = _body(
    [],
    title=_TEXT,
    cause=_TEXT,
    since=_TIME,
    segments=_LINES,
    exercise=_FLAG,
    private=_FLAG,
    components={"type": "object", "additionalProperties": {"enum": _STATUSES}},
    certainty={"enum": ["observed", "likely", "possible"]},
)
_COMPONENT = _body(
    ["title"], title=_TEXT, group=_TEXT, region=_TEXT, describes=_TEXT, noun=_TEXT, retired=_FLAG
)
_PLAN = _body(
    ["title", "starts", "lasts_s"],
    title=_TEXT,
    describes=_TEXT,
    components=_LINES,
    starts=_TIME,
    lasts_s={"type": "number", "exclusiveMinimum": 0},
    zone=_TEXT,
    rule=_TEXT,
    replaces=_TEXT,
)
_WANTED: dict[str, Mapping[str, object]] = {
    "components": _LINES,
    "segments": _LINES,
    "severity": {"enum": list(IMPACTS)},
    "language": _TEXT,
}
_SUBSCRIPTION = _body(
    ["channel", "address"], channel={"enum": list(CHANNELS)}, address=_TEXT, vouch=_FLAG, **_WANTED
)
_WEBHOOK = _body(
    ["version", "alerts"],
    version={"enum": ["4", "1"]},
    truncatedAlerts={"type": "integer", "minimum": 0},
    alerts={
        "type": "array",
        "items": _body(
            ["status", "startsAt"],
            status={"enum": ["firing", "resolved"]},
            labels=_WORDS,
            annotations=_WORDS,
            startsAt=_TIME,
            endsAt=_TIME,
            fingerprint=_TEXT,
        ),
    },
)
_EVENT = _body(["event"], event=_body(["event_type"], event_type=_TEXT, data={"type": "object"}))
_ALERTS = {"anyOf": [_WEBHOOK, _EVENT]}

# Method, path, what it does, the scope a token needs ("" for none), the body, the statuses of success.
_CALLS: tuple[tuple[str, str, str, str, Mapping[str, object] | None, tuple[int, ...]], ...] = (
    ("get", "/openapi.json", "This description.", "", None, (200,)),
    (
        "post",
        "/cases",
        "Ask for help; answered with a signed receipt. An exercise needs a token with the scope cases.",
        "",
        _CASE,
        (201, 200),
    ),
    (
        "post",
        "/cases/{case}/reopen",
        "It is still broken for its customer.",
        "",
        _body(["mark"], mark=_TEXT, text=_TEXT),
        (200,),
    ),
    ("get", "/cases", "Open cases, those to be answered first first.", "cases", None, (200,)),
    ("get", "/cases/{case}", "One case with its thread.", "cases", None, (200,)),
    ("post", "/alerts", "The webhook of Alertmanager, Grafana or PagerDuty.", "alerts", _ALERTS, (200,)),
    ("get", "/outages", "Outages, the open ones first.", "read", None, (200,)),
    ("post", "/outages", "Open an outage.", "outages", _REPORT, (201,)),
    ("get", "/outages/{outage}", "One outage.", "read", None, (200,)),
    (
        "post",
        "/outages/{outage}/events",
        "Pass it into another state; a merge names the outage that it is merged into.",
        "outages",
        _EVENT,
        (200,),
    ),
    (
        "post",
        "/outages/{outage}/drafts",
        "Draft public words and have them checked.",
        "outages",
        _body([], texts=_WORDS, lead=_TEXT, advice=_TEXT, next=_TIME),
        (201,),
    ),
    (
        "post",
        "/outages/{outage}/publish",
        "Publish a draft, the latest if none is named; 202 where the site has not followed yet: see `site`.",
        "outages",
        _body([], draft=_TEXT, segment=_TEXT, despite=_FLAG),
        (200, 202),
    ),
    (
        "post",
        "/outages/{outage}/reply",
        "Answer all its open cases, each in its own thread.",
        "cases",
        _body(["text"], text=_TEXT),
        (200,),
    ),
    ("get", "/components", "Components and how they are.", "read", None, (200,)),
    ("put", "/components/{component}", "Declare a component.", "outages", _COMPONENT, (200,)),
    ("get", "/maintenance", "Planned work.", "read", None, (200,)),
    ("get", "/sites", "The sites of this record, and where their chains end here.", "read", None, (200,)),
    ("get", "/subscriptions", "Who is subscribed, the latest first.", "subscriptions", None, (200,)),
    (
        "post",
        "/subscriptions",
        "Ask an address whether it agrees; 200 if it was asked just now. With vouch it is subscribed.",
        "subscriptions",
        _SUBSCRIPTION,
        (201, 200),
    ),
    ("get", "/subscriptions/{subscription}", "Where a subscription stands.", "subscriptions", None, (200,)),
    (
        "put",
        "/subscriptions/{subscription}",
        "Have it hear of something else; where it goes stays.",
        "subscriptions",
        _body([], **_WANTED),
        (200,),
    ),
    ("delete", "/subscriptions/{subscription}", "End it.", "subscriptions", _OBJECT, (200,)),
    ("post", "/maintenance", "Plan work, or replace its plan.", "outages", _PLAN, (201,)),
)
_REFUSALS = {
    401: "A token is needed.",
    403: "The token may not do this.",
    404: "There is no such thing.",
    409: "The words break a rule that must be kept.",
    422: "Something in the request is wrong.",
    429: "Too many wrong tokens.",
    503: "Nothing was kept: the disk took nothing, or too much waits. Ask again.",
}


def description(site: str) -> dict[str, object]:
    """Return the description of the API of a site."""
    paths: dict[str, dict[str, object]] = {}
    for method, path, says, scope, body, statuses in _CALLS:
        paths.setdefault(path, {})[method] = _operation(path, says, scope, body, statuses)
    bearer = {"type": "http", "scheme": "bearer", "description": "A token made in the console, under Access."}
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{site}: Tidegate", "version": __version__},
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
        "components": {"securitySchemes": {"token": bearer}, "schemas": {"Problem": _problem()}},
    }


def _operation(
    path: str, says: str, scope: str, body: Mapping[str, object] | None, statuses: tuple[int, ...]
) -> dict[str, object]:
    answers: dict[str, object] = {
        str(status): {"description": "Done.", "content": {"application/json": {"schema": _OBJECT}}}
        for status in statuses
    }
    refusals = [404] if "{" in path else []
    refusals += [422, 503] if body else []
    refusals += [401, 403] if scope else []
    refusals += [429] if scope and scope != "alerts" else []
    refusals += [409] if path.endswith("publish") else []
    answers.update({str(status): _refusal(_REFUSALS[status]) for status in sorted(refusals)})
    found: dict[str, object] = {
        "summary": says,
        "responses": answers,
        "security": [{"token": [scope]}] if scope else [],
    }
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    if names:
        found["parameters"] = [
            {"name": name, "in": "path", "required": True, "schema": _TEXT} for name in names
        ]
    if body:
        content = {"application/json": {"schema": body}}
        found["requestBody"] = {"required": body is not _OBJECT, "content": content}
    return found


def _refusal(says: str) -> dict[str, object]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": says, "content": {"application/problem+json": {"schema": schema}}}


def _problem() -> dict[str, object]:
    fault = _body(["what"], what=_TEXT, path=_TEXT, value=_TEXT, allowed=_TEXT, nearest=_TEXT)
    return _body(
        ["title", "status"],
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        faults={"type": "array", "items": fault},
    )
