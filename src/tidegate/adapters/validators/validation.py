"""How is a vendor's validator run, and what does it say? In a folder of its own, with a time limit."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tidegate.protect.config_file import ConfigFile, Validation

_LONGEST_S = 60.0
_MOST_WORDS = 2_000


def missing(files: Sequence[ConfigFile], by: str, part: str) -> tuple[Validation, ...]:
    """Return that files could not be judged, because a part is not installed."""
    says = f"{part} is not installed"
    return tuple(Validation(name=one.name, by=by, valid=None, says=says) for one in files)


def program(name: str) -> str | None:
    """Return where a program is; None where it is not installed."""
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/sbin:/usr/local/sbin")


@contextmanager
def unpacked(files: Sequence[ConfigFile]) -> Iterator[Path]:
    """Put files into a new folder for as long as they are judged."""
    with tempfile.TemporaryDirectory(prefix="tidegate-validate-") as folder:
        for one in files:
            (Path(folder) / one.name).write_text(one.text, encoding="utf-8")
        yield Path(folder)


def run(command: Sequence[str], *, name: str, by: str, folder: Path) -> Validation:
    """Return what a validator says by its exit code and its words."""
    try:
        done = subprocess.run(  # noqa: S603  a fixed command over files that were written here
            command,
            cwd=folder,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LONGEST_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Validation(name=name, by=by, valid=None, says=f"gave no answer within {_LONGEST_S:.0f} s")
    except OSError as error:
        return Validation(name=name, by=by, valid=None, says=f"cannot be run: {error.strerror}")
    words = (done.stderr + done.stdout).strip()[-_MOST_WORDS:]
    return Validation(
        name=name, by=by, valid=done.returncode == 0, says="" if done.returncode == 0 else words
    )
