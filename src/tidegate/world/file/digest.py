"""Is it the same world? A digest of what its file states and of what that came to."""

from __future__ import annotations

import hashlib
import json

from tidegate.world.world import WorldFile


def file_digest(file: WorldFile) -> str:
    """Return the digest of a world, in hexadecimal; the layout and the comments of its file do not count.

    What the file takes from elsewhere (clients measured, the catalogue) does.
    """
    stated = json.dumps(file.document, sort_keys=True, default=str)
    return hashlib.sha256(f"{stated}{file.world!r}".encode()).hexdigest()
