"""How every kernel is compiled: on bare pointers, without reference counting.

Inside the kernels memory is a pointer, not an array object: one machine word to hand on, and no look for
negative indices. Where the package was built with its engine (`built`), nothing is compiled and these are plain
functions that nobody calls; as plain Python, arrays themselves serve as memory, and every index is looked at.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
import os
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.simulate.kernels.built import library

Memory = Any  # a bare pointer when compiled, an array otherwise

# As arguments: a name is compiled once, a literal number once more.
ZERO, SECOND = 0, 1

CHOICE = "TIDEGATE_ENGINE"
ENGINES = ("built", "numba", "python")
"""Compiled when the package was built; compiled here, by numba; not at all: the same results, some 100 times slower."""


def _digest() -> int:
    """Return a number that changes whenever any kernel's source does."""
    sources = sorted(_sources(resources.files(__package__)))
    return int.from_bytes(hashlib.sha256(repr(sources).encode()).digest()[:7], "big")


def _sources(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith(".py"):
            yield entry.name, entry.read_bytes()


# numba keys its cache on one file and on what a function closes over. An entry point that closes
# over this number is compiled anew when another file of this package changes. A library that was built
# from other sources is left alone.
SOURCES = _digest()

CHOSEN = os.environ.get(CHOICE) or "built"
if CHOSEN not in ENGINES:
    raise InputError(Fault(what="is no engine", path=CHOICE, value=CHOSEN, allowed=", ".join(ENGINES)))
LIBRARY = library(SOURCES) if CHOSEN == "built" else None
ENGINE = "numba" if CHOSEN == "built" and LIBRARY is None else CHOSEN
"""What serves: where there is no library of these sources for this machine, numba does if it is installed."""

if ENGINE == "numba" and importlib.util.find_spec("numba") is None:
    raise InputError(
        Fault(
            what="this installation has no engine for this machine",
            allowed="one installed from the sources here (pip install .), or numba beside it",
        )
    )

if ENGINE != "numba":

    def njit(**_options: object) -> Any:
        """Return a decorator that leaves a function as it is."""
        return lambda function: function

    def pointer(array: Any) -> Any:
        """Return what indexes like the memory of `array`."""
        return array

else:
    import numba
    from numba.core import types
    from numba.extending import intrinsic

    njit = functools.partial(numba.njit, _nrt=False, error_model="numpy")

    @intrinsic
    def pointer(_typing: Any, array: Any) -> Any:
        """Return what indexes like the memory of `array`."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, args[0]).data

        return types.CPointer(array.dtype)(array), codegen  # type: ignore[no-untyped-call]
