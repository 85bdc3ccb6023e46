"""The console's pages on cases: the queue, one case, the files that came with it."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from tidegate.journal.moment import moment_text
from tidegate.present.console.cases import CaseSight, case_page, cases_page
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.help import Said
from tidegate.server.record import ServerDesk
from tidegate.server.visit import COOKIE, Visit, action, page
from tidegate.track.case import Case
from tidegate.verbs.case import close, find_case, link, reply, waiting
from tidegate.verbs.outage import find_outage

if TYPE_CHECKING:
    from tidegate.server.house import House

_SAYS = {"case.received": "you", "case.reopened": "you", "case.replied": "we"}


def case_routes(house: House) -> list[Route]:
    """Return the pages on cases by their addresses."""
    one = f"{CONSOLE}/cases/{{case}}"
    return [
        Route(f"{CONSOLE}/cases", page(house, _cases), methods=["GET"]),
        Route(f"{CONSOLE}/cases.csv", _Guarded(house, _table).give, methods=["GET"]),
        Route(one, page(house, _case), methods=["GET"]),
        Route(f"{one}/reply", action(house, _reply, _case), methods=["POST"]),
        Route(f"{one}/close", action(house, _close, _case), methods=["POST"]),
        Route(f"{one}/link", action(house, _link, _case), methods=["POST"]),
        Route(f"{one}/files/{{name}}", _Guarded(house, _file, role="responder").give, methods=["GET"]),
    ]


def _cases(visit: Visit) -> str:
    wanted = visit.query.get("outage", "")
    with visit.house.record.reading() as state:
        queue = waiting(state)
        one = find_outage(state, wanted) if wanted else None
        all_count = len(state.cases)
    shown = [case for case in queue if case.outage == one.id] if one else queue
    named = (one.id, one.title) if one else ("", "")
    return cases_page(visit.reader(), shown, outage=named, open_count=len(queue), all_count=all_count)


def _case(visit: Visit) -> str:
    with visit.house.record.reading() as state:
        one = find_case(state, visit.path["case"])
        outages = {other.id: other.title for other in state.outages() if not other.into}
    entries = visit.house.journal.about(one.id)
    said = [
        Said(who=_SAYS[entry.kind], at_s=entry.said_s, text=entry.payload.get("text", "") or "Still broken.")
        for entry in entries
        if entry.kind in _SAYS
    ]
    reasons = [entry.payload.get("because", "") for entry in entries if entry.kind == "case.linked"]
    sight = CaseSight(
        said=said,
        outages=outages,
        because=(reasons or ["it says so itself"])[-1],
        files=visit.house.files.names(one.id),
    )
    return case_page(visit.reader(), one, sight)


def _found(desk: ServerDesk, visit: Visit) -> Case:
    return find_case(desk.state, visit.path["case"])


def _back(visit: Visit, done: str) -> str:
    return f"{CONSOLE}/cases/{visit.path['case']}?done={done}"


def _reply(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        reply(desk, [_found(desk, visit)], visit.form["text"])
    return _back(visit, "replied")


def _close(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        close(desk, [_found(desk, visit)], visit.form["because"])
    return _back(visit, "closed")


def _link(visit: Visit) -> str:
    wanted = visit.form["outage"]
    with visit.house.record.desk(visit.visitor.name) as desk:
        chosen = find_outage(desk.state, wanted).id if wanted else ""
        link(desk, _found(desk, visit), chosen, f"{visit.visitor.name} says so")
    return _back(visit, "linked")


class _Guarded:
    """Something to download for somebody who is known and may."""

    def __init__(self, house: House, give, *, role: str = "viewer") -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        self._house, self._give, self._role = house, give, role

    async def give(self, request: Request) -> Response:
        cookie = request.cookies.get(COOKIE, "")
        accounts = self._house.accounts
        visitor = await run_in_threadpool(accounts.visitor, cookie, self._house.record.clock())
        if visitor is None or not visitor.may(self._role):
            return RedirectResponse(f"{CONSOLE}/login", status_code=303)
        return await run_in_threadpool(self._give, self._house, request)


def _table(house: House, _request: Request) -> Response:
    """Give the queue as CSV; a cell that a spreadsheet would compute is text instead."""
    with house.record.reading() as state:
        queue = waiting(state)
    sheet = io.StringIO()
    rows = csv.writer(sheet)
    rows.writerow(["case", "received", "state", "outage", "segment", "channel", "contact", "subject"])
    for one in queue:
        received = moment_text(one.received_s) if one.received_s is not None else ""
        cells = (
            one.id,
            received,
            one.state.value,
            one.outage,
            one.segment,
            one.channel,
            one.contact,
            one.title,
        )
        rows.writerow([_harmless(cell) for cell in cells])
    headers = {"content-disposition": 'attachment; filename="cases.csv"'}
    return Response(sheet.getvalue(), media_type="text/csv", headers=headers)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell[:1] in {"=", "+", "-", "@", "\t", "\r"} else cell


def _file(house: House, request: Request) -> Response:
    """Give a file of a case as bytes to keep, never as something to show."""
    name = request.path_params["name"]
    content = house.files.read(request.path_params["case"], name)
    if content is None:
        return Response("There is no such file any more.", status_code=404, media_type="text/plain")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)
