"""Do these chains hold together? All damages at once, for tests that have every entry in hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate.journal.entry import Sealed, UnreadableEntryError, read_entry
from tidegate.journal.entry_chain import Chains, Damage, DamagedJournalError


def verify(sealed: Iterable[Sealed]) -> Iterator[Damage]:
    """Yield every damage of some chains, each site's entries in their order; each up to its first."""
    chains = Chains(signatures=True)
    broken: set[str] = set()
    for one in sealed:
        try:
            if read_entry(one.body).site not in broken:
                chains.take(one)
        except UnreadableEntryError as error:
            yield Damage(site="", number=0, what=f"cannot be read: {error}")
        except DamagedJournalError as error:
            broken.add(error.damage.site)
            yield error.damage
