"""Customer segments and tooling: who uses the services, and what reports on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A group of customers that use the same services; never an individual customer."""

    title: str = key("What people call it.", default="")
    uses: tuple[str, ...] = key("The services they need.", default=(), names="services")
    loses: str = key("What they lose when those fail, in their words.", default="")
    keeps: str = key("What goes on working for them.", default="")
    advice: str = key("What they can do meanwhile, as the end of a sentence.", default="")
    known_as: Mapping[str, str] = key("Its names outside Tidegate, by system.", factory=dict)


@dataclass(frozen=True, kw_only=True)
class Tooling:
    """What people work with while something is down."""

    role: str = key(
        "What it is for.",
        allowed=("monitoring", "deployment", "status", "support", "access"),
    )
    title: str = key("What people call it.", default="")
    network: str = key("Where it stands.", names="networks")
    uses: tuple[str, ...] = key("The services it depends on.", default=(), names="services")
    reaches: tuple[str, ...] = key("Networks it must reach.", default=(), names="networks")
    known_as: Mapping[str, str] = key("Its names outside Tidegate, by system.", factory=dict)
