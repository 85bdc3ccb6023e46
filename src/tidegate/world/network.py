"""A network: hosts that reach each other freely, without passing a crossing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Network:
    """Hosts that reach each other freely."""

    title: str = key("What people call it.", default="")
    known_as: Mapping[str, str] = key("Its names outside Tidegate, by system.", factory=dict)
