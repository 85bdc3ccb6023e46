"""Sites with cases and notices of long ago, for tests of what leaves the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sites_sample import admit, begun, heal
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.leaving import done
from tidegate.inform.state import State
from tidegate.journal.clock import Steady
from tidegate.journal.compaction import gaps_digest
from tidegate.journal.entry import Draft
from tidegate.verbs.record.compacting import (
    Compacted,
    Ready,
    Waiting,
    ask,
    carry_out,
    cut_before,
    decide,
    work_out,
)
from tidegate.verbs.record.site import members_of

DAY_S = 86_400.0
LONG_AGO_S = 1_700_000_000.0
NOW_S = LONG_AGO_S + 100 * DAY_S
BEFORE_S = LONG_AGO_S + 50 * DAY_S


class Hands:
    """A clock that tests set."""

    def __init__(self, now_s: float = LONG_AGO_S) -> None:
        self.now_s = now_s

    def steady(self) -> Steady:
        return Steady(lambda: self.now_s, lambda: self.now_s)


@contextmanager
def old_group(folder: Path, *names: str) -> Iterator[tuple[Hands, list[JournalFile]]]:
    """Open sites that name each other and began long ago, and the clock of all."""
    hands = Hands()
    made = [begun(folder, name, clock=hands.steady()) for name in names]
    for one in made:
        admit(one, *(other for other in made if other is not one))
    heal(*made)
    hands.now_s += 60.0
    try:
        yield hands, made
    finally:
        for one in made:
            one.close()


def tell(journal: JournalFile, kind: str, subject: str, **payload: Any) -> None:
    journal.append([Draft(kind=kind, subject=subject, payload=payload)])


def case(journal: JournalFile, subject: str, *, text: str = "it is broken", closed: bool = True) -> None:
    tell(journal, "case.received", subject, text=text, channel="web")
    if closed:
        tell(journal, "case.replied", subject, text="we know")
        tell(journal, "case.closed", subject)


def notice(journal: JournalFile, subject: str, *, update: str = "gone", ended: bool = True) -> None:
    tell(journal, "delivery.planned", subject, update=update, subscription="s", channel="email")
    if ended:
        tell(journal, "delivery.done", subject, outcome="delivered")


def request(journal: JournalFile, before_s: float = BEFORE_S) -> None:
    members = members_of(journal)
    ask(journal, members, work_out(journal, members, cut_before(before_s, journal.now_s())), by="ops")


def go_on(journal: JournalFile) -> Ready | Waiting | Compacted | None:
    """Do what a site's server does now."""
    found = decide(journal, members_of(journal))
    return carry_out(journal, found) if isinstance(found, Ready) else found


def settle_all(journals: Sequence[JournalFile], *, most_rounds: int = 10) -> None:
    """Let all sites hand over and go on until nothing changes."""
    for _ in range(most_rounds):
        heal(*journals)
        found = [go_on(one) for one in journals]
        if all(one is None for one in found):
            heal(*journals)
            return
    raise AssertionError(found)


def view(journal: JournalFile) -> dict[str, Any]:
    """Return all that a record says of what may leave, as it is folded from what is there."""
    state = State()
    for _, entry in journal.entries():
        state.take(entry)
    return {
        "cases": {one.id: (one.state, one.replies_count, one.received_s) for one in state.cases.values()},
        "notices": {one.id: (one.update, one.outcome) for one in state.deliveries.values()},
        "heads": dict(sorted(state.heads.items())),
        "outages": [(one.id, one.state) for one in state.outages()],
        "count": state.entries_count,
        "gaps": gaps_digest(journal.gaps()),
        "done": done(journal),
    }
