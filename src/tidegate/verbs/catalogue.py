"""Catalogue: what Tidegate knows of client behaviours and devices."""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.world.catalogue.entries import Entry, catalogue
from tidegate.world.file.names import nearest


def entries() -> tuple[Entry, ...]:
    """Return every entry, behaviours first."""
    return catalogue()


def entry(name: str) -> Entry:
    """Return one entry by name.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    found = {item.name: item for item in catalogue()}
    if name not in found:
        raise InputError(
            Fault(what="not in the catalogue", value=name, nearest=nearest(name, found), allowed="tidegate catalogue lists them")
        )
    return found[name]
