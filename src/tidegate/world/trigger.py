"""A trigger: anything else that disturbs, an operator's action included."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class Trigger:
    """A change of the world at one time, written as an overlay, undone after a while or not."""

    title: str = key("What people call it.", default="")
    at_s: float = key("When it begins.")
    for_s: float | None = key("After how long it is undone; none means it stays.", default=None, above=True)
    every_s: float | None = key(
        "It comes again every so often, from its beginning to the next; none: it comes once. A turn that has "
        "not its whole period before the horizon is left out.",
        default=None,
        above=True,
    )
    times_count: int | None = key(
        "How often it comes in all; none means as often as fits before the horizon.", default=None, least=1
    )
    set: Mapping[str, Any] = key("Paths of this file and the values they take.", factory=dict)
    reconnect: str = key(
        "A population whose clients all reconnect at that moment.", default="", names="clients"
    )
    reconnect_spread_s: float = key("… spread evenly over this.", default=0.0)
    gone_connections: str = key(
        "What becomes of kept connections to instances that it takes away (`services.*.instances`). break: "
        "that share of them breaks, and who keeps one connects again, as in an activity; stay: others have "
        "them, as where a proxy keeps them. With `balancing` it is known whose they are.",
        default="break",
        allowed=("break", "stay"),
    )
    by_operator: bool = key("Whether people did it to end the event, not what began it.", default=False)
