"""Where in a store stand the sheets that sites leave for each other? One file a site, replaced by its own.

They are the only thing in a store that is ever replaced. Who may write there can put something else in
a sheet's place, or an old one; it is signed and says its time, so nothing false is believed, and with its
site's next turn it stands there again.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.adapters.between_sites.chain_store import SHEETS, ChainStore, StoreUnreachableError
from tidegate.journal.chain_name import is_site_name


def leave_sheet(store: ChainStore, site: str, text: bytes) -> None:
    """Put a site's sheet in the place of its last one.

    Raises
    ------
    StoreUnreachableError
        If the store cannot be used.
    """
    store.replace(f"{SHEETS}/{site}", text)


def sheets_in(store: ChainStore, own: str) -> Iterator[bytes]:
    """Yield what stands where other sites leave their sheets; nothing for one that cannot be read.

    Raises
    ------
    StoreUnreachableError
        If the store cannot be asked.
    """
    for name in store.names(SHEETS, ""):
        if name != own and is_site_name(name):
            try:
                yield store.read(f"{SHEETS}/{name}")
            except StoreUnreachableError:  # whatever was put there keeps no other sheet back
                yield b""
