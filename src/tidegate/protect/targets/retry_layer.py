"""What of a population's retry policy can a client library be told? The innermost layer, no vendor."""

from __future__ import annotations

import math
from typing import Any

from tidegate.protect.config_file import Draft, comment
from tidegate.protect.protection import Element
from tidegate.world.clients import Clients
from tidegate.world.file.value import value_at
from tidegate.world.retry import RetryLayer

_OUTER = "belongs to a layer outside the library, which its own author must set"
_LAW = "no library draws its pauses from a law like this one"
_TIMEOUT_LAW = "its time-outs differ in the world (timeout_law), and what is written is their mean."
_WHOLE = "retry"
NO_RETRIES = "tries nothing again by itself: the clients' own retries stay as they are"
"""What is told of a proxy beside a client that has no retries."""
_COUNTS = ("attempts", "retries")


class Innermost:
    """The innermost retry layer of one population while a target writes it down.

    Parameters
    ----------
    draft
        What is to be said.
    name
        The population.
    """

    def __init__(self, draft: Draft, name: str) -> None:
        self.draft = draft
        self.name = name
        self.clients: Clients = draft.world.clients[name]
        self.layer: RetryLayer | None = self.clients.retry.layers[0] if self.clients.retry.layers else None
        self.at = f"clients.{name}."
        self._layer_at = f"{self.at}retry.layers.0."
        self.comments: list[str] = []
        self._unsaid: list[str] = []
        self._otherwise: dict[str, dict[str, None]] = {}
        for element in draft.below(f"{self.at}retry.layers"):
            if not element.path.startswith(self._layer_at):
                draft.refuse(element.path, _OUTER)
        if self.layer is not None and self.layer.law.varies:
            self.refuse("law", _LAW)

    @property
    def attempts_count(self) -> int | None:
        """Attempts in all; None without limit."""
        if self.layer is None:
            return 1
        return None if self.layer.retries_count is None else self.layer.retries_count + 1

    def said(self, *keys: str) -> None:
        """Count elements of the layer as said."""
        for key in keys:
            element = self.draft.say(self._layer_at + key)
            if element is not None:
                self._commented(element)

    def own(self, key: str) -> Element | None:
        """Count an element of the clients themselves as said."""
        element = self.draft.say(self.at + key)
        if element is not None:
            self._commented(element)
            if key == "timeout" and self.clients.timeout_law.varies:
                self.draft.note(f"{self.name}: {_TIMEOUT_LAW}")
        return element

    def fixed(self, key: str, has: Any, why: str) -> None:
        """State what the library always does: the element is said if it asks for the same."""
        if self.layer is None:
            return
        value = value_at(self.draft.world, self._layer_at + key)
        if _alike(value, has):
            self.said(key)
        else:
            self.refuse(key, why)

    def refuse(self, key: str, why: str) -> None:
        """State that the layer differs from what the library can be told."""
        self._unsaid.append(why)
        path = self._layer_at + key
        self.draft.refuse(path, why)
        counted = [self._layer_at + one for one in _COUNTS] if key in _COUNTS else [path]
        if not self.draft.has(*counted) and self.draft.find(self.at + _WHOLE) is None:
            self._otherwise.setdefault(why, {})["retries" if key in _COUNTS else key] = None

    def finish(self) -> None:
        """Settle the element that is a whole policy: said only if nothing of it was refused."""
        path = self.at + _WHOLE
        element = self.draft.find(path)
        if element is None:
            # Whoever deploys the file changes more than was asked.
            for why, keys in self._otherwise.items() if self.comments else ():
                self.draft.note(f"{self.name}: otherwise in the world are {', '.join(keys)}: {why}.")
            return
        outer = len(self.clients.retry.layers) - 1
        if outer > 0:
            self._unsaid.append(f"{outer} of its layers: {_OUTER}")
        if self._unsaid:
            self.draft.refuse(path, "; ".join(dict.fromkeys(self._unsaid)))
        else:
            self.draft.say(path)
            self._commented(element)

    def _commented(self, element: Element) -> None:
        self.comments.append(comment(element))


def _alike(value: Any, has: Any) -> bool:
    if isinstance(value, (int, float)) and isinstance(has, (int, float)):
        return math.isclose(value, has, rel_tol=1e-9, abs_tol=1e-12)
    return bool(value == has)
