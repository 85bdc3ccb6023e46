"""Which notices are owed, and what became of each? A ledger of few words a row, for there are very many.

A notice has one id for one update, one subscription and one channel, so two sites that plan it plan the
same one. How it is sent must not live here.
"""

from __future__ import annotations

from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Stamp
from tidegate.journal.entry import Entry, new_id
from tidegate.journal.fold import NEVER


def delivery_id(update: str, subscription: str, channel: str) -> str:
    """Return the one id of a notice."""
    return new_id(f"delivery\0{update}\0{subscription}\0{channel}".encode())


class Delivery:
    """One notice that is or was owed.

    Attributes
    ----------
    id
        Its id.
    update, subscription, channel
        What it tells, to whom, how; empty while the plan has not been read.
    attempts_count
        How often it was tried without success.
    next_s
        When it is tried again, in seconds since 1970; None for at once.
    tried_by
        The site that tried last without success; empty where none did.
    outcome
        How it ended; empty while it is owed.
    """

    __slots__ = (
        "_planned", "_tried", "attempts_count", "channel", "id", "next_s", "outcome", "subscription",
        "tried_by", "update",
    )  # fmt: skip

    def __init__(self, subject: str) -> None:
        self.id = subject
        self.update = self.subscription = self.channel = self.outcome = self.tried_by = ""
        self.attempts_count = 0
        self.next_s: float | None = None
        self._planned: tuple[Stamp, str, int] | None = None
        self._tried = NEVER

    @property
    def planned_s(self) -> float:
        """When it was planned, in seconds since 1970; 0 while the plan has not been read."""
        return 0.0 if self._planned is None else self._planned[0].said_s

    @property
    def is_owed(self) -> bool:
        """Whether it still has to be delivered."""
        return bool(self.update) and not self.outcome

    def take(self, entry: Entry) -> None:
        """Add one of its entries, in any order."""
        payload = entry.payload
        if entry.kind == "delivery.planned":
            # Its id is made of these, so all plans of honest sites say the same; otherwise the first holds.
            if self._planned is None or entry.order < self._planned:
                self._planned = entry.order
                self.update, self.channel = payload["update"], payload["channel"]
                self.subscription = payload["subscription"]
        elif entry.kind == "delivery.attempted":
            self.attempts_count += 1
            if entry.order > self._tried:
                self._tried = entry.order
                self.next_s = payload.get("next_s")
                self.tried_by = site_of(entry.site)
        # Delivered once is delivered, whatever another site says of its own try.
        elif not self.outcome or _OUTCOMES.index(payload["outcome"]) < _OUTCOMES.index(self.outcome):
            self.outcome = payload["outcome"]


_OUTCOMES = ("delivered", "not_wanted", "refused", "gave_up")
