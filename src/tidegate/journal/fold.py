"""How does the state follow from the entries? Always from the same set the same state, in any order.

Two ways keep that promise without an election between sites. A `Story` keeps a subject's entries in
the one order that all sites agree on, and its noun is read from it. Where there are too many subjects
to keep their entries, a noun keeps the order of the last word of each kind, from `NEVER` on. What
nouns there are must not live here.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator
from operator import attrgetter

from tidegate.journal.clock import START, Stamp
from tidegate.journal.entry import Entry

_ORDER = attrgetter("order")


class Story:
    """All entries on one subject, in the order of all sites."""

    __slots__ = ("entries",)

    def __init__(self) -> None:
        self.entries: list[Entry] = []

    def take(self, entry: Entry) -> None:
        """Add one entry at its place."""
        if not self.entries or self.entries[-1].order < entry.order:
            self.entries.append(entry)
        else:
            insort(self.entries, entry, key=_ORDER)

    def said_by(self, said_s: float) -> tuple[Entry, ...]:
        """Return what had been said by `said_s`, seconds since 1970."""
        return tuple(entry for entry in self.entries if entry.said_s <= said_s)


class Stories:
    """The stories of one noun, by subject."""

    def __init__(self) -> None:
        self.by_subject: dict[str, Story] = {}

    def take(self, entry: Entry) -> None:
        """Add one entry to its subject's story."""
        story = self.by_subject.get(entry.subject)
        if story is None:
            story = self.by_subject[entry.subject] = Story()
        story.take(entry)

    def __iter__(self) -> Iterator[tuple[str, Story]]:
        return iter(sorted(self.by_subject.items()))

    def __len__(self) -> int:
        return len(self.by_subject)


NEVER: tuple[Stamp, str, int] = (START, "", 0)
"""Before every entry, in the order of all sites."""
