"""What was handed over by another site, and what came of it? Where chains end, and what was kept."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tidegate.journal.chain_name import chain_of
from tidegate.journal.entry import Entry
from tidegate.journal.entry_chain import Damage

_LONGEST_LABEL = 200
_NUMBERS = 2**62
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class ChainEnd:
    """Where a chain or branch ends at some site.

    Parameters
    ----------
    label
        The chain, or the branch as that site calls it.
    number
        The number of the last entry.
    hash
        Its hash, in hexadecimal digits.
    """

    label: str
    number: int
    hash: str

    @property
    def chain(self) -> str:
        """The chain, whatever its branch is called."""
        return chain_of(self.label)


def stated_end(label: object, number: object, digest: object) -> ChainEnd:
    """Return where a chain ends as another site or a file states it.

    Raises
    ------
    ValueError
        If it is no such statement.
    """
    if not isinstance(label, str) or not 0 < len(label) <= _LONGEST_LABEL:
        raise ValueError("no name of a chain")
    if type(number) is not int or not 0 < number < _NUMBERS:
        raise ValueError("no number of an entry")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        raise ValueError("no hash of an entry")
    return ChainEnd(label=label, number=number, hash=digest)


@dataclass(frozen=True, kw_only=True)
class Received:
    """What came of some entries that were handed over.

    Parameters
    ----------
    entries
        Those that were new here, and are kept.
    forks
        Chain and number of each entry that was found to stand beside another.
    damage
        The first that was not kept, and why; those behind it were not looked at. None where all were.
    """

    entries: tuple[Entry, ...]
    forks: tuple[tuple[str, int], ...] = ()
    damage: Damage | None = None
