"""How does an operator come in and go out? A name, a password, a cookie; few tries a minute.

A try is counted before the password is looked at, so that many at once are no more than few; and by where
it comes from, whatever name it gives. Passwords are looked at in a pool of their own.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from tidegate.present.console.frame import CONSOLE, LOGIN
from tidegate.present.console.operator_login import login_page
from tidegate.server.access.origin import network
from tidegate.server.access.provider import WAY
from tidegate.server.access.visit import COOKIE, is_same_site, login_way, own_way, read_form
from tidegate.server.worker_pools import CrowdedError

if TYPE_CHECKING:
    from tidegate.server.house import House

TRIES_COUNT = 10
TRIES_BY_NETWORK_COUNT = 30
LARGEST_LOGIN_BYTES = 8 * 1024
_LONGEST_NAME = 60
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
        self._lock = threading.Lock()

    def may(self, who: str) -> bool:
        """Whether somebody may try again."""
        with self._lock:
            return self._may(who)

    def _may(self, who: str) -> bool:
        failed = self._failed.get(who)
        while failed and failed[0] < self._clock() - self._within_s:
            failed.popleft()
        return not failed or len(failed) < self._most_count

    def failed(self, who: str) -> None:
        """Count a failure."""
        with self._lock:
            self._count(who)

    def _count(self, who: str) -> None:
        if who not in self._failed and len(self._failed) >= _MOST_KNOWN:
            self._failed.pop(next(iter(self._failed)))  # the one known longest
        self._failed.setdefault(who, deque(maxlen=self._most_count)).append(self._clock())

    def take(self, who: str) -> bool:
        """Count a try before it is known what becomes of it; False where there were too many."""
        with self._lock:
            if not self._may(who):
                return False
            self._count(who)
            return True

    def forgive(self, who: str) -> None:
        """Take the last try back: it was none, or it succeeded."""
        with self._lock:
            if self._failed.get(who):
                self._failed[who].pop()


class Doors:
    """Login and logout.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._way = WAY if house.setting.oidc_issuer else ""
        # By name and by where it comes from: nobody can lock an operator out by guessing from elsewhere.
        self._tries = Tries(TRIES_COUNT, WITHIN_S)
        self._tries_by_network = Tries(TRIES_BY_NETWORK_COUNT, WITHIN_S)

    def routes(self) -> list[Route]:
        """Return the pages by their addresses."""
        return [
            Route(LOGIN, self.show, methods=["GET"]),
            Route(LOGIN, self.enter, methods=["POST"]),
            Route(f"{CONSOLE}/logout", self.leave, methods=["POST"]),
        ]

    async def show(self, request: Request) -> Response:
        """Show the login."""
        return HTMLResponse(self._page("", _way_on(request.query_params.get("to", ""))))

    def _page(self, said: str, to: str, name: str = "") -> str:
        way = login_way(self._way, to) if self._way else ""
        return login_page(self._house.setting.name, said=said, provider=way, to=to, name=name)

    async def enter(self, request: Request) -> Response:
        """Let somebody in, or say why not; the same words for a wrong name and a wrong password."""
        form = await read_form(request, LARGEST_LOGIN_BYTES)
        house = self._house
        to = _way_on(form["to"])
        if not is_same_site(request):
            return self._refused("The form came from elsewhere.", 403, to)
        origin = network(request)
        who = f"{origin}\0{form['name'][: _LONGEST_NAME + 1]}"
        if not self._tries_by_network.take(origin) or not self._tries.take(who):
            return self._refused("Too many tries. Wait five minutes.", 429, to, WITHIN_S)
        login, now_s = house.accounts.login, house.record.clock()
        try:
            cookie = await house.pools.logins.run(login, form["name"], form["password"], now_s)
        except CrowdedError:
            self._forgive(origin, who)
            return self._refused("Very many log in at this moment. Try again in some seconds.", 503, to, 3)
        if cookie is None:
            return self._refused("Name or password is not right.", 401, to, name=form["name"][:_LONGEST_NAME])
        self._forgive(origin, who)
        answer = RedirectResponse(to or CONSOLE, status_code=303)
        answer.set_cookie(
            COOKIE, cookie, max_age=round(house.setting.session_s), path=CONSOLE, httponly=True,
            samesite="lax", secure=house.url.startswith("https://"),
        )  # fmt: skip
        return answer

    def _forgive(self, origin: str, who: str) -> None:
        self._tries_by_network.forgive(origin)
        self._tries.forgive(who)

    def _refused(self, said: str, status: int, to: str, wait_s: float = 0.0, *, name: str = "") -> Response:
        headers = {"retry-after": f"{wait_s:.0f}"} if wait_s else None
        return HTMLResponse(self._page(said, to, name), status_code=status, headers=headers)

    async def leave(self, request: Request) -> Response:
        """End the session."""
        form = await read_form(request)
        accounts = self._house.accounts
        cookie = request.cookies.get(COOKIE, "")
        visitor = await run_in_threadpool(accounts.visitor, cookie, self._house.record.clock())
        if visitor is not None and accounts.is_ours(visitor, form["csrf"]):
            accounts.logout(visitor)
        answer = RedirectResponse(LOGIN, status_code=303)
        answer.delete_cookie(COOKIE, path=CONSOLE)
        return answer


def _way_on(asked: str) -> str:
    """Return the page to which a login leads; empty for the first one, and for any that is not ours."""
    way = own_way(asked)
    return "" if way == CONSOLE else way
