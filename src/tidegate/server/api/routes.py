"""What can programs ask and say? JSON over the same use cases as the console; faults as RFC 9457 problems.

A token is needed for everything but asking for help. What is wrong in a request is named, all of it at
once, with where it stands.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tidegate.adapters.store.database import StoreError
from tidegate.errors import CannotTellError, Fault, InputError, TidegateError
from tidegate.inform.state import State
from tidegate.journal.entry_kinds import EVENTS
from tidegate.present.record.new_names_text import new_components
from tidegate.present.record.outage_json import case_json, component_json, outage_json, words_json, work_json
from tidegate.present.record.site_text import sites_json
from tidegate.server.access.accounts import Visitor
from tidegate.server.access.bearers import Bearers
from tidegate.server.access.request_body import read_body
from tidegate.server.api import subscriptions
from tidegate.server.api.json_body import Payload
from tidegate.server.api.openapi import description
from tidegate.server.conversation import MOST_ENTRIES
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.outage import Outage
from tidegate.track.pager import read_alerts
from tidegate.verbs.record.affected import parse_components
from tidegate.verbs.record.alert import hear
from tidegate.verbs.record.case import Submission, find_case, received_entry, reply, waiting
from tidegate.verbs.record.closing import end
from tidegate.verbs.record.component import Described, declare, find_component
from tidegate.verbs.record.left_sheets import left_here
from tidegate.verbs.record.maintenance import Plan, find_work, plan
from tidegate.verbs.record.outage import (
    Report,
    Words,
    find_outage,
    merge,
    move,
    open_outage,
    publish,
    write_update,
)
from tidegate.verbs.record.site import by_site

if TYPE_CHECKING:
    from tidegate.server.house import House

_LOG = logging.getLogger("tidegate.api")
BASE = "/api/v1"
LARGEST_BYTES = 8 * 1024 * 1024
_MOST_LISTED = 500

Call = Callable[["House", Visitor, Mapping[str, str], Payload], tuple[int, object]]


class Api:
    """The API of one server.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._bearers = Bearers(house)

    def routes(self) -> list[Route]:
        """Return what can be asked, by its addresses."""
        one = f"{BASE}/outages/{{outage}}"
        return [
            Route(f"{BASE}/openapi.json", self._describe, methods=["GET"]),
            Route(f"{BASE}/cases", self._accept, methods=["POST"]),
            Route(f"{BASE}/cases/{{case}}/reopen", self._reopen, methods=["POST"]),
            Route(f"{BASE}/alerts", self._call("alerts", _alerts), methods=["POST"]),
            Route(f"{BASE}/outages", self._call("read", _outages), methods=["GET"]),
            Route(f"{BASE}/outages", self._call("outages", _open), methods=["POST"]),
            Route(one, self._call("read", _outage), methods=["GET"]),
            Route(f"{one}/events", self._call("outages", _move), methods=["POST"]),
            Route(f"{one}/drafts", self._call("outages", _draft), methods=["POST"]),
            Route(f"{one}/publish", self._call("outages", _publish), methods=["POST"]),
            Route(f"{one}/reply", self._call("cases", _reply_all), methods=["POST"]),
            Route(f"{BASE}/cases", self._call("cases", _cases), methods=["GET"]),
            Route(f"{BASE}/cases/{{case}}", self._call("cases", _case), methods=["GET"]),
            Route(f"{BASE}/components", self._call("read", _components), methods=["GET"]),
            Route(f"{BASE}/components/{{component}}", self._call("outages", _declare), methods=["PUT"]),
            Route(f"{BASE}/maintenance", self._call("read", _works), methods=["GET"]),
            Route(f"{BASE}/maintenance", self._call("outages", _plan), methods=["POST"]),
            Route(f"{BASE}/sites", self._call("read", _sites), methods=["GET"]),
            *self._subscriptions(),
            Route(f"{BASE}/{{rest:path}}", _nothing, methods=["GET", "POST", "PUT", "PATCH", "DELETE"]),
        ]

    def _subscriptions(self) -> list[Route]:
        scope = "subscriptions"
        all_of, one = f"{BASE}/subscriptions", f"{BASE}/subscriptions/{{subscription}}"
        return [
            Route(all_of, self._call(scope, subscriptions.listed), methods=["GET"]),
            Route(all_of, self._call(scope, subscriptions.asked), methods=["POST"]),
            Route(one, self._call(scope, subscriptions.read), methods=["GET"]),
            Route(one, self._call(scope, subscriptions.changed), methods=["PUT"]),
            Route(one, self._call(scope, subscriptions.ended), methods=["DELETE"]),
        ]

    async def _describe(self, _request: Request) -> Response:
        return JSONResponse(description(self._house.setting.name))

    # -- cases: no token, no limit --------------------------------------------------------------

    async def _accept(self, request: Request) -> Response:
        try:
            said = Payload.read(await read_body(request, LARGEST_BYTES))
            submission = _submission(said)
        except InputError as error:
            return problem(422, "the case could not be read", error.faults)
        if submission.is_exercise:  # nobody answers it: so nobody may say that of a customer's
            visitor = self._bearer(request, "cases")
            if isinstance(visitor, Response):
                return visitor
            if "cases" not in visitor.scopes:
                return problem(403, "the token has not the scope cases")
        try:
            kept = await self._house.intake.accept(submission)
        except StoreError:
            return problem(503, "the disk took nothing; nothing was kept", retry_s=10)
        house = self._house
        answer = {
            "case": kept.case, "receipt": kept.receipt, "page": house.url + house.way(kept.case),
            "is_new": kept.is_new, "is_cut": kept.is_cut,
        }  # fmt: skip
        return JSONResponse(answer, status_code=201 if kept.is_new else 200)

    async def _reopen(self, request: Request) -> Response:
        case = request.path_params["case"]
        try:
            said = Payload.read(await read_body(request))
            mark, text = said.line("mark"), said.text("text")
            said.check()
        except InputError as error:
            return problem(422, "the request could not be read", error.faults)
        if not self._house.accounts.is_mark("case", case, mark):
            return problem(404, "there is no such case, or the mark is not its own")
        try:
            is_there = await self._house.intake.reopen(case, text)
        except StoreError:
            return problem(503, "the disk took nothing; nothing was kept", retry_s=10)
        return (
            JSONResponse({"case": case, "state": "reopened"})
            if is_there
            else problem(404, "there is no such case")
        )

    # -- everything else ------------------------------------------------------------------------

    def _call(self, scope: str, do: Call):  # type: ignore[no-untyped-def]  # noqa: ANN202
        async def handle(request: Request) -> Response:
            visitor = self._bearer(request, scope)
            if isinstance(visitor, Response):
                return visitor
            if scope not in visitor.scopes:
                return problem(403, f"the token has not the scope {scope}")
            try:
                body = await read_body(request, LARGEST_BYTES) if request.method != "GET" else b"{}"
                said = Payload.read(body)
                # Alerts have threads of their own: who guesses at the console takes none of them.
                run = self._house.pools.alerts.run if scope == "alerts" else run_in_threadpool
                status, answer = await run(do, self._house, visitor, request.path_params, said)
            except TidegateError as error:
                return _refusal(error)
            if request.method != "GET":
                self._house.publisher.wake()
            return JSONResponse(answer, status_code=status)

        return handle

    def _bearer(self, request: Request, scope: str) -> Visitor | Response:
        visitor = self._bearers.visitor(request)
        if visitor is not None:
            return visitor
        if self._bearers.is_too_often(request):
            # Alertmanager gives an alert up that was answered 4xx, and asks again after 5xx.
            return problem(503 if scope == "alerts" else 429, "too many wrong tokens", retry_s=60)
        return problem(
            401, "a token is needed: Authorization: Bearer tg_…", headers={"www-authenticate": "Bearer"}
        )


def problem(
    status: int,
    title: str,
    faults: tuple[Fault, ...] = (),
    *,
    retry_s: int = 0,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a fault as RFC 9457 has it."""
    found = [
        {
            "what": one.what,
            "path": one.path,
            "value": one.value,
            "allowed": one.allowed,
            "nearest": one.nearest,
        }
        for one in faults
    ]
    document = {
        "type": "about:blank",
        "title": title,
        "status": status,
        **({"faults": found} if found else {}),
    }
    more = {**(headers or {}), **({"retry-after": str(retry_s)} if retry_s else {})}
    text = json.dumps(document, ensure_ascii=False).encode("utf-8", "replace")
    return Response(text, status_code=status, media_type="application/problem+json", headers=more)


def _refusal(error: TidegateError) -> Response:
    if isinstance(error, InputError):
        is_missing = any(fault.kind == "absent" and not fault.path for fault in error.faults)
        return problem(404 if is_missing else 422, "the request cannot be carried out", error.faults)
    if isinstance(error, CannotTellError):
        return problem(409, str(error))
    return problem(503, str(error), retry_s=10)


async def _nothing(request: Request) -> Response:
    known = "GET /api/v1/openapi.json says what there is"
    return problem(404, f"there is nothing at {request.url.path[:200]} for {request.method}: {known}")


def _submission(said: Payload) -> Submission:
    found = Submission(
        text=said.text("text"), title=said.line("title"), contact=said.line("contact"),
        segment=said.line("segment"), components=said.lines("components"), language=said.line("language"),
        key=said.line("key"), outage=said.line("outage"), is_me_too=said.flag("me_too"), channel="api",
        is_exercise=said.flag("exercise"),
    )  # fmt: skip
    if not found.text.strip() and not found.is_me_too:
        said.fault("is missing", "text", "what the customer writes, or me_too: true")
    said.check()
    return found


def _alerts(house: House, visitor: Visitor, _path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    batch = read_alerts(said.document)
    with house.record.desk(visitor.name) as desk:
        touched = hear(desk, batch)
        answer = {"outages": [one.id for one in touched], "alerts": len(batch.alerts)}
        if batch.left_out:
            answer["left_out"] = [str(fault) for fault in batch.left_out]
            _LOG.warning("alerts were left out", extra={"count": len(batch.left_out)})
    return 200, answer


def _outages(house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    with house.record.reading() as state:
        shown = sorted(state.outages(), key=lambda one: (not one.is_open, -one.since_s))[:_MOST_LISTED]
        return 200, {"outages": [outage_json(one) for one in shown]}


def _outage(house: House, _visitor: Visitor, path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    with house.record.reading() as state:
        return 200, outage_json(find_outage(state, path["outage"]))


def _open(house: House, visitor: Visitor, _path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    components = [f"{name}={status}" for name, status in said.words("components").items()]
    report = Report(
        title=said.line("title"), since_s=said.moment("since"), cause=said.line("cause"),
        components=parse_components(components), segments=said.lines("segments"), source="api",
        certainty=said.one_of("certainty", ("observed", "likely", "possible"), "observed"),
        is_exercise=said.flag("exercise"), is_private=said.flag("private"),
    )  # fmt: skip
    if report.is_private and not report.is_exercise:
        said.fault("is only an exercise", "private", "with exercise: true")
    said.check()
    with house.record.desk(visitor.name) as desk:
        notes = new_components(desk.state, report.components)
        one = open_outage(desk, report)
        write_update(desk, one)
        opened = outage_json(find_outage(desk.state, one.id))
        return 201, {**opened, "notes": notes} if notes else opened


def _move(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    event = OutageEvent(said.one_of("event", EVENTS, ""))
    at_s, because, into = said.moment("at"), said.text("because"), said.line("into")
    despite = said.flag("despite_alerts")
    if (event is OutageEvent.MERGE) != bool(into):
        said.fault("goes with merge, and with nothing else", "into", "the id of the other outage")
    said.check()
    with house.record.desk(visitor.name) as desk:
        one = find_outage(desk.state, path["outage"])
        if into:
            merge(desk, one, _other(desk.state, into), at_s=at_s, because=because)
        elif event is OutageEvent.RESOLVE:
            end(desk, one, at_s=at_s, because=because, despite_alerts=despite)
        else:
            move(desk, one, event, at_s=at_s, because=because)
        return 200, outage_json(find_outage(desk.state, one.id))


def _other(state: State, named: str) -> Outage:
    """Return the outage that a body names; it is the body's fault where there is none."""
    try:
        return find_outage(state, named)
    except InputError as error:
        raise InputError(*(replace(fault, path="into") for fault in error.faults)) from None


def _draft(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    texts, lead, advice, next_s = (
        said.words("texts"),
        said.text("lead"),
        said.text("advice"),
        said.moment("next"),
    )
    said.check()
    with house.record.desk(visitor.name) as desk:
        one = find_outage(desk.state, path["outage"])
        return 201, _shown(write_update(desk, one, texts=texts, lead=lead, advice=advice, next_s=next_s))


def _publish(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    draft, segment, despite = said.line("draft"), said.line("segment"), said.flag("despite")
    said.check()
    with house.record.desk(visitor.name) as desk:
        one = find_outage(desk.state, path["outage"])
        shown = _shown(publish(desk, one, update=draft, segment=segment, despite=despite))
    why = house.publisher.follow()  # not at the desk: others need it meanwhile
    state = "failing" if house.publisher.failure else "waiting" if why else "written"
    return 202 if why else 200, {**shown, "site": {"state": state, "why": why}}


def _shown(words: Words) -> dict[str, object]:
    return words_json(words.outage.id, words.update, words.texts, words.next_s, words.findings)


def _reply_all(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    text = said.text("text")
    said.check()
    with house.record.desk(visitor.name) as desk:
        cases = waiting(desk.state, outage=find_outage(desk.state, path["outage"]).id)
        broadcast = reply(desk, cases, text)
    return 200, {"cases": len(cases), "broadcast": broadcast}


def _cases(house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    with house.record.reading() as state:
        queue = waiting(state)
    return 200, {"open": len(queue), "cases": [case_json(one) for one in queue[:_MOST_LISTED]]}


def _case(house: House, _visitor: Visitor, path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    with house.record.reading() as state:
        one = find_case(state, path["case"])
    entries = house.journal.about(one.id, most_count=MOST_ENTRIES)
    first = received_entry(entries)
    said = [
        {"kind": entry.kind, "by": entry.by, "at": entry.said_s, "text": entry.payload.get("text", "")}
        for entry in entries
        if entry is first or (entry.kind != "case.received" and "text" in entry.payload)
    ]
    return 200, {**case_json(one), "thread": said, "thread_is_part": len(entries) >= MOST_ENTRIES}


def _components(
    house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload
) -> tuple[int, object]:
    now_s = house.record.clock()
    with house.record.reading() as state:
        return 200, {
            "components": [component_json(one, state.status(one.id, now_s)) for one in state.components()]
        }


def _declare(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    described = Described(
        id=path["component"], title=said.line("title"), group=said.line("group"), region=said.line("region"),
        describes=said.text("describes"), noun=said.line("noun"), is_retired=said.flag("retired"),
    )  # fmt: skip
    said.check()
    with house.record.desk(visitor.name) as desk:
        declare(desk, [described])
        if described.is_retired:
            return 200, {"id": described.id, "retired": True}
        status = desk.state.status(described.id, house.record.clock())
        return 200, component_json(find_component(desk.state, described.id), status)


def _works(house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    with house.record.reading() as state:
        return 200, {"maintenance": [work_json(one) for one in state.maintenance()]}


def _sites(house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    members, left = house.members(), left_here(house.journal)
    return 200, sites_json(members, by_site(members, house.journal.ends()), house.exchanging.heard(), left)


def _plan(house: House, visitor: Visitor, _path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    starts_s, lasts_s = said.moment("starts", is_needed=True), said.number("lasts_s")
    wanted = Plan(
        title=said.line("title"), describes=said.text("describes"), components=said.lines("components"),
        starts_s=starts_s or 0.0, lasts_s=lasts_s, zone=said.line("zone") or "UTC", rule=said.line("rule"),
    )  # fmt: skip
    replaces = said.line("replaces")
    said.check()
    with house.record.desk(visitor.name) as desk:
        return 201, work_json(find_work(desk.state, plan(desk, wanted, replaces=replaces).id))
