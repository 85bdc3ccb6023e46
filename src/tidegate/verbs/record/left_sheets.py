"""Leave for other sites what they cannot ask, and take what they left: that they are there, and secrets.

Where sites reach a store and not each other, or a file is carried. A letter says for which sites its secrets
are; they are taken only where this site would tell them to no other. So who was retired elsewhere, and is not
yet known here to be, does not learn from us what was renewed because of it.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tidegate.adapters.store.heard_sheets import HeardSheet, note_sheets, noted_sheets
from tidegate.adapters.store.journal_file import KEY_NAME, JournalFile
from tidegate.adapters.store.letterbox import HELD_S, Letterbox
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.adapters.store.site_key import read_key
from tidegate.errors import InputError
from tidegate.journal.clock import MOST_AHEAD_S
from tidegate.journal.closed_letter import KEY_BYTES, ClosedLetterError, closed, opened
from tidegate.journal.left_sheet import (
    Letter,
    Sheet,
    StrangeSheetError,
    UnreadableSheetError,
    letter_about,
    read_sheet,
    written,
)
from tidegate.journal.site_members import Members
from tidegate.present.record.site_text import Left
from tidegate.verbs.record.site import members_of

_LOG = logging.getLogger("tidegate.exchange")


@dataclass(kw_only=True)
class SheetsTaken:
    """What came of the sheets that other sites left.

    Parameters
    ----------
    heard
        The sheet of each site that left one, by its name.
    told_by
        The sites from which secrets were new here.
    refused
        What was not taken, and why.
    """

    heard: dict[str, HeardSheet] = field(default_factory=dict)
    told_by: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


class Sheets:
    """The sheets that the site of a journal leaves, and takes.

    Parameters
    ----------
    journal
        The open journal.
    members
        Gives whom its site trusts, as it is then.
    kept
        What all sites share in secret.
    key
        Gives what it signs with.
    """

    def __init__(
        self, journal: JournalFile, *, members: Callable[[], Members], kept: SecretsFile,
        key: Callable[[], Ed25519PrivateKey],
    ) -> None:  # fmt: skip
        self._journal, self._members, self._kept, self._key = journal, members, kept, key
        self._folder = journal.path.parent
        self._box = Letterbox(self._folder, clock=journal.now_s)

    def sheet(self, lasts_s: float) -> bytes:
        """Return what this site leaves: for so long it means that it is there.

        Raises
        ------
        OSError
            If the key that opens letters cannot be kept.
        """
        # The secrets first: where they were renewed because a site was retired, the members say so.
        secrets, mark = self._kept.held.text(), self._kept.mark()
        now_s, own = self._journal.now_s(), self._journal.site
        others = [one.name for one in self._members().others]
        content = json.dumps({"secrets": secrets, "for": sorted([own, *others])}).encode()
        # None is closed for a half that its site holds no longer: an old sheet may have been put there.
        halves = {
            name: one.half for name, one in noted_sheets(self._folder).items()
            if name in others and now_s - one.at_s < HELD_S
        }  # fmt: skip
        letters = {name: self._letter(content, name, half) for name, half in halves.items()}
        left = Sheet(site=own, at_s=now_s, lasts_s=lasts_s, half=self._box.half(), mark=mark, letters=letters)
        return written(left, self._key())

    def take(self, text: bytes, place: str, taken: SheetsTaken) -> None:
        """Take a sheet that another site left, and what it tells in secret; one of before says nothing.

        Parameters
        ----------
        text
            The sheet.
        place
            Where it was found.
        taken
            What came of it is added here.
        """
        members, now_s = self._members(), self._journal.now_s()
        try:
            found = read_sheet(text, {one.name: one.key for one in members.others})
        except StrangeSheetError:  # of one that was retired, or that is named only at other sites yet
            return
        except UnreadableSheetError as error:
            taken.refused.append(f"what was left in {place} {error}")
            return
        known = noted_sheets(self._folder).get(found.site)
        if found.at_s > now_s + MOST_AHEAD_S:
            ahead = f"is dated {found.at_s - now_s:,.0f} s ahead of this clock"
            taken.refused.append(f"what site {found.site} left in {place} {ahead}")
        elif known is None or found.at_s >= known.at_s:
            until_s = found.at_s + found.lasts_s
            heard = HeardSheet(at_s=found.at_s, until_s=until_s, half=found.half, place=place)
            taken.heard[found.site] = heard
            note_sheets(self._folder, {found.site: heard})
            self._read(found, members, taken)

    def _read(self, found: Sheet, members: Members, taken: SheetsTaken) -> None:
        """Take in what a sheet tells this site in secret."""
        letter = found.letters.get(members.own)
        private = self._box.opens(letter.half) if letter is not None else None
        if letter is None or private is None or found.mark == self._kept.mark():
            return  # closed for a key of before: by our next sheet its site knows the one that holds
        try:
            content = opened(letter.closed, private=private, about=letter_about(found.site, members.own))
            said = json.loads(content)
            meant, secrets = set(map(str, said["for"])), str(said["secrets"])
            is_meant = meant >= {members.own, *(one.name for one in members.others)}
            if is_meant and self._kept.take(secrets):
                taken.told_by.append(found.site)
        except (ClosedLetterError, KeyError, TypeError, ValueError, RecursionError):
            taken.refused.append(f"the letter that site {found.site} left cannot be read")
        except (InputError, OSError) as error:  # such as a full disk: it is tried again
            taken.refused.append(f"what site {found.site} knows in secret: {error}")

    def _letter(self, content: bytes, name: str, half: str) -> Letter:
        about, private = letter_about(self._journal.site, name), os.urandom(KEY_BYTES)
        return Letter(half=half, closed=closed(content, to=bytes.fromhex(half), private=private, about=about))


def sheets_of(journal: JournalFile) -> Sheets:
    """Return the sheets of a journal's site, for a command."""
    folder = journal.path.parent
    return Sheets(
        journal, members=lambda: members_of(journal), kept=SecretsFile(folder),
        key=lambda: read_key(folder / KEY_NAME),
    )  # fmt: skip


def left_here(journal: JournalFile) -> dict[str, Left]:
    """Return what each site left last, as is noted in a journal's folder."""
    now_s = journal.now_s()
    return {
        name: Left(
            at_s=one.at_s, age_s=max(0.0, now_s - one.at_s), place=one.place, is_lasting=now_s < one.until_s
        )
        for name, one in noted_sheets(journal.path.parent).items()
    }  # fmt: skip
