"""How is a folder published so that a reader never meets half a site? A whole new tree, then one rename.

``DIR/current`` is a link to the tree that holds; a web server serves that. A tree shares every unchanged
file with the one before it, so a new word costs a few files. Older trees stay for those still reading.

Where the disk is full, room that was kept for one tree is given back, so that words still become public.

Shortcut: files are not forced to the disk one by one; after a loss of power a site is published again.
"""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from tidegate.adapters.publish.shared_place import refuse_older, stated
from tidegate.adapters.publish.target import TargetError
from tidegate.inform.site.manifest import MANIFEST, Manifest
from tidegate.present.site.site_tree import SiteTree

CURRENT = "current"
TREES = "trees"
KEPT_COUNT = 3
ROOM = ".room"
LEAST_ROOM_BYTES = 256 * 1024
MOST_ROOM_BYTES = 64 * 1024 * 1024
_BLOCK_BYTES = 4096


class FolderTarget:
    """A folder on this machine.

    Parameters
    ----------
    root
        The folder; it is made if it is not there.
    keeps_room
        Whether room for one more tree is kept back for a full disk.
    """

    def __init__(self, root: Path, *, keeps_room: bool = False) -> None:
        self.root = root
        self._keeps_room = keeps_room
        self.name = str(root)
        self._known: tuple[Path, Mapping[str, str]] | None = None

    @property
    def current(self) -> Path:
        """Where the site is read from."""
        return self.root / CURRENT

    def put(self, tree: SiteTree) -> int:
        """Put a site there, all at once; return how many files were new or changed.

        Raises
        ------
        TargetError
            If the folder cannot be written, holds something else, or holds a later site already.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            with self._locked():
                changed_count = self._put_somehow(tree)
                if self._keeps_room:
                    self._keep_room(tree)
                return changed_count
        except OSError as error:
            raise TargetError(f"{self.name}: cannot be written: {error.strerror}") from None

    def _put_somehow(self, tree: SiteTree) -> int:
        """Put a site there; on a full disk, in the room that was kept and that of older trees."""
        try:
            return self._put(tree)
        except OSError as error:
            if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
                raise
        (self.root / ROOM).unlink(missing_ok=True)
        current = self.current.resolve() if self.current.exists() else None
        for path in (self.root / TREES).iterdir():
            if path.resolve() != current:
                shutil.rmtree(path, ignore_errors=True)
        return self._put(tree)

    def _keep_room(self, tree: SiteTree) -> None:
        """Keep room for another tree like this, or as much as there is."""
        room = self.root / ROOM
        contents = tree.contents()
        wanted_bytes = sum(len(content) + _BLOCK_BYTES for content in contents.values())
        wanted_bytes = min(max(wanted_bytes, LEAST_ROOM_BYTES), MOST_ROOM_BYTES)
        if room.exists() and room.stat().st_size >= wanted_bytes:
            return
        while wanted_bytes >= LEAST_ROOM_BYTES and not _fill(room, wanted_bytes):
            wanted_bytes //= 2

    def _put(self, tree: SiteTree) -> int:
        if self.current.exists() and not self.current.is_symlink():
            raise TargetError(f"{self.name}: there is something else called {CURRENT}")
        old = self.current.resolve() if self.current.exists() else None
        refuse_older(self.name, self._stated(), tree)
        before = self._digests(old)
        new = self._new_tree(tree.sequence)
        digests = tree.digests()
        contents = tree.contents()
        changed = [path for path, digest in digests.items() if before.get(path) != digest]
        for folder in {(new / path).parent for path in digests}:
            folder.mkdir(parents=True, exist_ok=True)
        for path in digests.keys() - set(changed):
            assert old is not None  # something is known only of a tree that is there
            _share(old / path, new / path)
        for path in changed:
            (new / path).write_bytes(contents[path])
        self._turn_to(new)
        self._known = (new, digests)
        self._drop_old(new)
        return len(changed)

    def held(self) -> int:
        """Return the number of the site that is there; 0 where there is none that could be read."""
        held = self._stated()
        return held.sequence if held else 0

    def _stated(self) -> Manifest | None:
        try:
            return stated((self.current / MANIFEST).read_bytes())
        except OSError:
            return None

    def _digests(self, tree: Path | None) -> Mapping[str, str]:
        """Return what is in a tree: as we put it there, or read anew where another process did."""
        if tree is None:
            return {}
        if self._known is not None and self._known[0] == tree:
            return self._known[1]
        return digests_of(tree)

    def _new_tree(self, sequence: int) -> Path:
        trees = (self.root / TREES).resolve()
        for number in range(1_000_000):
            new = trees / f"{sequence:016d}.{number}"
            try:
                new.mkdir(parents=True)
            except FileExistsError:
                continue
            return new
        raise TargetError(f"{self.name}: too many trees of one moment")

    def _turn_to(self, new: Path) -> None:
        """Make the new tree the one that holds: one rename, before or after it, never between."""
        waiting = self.root / f".{CURRENT}.{os.getpid()}"
        waiting.unlink(missing_ok=True)
        waiting.symlink_to(Path(TREES) / new.name)
        waiting.replace(self.current)

    def _drop_old(self, current: Path) -> None:
        trees = sorted(path for path in current.parent.iterdir() if path != current)
        for path in trees[: -(KEPT_COUNT - 1)]:
            shutil.rmtree(path, ignore_errors=True)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Keep other processes from publishing here at the same time."""
        with (self.root / ".lock").open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def digests_of(tree: Path) -> dict[str, str]:
    """Return the SHA-256 of every file in a folder in hexadecimal digits, by its path there."""
    return {
        path.relative_to(tree).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in tree.rglob("*")
        if path.is_file()
    }


def _fill(path: Path, size_bytes: int) -> bool:
    """Make a file that takes up so much of the disk; False, and none, where there is not so much."""
    try:
        with path.open("ab") as stream:
            _take_up(stream, size_bytes)
    except OSError:
        path.unlink(missing_ok=True)
        return False
    return True


def _take_up(stream: BinaryIO, size_bytes: int) -> None:
    if hasattr(os, "posix_fallocate"):
        os.posix_fallocate(stream.fileno(), 0, size_bytes)
        return
    # A system without that call (macOS): what is written takes its place.
    starts_bytes = range(0, size_bytes, _BLOCK_BYTES)
    stream.writelines(bytes(min(_BLOCK_BYTES, size_bytes - start_bytes)) for start_bytes in starts_bytes)


def _share(old: Path, new: Path) -> None:
    try:
        os.link(old, new)
    except OSError:  # a file system without hard links, or a file that has as many as it may have
        shutil.copy2(old, new)
