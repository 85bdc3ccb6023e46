"""The console's pages on cases: the queue, one case, the files that came with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tidegate.adapters.store.leaving import was_cut
from tidegate.errors import TidegateError
from tidegate.inform.state import State
from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Entry
from tidegate.journal.moment import moment_text
from tidegate.present.console.cases import CaseSight, case_page, cases_page, files_page
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.now import Called
from tidegate.server.access.visit import Visit, action, download, page
from tidegate.server.conversation import MOST_ENTRIES, conversation
from tidegate.server.site_record import ServerDesk
from tidegate.track.case import Case
from tidegate.track.component import full_title
from tidegate.verbs.record.case import close, find_case, link, proposed_outage, reply, waiting
from tidegate.verbs.record.outage import find_outage

if TYPE_CHECKING:
    from tidegate.server.house import House


def case_routes(house: House) -> list[Route]:
    """Return the pages on cases by their addresses."""
    one = f"{CONSOLE}/cases/{{case}}"
    return [
        Route(f"{CONSOLE}/cases", page(house, _cases), methods=["GET"]),
        Route(f"{CONSOLE}/cases.csv", download(house, _table), methods=["GET"]),
        Route(one, page(house, _case), methods=["GET"]),
        Route(f"{one}/reply", action(house, _reply, _case), methods=["POST"]),
        Route(f"{one}/close", action(house, _close, _case), methods=["POST"]),
        Route(f"{one}/link", action(house, _link, _case), methods=["POST"]),
        Route(f"{one}/files", page(house, _files, role="responder"), methods=["GET"]),
        Route(f"{one}/files/{{name}}", download(house, _file, role="responder"), methods=["GET"]),
    ]


def _cases(visit: Visit) -> str:
    wanted = visit.query.get("outage", "")
    with visit.house.record.reading() as state:
        queue = waiting(state)
        one = find_outage(state, wanted) if wanted else None
        all_count = len(state.cases)
        called = Called(components=component_titles(state), outages=outage_titles(state))
    shown = [case for case in queue if case.outage == one.id] if one else queue
    named = (one.id, one.title) if one else ("", "")
    return cases_page(
        visit.reader(), shown, outage=named, open_count=len(queue), all_count=all_count,
        called=called,
    )  # fmt: skip


def component_titles(state: State) -> dict[str, str]:
    """Return what people call components, by id."""
    return {one.id: full_title(one) for one in state.components()}


def outage_titles(state: State) -> dict[str, str]:
    """Return what people call outages, by id."""
    return {one.id: one.title for one in state.outages()}


def _case(visit: Visit) -> str:
    with visit.house.record.reading() as state:
        one = find_case(state, visit.path["case"])
        outages = {other.id: other.title for other in state.outages() if not other.into}
        components = component_titles(state)
        proposed = proposed_outage(one, state.outages())
    entries = visit.house.journal.about(one.id, most_count=MOST_ENTRIES)
    said, is_part = conversation(entries, "Still broken.")
    reasons = [entry.payload.get("because", "") for entry in entries if entry.kind == "case.linked"]
    sight = CaseSight(
        said=said,
        is_part=is_part,
        outages=outages,
        because=(reasons or ["it says so itself"])[-1],
        files=visit.house.files.names(one.id),
        components=components,
        proposed="" if proposed is None else proposed.id,
        elsewhere=_elsewhere(entries, visit.house.journal.site),
        was_cut=was_cut(visit.house.journal),
    )
    return case_page(visit.reader(), one, sight)


def _elsewhere(entries: Sequence[Entry], own: str) -> list[str]:
    """Return the other sites to which a case came."""
    return sorted({site_of(one.site) for one in entries if one.kind == "case.received"} - {own})


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


def _files(visit: Visit) -> str:
    house = visit.house
    with house.record.reading() as state:
        case = find_case(state, visit.path["case"]).id
    own = f"{CONSOLE}/cases/{case}/files"
    kept: dict[str, dict[str, str] | str] = {}
    for name in (one.name for one in house.members().others):
        peer = house.exchanging.peer(name)
        try:
            kept[name] = {one: f"{own}/{quote(one, safe='')}?at={name}" for one in peer.files(case)}
        except TidegateError as error:
            kept[name] = str(error)
        finally:
            peer.close()
    return files_page(visit.reader(), case, kept)


def _fetched(house: House, site: str, case: str, name: str) -> bytes | None:
    """Return a file that another site keeps; None where it is not to be had."""
    if site not in {one.name for one in house.members().others}:
        return None
    peer = house.exchanging.peer(site)
    try:
        return peer.file(case, name)
    except TidegateError:
        return None
    finally:
        peer.close()


def _file(house: House, request: Request) -> Response:
    """Give a file of a case as bytes to keep, never as something to show."""
    case, name = request.path_params["case"], request.path_params["name"]
    site = request.query_params.get("at", "")
    content = _fetched(house, site, case, name) if site else house.files.read(case, name)
    if content is None:
        why = "There is no such file any more, or its site cannot be asked."
        return Response(why, status_code=404, media_type="text/plain")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "default-src 'none'; sandbox",
    }
    return Response(content, media_type="application/octet-stream", headers=headers)
