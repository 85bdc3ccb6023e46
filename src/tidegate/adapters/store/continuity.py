"""Does this folder hold all that its site has said, or was an older copy of it put back? Proof, or none.

After each commit, where a chain ends is noted in memory that lives as long as the machine runs (`/dev/shm`),
under the folder's own path. A journal that holds what was noted last has forgotten nothing. Where nothing is
noted (the machine began anew, the folder came from elsewhere) nothing is proven; where the note knows of
more, something is missing for sure. A copy put back holds no such note, for it is not in the folder.

Shortcut: without `/dev/shm` the folder for temporary files stands in, which some systems keep over a restart:
then an older copy is still found out, for the note knows of more.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108  a folder of our own within, closed to others


class Continuity:
    """What was said last from one folder, kept outside it.

    Parameters
    ----------
    journal
        The journal's file.
    memory
        Where notes are kept; a folder of the user's own is made within.
    """

    def __init__(self, journal: Path, memory: Path | None = None) -> None:
        place = memory or (_MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir()))
        self._folder = place / f"tidegate-{os.getuid()}"
        named = hashlib.sha256(str(journal.resolve()).encode()).hexdigest()
        self._path = self._folder / named[:32]
        self._handle = -1

    def noted(self) -> tuple[str, int, str] | None:
        """Return chain, number and hash of what was noted last; None where nothing was."""
        try:
            if self._folder.stat().st_uid != os.getuid():  # somebody else made it: it proves nothing
                return None
            chain, number, digest = self._path.read_text(encoding="utf-8").split("\n")[:3]
            return chain, int(number), digest
        except (OSError, ValueError):
            return None

    def note(self, chain: str, number: int, digest: str) -> None:
        """Note where a chain ends. Where that fails, nothing is proven the next time, and nothing lost."""
        content = f"{chain}\n{number}\n{digest}\n".encode().ljust(200, b" ")
        try:
            if self._handle < 0:
                self._folder.mkdir(mode=0o700, exist_ok=True)
                if self._folder.stat().st_uid != os.getuid():
                    return
                self._handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
            os.pwrite(self._handle, content, 0)
        except OSError:
            self.close()

    def forget(self) -> None:
        """Take the note away: whoever puts a copy in the folder says so itself."""
        self.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Let the note be."""
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1
