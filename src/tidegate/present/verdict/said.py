"""What is said under one label, how a command asks further of the same world, who asked. Nouns only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Part:
    """Sentences under one label.

    Parameters
    ----------
    must
        What no text leaves out.
    may
        What a short one leaves out.
    brief
        What stands for `must` where there would be no room for the ways it can go side by side; empty where
        nothing shorter says as much.
    """

    must: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    brief: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Asked:
    """How a command asks of the same again.

    Parameters
    ----------
    world
        How it names the world, with what is laid over it; empty where no file states it.
    names_activity
        Whether it has to name the activity: the world has several.
    """

    world: str = ""
    names_activity: bool = True


@dataclass(frozen=True, kw_only=True)
class Made:
    """What is said of a report's making.

    Parameters
    ----------
    digest
        Of the world that was judged; empty where it is not known.
    author, change
        Who asked, and of which change (a commit, a pull request); empty where nobody said.
    at
        When, with its zone; None where nobody said.
    """

    digest: str = ""
    author: str = ""
    change: str = ""
    at: datetime | None = None
