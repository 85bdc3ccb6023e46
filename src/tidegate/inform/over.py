"""Which private matters are over, so that nothing follows from them any more? Closed cases and ended notices.

A notice of an outage that lasts, or of which something was said lately, is kept although it was delivered:
who was told of it is told of what comes. What is public is never over. When something was said, and what
leaves with it, must not live here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tidegate.inform.state import State
from tidegate.journal.entry import Entry
from tidegate.journal.entry_kinds import KINDS
from tidegate.track.outage import Outage

NOUNS = ("case", "delivery")
"""Of these whatever was said of one leaves the record when it is over."""
READ_NOUNS = (*NOUNS, "outage", "update")
"""What must be read to know it."""


def is_private(kind: str) -> bool:
    """Whether a kind of entry is of those that leave."""
    return kind.partition(".")[0] in NOUNS


def is_known(entry: Entry) -> bool:
    """Whether an entry means something here; what a newer site says does not yet."""
    kind = KINDS.get(entry.kind)
    return kind is not None and 1 <= entry.version <= kind.version


def over(state: State, lately: Collection[str]) -> Iterator[str]:
    """Yield the ids of the cases and notices that are over, as far as a state knows.

    Parameters
    ----------
    state
        The state.
    lately
        The outages of which something was said lately.
    """
    lasting = {update.id for one in state.outages() if _lasts(state, one, lately) for update in one.updates}
    for case in state.cases.values():
        if not case.is_open:
            yield case.id
    for notice in state.deliveries.values():
        if notice.outcome and notice.update not in lasting:
            yield notice.id


def _lasts(state: State, one: Outage, lately: Collection[str]) -> bool:
    """Whether an outage is not long over, or is part of one that is not."""
    seen: set[str] = set()
    found: Outage | None = one
    while found is not None and found.id not in seen:
        if found.is_open or found.is_left_open or found.id in lately:
            return True
        seen.add(found.id)
        found = state.outage(found.into) if found.into else None
    return False
