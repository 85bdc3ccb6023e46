"""A secret in a file of its own, as clusters and vaults mount it: read again as it changes, never shown."""

from __future__ import annotations

import logging
from pathlib import Path

from tidegate.errors import Fault, InputError

_LOG = logging.getLogger("tidegate.secrets")
SHORTEST = 16
_MOST_BYTES = 256 * 1024


class SecretText:
    """A secret.

    A file that cannot be read anew leaves it as it was: a mount that is written at this moment shuts nobody
    out.

    Parameters
    ----------
    path
        The file; white space around what it holds is not part of it.
    option
        By which it was named, for faults.
    shortest
        How many characters it has at least: a shorter one could be guessed.

    Raises
    ------
    InputError
        If there is no such file, or it holds no secret.
    """

    def __init__(self, path: str, option: str, *, shortest: int = SHORTEST) -> None:
        self._path, self._option, self._shortest = Path(path), option, shortest
        self._seen = self._mark()
        self._held = self._read()

    def __repr__(self) -> str:
        """Say which it is, and not what."""
        return f"SecretText({self._option})"

    @property
    def text(self) -> str:
        """What it is now."""
        try:
            mark = self._mark()
            if mark != self._seen:
                self._held, self._seen = self._read(), mark
        except InputError as error:
            _LOG.error("a secret cannot be read anew, and stays as it was", extra={"why": str(error)})
        return self._held

    def _mark(self) -> tuple[int, ...]:
        try:
            found = self._path.stat()
        except OSError:
            raise InputError(
                Fault(what="no such file", kind="absent", path=self._option, value=str(self._path))
            ) from None
        return found.st_mtime_ns, found.st_size, found.st_ino

    def _read(self) -> str:
        try:
            with self._path.open("rb") as file:
                text = file.read(_MOST_BYTES).decode().strip()
        except (OSError, ValueError):
            fault = Fault(what="cannot be read", path=self._option, value=str(self._path), allowed="a text")
            raise InputError(fault) from None
        if len(text) < self._shortest:
            allowed = f"at least {self._shortest} characters"
            fault = Fault(what="is too short", path=self._option, value=str(self._path), allowed=allowed)
            raise InputError(fault)
        return text
