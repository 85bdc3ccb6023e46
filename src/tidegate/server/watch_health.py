"""Does the watch see? Asked by whoever watches the watch, on another site; no name of a place is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tidegate.journal.moment import moment_text
from tidegate.observe.place_reading import PlaceState

if TYPE_CHECKING:
    from tidegate.server.house import House

_NOTHING_SEEN, _NO_WATCH = 503, 404


def watch_answer(house: House, _request: Request) -> Response:
    """Return how the watch does: 200 while it sees all that it should, 503 while it does not.

    What is broken is seen: that answer is 200 as well, for it is the watch that is asked after.
    """
    watch = house.watch
    if not watch.is_on:
        return JSONResponse({"status": "nothing is watched"}, status_code=_NO_WATCH)
    seen = watch.seen_now()
    if seen is None:
        return JSONResponse({"status": "blind", "since": None}, status_code=_NOTHING_SEEN)
    is_broken = any(one.state is PlaceState.BROKEN for one in seen.readings)
    told = {
        "status": seen.state.value, "since": None, "is_broken": is_broken,
        "looked_at": moment_text(seen.at_s),
        "unwatched_count": len(seen.unbound) + len(seen.unwatched),
    }  # fmt: skip
    if seen.blind_since_s is None:
        return JSONResponse(told)
    told |= {"status": "blind", "since": moment_text(seen.blind_since_s)}
    return JSONResponse(told, status_code=_NOTHING_SEEN)
