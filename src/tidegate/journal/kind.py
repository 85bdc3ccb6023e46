"""What is a kind of entry, and one of its fields? The forms; which there are stands in `entry_kinds`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field of a payload.

    Parameters
    ----------
    says
        What it means.
    form
        "line" (short text), "text", "time" (seconds since 1970, UTC), "number", "flag", "lines"
        (a list of short texts), "words" (short text by name), "texts" (text by name).
    required
        Whether it must be there.
    allowed
        The only values it may take; empty where any is allowed.
    """

    says: str
    form: str = "line"
    required: bool = False
    allowed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of entry.

    Parameters
    ----------
    name
        ``noun.happening``, such as ``outage.opened``.
    says
        What it states, as a sentence.
    fields
        What it carries, by name.
    version
        The version of its payload that is appended today.
    kept_when_full
        Whether it may use the space that is kept back for a full disk.
    comes_in_floods
        Whether strangers cause it: it leaves the last of that space to what operators say.
    """

    name: str
    says: str
    fields: Mapping[str, Field]
    version: int = 1
    kept_when_full: bool = False
    comes_in_floods: bool = False


def must(says: str, form: str = "line", allowed: tuple[str, ...] = ()) -> Field:
    """Return a field that has to be there."""
    return Field(says=says, form=form, required=True, allowed=allowed)


def may(says: str, form: str = "line", allowed: tuple[str, ...] = ()) -> Field:
    """Return a field that may be left out."""
    return Field(says=says, form=form, allowed=allowed)
