"""What does one step of building or changing a rig consist of? Nouns only; nothing here decides or runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Command:
    """A program that is run in one namespace.

    Parameters
    ----------
    place
        The namespace.
    words
        The command as it would be typed there.
    text
        What it reads from standard input; empty for nothing.
    """

    place: str
    words: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class SizeTable:
    """What packets of each length count for in a queue; `tc` itself has no words for it.

    Parameters
    ----------
    place, interface
        The namespace and the interface whose root queue gets the table.
    cell_bytes
        Lengths are told apart in steps of this (a power of two).
    billed_bytes
        For each step of length, from zero, how many bytes a packet counts for.
    """

    place: str
    interface: str
    cell_bytes: int
    billed_bytes: tuple[int, ...]


Step = Command | SizeTable


@dataclass(frozen=True, kw_only=True)
class Change:
    """Steps that are taken together while the rehearsal runs, `at_s` after its start."""

    at_s: float
    steps: tuple[Step, ...]


def commands(place: str, *lines: str) -> tuple[Command, ...]:
    """Return the lines as commands of one namespace, in order."""
    return tuple(Command(place=place, words=line) for line in lines)


def table_command(place: str, name: str, lines: Iterable[str]) -> Command:
    """Return the command that puts a table of nftables in place of the one of the same name."""
    body = "\n".join(f"  {line}" for line in lines)
    # Adding it first lets the deletion succeed where there is none yet; all of it happens at once.
    text = f"add table ip {name}\ndelete table ip {name}\ntable ip {name} {{\n{body}\n}}\n"
    return Command(place=place, words="nft -f -", text=text)
