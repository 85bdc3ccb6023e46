"""Two sites of one record on a disk, each with its own journal and key, that hear of each other when told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from record_sample import NOON_S
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.journal.entry import Draft

NAMES = ("eu", "us")


@dataclass
class Sites:
    """The folders of two sites, by name."""

    folders: dict[str, Path]

    def open(self, name: str) -> JournalFile:
        return open_journal(self.folders[name])

    def say(self, name: str, *drafts: Draft) -> None:
        journal = self.open(name)
        journal.append(drafts)
        journal.close()

    def exchange(self) -> None:
        """Have each hear what the other has: its own words first, then the other's."""
        journals = {name: self.open(name) for name in NAMES}
        for name, journal in journals.items():
            other = next(one for one in NAMES if one != name)
            journal.take_in(tuple(journals[other].sealed(other, journal.heads().get(other, 0))))
        for journal in journals.values():
            journal.close()


def two_sites(folder: Path) -> Sites:
    """Begin two sites with nothing on record but that they began."""
    for name in NAMES:
        begin_journal(folder / name, site=name).close()
    return Sites(folders={name: folder / name for name in NAMES})


def outage(subject: str, title: str, component: str, **texts: str) -> tuple[Draft, ...]:
    """What opens an outage, confirms it, and says a word of it."""
    hit = {component: "major_outage"}
    segments = ["buyers", "readers"]
    opened = {
        "title": title, "since_s": NOON_S, "source": "operator", "components": hit, "segments": segments
    }  # fmt: skip
    said = {"update": f"first-of-{subject}", "texts": {"en": f"{title}, we know."} | texts}
    return (
        Draft(kind="component.declared", subject=component, payload={"title": f"the {component}"}),
        Draft(kind="outage.opened", subject=subject, payload=opened),
        Draft(kind="outage.moved", subject=subject, payload={"event": "confirm"}),
        Draft(kind="update.published", subject=subject, payload=said),
    )
