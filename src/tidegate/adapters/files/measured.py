"""The entries that probes measured, in a file of their own: read, and written whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tidegate.adapters.files.worlds import locate, read_text, read_world_text, write_text
from tidegate.world.file.measured import FILE_NAME, read_entries, read_measured
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

_HEAD = "# Clients measured by `tidegate probe`; a world beside this file names them measured/NAME.\n"


def measured_beside(name: str) -> Mapping[str, Any]:
    """Return the measured policies that a world finds beside it, by the name that a world writes.

    Raises
    ------
    InputError
        If the file is there and cannot be read.
    """
    if name == "-":
        return {}
    path = locate(name).parent / FILE_NAME
    return read_measured(*read_text(str(path))) if path.is_file() else {}


def load_world(name: str) -> WorldFile:
    """Return the world that `name` means, with what was measured beside it.

    Raises
    ------
    InputError
        With every fault of the file, each with its place.
    """
    text, source = read_world_text(name)
    return read_world(text, source, measured=measured_beside(name))


def entries_in(path: str) -> dict[str, Any]:
    """Return the entries of a file; none where it is not there.

    Raises
    ------
    InputError
        If it is something else than a file of measured entries.
    """
    if not Path(path).is_file():
        return {}
    return read_entries(*read_text(path))


def write_entries(path: str, entries: Mapping[str, Any]) -> None:
    """Write the entries whole.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    write_text(path, entries_text(entries))


def entries_text(entries: Mapping[str, Any]) -> str:
    """Return the text of a file of measured entries."""
    return _HEAD + yaml.safe_dump(
        {key: dict(entry) for key, entry in entries.items()}, sort_keys=False, allow_unicode=True, width=100
    )
