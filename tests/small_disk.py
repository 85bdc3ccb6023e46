"""A disk that is small enough to be filled; it needs the right to mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _is_mounted(folder: Path, size: str) -> bool:
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        return False
    command = [mount, "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A folder on a disk of its own; the test is skipped where none can be had."""
    folder.mkdir()
    if not _is_mounted(folder, size):
        if os.environ.get("REQUIRE_PARTS") == "1":
            pytest.fail("no small disk could be mounted here")
        pytest.skip("needs the right to mount a small disk")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> None:
    """Leave not one byte free."""
    with (folder / "filler").open("wb", buffering=0) as stream:
        for size_bytes in (65536, 512):
            try:
                while True:
                    stream.write(bytes(size_bytes))
            except OSError:
                continue
