"""What does a caller say and hear? A request as it came, and an answer in the words that it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tidegate.errors import Fault, InputError
from tidegate.gate.asking.intent import Intent
from tidegate.gate.asking.ruling import Policy, Ruling


def _refused(_constant: str) -> float:
    raise ValueError


def _each_once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; one that says a key twice says two things, and other readers take the other."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A request.

    Parameters
    ----------
    body
        As it came.
    headers
        By name in small letters.
    query
        Of the address, by name.
    """

    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> Mapping[str, Any]:
        """Return the JSON object that it carries.

        Raises
        ------
        InputError
            If it carries none.
        """
        try:
            found = json.loads(self.body, parse_constant=_refused, object_pairs_hook=_each_once)
            json.dumps(found, ensure_ascii=False).encode()  # halves of characters are none
        except (ValueError, RecursionError):
            allowed = "a JSON object, each of its keys once"
            raise InputError(Fault(what="is no JSON", path="body", allowed=allowed)) from None
        if not isinstance(found, dict):
            raise InputError(Fault(what="is no JSON object", path="body", allowed="a JSON object"))
        return found


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer.

    Parameters
    ----------
    status
        Of HTTP.
    document
        What is answered as JSON; None where `text` is.
    text
        What is answered as plain text.
    headers
        Beside the type of the content.
    happens, to_count
        Whether the change happens after this answer, and to which size it was brought down; None where it
        happens as it was asked for.
    is_answer
        Whether this is what becomes of it; False where another path of the same caller says that.
    """

    status: int = 200
    document: Mapping[str, Any] | None = None
    text: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    happens: bool = True
    to_count: int | None = None
    is_answer: bool = True


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that asks something, and what is known of it.

    Parameters
    ----------
    heard, intent, ruling
        As they are.
    held_s
        For how long what asks has been held up; 0 where it has not.
    """

    heard: Heard
    intent: Intent
    ruling: Ruling
    held_s: float = 0.0

    def is_held_up(self, policy: Policy) -> bool:
        """Return whether it is not to happen as it was asked for; who overrides is not held up."""
        return self.ruling.holds_up(policy) and not self.intent.override


class Caller(Protocol):
    """One contract: from a request to an intent, and from a ruling to the answer."""

    name: str
    """As its path and the record call it."""
    methods: tuple[str, ...]
    """Those of HTTP by which it asks."""

    def intent(self, heard: Heard) -> Intent | None:
        """Return what is asked about; None where nothing is, such as where the caller only tries the way.

        Raises
        ------
        InputError
            If it is not what this caller sends.
        """

    def reply(self, asked: Asked, policy: Policy) -> Reply:
        """Return the answer to an intent."""

    def nothing(self, heard: Heard, /) -> Reply:
        """Return the answer to a request that asks nothing."""

    def refusal(self, error: InputError, policy: Policy, /) -> Reply:
        """Return the answer to a request that is not what this caller sends."""
