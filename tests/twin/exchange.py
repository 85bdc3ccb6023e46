"""One request and its answer on a connection, as both ends know of it.

An exchange whose client has stopped waiting, but has kept the connection, is an orphan: it goes on by itself,
and knows nothing of what becomes of the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from twin.request import Request
    from twin.round_trip import RoundTrip
    from twin.service import Service


class Exchange:
    """A request that one attempt sends, and what has become of it.

    Parameters
    ----------
    request
        What the client wants; None where it asks nothing any more.
    is_reused
        Whether the connection had carried an answer before.
    openings_left
        How many of what a new connection carries first have no answer, this one included; 0 where it is
        what the connection was made for.
    """

    def __init__(self, request: Request | None, *, is_reused: bool = False, openings_left: int = 0) -> None:
        self.name = (0, 0, 0) if request is None else request.attempt_name
        self.request = request
        self.is_reused = is_reused
        self.openings_left = openings_left
        # What the client's end knows.
        self.request_acked = False
        self.answer_got = False
        self.backed_off = False
        self.orphaned = False
        self.client_trip: RoundTrip | None = None  # of an orphan, as its client knew it then
        # What the service's end knows.
        self.request_seen = False
        self.answer_acked = False
        self.fin_lost = False
        self.is_working = False
        self.is_queueing = False
        self.is_error = False
        self.asks_to_wait = False
        self.calls_made = 0
        self.server: Service | None = None
        self.life = 0
        self.served_trip: RoundTrip | None = None  # of an orphan, as its service knew it then
        self.has_place = False  # an orphan that has waited to be accepted counts as a connection by itself
        self.setup_paid: bool | None = None  # of an orphan: whether it owes nothing for its connection

    def is_lost(self) -> bool:
        """Whether the instance that it was given, and not its connection, was killed since."""
        return self.server is not None and self.server.has_lost(self.life)
