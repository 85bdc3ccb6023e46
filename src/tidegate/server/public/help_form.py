"""How do customers reach us by the web? The form, a case's own page, more words, files.

Nothing here refuses a request for help: what is too long is cut, what is missing is left out, and who
asks is not asked.
"""

from __future__ import annotations

from dataclasses import replace
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
from tidegate.adapters.store.leaving import was_cut
from tidegate.errors import InputError
from tidegate.journal.entry import Entry
from tidegate.present.console.help import (
    Known,
    Thread,
    archived_page,
    help_page,
    lost_page,
    receipt_page,
    refused_page,
    thread_page,
    waiting_page,
)
from tidegate.present.console.help_words import HelpWords
from tidegate.server.access.visit import read_form
from tidegate.server.conversation import MOST_ENTRIES, conversation
from tidegate.server.public.offering import tongue
from tidegate.verbs.record.case import Submission, received_entry
from tidegate.verbs.record.receipted import Whereabouts, find_receipted

if TYPE_CHECKING:
    from tidegate.server.house import House

_MOST_UPLOAD_BYTES = MOST_FILES * MOST_BYTES + 64 * 1024


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
            Route("/help/receipt", self.show_receipt, methods=["GET"]),
            Route("/help/receipt", self.by_receipt, methods=["POST"]),
            Route(own, self.thread, methods=["GET"]),
            Route(f"{own}/still-broken", self.still_broken, methods=["POST"]),
            Route(f"{own}/files", self.add_files, methods=["POST"]),
            Route("/help/{rest:path}", self.lost, methods=["GET", "POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show what is known and the form; nothing is read from the journal."""
        return HTMLResponse(self._form(request))

    def _form(self, request: Request) -> str:
        house, language = self._house, tongue(self._house, request)
        known = [self._spoken(one, language) for one in house.rounds.known]
        called = self._house.site.translations
        parts = {name: called(language, title) for name, title in house.rounds.parts.items()}
        contact = "contact" if house.is_mailing else "contact_known" if house.setting.identity_url else ""
        return help_page(house.reader(language=language), known, house.new_key(), parts, contact=contact)

    def _spoken(self, one: Known, language: str) -> Known:
        return replace(one, title=self._house.site.translations(language, one.title))

    async def accept(self, request: Request) -> Response:
        """Keep a request for help, and lead to its own page: that address is the customer's way back."""
        form = await read_form(request)
        component = form["component"]
        submission = Submission(
            text=form["text"],
            contact=form["contact"],
            components=[component] if component else (),
            key=form["key"],
            outage=form["outage"],
            is_me_too=bool(form["me_too"]),
            denied=form["denied"].split(","),
            channel="web",
            segment=form["segment"],
            language=form["language"],
        )
        house = self._house
        if not submission.text.strip() and not submission.is_me_too:
            return HTMLResponse(self._form(request), status_code=422)
        try:
            kept = await house.intake.accept(submission)
        except StoreError:
            return self._no_room(request)
        way = house.way(kept.case)
        return RedirectResponse(f"{way}?cut=yes" if kept.is_cut else way, status_code=303)

    def _no_room(self, request: Request) -> Response:
        words = HelpWords(tongue(self._house, request))
        site, said = self._house.setting.name, words("no_room")
        text = refused_page(site, words("not_kept"), said, language=words.language)
        return HTMLResponse(text, status_code=503, headers={"retry-after": "10"})

    def _known(self, outage: str, language: str) -> Known | None:
        found = next((one for one in self._house.rounds.known if one.id == outage), None)
        return None if found is None else self._spoken(found, language)

    async def lost(self, request: Request) -> Response:
        """Say what to do where an address is that of no case; nothing in it tells what is wrong."""
        text = lost_page(self._house.setting.name, tongue(self._house, request))
        return HTMLResponse(text, status_code=404)

    async def thread(self, request: Request) -> Response:
        """Show a case to its customer."""
        case = self._case(request)
        if not case:
            return await self.lost(request)
        entries = await run_in_threadpool(self._house.journal.about, case, most_count=MOST_ENTRIES)
        first = received_entry(entries)
        if first is None:  # its address was handed out: it has left, or another site has it
            shown = await run_in_threadpool(self._not_here, request, case, has_later_words=bool(entries))
            return shown or await self.lost(request)
        asked = first.payload.get("language", "")
        language = asked if asked in self._house.setting.languages else tongue(self._house, request)
        is_cut = bool(request.query_params.get("cut"))
        return HTMLResponse(await run_in_threadpool(self._page, case, first, entries, language, is_cut))

    def _not_here(self, request: Request, case: str, *, has_later_words: bool) -> Response | None:
        house = self._house
        reader, others = house.reader(language=tongue(house, request)), house.members().others
        is_cut = was_cut(house.journal)
        if is_cut and (has_later_words or not others):
            return HTMLResponse(archived_page(reader), 410)
        if not others:
            return None
        shown = waiting_page(reader, house.way(case), may_be_archived=is_cut)
        return HTMLResponse(shown, 202, {"retry-after": "10"})

    async def show_receipt(self, request: Request) -> Response:
        """Show the form that leads from a receipt to its case."""
        return HTMLResponse(receipt_page(self._house.setting.name, tongue(self._house, request)))

    async def by_receipt(self, request: Request) -> Response:
        """Lead whoever holds a receipt to its case, whichever site gave it; say where it is, if not here."""
        form = await read_form(request)
        return await run_in_threadpool(self._by_receipt, request, form["receipt"])

    def _by_receipt(self, request: Request, text: str) -> Response:
        house, language = self._house, tongue(self._house, request)
        try:
            found = find_receipted(house.journal, house.members(), text)
        except InputError:
            return HTMLResponse(receipt_page(house.setting.name, language, is_wrong=True), 422)
        way = house.way(found.receipt.case)
        if found.where is Whereabouts.HERE:
            return RedirectResponse(way, status_code=303)
        if found.where is Whereabouts.ARCHIVED:
            return HTMLResponse(archived_page(house.reader(language=language)), 410)
        shown = waiting_page(
            house.reader(language=language), way, by=found.site, at_s=found.receipt.said_s,
            is_counted=found.where is not Whereabouts.NOT_COUNTED,
        )  # fmt: skip
        return HTMLResponse(shown, 202, {"retry-after": "10"})

    def _page(self, case: str, first: Entry, entries: tuple[Entry, ...], language: str, is_cut: bool) -> str:
        reader = self._house.reader(language=language)
        return thread_page(reader, self._thread(case, first, entries, language), is_cut=is_cut)

    def _thread(self, case: str, first: Entry, entries: tuple[Entry, ...], language: str) -> Thread:
        house = self._house
        said, is_part = conversation(entries, HelpWords(language)("still_said"))
        ends = [entry.kind for entry in entries if entry.kind in {"case.closed", "case.reopened"}]
        links = [entry.payload["outage"] for entry in entries if entry.kind == "case.linked"]
        outage = links[-1] if links else first.payload.get("outage", "")
        return Thread(
            case=case,
            way=house.way(case),
            receipt=house.intake.receipt(first),
            said=said,
            is_part=is_part,
            is_closed=ends[-1:] == ["case.closed"],
            outage=self._known(outage, language),
            takes_files=house.setting.attachments,
            files=[name.partition("-")[2] for name in self._files.names(case)],
            mailed_to=house.mailed_to(first.payload.get("contact", "")),
        )

    async def still_broken(self, request: Request) -> Response:
        """Open a case again: its customer says so."""
        case, form = self._case(request), await read_form(request)
        if not case:
            return await self.lost(request)
        try:
            is_there = await self._house.intake.reopen(case, form["text"])
        except StoreError:
            return self._no_room(request)
        if not is_there:
            return await self.lost(request)
        return RedirectResponse(self._house.way(case), status_code=303)

    async def add_files(self, request: Request) -> Response:
        """Keep files with a case, apart from everything; they are the first thing to be refused."""
        case, house = self._case(request), self._house
        if not case:
            return await self.lost(request)
        length = request.headers.get("content-length", "")
        is_fit = length.isdigit() and int(length) <= _MOST_UPLOAD_BYTES
        if not house.setting.attachments or not is_fit or await run_in_threadpool(self._is_full):
            return self._no_files(request)
        try:
            async with request.form(max_files=MOST_FILES, max_fields=5) as form:
                for sent in form.getlist("file"):
                    if isinstance(sent, UploadFile) and sent.filename:
                        content = await sent.read(MOST_BYTES + 1)
                        if not await run_in_threadpool(self._files.keep, case, sent.filename, content):
                            return self._no_files(request)
        except (MultiPartException, HTTPException):
            return self._no_files(request)
        return RedirectResponse(house.way(case), status_code=303)

    def _is_full(self) -> bool:
        return self._house.journal.is_low_on_space()

    def _no_files(self, request: Request) -> Response:
        words = HelpWords(tongue(self._house, request))
        said = (words("no_files_why"), words("no_files_but"))
        text = refused_page(self._house.setting.name, words("no_files"), *said, language=words.language)
        return HTMLResponse(text, status_code=413)

    def _case(self, request: Request) -> str:
        """Return the case whose own address this is; empty where it is that of none."""
        case, mark = request.path_params["case"], request.path_params["mark"]
        return str(case) if self._house.accounts.is_mark("case", case, mark) else ""
