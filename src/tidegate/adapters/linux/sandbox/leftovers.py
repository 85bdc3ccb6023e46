"""What did a killed run leave behind that is provably ours? In doubt it stays.

A private directory is called ``tidegate-…`` and holds a marker: a file that names the directory itself
and is locked for as long as the run lives. The kernel drops the lock with the process, whatever killed
it. A directory is removed only when name, owner, mode, marker and a free lock all say that it is ours and
that nobody uses it any more.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "tidegate-"
MARKER = "tidegate-marker"


@contextmanager
def private_directory() -> Iterator[Path]:
    """Make a private directory for one run and remove it afterwards; removes older leftovers first."""
    remove_leftovers()
    directory = Path(tempfile.mkdtemp(prefix=PREFIX))
    marker = os.open(directory / MARKER, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        fcntl.flock(marker, fcntl.LOCK_EX)  # before the words that prove it ours: nobody may remove it
        os.write(marker, _proof(directory, directory.lstat()).encode())
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)
        os.close(marker)


def remove_leftovers() -> list[Path]:
    """Remove the private directories of runs that are over; returns those that were removed."""
    found = sorted(Path(tempfile.gettempdir()).glob(f"{PREFIX}*"))
    return [directory for directory in found if _removed(directory)]


def _removed(directory: Path) -> bool:
    with suppress(OSError):  # gone meanwhile, or not for us to read: not provably ours
        marker = os.open(directory / MARKER, os.O_RDWR | os.O_NOFOLLOW)
        try:
            fcntl.flock(marker, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _is_ours(directory, marker):
                shutil.rmtree(directory)
                return True
        finally:
            os.close(marker)
    return False


def _is_ours(directory: Path, marker: int) -> bool:
    about, own = directory.lstat(), os.fstat(marker)
    return (
        stat.S_ISDIR(about.st_mode)
        and stat.S_IMODE(about.st_mode) == stat.S_IRWXU
        and stat.S_ISREG(own.st_mode)
        and about.st_uid == own.st_uid == os.geteuid()
        and os.read(marker, 4096).decode(errors="replace") == _proof(directory, about)
    )


def _proof(directory: Path, about: os.stat_result) -> str:
    return f"private directory of tidegate\n{directory}\n{about.st_dev}:{about.st_ino}\n"
