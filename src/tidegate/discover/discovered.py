"""A record, and what was made of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.discover.occupancy import Occupancy
from tidegate.discover.population import Asked
from tidegate.discover.rerun import Replayed
from tidegate.discover.unseen import Unseen


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A record.

    Parameters
    ----------
    source
        Its name.
    pieces
        Its bytes, unpacked, cut anywhere, read as they are asked for.
    """

    source: str
    pieces: Iterable[bytes]


@dataclass(frozen=True, kw_only=True)
class Discovered:
    """A world, and what is to be said of it.

    Parameters
    ----------
    text
        The world file.
    places
        What was found in the record.
    length_s
        How long the record is.
    warnings
        What makes it less than it seems.
    unseen
        What it did not show.
    occupancy
        How full the table was, beside what the numbers make of it; None where that cannot be told.
    replayed
        How the world's own runs stand beside the record.
    """

    text: str
    places: tuple[Asked, ...]
    length_s: float
    warnings: tuple[str, ...]
    unseen: tuple[Unseen, ...]
    occupancy: Occupancy | None = None
    replayed: tuple[Replayed, ...] = ()
