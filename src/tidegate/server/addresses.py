"""Which address leads where? Public files, the case form, the console, the API, and what keeps them apart.

Cases come first: no limit, no account and no quota stands before them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Match, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tidegate.present.console.frame import CONSOLE, assets
from tidegate.server.access.doors import Doors
from tidegate.server.access.provider import Provider
from tidegate.server.api.routes import Api
from tidegate.server.connection_book import Connections
from tidegate.server.console.outage_routes import console_routes
from tidegate.server.health import health_routes
from tidegate.server.peers.peer_routes import Peers
from tidegate.server.public.help_form import Asking
from tidegate.server.public.site_files import PublicSite
from tidegate.server.public.subscribing import Subscribing

if TYPE_CHECKING:
    from tidegate.server.house import House

_LOG = logging.getLogger("tidegate.request")
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
_PRIVATE = (CONSOLE, "/help", "/notices", "/api/v1")
_FIRST = ("/help", "/health/", "/api/v1/cases", "/api/v1/alerts", "/exchange/")
_STEADY = "/exchange/"
_GONE = 499
_UNGUESSABLE = ("/help/case/", "/notices/confirm/", "/notices/change/", "/notices/end/")


def build(house: House) -> Starlette:
    """Return the application of one server."""
    doors = Doors(house)
    routes: list[Route | Mount] = [
        *Asking(house).routes(),
        *Subscribing(house).routes(),
        *doors.routes(),
        *Provider(house).routes(),
        *console_routes(house),
        *_what_if(house),
        *Api(house).routes(),
        *health_routes(house),
        *Peers(house).routes(),
        *(_asset(name, content) for name, content in assets().items()),
        Mount("/", PublicSite(house.public)),
    ]
    app = Starlette(routes=[Unnamed(routes), *routes])
    app.add_middleware(Roomy, connections=house.connections)
    app.add_middleware(Guarded, is_tls=house.url.startswith("https://"))
    return app


def _what_if(house: House) -> Sequence[Route]:
    """Return the routes of *what if*, where there is a world: to load the engine takes a second."""
    if not house.setting.world:
        return ()
    from tidegate.server.console.what_if_routes import what_if_routes  # noqa: PLC0415

    return what_if_routes(house)


class Unnamed(Mount):
    """The public site for every path whose first part no other route has: most readers pass no other by.

    Parameters
    ----------
    routes
        All routes, the public site the last.
    """

    def __init__(self, routes: Sequence[Route | Mount]) -> None:
        super().__init__("/", routes[-1].app)
        self._named = {route.path.split("/")[1] for route in routes[:-1]}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Return whether a request is for the public site and nothing else."""
        first = scope["path"].split("/", 2)[1] if scope["path"].startswith("/") else ""
        return (Match.NONE, {}) if first in self._named else super().matches(scope)


def _asset(name: str, content: bytes) -> Route:
    headers = {"cache-control": "public, max-age=31536000, immutable"}
    media_type = "text/javascript" if name.endswith(".js") else "text/css"

    async def give(_request: Request) -> Response:
        return Response(content, media_type=media_type, headers=headers)

    return Route(f"/assets/{name}", give)


class Roomy:
    """Keeps room for cases, alerts and health where so much is in work that nothing else has any.

    Parameters
    ----------
    app
        What answers.
    connections
        The book of the connections.
    """

    def __init__(self, app: ASGIApp, *, connections: Connections) -> None:
        self._app = app
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say that there is no room."""
        is_first = scope["type"] != "http" or scope["path"].startswith(_FIRST)
        if is_first or not self._connections.is_crowded:
            await self._app(scope, receive, send)
            return
        headers = {"retry-after": "2", "connection": "close"}
        await PlainTextResponse("Too much is in work.", 503, headers)(scope, receive, send)


class Guarded:
    """Adds what every answer carries, and logs it: never a body, a cookie, a token or a customer's mark.

    Parameters
    ----------
    app
        What answers.
    is_tls
        Whether browsers are to insist on TLS.
    """

    def __init__(self, app: ASGIApp, *, is_tls: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._clock = clock
        self._headers = {**_HEADERS}
        if is_tls:
            self._headers["strict-transport-security"] = "max-age=31536000"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s, path, status = self._clock(), scope["path"], 500

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", POLICY)
                if path.startswith(_PRIVATE):
                    headers["cache-control"] = "no-store"
            await send(message)

        try:
            await self._app(scope, receive, sent)
        except ClientDisconnect:  # nobody is there to be answered, and nothing of ours went wrong
            status = _GONE
        finally:
            took_ms = round((self._clock() - began_s) * 1000, 1)
            shown = next((f"{way}…" for way in _UNGUESSABLE if path.startswith(way)), path[:200])
            # Other sites ask about every second: what they are told is no news.
            _LOG.log(
                logging.DEBUG if path.startswith(_STEADY) and status == 200 else logging.INFO,
                "request",
                extra={"method": scope["method"], "path": shown, "status": status, "took_ms": took_ms},
            )
