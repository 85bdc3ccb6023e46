"""What was made of all that was given: a world, and what is to be said of it. Nouns only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.discover.discovered import Discovered
from tidegate.discover.unseen import Unseen


@dataclass(frozen=True, kw_only=True)
class Stock:
    """A world that several sources show together.

    Parameters
    ----------
    text
        The world file.
    counts
        How many services, populations and crossings it has, by their section.
    sources
        What was read.
    notes
        What was taken for granted, left out, or said differently by two sources; a sentence each.
    unused
        How many objects were not used: kind, why, how many.
    unseen
        What is not known; the first changes most.
    is_ranked
        Whether that was looked at, and is not only the order in which it stands.
    flows
        What records of flows showed, where some were given.
    """

    text: str
    counts: Mapping[str, int]
    sources: tuple[str, ...]
    notes: tuple[str, ...]
    unused: tuple[tuple[str, str, int], ...]
    unseen: tuple[Unseen, ...]
    is_ranked: bool
    flows: Discovered | None = None
