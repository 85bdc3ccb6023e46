"""The engine as it was compiled when the package was built: where it stands, and how it is called.

`hatch_build.py` makes it: a library of two functions and the digest of the sources they were made from.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from importlib import resources
from typing import Any

NAME = "libtidegate.so"
DIGEST, PREPARE, RUN = "tidegate_sources", "tidegate_prepare", "tidegate_run"


def library(sources: int) -> ctypes.CDLL | None:
    """Return the library beside this module; None where there is none for this machine and these sources."""
    path = resources.files(__package__) / NAME
    if not path.is_file():
        return None
    try:
        found = ctypes.CDLL(str(path))
    except OSError:  # made for another machine
        return None
    return found if ctypes.c_int64.in_dll(found, DIGEST).value == sources else None


def entry_points(found: ctypes.CDLL) -> tuple[Callable[..., None], Callable[..., None]]:
    """Return the two ways in, as `engine` describes them; other threads go on meanwhile."""
    nothing = ctypes.byref(ctypes.c_void_p())  # where numba's convention would put a result and an error
    carry_out, set_up = getattr(found, RUN), getattr(found, PREPARE)
    word = ctypes.c_void_p
    carry_out.argtypes = [word] * 4
    set_up.argtypes = [word, word, word, word, ctypes.c_int64]

    def prepare(memory: Any, script: Any) -> None:
        set_up(nothing, nothing, memory.ctypes.data, script.ctypes.data, len(script))

    def run(memory: Any, floats: Any) -> None:
        carry_out(nothing, nothing, memory.ctypes.data, floats.ctypes.data)

    return prepare, run
