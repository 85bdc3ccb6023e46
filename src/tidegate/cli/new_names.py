"""Say of components that the record does not know that they are new, for a name may be mistyped."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

from tidegate.cli.app import width
from tidegate.cli.options import in_unicode

if TYPE_CHECKING:
    from tidegate.inform.state import State


def tell_new_components(state: State, words: Iterable[str]) -> None:
    """Tell on standard error which components are new here, each with the nearest that is known.

    Parameters
    ----------
    state
        What the record holds; where it holds no component, each is meant to be new.
    words
        Names of components, each with its status after an equals sign or without one.
    """
    from tidegate.present.record.new_names_text import new_components
    from tidegate.present.record.outage_text import fitted

    lines = new_components(state, words)
    if lines:
        sys.stderr.write(fitted(iter(lines), width=width(), unicode=in_unicode()))
