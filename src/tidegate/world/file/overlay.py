"""What if some values were different? One world with `{path: value}` laid over it, read again.

Settings on the command line, map axes, counter-beliefs, candidates and adopted configuration are
all overlays; nothing here knows which one it is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.world.file.lay import lay
from tidegate.world.file.read import relay
from tidegate.world.world import WorldFile


def overlay(file: WorldFile, changes: Mapping[str, object]) -> WorldFile:
    """Return the world of `file` with each value set at its dotted path of file keys.

    Parameters
    ----------
    file
        The world laid over; it stays as it is.
    changes
        Values as the file writes them (``"30k/s"``, a catalogue name) or plain numbers in the
        core's unit; a plain number for a count is rounded. Items of lists are addressed by index.

    Raises
    ------
    InputError
        If a path leads nowhere (with the nearest one that exists) or the changed world is wrong.
    """
    if not changes:
        return file
    return relay(file, lay(file.document, changes, file.source))
