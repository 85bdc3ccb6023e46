"""Sites in memory that keep one record, and hear each other when a test says so."""

from __future__ import annotations

import os

from record_sample import NOON_S, Memory
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.verbs.record.outage import Desk, Report, open_outage
from tidegate.verbs.record.unite import part_stranded, unite_twins


class Site:
    """A site whose journal is in memory; `hear` gives it what others have said."""

    def __init__(self, name: str, now_s: float = NOON_S) -> None:
        self.journal = Memory(name, now_s)
        self.journal.append([
            Draft(kind="site.admitted", subject="other", payload={"public_key": "0" * 64, "role": "site"})
        ])  # fmt: skip
        self.state = State()
        self._has: set[tuple[str, int]] = set()
        self.hear(self)

    def hear(self, *others: Site) -> None:
        for other in others:
            for entry in other.journal.entries():
                if (entry.site, entry.number) not in self._has:
                    self._has.add((entry.site, entry.number))
                    self.state.take(entry)

    def desk(self, by: str = "ann") -> Desk:
        class Following:
            def append(_self, drafts):  # noqa: N805
                entries = self.journal.append(drafts)
                self._has |= {(entry.site, entry.number) for entry in entries}
                return entries

        return Desk(
            journal=Following(), state=self.state, by=by, clock=lambda: self.journal.now_s,
            entropy=lambda: os.urandom(16),
        )  # fmt: skip

    def opens(self, title: str, *, since_s: float = NOON_S, source: str = "alert", **components: str):
        self.journal.now_s += 1
        report = Report(title=title, since_s=since_s, source=source, components=components)
        return open_outage(self.desk(), report)

    def turn(self) -> None:
        self.journal.now_s += 1
        unite_twins(self.desk("system"))
        part_stranded(self.desk("system"))


def heal(*sites: Site) -> None:
    for one in sites:
        one.hear(*sites)
        # What is said afterwards comes behind what was heard, as with the clocks of real journals.
        one.journal.now_s = max(other.journal.now_s for other in sites) + 0.001


def sites(*names: str) -> list[Site]:
    return [Site(name, NOON_S + place / 10) for place, name in enumerate(names)]
