"""What is said under one label, and how a command asks further of the same world. Nouns only."""

from __future__ import annotations

from dataclasses import dataclass


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
