"""Where the records of rehearsals are kept: beside the user, under the world's name."""

from __future__ import annotations

from tidegate.adapters.files.worlds import is_file, read_text

RECORDS = ".rehearsals.jsonl"


def records_name(world: str, named: str | None) -> str:
    """Return the file that holds the records of a world."""
    return named or f"{world}{RECORDS}"


def read_kept(world: str, named: str | None) -> tuple[str, str]:
    """Return the records of a world and the name of their file; both empty where none were kept.

    Raises
    ------
    InputError
        If a file was named and cannot be read.
    """
    name = records_name(world, named)
    return read_text(name) if named is not None or is_file(name) else ("", "")
