"""The console's live view: what the watch sees, sent to whoever looks for as long as they look and may.

A bounded number look at a time. A stream ends with the login, and with the server; the page then asks again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from tidegate.present.console.frame import LIVE
from tidegate.present.console.live_view import STREAM, live_page, live_part
from tidegate.server.access.visit import COOKIE, Visit, page

if TYPE_CHECKING:
    from tidegate.server.access.accounts import Visitor
    from tidegate.server.house import House

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
MOST_LOOKING_COUNT = 40
_LOOK_S = 0.5
_SAY_AGAIN_S = 5.0
_WITHIN_S = 15.0


def live_routes(house: House) -> list[Route]:
    """Return the page and its stream by their addresses, where something is watched."""
    if not house.setting.watch:
        return []
    return [
        Route(LIVE, page(house, _live, policy=POLICY), methods=["GET"]),
        Route(STREAM, Looking(house).stream, methods=["GET"]),
    ]


def _live(visit: Visit) -> str:
    house = visit.house
    return live_page(visit.reader(), house.watch.seen_now(), within_s=_WITHIN_S)


class Looking:
    """Everybody who looks at the moment.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._count = 0

    async def stream(self, request: Request) -> Response:
        """Send what is seen, as server-sent events; to whom nobody knows, nothing."""
        visitor = await self._visitor(request)
        if visitor is None:
            return PlainTextResponse("Log in first.", 401)
        if self._count >= MOST_LOOKING_COUNT:
            return PlainTextResponse("Too many look at it.", 503, {"retry-after": "10"})
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._events(request), media_type="text/event-stream", headers=headers)

    async def _visitor(self, request: Request) -> Visitor | None:
        cookie, clock = request.cookies.get(COOKIE, ""), self._house.record.clock
        return await run_in_threadpool(self._house.accounts.visitor, cookie, clock()) if cookie else None

    def _part(self) -> str:
        return live_part(self._house.watch.seen_now())

    async def _events(self, request: Request) -> AsyncIterator[str]:
        """Yield what is seen when it is seen anew, and again after a while: silence means blindness."""
        self._count += 1
        try:
            shown, waited_s = None, _SAY_AGAIN_S
            while not self._house.is_ending:
                seen = self._house.watch.seen
                if seen is not shown or waited_s >= _SAY_AGAIN_S:
                    visitor = await self._visitor(request)
                    if visitor is None:
                        yield "event: over\ndata: \n\n"
                        return
                    part = await run_in_threadpool(self._part)
                    shown, waited_s = seen, 0.0
                    yield f"event: seen\ndata: {json.dumps(part)}\n\n"
                await asyncio.sleep(_LOOK_S)
                waited_s += _LOOK_S
        finally:
            self._count -= 1
