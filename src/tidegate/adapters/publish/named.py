"""Which place for a site does a word name? ``DIR``, ``rsync://``, ``s3://``, ``git+``."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tidegate.adapters.publish.target import Target
from tidegate.errors import Fault, InputError

MEANT = "a folder, rsync://host/module/path, rsync+ssh://host/path, s3://bucket/prefix?…, git+URL#branch"


def target(word: str, *, cache: Path) -> Target:
    """Return the place that a word names.

    Parameters
    ----------
    word
        A folder or an address, as `MEANT` says.
    cache
        A folder of ours in which a place may keep what it needs to know from one time to the next.

    Raises
    ------
    InputError
        If it names no place.
    """
    # Each kind is loaded only where it is named.
    from tidegate.adapters.publish.folder import FolderTarget  # noqa: PLC0415
    from tidegate.adapters.publish.git import git_target  # noqa: PLC0415
    from tidegate.adapters.publish.rsync import rsync_target  # noqa: PLC0415
    from tidegate.adapters.publish.s3 import s3_target  # noqa: PLC0415

    own = cache / hashlib.sha256(word.encode()).hexdigest()[:16]
    if word.startswith(("rsync://", "rsync+ssh://")):
        return rsync_target(word, own)
    if word.startswith("s3://"):
        return s3_target(word, own)
    if word.startswith("git+"):
        return git_target(word, own)
    if "://" in word or not word:
        raise InputError(Fault(what="is no place for a site", value=word[:80], allowed=MEANT))
    return FolderTarget(Path(word))
