"""What did other sites leave last, where both reach? Noted in the folder, for servers and commands alike."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tidegate.adapters.store.site_folder import alone, write_whole
from tidegate.journal.moment import is_moment

_LOG = logging.getLogger("tidegate.exchange")
SHEETS_NAME = "sheets.json"
_MOST_BYTES = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class HeardSheet:
    """The last sheet that a site left.

    Parameters
    ----------
    at_s, until_s
        When it was written, and until when it means that its site is there, in seconds since 1970.
    half
        For which half of a key letters to that site are closed.
    place
        Where it was found.
    """

    at_s: float
    until_s: float
    half: str
    place: str


def noted_sheets(folder: Path) -> dict[str, HeardSheet]:
    """Return the last sheet of each site, by its name; nothing where nothing is noted."""
    try:
        with (folder / SHEETS_NAME).open("rb") as stream:
            found = json.loads(stream.read(_MOST_BYTES))["sheets"]
        noted = {str(name): _read(one) for name, one in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}  # as where none was found: with the next one it is there again
    return {name: one for name, one in noted.items() if is_moment(one.at_s) and is_moment(one.until_s)}


def note_sheets(folder: Path, found: Mapping[str, HeardSheet]) -> None:
    """Write down sheets that are not older than those that are noted; where it fails, the log says so."""
    try:
        with alone(folder):
            noted = noted_sheets(folder)
            newer = {name: one for name, one in found.items() if is_newer(one, noted.get(name))}
            if newer:
                said = {name: asdict(one) for name, one in sorted({**noted, **newer}.items())}
                write_whole(folder / SHEETS_NAME, json.dumps({"sheets": said}).encode())
    except OSError as error:
        _LOG.warning("it was not noted what sites left", extra={"why": str(error)})


def is_newer(one: HeardSheet, known: HeardSheet | None) -> bool:
    """Whether a sheet is newer than what is noted."""
    return known is None or one.at_s > known.at_s


def _read(said: Mapping[str, object]) -> HeardSheet:
    at_s, until_s = said["at_s"], said["until_s"]
    if not isinstance(at_s, float | int) or not isinstance(until_s, float | int):
        raise TypeError("no time")
    return HeardSheet(
        at_s=float(at_s), until_s=float(until_s), half=str(said["half"]), place=str(said["place"])
    )
