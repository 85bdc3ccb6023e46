"""What does a JSON document say? Read field by field; every fault is kept until all are known."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tidegate.errors import Fault, InputError
from tidegate.journal.moment import parse_moment

_DEEPEST_FAULTS = 100
_GREATEST = 1e15


class Payload:
    """A JSON object that is read field by field.

    Parameters
    ----------
    document
        The object.
    """

    def __init__(self, document: Mapping[str, object]) -> None:
        self.document = document
        self._faults: list[Fault] = []

    @classmethod
    def read(cls, body: bytes) -> Payload:
        """Return the object that bytes mean.

        Raises
        ------
        InputError
            If they mean none.
        """
        try:
            document = json.loads(body or b"{}", parse_constant=_refused)
        except (ValueError, RecursionError):
            raise InputError(Fault(what="is not JSON", allowed="a JSON object")) from None
        if not isinstance(document, dict):
            raise InputError(Fault(what="is not a JSON object", allowed="a JSON object"))
        # Half a surrogate pair, which JSON can write, has no bytes in which it could be kept.
        return cls(document if b"\\u" not in body else _with_bytes(document))

    def fault(self, what: str, path: str, allowed: str) -> None:
        """Keep a fault."""
        value = str(self.document.get(path, ""))[:60]
        if len(self._faults) < _DEEPEST_FAULTS:
            self._faults.append(Fault(what=what, path=path, value=value, allowed=allowed))

    def check(self) -> None:
        """Refuse the document where anything was wrong.

        Raises
        ------
        InputError
            With every fault.
        """
        if self._faults:
            raise InputError(*self._faults)

    def text(self, name: str) -> str:
        """Return a text; empty where there is none."""
        found = self.document.get(name)
        if found is None:
            return ""
        if not isinstance(found, str):
            self.fault("is not text", name, "text")
            return ""
        return found

    def line(self, name: str) -> str:
        """Return a text of one line, without blanks around it."""
        return " ".join(self.text(name).split())

    def flag(self, name: str) -> bool:
        """Return whether something is so; not where nothing is said."""
        found = self.document.get(name, False)
        if not isinstance(found, bool):
            self.fault("is neither true nor false", name, "true or false")
            return False
        return found

    def lines(self, name: str) -> list[str]:
        """Return a list of texts; empty where there is none."""
        found = self.document.get(name) or []
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            self.fault("is not a list of texts", name, "a list of texts")
            return []
        return list(found)

    def words(self, name: str) -> dict[str, str]:
        """Return texts by name; empty where there are none."""
        found = self.document.get(name) or {}
        if not isinstance(found, dict) or not all(isinstance(item, str) for item in found.values()):
            self.fault("is not texts by name", name, "an object of texts")
            return {}
        return dict(found)

    def moment(self, name: str, *, is_needed: bool = False) -> float | None:
        """Return a time in seconds since 1970; None where there is none."""
        found = self.document.get(name)
        if found is None and not is_needed:
            return None
        try:
            return parse_moment(found if isinstance(found, str) else "")
        except InputError as error:
            self.fault(error.faults[0].what, name, error.faults[0].allowed)
            return None

    def number(self, name: str) -> float:
        """Return a number; 0 where it is none."""
        found = self.document.get(name)
        if isinstance(found, bool) or not isinstance(found, (int, float)) or not abs(found) <= _GREATEST:
            self.fault("is not a number", name, f"a number of at most {_GREATEST:g}")
            return 0.0
        return float(found)

    def one_of(self, name: str, allowed: Sequence[str], default: str) -> str:
        """Return one of the allowed words; without a default, it must be there."""
        found = self.document.get(name, default)
        if found in allowed and isinstance(found, str):
            return found
        self.fault("is not allowed", name, ", ".join(allowed))
        return default or allowed[0]


def _with_bytes(found: Any) -> Any:
    if isinstance(found, dict):
        return {_with_bytes(name): _with_bytes(value) for name, value in found.items()}
    if isinstance(found, list):
        return [_with_bytes(value) for value in found]
    return found.encode("utf-8", "replace").decode() if isinstance(found, str) else found


def _refused(name: str) -> float:
    raise ValueError(name)
