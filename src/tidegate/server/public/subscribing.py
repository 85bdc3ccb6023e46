"""How do people ask for notices by the web, agree to them, change and end them? Pages with one button each.

The words in an address are the whole permission: agreeing, changing and ending ask for no cookie and no
form's mark, so that a mail program can end a subscription with one request (RFC 8058). Asking is limited by
address of the network and altogether; these limits know nothing of cases.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from tidegate.adapters.store.database import StoreError
from tidegate.errors import Fault, InputError
from tidegate.inform.notice import change_address, end_address
from tidegate.inform.subscription import Subscription
from tidegate.inform.wish import Wish
from tidegate.present.console.help import refused_page
from tidegate.present.console.subscribe import (
    Given,
    Offer,
    agree_page,
    agreed_page,
    asked_page,
    changed_page,
    ended_page,
    manage_page,
    subscribe_page,
)
from tidegate.server.access.doors import Tries
from tidegate.server.access.origin import network
from tidegate.server.access.visit import Form, read_form
from tidegate.server.public.offering import offer, offer_to, tongue
from tidegate.verbs.record.notify import ask, change, confirm, end, owned

if TYPE_CHECKING:
    from tidegate.server.house import House

WITHIN_S = 600.0
MOST_ASKED_COUNT = 20
"""From one address of the network: an office behind one may be many people."""
MOST_ASKED_BY_ALL_COUNT = 2_000
MOST_CHANGED_COUNT = 20
"""To one subscription: every change is kept for ever."""
_ID = re.compile(r"[a-z0-9]{12}", re.ASCII)
_WORD = re.compile(r"[a-z2-7]{32}", re.ASCII)
_ANYBODY = "anybody"
_BY = "subscriber"
_LONGEST_GIVEN = 400


class Subscribing:
    """The pages of those who want notices.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._asked = Tries(MOST_ASKED_COUNT, WITHIN_S)
        self._asked_by_all = Tries(MOST_ASKED_BY_ALL_COUNT, WITHIN_S)
        self._changed = Tries(MOST_CHANGED_COUNT, WITHIN_S)

    def routes(self) -> list[Route]:
        """Return the pages by their addresses; a site that sends no notices still ends subscriptions."""
        agree, over = "/notices/confirm/{id}/{word}", "/notices/end/{id}/{word}"
        routes = [
            Route(agree, self.show_agree, methods=["GET"]),
            Route(agree, self.agree, methods=["POST"]),
            Route(over, self.show_manage, methods=["GET"]),
            Route(over, self.end, methods=["POST"]),
            Route("/notices/change/{id}/{word}", self.change, methods=["POST"]),
        ]
        if self._house.setting.notices:
            routes += [
                Route("/notices", self.show, methods=["GET"]),
                Route("/notices", self.ask, methods=["POST"]),
            ]
        return routes

    # -- asking -----------------------------------------------------------------------------------

    async def show(self, request: Request) -> Response:
        """Show the form."""
        return HTMLResponse(await run_in_threadpool(self._form, request))

    def _form(self, request: Request, given: Given | None = None, faults: tuple[str, ...] = ()) -> str:
        word = request.query_params.get("for", "")
        shown = offer(self._house, tongue(self._house, request), word)
        return subscribe_page(shown, given, faults, is_lapsed=bool(word) and not shown.segment)

    async def ask(self, request: Request) -> Response:
        """Ask an address whether it wants notices; whoever asks is told the same whatever we know of it."""
        form = await read_form(request)
        who = network(request)
        if not self._asked.may(who) or not self._asked_by_all.may(_ANYBODY):
            return self._refused(request, "not_now", "too_many", 429)
        self._asked.failed(who)
        self._asked_by_all.failed(_ANYBODY)
        return await run_in_threadpool(self._ask, request, form)

    def _ask(self, request: Request, form: Form) -> Response:
        house = self._house
        shown = offer(house, tongue(house, request), form["for"][:_LONGEST_GIVEN])
        given = _given(form)
        wish = Wish(
            channel=given.channel, address=given.address.strip(), components=given.components,
            segments=self._segments(form), severity=given.severity, language=given.language,
        )  # fmt: skip
        try:
            self._check(wish)
            with house.record.desk(_BY) as desk:
                ask(desk, wish, key=house.key, segments=wish.segments)
        except InputError as error:
            faults = tuple(_says(fault) for fault in error.faults)
            return HTMLResponse(self._form(request, given, faults), status_code=422)
        except StoreError:
            return self._refused(request, "not_kept", "no_room", 503)
        house.notices.wake()
        return HTMLResponse(asked_page(shown, is_mail=wish.channel == "email"), status_code=202)

    def _segments(self, form: Form) -> tuple[str, ...]:
        """Return the segment that the form was opened for, where its own words are wanted."""
        found = self._house.segment_of(form["for"]) if form["segment"] else ""
        return (found,) if found else ()

    def _check(self, wish: Wish) -> None:
        """Refuse what this site does not offer to everybody."""
        house = self._house
        faults = []
        if wish.channel not in house.ways_to_tell:
            faults.append(Fault(what="is no way to send notices here", value=wish.channel[:60]))
        if wish.language and wish.language not in house.setting.languages:
            faults.append(Fault(what="is no language of this site", value=wish.language[:60]))
        if faults:
            raise InputError(*faults)

    # -- agreeing, changing and ending ------------------------------------------------------------

    async def show_agree(self, request: Request) -> Response:
        """Show the button; what opens every link agrees to nothing."""
        _named(request)
        shown = await run_in_threadpool(offer, self._house, tongue(self._house, request))
        return HTMLResponse(agree_page(shown, request.url.path))

    async def agree(self, request: Request) -> Response:
        """Confirm a subscription."""
        subject, word = _named(request)
        return await self._answered(request, lambda: self._agreed(subject, word))

    def _agreed(self, subject: str, word: str) -> str:
        house = self._house
        with house.record.desk(_BY) as desk:
            found = confirm(desk, subject, word, key=house.key)
        return agreed_page(
            offer_to(house, found.subscription), _wanted(found.subscription), secret=found.secret,
            manage_way=end_address("", house.key, subject),
        )  # fmt: skip

    async def show_manage(self, request: Request) -> Response:
        """Show what is heard of, and the buttons; what opens every link ends nothing."""
        subject, word = _named(request)
        return await self._answered(request, lambda: self._managed(subject, word))

    def _managed(
        self, subject: str, word: str, given: Given | None = None, faults: tuple[str, ...] = ()
    ) -> str:
        house = self._house
        with house.record.reading() as state:
            one = owned(state, subject, word, key=house.key)
        shown = offer_to(house, one)
        if one.is_ended:
            return ended_page(shown)
        return manage_page(
            shown, _wanted(one), given, faults, end_way=end_address("", house.key, subject),
            change_way=change_address("", house.key, subject),
        )  # fmt: skip

    async def change(self, request: Request) -> Response:
        """Have a subscription hear of something else, asked by its page."""
        subject, word = _named(request)
        form = await read_form(request)
        if not self._changed.may(subject):
            return self._refused(request, "not_now", "too_many", 429)
        self._changed.failed(subject)
        return await self._answered(request, lambda: self._altered(subject, word, form))

    def _altered(self, subject: str, word: str, form: Form) -> str | Response:
        house, given = self._house, _given(form)
        with house.record.desk(_BY) as desk:
            one = owned(desk.state, subject, word, key=house.key)
            wish = Wish(
                channel=one.channel, address=one.address, components=given.components,
                segments=one.segments if given.has_segment else (), severity=given.severity,
                language=given.language if given.language in house.setting.languages else one.language,
            )  # fmt: skip
            try:
                one = change(desk, one, wish, segments=one.segments)
            except InputError as error:
                faults = tuple(_says(fault) for fault in error.faults)
                return HTMLResponse(self._managed(subject, word, given, faults), status_code=422)
        return changed_page(
            offer_to(house, one), _wanted(one), manage_way=end_address("", house.key, subject)
        )

    async def end(self, request: Request) -> Response:
        """End a subscription, asked by its page or by one click in a mail program."""
        subject, word = _named(request)
        return await self._answered(request, lambda: self._ended(subject, word))

    def _ended(self, subject: str, word: str) -> str:
        with self._house.record.desk(_BY) as desk:
            one = end(desk, subject, word, key=self._house.key)
        return ended_page(offer_to(self._house, one))

    async def _answered(self, request: Request, do: Callable[[], str | Response]) -> Response:
        try:
            found = await run_in_threadpool(do)
            return HTMLResponse(found) if isinstance(found, str) else found
        except InputError:
            return self._refused(request, "not_valid", "no_link", 404)
        except StoreError:
            return self._refused(request, "not_kept", "no_room", 503)

    def _refused(self, request: Request, title: str, said: str, status: int) -> Response:
        """Return a page that says why something was not done, and when it is worth another try."""
        words = Offer(site="", language=tongue(self._house, request)).words
        text = refused_page(self._house.setting.name, words(title), words(said), language=words.language)
        wait_s = {429: f"{WITHIN_S:.0f}", 503: "60"}.get(status, "")
        return HTMLResponse(text, status_code=status, headers={"retry-after": wait_s} if wait_s else None)


def _given(form: Form) -> Given:
    """Return what was filled in, as far as a page may hold it."""
    fields = {name: form[name][:_LONGEST_GIVEN] for name in ("channel", "address", "language")}
    severity = form["severity"][:_LONGEST_GIVEN] or "none"
    return Given(
        **fields, severity=severity, components=form.all("component"), has_segment=bool(form["segment"])
    )


def _wanted(one: Subscription) -> Given:
    """Return what a subscription hears of."""
    return Given(
        channel=one.channel, severity=one.severity, language=one.language, components=one.components,
        has_segment=bool(one.segments),
    )  # fmt: skip


def _named(request: Request) -> tuple[str, str]:
    """Return subscription and word of an address that could be one of ours."""
    subject, word = request.path_params["id"], request.path_params["word"]
    if not _ID.fullmatch(subject) or not _WORD.fullmatch(word):
        raise HTTPException(404)
    return subject, word


def _says(fault: Fault) -> str:
    """Return a fault as a customer reads it; what else there is, the form shows."""
    example = f" It looks like {fault.allowed}." if "@" in fault.allowed or "://" in fault.allowed else ""
    return f"{fault.value or 'It'} {fault.what}.{example}"
