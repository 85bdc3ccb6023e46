"""How every kernel is compiled: on bare pointers, without reference counting.

Inside the kernels memory is a pointer, not an array object: one machine word to hand on, and no
look for negative indices. With the compiler off (NUMBA_DISABLE_JIT=1) the array itself serves.
"""

from __future__ import annotations

import functools
import hashlib
from importlib import resources
from typing import Any

import numba
from numba.core import types
from numba.extending import intrinsic

Memory = Any  # a bare pointer when compiled, an array otherwise


def _digest() -> int:
    """Return a number that changes whenever any kernel's source does."""
    sources = sorted(
        (entry.name, entry.read_bytes())
        for entry in resources.files(__package__).iterdir()
        if entry.name.endswith(".py")
    )
    return int.from_bytes(hashlib.sha256(repr(sources).encode()).digest()[:7], "big")


# numba keys its cache on one file and on what a function closes over. An entry point that closes
# over this number is compiled anew when another file of this package changes.
SOURCES = _digest()

njit = functools.partial(numba.njit, _nrt=False, error_model="numpy")

if numba.config.DISABLE_JIT:  # type: ignore[attr-defined]

    def pointer(array: Any) -> Any:
        """Return what indexes like the memory of `array`."""
        return array

else:

    @intrinsic
    def pointer(_typing: Any, array: Any) -> Any:
        """Return what indexes like the memory of `array`."""

        def codegen(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, args[0]).data

        return types.CPointer(array.dtype)(array), codegen  # type: ignore[no-untyped-call]
