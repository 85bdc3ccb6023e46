"""Lines kept as work goes on, so that it can go on later: one file, appended to, each line whole."""

from __future__ import annotations

from pathlib import Path

from tidegate.errors import Fault, InputError


def kept_lines(path: str) -> list[str]:
    """Return the whole lines of a file; none where it does not exist.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    file = Path(path)
    if not file.exists():
        return []
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(Fault(what=f"cannot be read: {error}", value=path)) from None
    return text.splitlines()


def keep_line(path: str, line: str) -> None:
    """Append one line to a file.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    file = Path(path)
    try:
        cut_short = file.exists() and file.read_bytes()[-1:] not in {b"", b"\n"}
        with file.open("a", encoding="utf-8") as stream:
            stream.write(("\n" if cut_short else "") + line + "\n")
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error}", value=path)) from None
