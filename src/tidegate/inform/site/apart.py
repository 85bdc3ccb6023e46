"""What does a site say where it may not know everything? Who made the page, and whom it cannot hear."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Apart:
    """That a site has not heard of everything that others said.

    Parameters
    ----------
    own
        The site that makes the pages.
    away
        The sites that it does not hear, each with since when in seconds since 1970; None for not yet.
    forked
        The sites whose record was found to go on in two ways.
    forks_seen
        Those of which the same was found, and somebody has looked into it.
    is_parted
        Whether the other sites take nothing that this one says.
    """

    own: str = ""
    away: tuple[tuple[str, float | None], ...] = ()
    forked: tuple[str, ...] = ()
    forks_seen: tuple[str, ...] = ()
    is_parted: bool = False


TOGETHER = Apart()
"""A site that has heard all there is, or stands alone."""
