"""Read worlds and manifests from disk, and write what a verb made; whole or not at all."""

from __future__ import annotations

import codecs
import os
import stat
import sys
import tempfile
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import TextIO

from tidegate.errors import Fault, InputError
from tidegate.world.file.nearest_name import nearest

MOST_BYTES = 10 * 1024 * 1024
MOST_DEPLOYED_BYTES = 5 * 1024 * 1024
"""How large a configuration may be that is read word by word."""
WORLD_NAME = "world.yaml"
_MOST_BESIDE = 200
_NEW_MODE = 0o644


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
    bundled = _examples() / name
    for candidate in (path, path / WORLD_NAME, bundled / WORLD_NAME, bundled):
        if _can_be_read(candidate):
            return candidate
    names = bundled_names()
    is_folder = os.path.isdir(name)  # noqa: PTH112  Path fails on a name that is too long
    raise InputError(
        Fault(
            what=f"no {WORLD_NAME} in this folder" if is_folder else "no such file",
            kind="absent",
            value=name,
            allowed=f"a path, '-' for standard input, or one of {', '.join(names)}",
            nearest="" if is_folder else nearest(name, [*_beside(path, "*.y*ml"), *names]),
        )
    )


def _can_be_read(path: Path) -> bool:
    """Whether there is something other than a folder: a pipe of a shell is as good as a file."""
    try:
        return path.exists() and not path.is_dir()
    except OSError:  # a name that is too long, a folder that is closed
        return False


def _beside(path: Path, pattern: str) -> list[str]:
    return [str(one) for one in islice(path.parent.glob(pattern), _MOST_BESIDE) if one.is_file()]


def world_here() -> str:
    """Return the name of the world file in the folder one is in; empty where there is none."""
    return WORLD_NAME if Path(WORLD_NAME).is_file() else ""


def read_world_text(name: str) -> tuple[str, str]:
    """Return the text of the world that `name` means and the name of its source.

    Parameters
    ----------
    name
        A path, a folder with a world, a bundled world, or "-" for standard input.

    Raises
    ------
    InputError
        If it cannot be read, is too large, or is not UTF-8 text.
    """
    if name == "-":
        return read_text(name)
    path = locate(name)
    if path == Path(name):
        return read_text(name)
    bundled = path.is_absolute() and not Path(name).is_absolute()
    # Where the package lies says nothing to who named a bundled world; its own path can be named again.
    return read_text(str(path.relative_to(_examples()) if bundled else os.path.relpath(path)))


def read_text(name: str, *, most_bytes: int = MOST_BYTES) -> tuple[str, str]:
    """Return the text of a file and the name of its source.

    Parameters
    ----------
    name
        A path, a file of a bundled world, or "-" for standard input.
    most_bytes
        How large it may be.

    Raises
    ------
    InputError
        If it cannot be read, is larger, or is no text in UTF-8 (or, with its mark, UTF-16).
    """
    source = "standard input" if name == "-" else name
    data = sys.stdin.buffer.read(most_bytes + 1) if name == "-" else _beginning(name, most_bytes + 1)
    if len(data) > most_bytes:
        allowed = f"at most {most_bytes // 1024**2} MB: the part that is meant is enough"
        raise InputError(Fault(what="the file is too large", kind="statement", value=source, allowed=allowed))
    # What a shell of Windows redirects into a file is UTF-16, and says so.
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    code, title = ("utf-16", "UTF-16") if is_wide else ("utf-8-sig", "UTF-8")
    try:
        text = data.decode(code)
        # Where no line ends as lines do, each ends as they once did on a Mac.
        return (text.replace("\r", "\n") if "\r" in text and "\n" not in text else text), source
    except UnicodeDecodeError as error:
        fault = Fault(
            what=f"not text: byte {error.start} is not {title}",
            kind="statement",
            value=source,
            allowed=f"{title} text",
        )
        raise InputError(fault) from None


def _beginning(name: str, most_bytes: int) -> bytes:
    path, allowed = Path(name), "a file, or '-' for standard input"
    try:
        with _bundled_or(path).open("rb") as stream:
            return stream.read(most_bytes)
    except IsADirectoryError:
        raise InputError(Fault(what="is a folder", value=name, allowed=allowed)) from None
    except FileNotFoundError:
        near = nearest(name, _beside(path, f"*{path.suffix}"))
        raise InputError(
            Fault(what="no such file", kind="absent", value=name, allowed=allowed, nearest=near)
        ) from None
    except OSError as error:
        raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=name)) from None


def _bundled_or(path: Path) -> Path:
    """Return a path, or the file of a bundled world that it means where nothing else is there."""
    bundled = _examples() / path
    return bundled if not path.exists() and bundled.is_file() else path


def write_text(path: str, text: str) -> None:
    """Write a file whole: a reader sees the old one or the new one, never a part.

    Where a link stands, what it leads to is written. What is there and is no file, such as a pipe or a
    device, takes the text as a stream.

    Raises
    ------
    InputError
        If the place cannot be written.
    """
    try:
        _write(Path(path), text)
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=path)) from None


def is_file(path: str) -> bool:
    """Whether there is a file of that name."""
    return Path(path).is_file()


def is_stream(path: str) -> bool:
    """Whether there is a pipe or a device of that name: something that is neither a file nor a folder."""
    target = Path(path)
    return target.exists() and not target.is_file() and not target.is_dir()


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


def _write(target: Path, text: str) -> None:
    there = _status(target)
    if there is not None and (stream := _own_stream(there)) is not None:
        stream.flush()  # what was said before comes before
        stream.buffer.write(text.encode())
        stream.buffer.flush()
    elif there is not None and not stat.S_ISREG(there.st_mode):
        with target.open("w", encoding="utf-8", newline="\n") as opened:
            opened.write(text)
    else:
        mode = _NEW_MODE if there is None else stat.S_IMODE(there.st_mode)
        _replace(Path(os.path.realpath(target)), text, mode)


def _status(target: Path) -> os.stat_result | None:
    """Return what is at a place, links followed; None where nothing is."""
    try:
        return target.stat()
    except FileNotFoundError:
        return None


def _own_stream(there: os.stat_result) -> TextIO | None:
    """Return which of this process' own outputs a place is, such as /dev/stdout, which may be a file."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if os.path.samestat(os.fstat(stream.fileno()), there):
                return stream
        except (AttributeError, OSError, ValueError):  # closed, or not one of the system's
            continue
    return None


def _replace(target: Path, text: str, mode: int) -> None:
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", newline="\n", dir=target.parent, prefix=f".{target.name}.", delete=False
    ) as stream:
        part = Path(stream.name)
        try:
            stream.write(text)
            stream.close()
            part.chmod(mode)
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
    there = _no_folder(path)
    if there is not None and not stat.S_ISREG(there.st_mode):
        if not os.access(target, os.W_OK):
            raise InputError(Fault(what="cannot be written: it is not yours to write", value=path))
        return
    folder = Path(os.path.realpath(target)).parent if target.is_symlink() else target.parent
    if not folder.is_dir():
        raise InputError(Fault(what="cannot be written: there is no such folder", value=str(folder)))
    if not os.access(folder, os.W_OK):
        raise InputError(Fault(what="cannot be written: its folder is not yours to write", value=path))


def refuse_existing(path: str) -> None:
    """Refuse to write over a file; a pipe or a device loses nothing.

    Raises
    ------
    InputError
        If it is there, or a folder is.
    """
    there = _no_folder(path)
    if there is not None and stat.S_ISREG(there.st_mode):
        fault = Fault(
            what="the file is there already", kind="statement", value=path, allowed="--force writes over it"
        )
        raise InputError(fault)


def _no_folder(path: str) -> os.stat_result | None:
    """Return what is at a place to be written; None where nothing is. A folder is refused."""
    try:
        there = _status(Path(path))
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=path)) from None
    if there is not None and stat.S_ISDIR(there.st_mode):
        raise InputError(Fault(what="cannot be written: it is a folder", value=path, allowed="a file name"))
    return there
