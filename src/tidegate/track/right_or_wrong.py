"""How often was the gate right, in each world? Counts alone; how sure they are is for who shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.track.given_ruling import GivenRuling

_UNSAFE = frozenset({"slow_down", "stop"})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How the rulings on one world came out.

    Parameters
    ----------
    world
        Which; empty for what no world knew.
    given_count
        How many were given.
    proceed_count, slow_down_count, stop_count, cannot_tell_count
        How many of each verdict.
    overridden_count
        How many were let through because somebody said so.
    unscored_count, unknown_count
        How many were not looked at, and of how many it is not known.
    called_safe_count, missed_count
        Of those that are known: how many were called safe, and how many of these failed.
    called_unsafe_count, false_alarms_count
        Of those that are known: how many were called unsafe, and how many of these held.
    """

    world: str
    given_count: int
    proceed_count: int
    slow_down_count: int
    stop_count: int
    cannot_tell_count: int
    overridden_count: int
    unscored_count: int
    unknown_count: int
    called_safe_count: int
    missed_count: int
    called_unsafe_count: int
    false_alarms_count: int


def standings(given: Iterable[GivenRuling]) -> tuple[Standing, ...]:
    """Return how rulings came out, by world."""
    by_world: dict[str, list[GivenRuling]] = {}
    for one in given:
        by_world.setdefault(one.world, []).append(one)
    return tuple(_standing(world, found) for world, found in sorted(by_world.items()))


def _standing(world: str, given: list[GivenRuling]) -> Standing:
    known = [one for one in given if one.outcome in {"right", "wrong"}]
    # A smaller step that was called safe and failed is a miss of a verdict that slows down.
    unsafe = [one for one in known if one.verdict in _UNSAFE and one.mistake != "miss"]
    safe = [one for one in known if one.verdict == "proceed" or one.mistake == "miss"]
    verdicts = [one.verdict for one in given]
    return Standing(
        world=world,
        given_count=len(given),
        proceed_count=verdicts.count("proceed"),
        slow_down_count=verdicts.count("slow_down"),
        stop_count=verdicts.count("stop"),
        cannot_tell_count=verdicts.count("cannot_tell"),
        overridden_count=sum(bool(one.override) for one in given),
        unscored_count=sum(not one.outcome for one in given),
        unknown_count=sum(one.outcome == "unknown" for one in given),
        called_safe_count=len(safe),
        missed_count=sum(one.mistake == "miss" for one in safe),
        called_unsafe_count=len(unsafe),
        false_alarms_count=sum(one.mistake == "false_alarm" for one in unsafe),
    )
