"""Where is the case of a receipt? Here, or still at the site that took it: found by the receipt alone.

Each site signs with a key that the record names, so any site can tell a receipt of any other, also before it
has heard of the case. A number is given once in a chain, and a folder that forgot some begins another chain:
so a receipt names one entry for ever.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from tidegate.adapters.store.journal_file import JournalFile
from tidegate.journal.chain_name import site_of
from tidegate.journal.site_members import Members
from tidegate.track.case import Receipt
from tidegate.track.receipt import read_receipt
from tidegate.verbs.record.case import received_entry

_LOOKED_AT_COUNT = 100


class Whereabouts(enum.Enum):
    """Where a case is of which somebody has a receipt."""

    HERE = "here"
    ARCHIVED = "archived"
    """It was closed, and has left the record."""
    NOT_HEARD = "not heard of yet"
    NOT_COUNTED = "not counted"
    """Its site was retired or its chain forked before, and what it said afterwards is taken by nobody; or
    something else stands here under the receipt's number, for a folder was started twice."""


@dataclass(frozen=True, kw_only=True)
class Receipted:
    """What a receipt leads to.

    Parameters
    ----------
    receipt
        The receipt, whose signature is that of a site of this record.
    site
        The site that accepted the case.
    where
        Where the case is.
    """

    receipt: Receipt
    site: str
    where: Whereabouts


def find_receipted(journal: JournalFile, members: Members, text: str) -> Receipted:
    """Return where the case of a receipt is.

    Parameters
    ----------
    journal
        The open journal.
    members
        Whom its site works with.
    text
        The receipt as it was given out.

    Raises
    ------
    InputError
        If it is no receipt, was changed, or no site of this record signed it.
    """
    found = read_receipt(text, keys=members.signing_keys)
    is_here = received_entry(journal.about(found.case, most_count=_LOOKED_AT_COUNT)) is not None
    last = members.cut.get(found.site)
    member = members.by_name.get(site_of(found.site))
    is_left = member is not None and member.is_retired and last is None
    is_other = journal.heads().get(found.site, 0) >= found.number
    is_cut = is_other or is_left or (last is not None and found.number > last)
    where = Whereabouts.NOT_COUNTED if is_cut else Whereabouts.NOT_HEARD
    if journal.has_left(found.site, found.number):
        where = Whereabouts.ARCHIVED
    return Receipted(receipt=found, site=site_of(found.site), where=Whereabouts.HERE if is_here else where)
