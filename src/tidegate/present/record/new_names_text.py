"""Which components are named that the record does not know? Perhaps mistyped: one wording everywhere."""

from __future__ import annotations

from collections.abc import Iterable

from tidegate.inform.state import State
from tidegate.world.file.nearest_name import nearest, shown


def new_components(state: State, words: Iterable[str]) -> list[str]:
    """Return a sentence for each component that is new, with the nearest that is known.

    Parameters
    ----------
    state
        What the record holds before they are taken in; where it holds no component, each is meant to be new.
    words
        Names of components, each with its status after an equals sign or without one.
    """
    declared = (one.id for one in state.components())
    known = list(dict.fromkeys([*declared, *(name for one in state.outages() for name in one.components)]))
    new = [name for word in words if (name := word.partition("=")[0]) not in known] if known else []
    return [new_component(name, known) for name in dict.fromkeys(new)]


def new_component(name: str, known: Iterable[str]) -> str:
    """Return the sentence that says of a component that it is new beside those that are known."""
    near = nearest(name, [one for one in known if one != name])
    return f"The component {shown(name)} is new here.{f' Did you mean {near}?' if near else ''}"
