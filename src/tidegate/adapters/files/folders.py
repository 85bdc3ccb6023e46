"""Write several files into a folder, each whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tidegate.adapters.files.worlds import write_text
from tidegate.errors import Fault, InputError

_SECRET_MODE = 0o600


def write_files(folder: str, texts: Mapping[str, str], *, secret: str = "") -> None:
    """Write texts by file name into a folder, which is made if it is not there, as are folders in it.

    Parameters
    ----------
    folder
        Where.
    texts
        What; a name may say a folder in it.
    secret
        The name of the file that only its owner may read; empty where there is none.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    try:
        for name in ("", *texts):
            (Path(folder) / name).parent.mkdir(parents=True, exist_ok=True)
        Path(folder).mkdir(exist_ok=True)
        if secret:  # what replaces it is never more open than it is
            (Path(folder) / secret).touch(mode=_SECRET_MODE)
            (Path(folder) / secret).chmod(_SECRET_MODE)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=folder)) from None
    for name, text in texts.items():
        write_text(str(Path(folder) / name), text)
