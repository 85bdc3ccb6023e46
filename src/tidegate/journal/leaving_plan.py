"""How far is it with what leaves the record? What would leave, what is waited for, what has left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.journal.compaction import Cut, Gap, gaps_digest


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What would have left a site's record then.

    Parameters
    ----------
    cut
        Which matters leave.
    gaps
        All gaps that are then.
    new_count, new_bytes
        How many entries leave that are here, by chain; and how many bytes they take together.
    """

    cut: Cut
    gaps: tuple[Gap, ...]
    new_count: Mapping[str, int]
    new_bytes: int

    @property
    def digest(self) -> str:
        """One word for all of it; the same at all sites that hold the same."""
        return gaps_digest(self.gaps)


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Why nothing leaves yet.

    Parameters
    ----------
    cut
        Which matters would leave.
    silent, otherwise
        The sites that have said nothing of it yet, and those that say otherwise than this one.
    is_served
        Whether a server works on the folder, which does the rest.
    """

    cut: Cut
    silent: tuple[str, ...]
    otherwise: tuple[str, ...]
    is_served: bool = False


@dataclass(frozen=True, kw_only=True)
class Compacted:
    """What was carried out.

    Parameters
    ----------
    cut
        Which matters left.
    left_count
        How many entries that were.
    path
        The file in which they stand; empty where there were none.
    """

    cut: Cut
    left_count: int
    path: str


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How far it is with what leaves.

    Parameters
    ----------
    done
        What was carried out here last; `NO_CUT` where nothing was.
    left_count
        How many entries have left here.
    waiting
        What is under way; None where nothing is.
    """

    done: Cut
    left_count: int
    waiting: Waiting | None
