"""What a run has answered before: one with the same tables, seed and number is the same run, whoever asks.

A protection that raises a limit which only arithmetic knows, or a belief that changes nothing which is run,
leaves the tables as they are: what was run of the world without it need not be run again.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

_Answer = TypeVar("_Answer", bool, str)
_MOST_KEPT = 8192  # a hundred bytes each
_KEPT: OrderedDict[Hashable, Any] = OrderedDict()


def answered(question: Hashable, ask: Callable[[], _Answer]) -> _Answer:
    """Return the answer to a question, asked only where it is not known.

    Parameters
    ----------
    question
        All that the answer follows from, and nothing else.
    ask
        What finds it.
    """
    found: _Answer | None = _KEPT.get(question)
    if found is None:
        found = ask()
        _KEPT[question] = found
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.popitem(last=False)
    return found
