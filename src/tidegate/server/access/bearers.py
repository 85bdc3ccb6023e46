"""Who carries which token? Who guesses is slowed down; who has a right one never waits for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import Request

from tidegate.server.access.accounts import Visitor
from tidegate.server.access.doors import Tries
from tidegate.server.access.origin import network

if TYPE_CHECKING:
    from tidegate.server.house import House

WRONG_COUNT = 60
WITHIN_S = 60.0


class Bearers:
    """Tokens, and those who come without a right one.

    Parameters
    ----------
    house
        The server.
    """

    def __init__(self, house: House) -> None:
        self._house = house
        self._wrong = Tries(WRONG_COUNT, WITHIN_S)

    def visitor(self, request: Request) -> Visitor | None:
        """Return who a request's token stands for; None where it carries none of ours."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        return self._house.accounts.bearer(token.strip(), self._house.record.clock())

    def is_too_often(self, request: Request) -> bool:
        """Count a request without a right token; return whether there were too many from there lately."""
        return not self._wrong.take(network(request))
