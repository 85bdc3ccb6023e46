"""Read worlds and manifests from disk, and write what a verb made; whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from importlib import resources
from itertools import islice
from pathlib import Path

from tidegate.errors import Fault, InputError
from tidegate.world.file.names import nearest

MOST_BYTES = 10 * 1024 * 1024
WORLD_NAME = "world.yaml"
_MOST_BESIDE = 200


def _examples() -> Path:
    """Return where the bundled worlds are: inside the installed package, or beside the sources."""
    inside = Path(str(resources.files("tidegate"))) / "examples"
    return inside if inside.is_dir() else Path(__file__).resolve().parents[4] / "examples"


def bundled_names() -> tuple[str, ...]:
    """Return the names of the bundled worlds."""
    return tuple(sorted(path.parent.name for path in _examples().glob(f"*/{WORLD_NAME}")))


def locate(name: str) -> Path:
    """Return the file that `name` means: a path, a folder with a world, or a bundled world.

    Raises
    ------
    InputError
        If there is no such file.
    """
    path = Path(name)
    for candidate in (path, path / WORLD_NAME, _examples() / name / WORLD_NAME, _examples() / name):
        if candidate.is_file():
            return candidate
    names = bundled_names()
    beside = [str(path) for path in islice(path.parent.glob("*.y*ml"), _MOST_BESIDE)]
    raise InputError(
        Fault(
            what=f"no {WORLD_NAME} in this folder" if path.is_dir() else "no such file",
            value=name,
            allowed=f"a path, '-' for standard input, or one of {', '.join(names)}",
            nearest=nearest(name, [*beside, *names]),
        )
    )


def world_here() -> str:
    """Return the name of the world file in the folder one is in; empty where there is none."""
    return WORLD_NAME if Path(WORLD_NAME).is_file() else ""


def read_text(name: str, *, most_bytes: int = MOST_BYTES) -> tuple[str, str]:
    """Return the text that `name` means and the name of its source.

    Parameters
    ----------
    name
        A path, a folder with a world, a bundled world, or "-" for standard input.
    most_bytes
        How large it may be.

    Raises
    ------
    InputError
        If it cannot be read, is larger, or is not UTF-8 text.
    """
    if name == "-":
        data, source = sys.stdin.buffer.read(most_bytes + 1), "standard input"
    else:
        path = locate(name)
        source = name if path == Path(name) else os.path.relpath(path)
        try:
            with path.open("rb") as stream:
                data = stream.read(most_bytes + 1)
        except OSError as error:
            raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=source)) from None
    if len(data) > most_bytes:
        allowed = f"at most {most_bytes // 1024**2} MB"
        raise InputError(Fault(what="the file is too large", value=source, allowed=allowed))
    try:
        return data.decode("utf-8-sig"), source
    except UnicodeDecodeError as error:
        fault = Fault(what=f"not text: byte {error.start} is not UTF-8", value=source, allowed="UTF-8 text")
        raise InputError(fault) from None


def write_text(path: str, text: str) -> None:
    """Write a file whole: a reader sees the old one or the new one, never a part.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    target = Path(path)
    try:
        _replace(target, text)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=path)) from None


def is_file(path: str) -> bool:
    """Whether there is a file of that name."""
    return Path(path).is_file()


def append_text(path: str, text: str) -> None:
    """Add a text at the end of a file, which is made where there is none.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=path)) from None


def _replace(target: Path, text: str) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as stream:
        part = Path(stream.name)
        try:
            stream.write(text)
            stream.close()
            part.chmod(0o644)
            part.replace(target)
        except BaseException:  # an interrupt as well must leave nothing behind
            part.unlink(missing_ok=True)
            raise


def refuse_unwritable(path: str) -> None:
    """Refuse, before long work is done for it, a place where no file can be written.

    Raises
    ------
    InputError
        If its folder is not there or may not be written, or it is a folder itself.
    """
    target = Path(path)
    if target.is_dir():
        raise InputError(Fault(what="cannot be written: it is a folder", value=path, allowed="a file name"))
    if not target.parent.is_dir():
        raise InputError(Fault(what="cannot be written: there is no such folder", value=str(target.parent)))
    if not os.access(target.parent, os.W_OK):
        raise InputError(Fault(what="cannot be written: its folder is not yours to write", value=path))


def refuse_existing(path: str) -> None:
    """Refuse to write over a file.

    Raises
    ------
    InputError
        If it is there.
    """
    if Path(path).exists():
        fault = Fault(what="the file is there already", value=path, allowed="--force writes over it")
        raise InputError(fault)
