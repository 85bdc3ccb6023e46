"""How do customers reach us by the web? The form, a case's own page, more words, files.

Nothing here refuses a request for help: what is too long is cut, what is missing is left out, and who
asks is not asked.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tidegate.adapters.files.quarantine import MOST_BYTES, MOST_FILES
from tidegate.adapters.store.database import StoreError
from tidegate.journal.entry import Entry
from tidegate.present.console.help import Known, Said, Thread, help_page, refused_page, thread_page
from tidegate.server.visit import read_form
from tidegate.verbs.case import Submission, received_entry

if TYPE_CHECKING:
    from tidegate.server.house import House

_MOST_UPLOAD_BYTES = MOST_FILES * MOST_BYTES + 64 * 1024
_SAYS = {"case.received": "you", "case.reopened": "you", "case.replied": "we"}


class Asking:
    """The pages of those who ask for help.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._files = house.files

    def routes(self) -> list[Route]:
        """Return the pages by their addresses."""
        own = "/help/case/{case}/{mark}"
        return [
            Route("/help", self.show, methods=["GET"]),
            Route("/help", self.accept, methods=["POST"]),
            Route(own, self.thread, methods=["GET"]),
            Route(f"{own}/still-broken", self.still_broken, methods=["POST"]),
            Route(f"{own}/files", self.add_files, methods=["POST"]),
        ]

    async def show(self, _request: Request) -> Response:
        """Show what is known and the form; nothing is read from the journal."""
        house = self._house
        return HTMLResponse(help_page(house.reader(), house.watch.known, house.new_key()))

    async def accept(self, request: Request) -> Response:
        """Keep a request for help, and show its receipt."""
        form = await read_form(request)
        component = form["component"]
        submission = Submission(
            text=form["text"],
            contact=form["contact"],
            components=[component] if component else (),
            key=form["key"],
            outage=form["outage"],
            is_me_too=bool(form["me_too"]),
            channel="web",
            segment=form["segment"],
            language=form["language"],
        )
        house = self._house
        if not submission.text.strip() and not submission.is_me_too:
            return HTMLResponse(
                help_page(house.reader(), house.watch.known, house.new_key()), status_code=422
            )
        try:
            kept = await house.intake.accept(submission)
        except StoreError:
            return HTMLResponse(self._no_room(), status_code=503, headers={"retry-after": "10"})
        thread = Thread(
            case=kept.case,
            way=house.way(kept.case),
            receipt=kept.receipt,
            is_closed=False,
            said=[
                Said(who="you", at_s=house.record.clock(), text=submission.text or "It is broken for me too.")
            ],
            outage=self._known(submission.outage),
            takes_files=house.setting.attachments,
        )
        return HTMLResponse(
            thread_page(house.reader(), thread, is_new=True, is_cut=kept.is_cut), status_code=201
        )

    def _no_room(self) -> str:
        said = "Our disk took nothing, so your request is not kept. Please send it again in a minute."
        return refused_page(self._house.setting.name, "Not kept", said)

    def _known(self, outage: str) -> Known | None:
        return next((one for one in self._house.watch.known if one.id == outage), None)

    async def thread(self, request: Request) -> Response:
        """Show a case to its customer."""
        case = self._case(request)
        entries = await run_in_threadpool(self._house.journal.about, case)
        first = received_entry(entries)
        if first is None:
            raise HTTPException(404)
        return HTMLResponse(
            thread_page(self._house.reader(), self._thread(case, first, entries), is_new=False)
        )

    def _thread(self, case: str, first: Entry, entries: tuple[Entry, ...]) -> Thread:
        house = self._house
        said = [
            Said(
                who=_SAYS[entry.kind],
                at_s=entry.said_s,
                text=entry.payload.get("text", "") or "Still broken.",
            )
            for entry in entries
            if entry.kind in _SAYS and (entry.kind != "case.received" or entry is first)
        ]
        ends = [entry.kind for entry in entries if entry.kind in {"case.closed", "case.reopened"}]
        links = [entry.payload["outage"] for entry in entries if entry.kind == "case.linked"]
        outage = links[-1] if links else first.payload.get("outage", "")
        return Thread(
            case=case,
            way=house.way(case),
            receipt=house.intake.receipt(first),
            said=said,
            is_closed=ends[-1:] == ["case.closed"],
            outage=self._known(outage),
            takes_files=house.setting.attachments,
            files=[name.partition("-")[2] for name in self._files.names(case)],
        )

    async def still_broken(self, request: Request) -> Response:
        """Open a case again: its customer says so."""
        case, form = self._case(request), await read_form(request)
        try:
            is_there = await self._house.intake.reopen(case, form["text"])
        except StoreError:
            return HTMLResponse(self._no_room(), status_code=503, headers={"retry-after": "10"})
        if not is_there:
            raise HTTPException(404)
        return RedirectResponse(self._house.way(case), status_code=303)

    async def add_files(self, request: Request) -> Response:
        """Keep files with a case, apart from everything; they are the first thing to be refused."""
        case = self._case(request)
        house = self._house
        length = request.headers.get("content-length", "")
        is_fit = length.isdigit() and int(length) <= _MOST_UPLOAD_BYTES
        if not house.setting.attachments or not is_fit or await run_in_threadpool(self._is_full):
            return self._no_files()
        try:
            async with request.form(max_files=MOST_FILES, max_fields=5) as form:
                for sent in form.getlist("file"):
                    if isinstance(sent, UploadFile) and sent.filename:
                        content = await sent.read(MOST_BYTES + 1)
                        if not await run_in_threadpool(self._files.keep, case, sent.filename, content):
                            return self._no_files()
        except (MultiPartException, HTTPException):
            return self._no_files()
        return RedirectResponse(house.way(case), status_code=303)

    def _is_full(self) -> bool:
        return self._house.journal.is_low_on_space()

    def _no_files(self) -> Response:
        said = (
            "The files were not taken: too large, too many, or no room at the moment.",
            "Your case and its words are kept all the same.",
        )
        return HTMLResponse(refused_page(self._house.setting.name, "No files", *said), status_code=413)

    def _case(self, request: Request) -> str:
        """Return the case whose own address this is."""
        case, mark = request.path_params["case"], request.path_params["mark"]
        right = self._house.accounts.mark("case", case)
        if not hmac.compare_digest(mark.encode("utf-8", "replace"), right.encode()):
            raise HTTPException(404)
        return str(case)
