"""Which numbers of publications were seen before? A small file tells, so that who goes back is found out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from tidegate.adapters.store.site_folder import write_whole
from tidegate.errors import Fault, InputError
from tidegate.inform.site.copy_check import Seen

MOST_BYTES = 1024 * 1024
MOST_KEYS_COUNT = 1_000
_MARK = "tidegate_seen"


def read_seen(path: Path) -> Seen:
    """Return what a file remembers; nothing where there is none yet.

    Raises
    ------
    InputError
        If it cannot be read, or was not written here.
    """
    try:
        with path.open("rb") as stream:
            text = stream.read(MOST_BYTES + 1)
        return _seen(text)
    except FileNotFoundError:
        return Seen()
    except OSError as error:
        raise InputError(Fault(what=f"cannot be read: {error.strerror}", value=str(path))) from None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        allowed = "a file that --remember wrote, or none yet"
        raise InputError(Fault(what="remembers no numbers", value=str(path), allowed=allowed)) from None


def _seen(text: bytes) -> Seen:
    found = json.loads(text)
    if len(text) > MOST_BYTES or found[_MARK] != 1:
        raise ValueError
    copies = {str(name): _numbers(numbers) for name, numbers in found["copies"].items()}
    return Seen(keys=_numbers(found["keys"]), copies=copies)


def _numbers(found: Mapping[str, object]) -> Mapping[str, int]:
    numbers = {str(key): number for key, number in found.items() if type(number) is int}
    if len(numbers) != len(found):
        raise ValueError
    return numbers


def keep_seen(path: Path, seen: Seen) -> None:
    """Write what is to be remembered; the file is whole at every moment.

    Raises
    ------
    InputError
        If it cannot be written, or strangers' keys would fill it.
    """
    if len(seen.keys) > MOST_KEYS_COUNT:
        allowed = "name the keys of your sites with --key, and begin a new file"
        raise InputError(Fault(what="remembers too many keys", value=str(path), allowed=allowed))
    copies = {name: dict(numbers) for name, numbers in seen.copies.items()}
    text = json.dumps({_MARK: 1, "copies": copies, "keys": dict(seen.keys)}, sort_keys=True)
    try:
        write_whole(path, text.encode())
    except OSError as error:
        raise InputError(Fault(what=f"cannot be written: {error.strerror}", value=str(path))) from None
