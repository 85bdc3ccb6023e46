"""How a noun states its fields: meaning, bounds and names, once, for reader, schema and reference.

The unit of a number is the suffix of its Python name, and the suffix decides how the file
writes it; the file key is the name without that suffix:

==============  =========================  ==================
suffix          the core holds             the file writes
==============  =========================  ==================
``_s``          seconds                    ``10s``, ``1.5min``
``_per_s``      per second                 ``64k/s``, ``20/min``
``_bit_per_s``  bits a second              ``10Gbit/s``
``_bytes``      bytes                      ``1.5kB``, ``1MiB``
``_ratio``      a pure number              ``5%``, ``0.05``
``_count``      a count                    ``1.5M``, ``600``
==============  =========================  ==================
"""

from __future__ import annotations

import dataclasses
from typing import Any

UNIT_SUFFIXES = ("_bit_per_s", "_per_s", "_ratio", "_count", "_bytes", "_s")
_UNBOUNDED = float("inf")


def key(
    meaning: str,
    *,
    default: Any = dataclasses.MISSING,
    factory: Any = dataclasses.MISSING,
    least: float = 0.0,
    most: float = _UNBOUNDED,
    above: bool = False,
    allowed: tuple[str, ...] = (),
    names: str = "",
) -> Any:
    """Declare one field of a noun.

    Parameters
    ----------
    meaning
        One or two sentences a newcomer understands; shown in schema and reference.
    default, factory
        As in `dataclasses.field`; without either the key is required.
    least, most
        Bounds of a number, inclusive.
    above
        True where the number must be greater than `least`, not equal to it.
    allowed
        The words a text field may hold.
    names
        The world mapping whose names this text refers to ("services", "crossings", …).
    """
    metadata = {
        "meaning": meaning,
        "least": least,
        "most": most,
        "above": above,
        "allowed": allowed,
        "names": names,
    }
    if factory is not dataclasses.MISSING:
        return dataclasses.field(default_factory=factory, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


def unit_suffix(name: str) -> str:
    """Return the unit suffix of a Python field name, or the empty string."""
    return next((suffix for suffix in UNIT_SUFFIXES if name.endswith(suffix)), "")


def file_key(name: str) -> str:
    """Return the key under which the world file writes the Python field `name`."""
    suffix = unit_suffix(name)
    return name[: -len(suffix)] if suffix else name
