"""Whose is a site's folder, and who works on it? Its owner's alone; one server at a time.

Files come into it whole: they are written under another name and renamed, so that a process killed at
any moment leaves what was there before, or what was to be there, and never a part of it.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tidegate.errors import Fault, InputError

_LOG = logging.getLogger("tidegate.folder")
SERVER_LOCK = "server.lock"
_FOLDER_CLOSED = 0o066
"""Nobody else lists a folder or writes into it. To pass through it harms nothing, as files in it are closed
themselves: a web server of another user reads the public site below it."""
_FILE_CLOSED = 0o077
_NAMES = frozenset({
    "journal.db", "journal.db-journal", "site.key", "site.key.next", "secrets.json", SERVER_LOCK,
    "peers.json", "sheets.json", "letterbox.json", "sender.lock", "sender.jot", "sender.new", "public",
    "targets", "published", "quarantine", "archive",
})  # fmt: skip
"""What stands in a folder that is a site's and nothing else's."""


def make_folder(folder: Path) -> None:
    """Make a folder that its owner alone may read, where there is none.

    Raises
    ------
    InputError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be made: {error.strerror}", value=str(folder))) from None


def close_to_others(folder: Path, *names: str) -> None:
    """Take from a folder and files in it what lets others read them; say so in the log.

    A folder that holds other things too, such as a working folder, is left as it is, and named.

    Raises
    ------
    InputError
        If it is not ours to take.
    """
    for path, closed in ((folder, _FOLDER_CLOSED), *((folder / name, _FILE_CLOSED) for name in names)):
        try:
            mode = path.stat().st_mode & 0o7777
        except FileNotFoundError:
            continue
        if not mode & closed:
            continue
        if path == folder and not all(
            one.name in _NAMES or one.name.startswith(".") for one in path.iterdir()
        ):
            _LOG.warning("others can list %s (mode %o), which is no folder of the site's own", path, mode)
            continue
        left = mode & ~closed
        try:
            path.chmod(left)
        except OSError:
            allowed = f"chmod {left:o} {path}"
            raise InputError(Fault(what="can be read by others", value=str(path), allowed=allowed)) from None
        _LOG.warning("others could read %s (mode %o); now it is %o", path, mode, left)


def settle(folder: Path) -> None:
    """Have the names in a folder on the disk when this returns."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read; it is on the disk, whole, or as it was before.

    Raises
    ------
    OSError
        If it cannot be written.
    """
    waiting = path.with_name(f".{path.name}.new")
    handle = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    waiting.replace(path)
    settle(path.parent)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Be the only one who begins or replaces something in a folder; whoever else wants to waits.

    Raises
    ------
    InputError
        If the folder cannot be read.
    """
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=str(folder))) from None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


@contextmanager
def owned(folder: Path) -> Iterator[None]:
    """Be the one server of a folder until left; the system ends it with the process, however that ends.

    Raises
    ------
    InputError
        If another server has the folder, or it cannot be written.
    """
    make_folder(folder)
    path = folder / SERVER_LOCK
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(path))) from None
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise _taken(folder, os.pread(handle, 40, 0)) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _taken(folder: Path, said: bytes) -> InputError:
    holder = said.decode("ascii", "replace").strip()
    named = f" (process {holder})" if holder.isdecimal() else ""
    allowed = "one server for a folder; end that one first, or name another folder"
    return InputError(
        Fault(
            what=f"another server works on this folder{named}",
            kind="statement",
            value=str(folder),
            allowed=allowed,
        )
    )
