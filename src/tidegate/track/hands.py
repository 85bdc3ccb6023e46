"""In whose hands is an outage? Who holds it, who is asked to take it over, who was called.

Whoever holds it keeps it until somebody else takes it: a hand-over that nobody answers loses nothing.
Calling goes on in turn, round by round, until somebody takes it in hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tidegate.journal.entry import Entry

ROUNDS_COUNT = 3
"""How often the whole row is called; after that the alarm on every page remains."""


@dataclass(frozen=True, kw_only=True)
class Hands:
    """In whose hands something is; times in seconds since 1970.

    Parameters
    ----------
    holder
        Who has it in hand; empty for nobody.
    since_s
        Since when that is so; 0 where nobody ever took it.
    asked
        Who is asked to take it over; empty for nobody.
    calls
        When somebody was called, and who, the first first.
    """

    holder: str = ""
    since_s: float = 0.0
    asked: str = ""
    calls: tuple[tuple[float, str], ...] = ()

    def taken(self, entry: Entry) -> Hands:
        """Return how it is after an entry."""
        who = str(entry.payload["who"])
        if entry.kind == "outage.called":
            return replace(self, calls=(*self.calls, (entry.at_s, who)))
        if entry.kind == "outage.asked":
            return replace(self, asked=who)
        return replace(self, holder=who, since_s=entry.at_s, asked="")

    def next_call(self, row: Sequence[str], since_s: float, every_s: float) -> tuple[str, float] | None:
        """Return who is called next and when, where nobody answers; None where nobody is left.

        Parameters
        ----------
        row
            Who is called, in turn.
        since_s
            Since when nobody answers.
        every_s
            How long each has to answer.
        """
        made = self._turns(since_s, every_s)
        if not row or len(made) >= ROUNDS_COUNT * len(row):
            return None
        return row[len(made) % len(row)], (made[-1] + every_s if made else since_s)

    def _turns(self, since_s: float, every_s: float) -> list[float]:
        """Return when each turn was made: two sites that call the same one at once have made one."""
        made: list[tuple[float, str]] = []
        for at_s, who in sorted(self.calls):
            is_again = bool(made) and made[-1][1] == who and at_s < made[-1][0] + every_s
            if at_s >= since_s and not is_again:
                made.append((at_s, who))
        return [at_s for at_s, _ in made]
