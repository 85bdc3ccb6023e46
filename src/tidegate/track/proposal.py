"""Which outages may be one? Those that signals opened at nearly the same time, for a person to decide.

A monitoring system tells of one incident in many alerts. Where no world says that they have a cause in
common, each component's alerts open an outage of their own; so they are proposed as one. What the world
knows to be apart is not proposed, and neither is what people confirmed one by one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tidegate.track.correlate import WINDOW_S
from tidegate.track.lifecycle import OutageState
from tidegate.track.outage import Outage

if TYPE_CHECKING:
    from tidegate.world.world import World

_SIGNALS = ("alert", "probe", "cases", "watch")
_NOT_SHARED = ("severity", "alertname", "status", "urgency")
"""Labels that say nothing of where it happens."""


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """Outages that may be one.

    Parameters
    ----------
    into
        The one that the others would become part of: the confirmed one, or the earliest.
    others
        The others, the earliest first.
    within_s
        Within how long they all began.
    shared
        Labels that alerts of all of them carry, as ``name=value``.
    """

    into: Outage
    others: tuple[Outage, ...]
    within_s: float
    shared: tuple[str, ...]


def proposals(outages: Sequence[Outage], world: World | None) -> tuple[Proposal, ...]:
    """Return which open outages may be one, the earliest first; each is in one proposal at most."""
    left = sorted(
        (one for one in outages if one.is_open and not one.is_exercise and one.source in _SIGNALS),
        key=lambda one: (one.state is OutageState.EMERGING, one.since_s, one.id),
    )
    found = []
    while left:
        into, *rest = left
        others = [one for one in rest if _may_be_one(into, one, world)]
        left = [one for one in rest if one not in others]
        if others:
            begun_s = [one.since_s for one in (into, *others)]
            found.append(
                Proposal(
                    into=into, others=tuple(others), within_s=max(begun_s) - min(begun_s),
                    shared=_shared((into, *others)),
                )
            )  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.into.since_s))


def _may_be_one(into: Outage, one: Outage, world: World | None) -> bool:
    if one.state is not OutageState.EMERGING or abs(one.since_s - into.since_s) > WINDOW_S:
        return False
    nouns = () if world is None else (*world.services, *world.crossings)
    return not (into.cause in nouns and one.cause in nouns)


def _shared(outages: Sequence[Outage]) -> tuple[str, ...]:
    pairs = [{pair for seen in one.seen for pair in seen.labels.items()} for one in outages]
    common = set.intersection(*pairs)
    return tuple(sorted(f"{name}={value}" for name, value in common if name not in _NOT_SHARED))
