"""What is awaited and survives a gate that is killed: each request as it came, until it is answered.

It holds what the caller signed, with the token by which it is answered: nobody but the gate may read it.
"""

from __future__ import annotations

import base64
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tidegate.gate.asking.message import Heard

_LOG = logging.getLogger("tidegate.gate")
FOLDER = "awaited"
_HEADERS = frozenset({"content-type", "x-github-event", "x-github-delivery"})
_MOST_READ = 1_000


@dataclass(frozen=True, kw_only=True)
class KeptRequest:
    """One request.

    Parameters
    ----------
    path
        By which it came.
    heard
        What came.
    at_s
        When, in seconds since 1970.
    """

    path: str
    heard: Heard
    at_s: float


class AwaitedOnDisk:
    """Requests that wait for an answer, a file each.

    Parameters
    ----------
    folder
        Of the gate.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / FOLDER

    def keep(self, key: str, request: KeptRequest) -> None:
        """Keep a request; what cannot be kept is told, and waits in memory alone."""
        said = {
            "key": key, "path": request.path, "at": request.at_s,
            "headers": _passed_on(request.heard.headers),
            "body": base64.b64encode(request.heard.body).decode(),
        }  # fmt: skip
        place = self._place(key)
        part = place.with_suffix(".part")
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            part.unlink(missing_ok=True)
            part.touch(0o600)
            with part.open("w", encoding="ascii") as file:
                json.dump(said, file)
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except OSError as error:
            _LOG.error("what is awaited could not be kept", extra={"why": str(error)[:500]})

    def drop(self, key: str) -> None:
        """Forget one that was answered."""
        with suppress(OSError):
            self._place(key).unlink()

    def all(self) -> Iterator[tuple[str, KeptRequest]]:
        """Yield what still waits, with its key; what cannot be read is told, and taken away."""
        for place in sorted(self._folder.glob("*.json"))[:_MOST_READ]:
            try:
                said = json.loads(place.read_text(encoding="utf-8"))
                heard = Heard(body=base64.b64decode(said["body"]), headers=dict(said["headers"]))
                request = KeptRequest(path=str(said["path"]), heard=heard, at_s=float(said["at"]))
                yield str(said["key"]), request
            except (OSError, ValueError, TypeError, KeyError) as error:
                _LOG.error("what was awaited cannot be read", extra={"why": str(error)[:500]})
                with suppress(OSError):
                    place.unlink()

    def _place(self, key: str) -> Path:
        return self._folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.json"


def _passed_on(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that say what it is; none by which anybody shows who they are."""
    return {name: said for name, said in headers.items() if name in _HEADERS}
