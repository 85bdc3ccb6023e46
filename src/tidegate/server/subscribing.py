"""How do people ask for notices by the web, agree to them and end them? Pages with one button each.

The words in an address are the whole permission: agreeing and ending ask for no cookie and no form's
mark, so that a mail program can end a subscription with one request (RFC 8058). Asking is limited by
address of the network and altogether; these limits know nothing of cases.
"""

from __future__ import annotations

import ipaddress
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
from tidegate.inform.notice import end_address
from tidegate.inform.wish import Wish
from tidegate.present.console.help import refused_page
from tidegate.present.console.subscribe import (
    SEVERITIES,
    agree_page,
    agreed_page,
    asked_page,
    end_page,
    ended_page,
    subscribe_page,
)
from tidegate.server.doors import Tries
from tidegate.server.visit import Form, read_form
from tidegate.verbs.notify import Confirmed, ask, confirm, end

if TYPE_CHECKING:
    from tidegate.server.house import House

WITHIN_S = 600.0
MOST_ASKED_COUNT = 20
"""From one address of the network: an office behind one may be many people."""
MOST_ASKED_BY_ALL_COUNT = 2_000
_ID = re.compile(r"[a-z0-9]{12}", re.ASCII)
_WORD = re.compile(r"[a-z2-7]{32}", re.ASCII)
_ANYBODY = "anybody"
_BY = "subscriber"


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

    def routes(self) -> list[Route]:
        """Return the pages by their addresses; a site that sends no notices still ends subscriptions."""
        agree, over = "/notices/confirm/{id}/{word}", "/notices/end/{id}/{word}"
        routes = [
            Route(agree, self.show_agree, methods=["GET"]),
            Route(agree, self.agree, methods=["POST"]),
            Route(over, self.show_end, methods=["GET"]),
            Route(over, self.end, methods=["POST"]),
        ]
        if self._house.setting.notices:
            routes += [
                Route("/notices", self.show, methods=["GET"]),
                Route("/notices", self.ask, methods=["POST"]),
            ]
        return routes

    # -- asking -----------------------------------------------------------------------------------

    async def show(self, _request: Request) -> Response:
        """Show the form."""
        return HTMLResponse(await run_in_threadpool(self._form))

    def _form(self, form: Form | None = None, faults: tuple[str, ...] = ()) -> str:
        house = self._house
        with house.record.reading() as state:
            components = {one.id: one.title for one in state.components()}
        names = ("channel", "address", "severity", "language")
        return subscribe_page(
            house.setting.name, ways=house.ways_to_tell, components=components,
            languages=house.setting.languages, faults=faults,
            given={name: form[name][:400] for name in names} if form else None,
        )  # fmt: skip

    async def ask(self, request: Request) -> Response:
        """Ask an address whether it wants notices; whoever asks is told the same whatever we know of it."""
        form = await read_form(request)
        who = _network(request)
        if not self._asked.may(who) or not self._asked_by_all.may(_ANYBODY):
            said = "Too many asked for notices from here just now. Please try again in ten minutes."
            return HTMLResponse(self._refused("Not now", said), 429, {"retry-after": f"{WITHIN_S:.0f}"})
        self._asked.failed(who)
        self._asked_by_all.failed(_ANYBODY)
        return await run_in_threadpool(self._ask, form)

    def _ask(self, form: Form) -> Response:
        house = self._house
        wish = Wish(
            channel=form["channel"], address=form["address"].strip(), components=form.all("component"),
            severity=form["severity"] or "none", language=form["language"],
        )  # fmt: skip
        try:
            self._check(wish)
            with house.record.desk(_BY) as desk:
                ask(desk, wish, key=house.key)
        except InputError as error:
            faults = tuple(_says(fault) for fault in error.faults)
            return HTMLResponse(self._form(form, faults), status_code=422)
        except StoreError:
            return HTMLResponse(self._no_room(), 503, {"retry-after": "60"})
        house.notices.wake()
        return HTMLResponse(asked_page(house.setting.name, is_mail=wish.channel == "email"), status_code=202)

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

    # -- agreeing and ending ----------------------------------------------------------------------

    async def show_agree(self, request: Request) -> Response:
        """Show the button; what opens every link agrees to nothing."""
        _named(request)
        return HTMLResponse(agree_page(self._house.setting.name, request.url.path))

    async def agree(self, request: Request) -> Response:
        """Confirm a subscription."""
        subject, word = _named(request)
        return await self._answered(lambda: self._agreed(subject, word))

    def _agreed(self, subject: str, word: str) -> str:
        house = self._house
        with house.record.desk(_BY) as desk:
            found = confirm(desk, subject, word, key=house.key)
            titles = {one.id: one.title for one in desk.state.components()}
        return agreed_page(
            house.setting.name, what=_told(found, titles), secret=found.secret,
            end_way=end_address("", house.key, subject),
        )  # fmt: skip

    async def show_end(self, request: Request) -> Response:
        """Show the button; what opens every link ends nothing."""
        _named(request)
        return HTMLResponse(end_page(self._house.setting.name, request.url.path))

    async def end(self, request: Request) -> Response:
        """End a subscription, asked by its page or by one click in a mail program."""
        subject, word = _named(request)
        return await self._answered(lambda: self._ended(subject, word))

    def _ended(self, subject: str, word: str) -> str:
        with self._house.record.desk(_BY) as desk:
            end(desk, subject, word, key=self._house.key)
        return ended_page(self._house.setting.name)

    async def _answered(self, do: Callable[[], str]) -> Response:
        try:
            return HTMLResponse(await run_in_threadpool(do))
        except InputError:
            said = "This link is not valid any more: it lapsed, or it was not copied whole."
            return HTMLResponse(self._refused("Not valid", said), status_code=404)
        except StoreError:
            return HTMLResponse(self._no_room(), 503, {"retry-after": "60"})

    def _no_room(self) -> str:
        return self._refused("Not kept", "Our disk took nothing. Please try again in a minute.")

    def _refused(self, title: str, said: str) -> str:
        return refused_page(self._house.setting.name, title, said)


def _named(request: Request) -> tuple[str, str]:
    """Return subscription and word of an address that could be one of ours."""
    subject, word = request.path_params["id"], request.path_params["word"]
    if not _ID.fullmatch(subject) or not _WORD.fullmatch(word):
        raise HTTPException(404)
    return subject, word


def _network(request: Request) -> str:
    """Return who asks: an address, of IPv6 its network, for one machine has very many of these."""
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    return str(ipaddress.ip_network((int(address) >> 64 << 64, 64))) if address.version == 6 else host


def _says(fault: Fault) -> str:
    """Return a fault as a customer reads it; what else there is, the form shows."""
    example = f" It looks like {fault.allowed}." if "@" in fault.allowed or "://" in fault.allowed else ""
    return f"{fault.value or 'It'} {fault.what}.{example}"


def _told(found: Confirmed, titles: dict[str, str]) -> str:
    one = found.subscription
    what = ", ".join(titles.get(name, name) for name in one.components) or "all components"
    return f"You hear of {what}: {SEVERITIES[one.severity]}."
