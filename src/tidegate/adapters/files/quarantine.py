"""Where are files kept that strangers send with a case? Apart, unread, for a while.

They are never served back as what they claim to be, never opened by us, and deleted after 14 days.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from pathlib import Path

KEEP_S = 14 * 86_400.0
MOST_BYTES = 5 * 1024 * 1024
MOST_FILES = 10
MOST_ALTOGETHER_BYTES = 2 * 1024**3
_CASE = re.compile(r"[a-z0-9]{12}", re.ASCII)
_LEFT_OUT = re.compile(r"[^A-Za-z0-9._-]+", re.ASCII)


class Quarantine:
    """A folder for files that came with cases.

    Parameters
    ----------
    folder
        Where; it is made when the first file comes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, case: str, name: str, content: bytes) -> bool:
        """Keep a file; False where there is no room for it, or it is too large."""
        if len(content) > MOST_BYTES or not _CASE.fullmatch(case) or len(self.names(case)) >= MOST_FILES:
            return False
        if self._size_bytes() + len(content) > MOST_ALTOGETHER_BYTES:
            return False
        own = self._folder / case
        digest = hashlib.sha256(content).hexdigest()[:12]
        try:
            for folder in (self._folder, own):
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            path = own / f"{digest}-{safe_name(name)}"
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
        except OSError:
            return False
        return True

    def names(self, case: str) -> list[str]:
        """Return the names of the files of a case."""
        own = self._folder / case
        if not _CASE.fullmatch(case) or not own.is_dir():
            return []
        return sorted(path.name for path in own.iterdir())

    def read(self, case: str, name: str) -> bytes | None:
        """Return a file of a case; None where there is none."""
        return (self._folder / case / name).read_bytes() if name in self.names(case) else None

    def drop_old(self, now_s: float | None = None) -> int:
        """Delete what was kept long enough; return how many files."""
        before_s = (time.time() if now_s is None else now_s) - KEEP_S
        old = [path for path in self._folder.glob("*/*") if path.stat().st_mtime < before_s]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _size_bytes(self) -> int:
        return sum(path.stat().st_size for path in self._folder.glob("*/*"))


def safe_name(name: str) -> str:
    """Return a file's name as letters, digits, dots and hyphens, without any way to another folder."""
    plain = _LEFT_OUT.sub("-", name.replace("\\", "/").rpartition("/")[2]).strip(".-")
    return plain[-80:] or "file"
