"""What if: what a report may be asked in a browser, without Tidegate."""

from __future__ import annotations

from tidegate.errors import InputError
from tidegate.evaluate.searching.what_if import WhatIf
from tidegate.evaluate.searching.what_if import what_if as offered
from tidegate.world.world import WorldFile


def what_if(file: WorldFile, activity: str | None) -> WhatIf | None:
    """Return what may be moved in a plan; None where nothing of it can be laid out.

    Parameters
    ----------
    file, activity
        The world, overlays already laid, and what happens in it.
    """
    try:
        return offered(file, activity)
    except InputError:
        return None  # the verdict stands; only the estimate is left out
