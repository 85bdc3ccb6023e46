"""What is a place that a site is put at? What it must be able to do, and how it fails."""

from __future__ import annotations

from typing import Protocol

from tidegate.errors import TidegateError
from tidegate.present.site.site_tree import SiteTree


class TargetError(TidegateError):
    """A site could not be put where it was meant to go; what was there before still is."""


class Target(Protocol):
    """A place that a site is put at."""

    name: str

    def held(self) -> int:
        """Return the number of the site that is there and refuses an earlier one; 0 where none does."""

    def put(self, tree: SiteTree) -> int:
        """Put a site there, and return how many files were new or changed.

        Raises
        ------
        TargetError
            If it cannot be put there.
        """
