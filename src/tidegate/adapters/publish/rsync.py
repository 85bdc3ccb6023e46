"""How does a site get to another machine by rsync? From a folder of ours, all files set in place at the end.

Shortcut: rsync renames file after file, within a second or so; only a folder changes in one step. What the
other side holds is asked for first, but nothing keeps two sites from writing there at the same time.
"""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from tidegate.adapters.publish.folder import FolderTarget
from tidegate.adapters.publish.process import run
from tidegate.adapters.publish.shared_place import Highest, refuse_older, stated
from tidegate.adapters.publish.target import TargetError
from tidegate.errors import Fault, InputError
from tidegate.inform.site.manifest import MANIFEST, Manifest
from tidegate.present.site.site_tree import SiteTree

_MODULE = re.compile(r"rsync://(?:[\w.-]+@)?[\w.\[\]:-]+(?::\d+)?/[\w./~-]+", re.ASCII)
_SHELL = re.compile(r"rsync\+ssh://((?:[\w.-]+@)?[\w][\w.-]*)(/[\w./~-]+)", re.ASCII)


class RsyncTarget:
    """A folder on another machine.

    Parameters
    ----------
    name
        How it was named.
    address
        As rsync wants it.
    local
        The folder of ours that it is a copy of.
    """

    def __init__(self, name: str, address: str, local: Path) -> None:
        self.name = name
        self._address = address
        self._folder = FolderTarget(local)
        self._highest = Highest(local / ".held")

    def held(self) -> int:
        """Return the number of the site that was put there last, or was seen there."""
        return max(self._folder.held(), self._highest())

    def put(self, tree: SiteTree) -> int:
        """Put a site there; return how many files were new or changed.

        Raises
        ------
        TargetError
            If rsync fails, or the other side holds a later site.
        """
        with suppress(OSError):  # the copy is refused by name, if it cannot be kept
            # Closed to others, for some of its pages have addresses that are a secret.
            self._folder.root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        held = self._stated()
        self._highest.see(held)
        refuse_older(self.name, held, tree)
        changed = self._folder.put(tree)
        source = f"{self._folder.current}/"
        # By content: two publications within one second leave files of one time and often one size.
        words = ["rsync", "--recursive", "--checksum", "--times", "--delay-updates", "--delete-after"]
        words.append("--timeout=60")
        run(self.name, [*words, "--", source, self._address])
        return changed

    def _stated(self) -> Manifest | None:
        """Return what the other side states; None where nothing is there, or it cannot be asked."""
        with TemporaryDirectory() as folder, suppress(TargetError, OSError):
            words = ["rsync", "--timeout=60", "--", f"{self._address}{MANIFEST}", f"{folder}/"]
            run(self.name, words)
            return stated((Path(folder) / MANIFEST).read_bytes())
        return None


def rsync_target(word: str, cache: Path) -> RsyncTarget:
    """Return the target of ``rsync://host/module/path`` or ``rsync+ssh://host/path``.

    Raises
    ------
    InputError
        If it is no such address.
    """
    by_shell = _SHELL.fullmatch(word)
    if by_shell:
        return RsyncTarget(word, f"{by_shell[1]}:{by_shell[2]}/", cache)
    if _MODULE.fullmatch(word):
        return RsyncTarget(word, f"{word.rstrip('/')}/", cache)
    allowed = "rsync://host/module/path or rsync+ssh://user@host/path"
    raise InputError(Fault(what="is no address for rsync", value=word[:80], allowed=allowed))
