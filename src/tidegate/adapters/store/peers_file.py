"""When was each other site heard last? Noted in the folder, for whoever looks while no page can be asked."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from tidegate.adapters.store.site_folder import write_whole
from tidegate.journal.moment import is_moment

_LOG = logging.getLogger("tidegate.exchange")
PEERS_NAME = "peers.json"
_MOST_BYTES = 1024 * 1024


def note_heard(folder: Path, heard: Mapping[str, float]) -> None:
    """Write down when each site was heard, in seconds since 1970; where it fails, only the log says so."""
    try:
        write_whole(folder / PEERS_NAME, json.dumps({"heard_s": dict(heard)}).encode())
    except OSError as error:
        _LOG.warning("it was not noted when sites were heard", extra={"why": str(error)})


def noted_heard(folder: Path) -> dict[str, float]:
    """Return when each site was heard, as was noted last, by its name; nothing where nothing is noted."""
    try:
        with (folder / PEERS_NAME).open("rb") as stream:
            found = json.loads(stream.read(_MOST_BYTES))["heard_s"]
        heard = {str(name): float(at_s) for name, at_s in found.items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}  # a note that is not there, or is broken, says nothing; nothing depends on it
    return {name: at_s for name, at_s in heard.items() if is_moment(at_s)}
