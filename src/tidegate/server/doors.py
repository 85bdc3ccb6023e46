"""How does an operator come in and go out? A name, a password, a cookie; few tries a minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.login import login_page
from tidegate.server.visit import COOKIE, is_same_site, read_form

if TYPE_CHECKING:
    from tidegate.server.house import House

TRIES_COUNT = 10
WITHIN_S = 300.0
_MOST_KNOWN = 10_000


class Tries:
    """How often something failed lately, by who tried; for what may be refused, so never for cases.

    Parameters
    ----------
    most_count
        How many failures there may be.
    within_s
        In which time, in seconds.
    """

    def __init__(self, most_count: int, within_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most_count = most_count
        self._within_s = within_s
        self._clock = clock
        self._failed: dict[str, deque[float]] = {}

    def may(self, who: str) -> bool:
        """Whether somebody may try again."""
        failed = self._failed.get(who)
        while failed and failed[0] < self._clock() - self._within_s:
            failed.popleft()
        return not failed or len(failed) < self._most_count

    def failed(self, who: str) -> None:
        """Count a failure."""
        if who not in self._failed and len(self._failed) >= _MOST_KNOWN:
            self._failed.pop(next(iter(self._failed)))  # the one known longest
        self._failed.setdefault(who, deque(maxlen=self._most_count)).append(self._clock())


class Doors:
    """Login and logout.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        # By account and by machine: nobody can lock an operator out by guessing from elsewhere.
        self._tries = Tries(TRIES_COUNT, WITHIN_S)

    def routes(self) -> list[Route]:
        """Return the pages by their addresses."""
        return [
            Route(f"{CONSOLE}/login", self.show, methods=["GET"]),
            Route(f"{CONSOLE}/login", self.enter, methods=["POST"]),
            Route(f"{CONSOLE}/logout", self.leave, methods=["POST"]),
        ]

    async def show(self, _request: Request) -> Response:
        """Show the login."""
        return HTMLResponse(login_page(self._house.setting.name))

    async def enter(self, request: Request) -> Response:
        """Let somebody in, or say why not; the same words for a wrong name and a wrong password."""
        form = await read_form(request)
        house, site = self._house, self._house.setting.name
        who = f"{request.client.host if request.client else ''}\0{form['name']}"
        if not is_same_site(request):
            return HTMLResponse(login_page(site, said="The form came from elsewhere."), status_code=403)
        if not self._tries.may(who):
            said = "Too many tries. Wait five minutes."
            return HTMLResponse(login_page(site, said=said), status_code=429, headers={"retry-after": "300"})
        cookie = await run_in_threadpool(
            house.accounts.login, form["name"], form["password"], house.record.clock()
        )
        if cookie is None:
            self._tries.failed(who)
            return HTMLResponse(login_page(site, said="Name or password is not right."), status_code=401)
        answer = RedirectResponse(CONSOLE, status_code=303)
        answer.set_cookie(
            COOKIE, cookie, max_age=round(house.setting.session_s), path=CONSOLE, httponly=True,
            samesite="lax", secure=house.url.startswith("https://"),
        )  # fmt: skip
        return answer

    async def leave(self, request: Request) -> Response:
        """End the session."""
        form = await read_form(request)
        accounts = self._house.accounts
        cookie = request.cookies.get(COOKIE, "")
        visitor = await run_in_threadpool(accounts.visitor, cookie, self._house.record.clock())
        if visitor is not None and accounts.is_ours(visitor, form["csrf"]):
            accounts.logout(visitor)
        answer = RedirectResponse(f"{CONSOLE}/login", status_code=303)
        answer.delete_cookie(COOKIE, path=CONSOLE)
        return answer
