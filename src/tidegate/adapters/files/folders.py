"""Write several files into a folder, each whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tidegate.adapters.files.worlds import write_text
from tidegate.errors import Fault, InputError


def write_files(folder: str, texts: Mapping[str, str]) -> None:
    """Write texts by file name into a folder, which is made if it is not there.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=folder)) from None
    for name, text in texts.items():
        write_text(str(Path(folder) / name), text)
