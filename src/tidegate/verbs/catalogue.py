"""Catalogue: what Tidegate knows of client behaviours and devices."""

from __future__ import annotations

from tidegate.errors import Fault, InputError
from tidegate.world.catalogue.entries import Entry, catalogue
from tidegate.world.file.nearest_name import nearest


def entries() -> tuple[Entry, ...]:
    """Return every entry, behaviours first."""
    return catalogue()


def named(name: str) -> tuple[Entry, ...]:
    """Return the entries of one name: a behaviour and a SYN schedule may share theirs.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    found = tuple(item for item in catalogue() if item.name == name)
    if not found:
        near = nearest(name, [item.name for item in catalogue()])
        listed = "tidegate catalogue lists them"
        raise InputError(
            Fault(what="not in the catalogue", kind="statement", value=name, nearest=near, allowed=listed)
        )
    return found
