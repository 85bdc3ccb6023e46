"""A file that is looked at again and again: opened so that nothing is waited for, whatever it is."""

from __future__ import annotations

import os
import stat
from typing import BinaryIO

from tidegate.errors import CannotTellError


def open_regular(name: str) -> BinaryIO:
    """Return a file, opened for reading; a pipe or a device, which may never answer, is none.

    Raises
    ------
    CannotTellError
        If it cannot be opened, or is no regular file.
    """
    try:
        opened = os.fdopen(os.open(name, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb")
    except OSError as error:
        raise CannotTellError(f"{name} cannot be read: {error.strerror}") from None
    if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
        opened.close()
        raise CannotTellError(f"{name} cannot be read: it is no regular file")
    return opened
