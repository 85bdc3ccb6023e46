"""What was handed over by another site, and what came of it? Where chains end, and what was kept."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.journal.chain_name import chain_of
from tidegate.journal.entry import Entry
from tidegate.journal.entry_chain import Damage


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
