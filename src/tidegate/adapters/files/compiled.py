"""Where is an engine that is compiled here kept between runs? Beside the package, or in the user's cache.

One that was built with the package needs no place. In a container with a read-only package and no home the
compiler finds none and gives up. Then it gets a private folder for this run alone: a shared one could hold
code that others put there.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from tidegate.simulate.kernels.built import NAME

PLACE = "NUMBA_CACHE_DIR"
_KERNELS = Path(__file__).parents[2] / "simulate" / "kernels"


def find_a_place() -> bool:
    """See that the compiler has a folder to write to; False where it is only one for this run."""
    if (_KERNELS / NAME).exists() or PLACE in os.environ:
        return True
    if any(_is_writable(folder) for folder in (_KERNELS / "__pycache__", _home())):
        return True
    folder = tempfile.mkdtemp(prefix="tidegate-compiled-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[PLACE] = folder
    return False


def _home() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "numba"


def _is_writable(folder: Path) -> bool:
    """Whether a folder can be written to, or made where it is not there."""
    for place in (folder, *folder.parents):
        if place.exists():
            return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
    return False
