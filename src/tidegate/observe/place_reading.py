"""How is each place of a world at one moment? Its loads, limits and time to them, and what is not seen.

A value, and its JSON: the command, the server's pages and the outages that are opened all say the same.
There are three states, and no fourth: what is not seen is never fine.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from tidegate.journal.moment import clock_text

WATCH_NAME = "the watch"
"""The name of the watch itself among its sources, where it is what does not see."""


class PlaceState(StrEnum):
    """How a place is."""

    FINE = "fine"
    BROKEN = "broken"
    BLIND = "blind"


_RANK: Mapping[PlaceState, int] = {PlaceState.FINE: 0, PlaceState.BLIND: 1, PlaceState.BROKEN: 2}


@dataclass(frozen=True, kw_only=True)
class Bound:
    """What a load may come to.

    Parameters
    ----------
    path
        Whose number it is in the world file, such as ``crossings.border.table.entries``.
    amount
        It, in the unit of the load, of all devices or instances together.
    is_measured
        Whether it was read from the place itself; else it is as the world states it.
    """

    path: str
    amount: float
    is_measured: bool = False


@dataclass(frozen=True, kw_only=True)
class Load:
    """What is asked of a place, and how far that is from what it can take.

    Parameters
    ----------
    what
        Its name: ``flows_held``, ``new_flows``, … (`live_number.LOADS`).
    unit
        ``count``, ``per_s`` or ``bit_per_s``.
    amount
        It; None while it is not seen.
    seen_s
        When it was last seen, in seconds since 1970; None where it never was.
    bound
        The lowest of its limits; None where the world states none.
    grows_per_s
        How fast it grows, in its unit a second; negative where it falls.
    reached_in_s
        In how many seconds it is at its limit if it goes on so; 0 at or beyond it, None where it is not on
        its way there.
    """

    what: str
    unit: str
    amount: float | None = None
    seen_s: float | None = None
    bound: Bound | None = None
    grows_per_s: float | None = None
    reached_in_s: float | None = None

    @property
    def share_ratio(self) -> float | None:
        """Share of the limit that is used; None where either is not known."""
        if self.amount is None or self.bound is None:
            return None
        return self.amount / self.bound.amount if self.bound.amount > 0 else float(self.amount > 0)


@dataclass(frozen=True, kw_only=True)
class Surge:
    """More is asked than usual, and not by chance.

    Parameters
    ----------
    what
        Of which load.
    since_s
        When it began, as far as can be told, in seconds since 1970.
    usual, amount
        What is usual at this time, and what it is now, in the load's unit.
    """

    what: str
    since_s: float
    usual: float
    amount: float


@dataclass(frozen=True, kw_only=True)
class Unseen:
    """A number that should be seen and is not.

    Parameters
    ----------
    path
        Which: ``crossings.border.flows_held``, or one of the world file such as ``services.api.instances``.
    since_s
        When it was last seen, in seconds since 1970; where it never was, when the watch began.
    was_seen
        Whether it was ever seen.
    why
        What is known of why, as a clause.
    """

    path: str
    since_s: float
    was_seen: bool
    why: str


@dataclass(frozen=True, kw_only=True)
class Drift:
    """A number of the world file beside what is measured now.

    Parameters
    ----------
    path
        Which.
    stated, low, high
        What the world states, and the range it is believed to lie in; equal where it states none.
    measured
        What it is now.
    """

    path: str
    stated: float
    low: float
    high: float
    measured: float

    @property
    def is_inside(self) -> bool:
        """Whether what is measured lies in the range."""
        return self.low <= self.measured <= self.high


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One crossing, service or population at a moment.

    Parameters
    ----------
    section, name
        Where it stands in the world file: ``crossings``, ``border``.
    state
        Fine, broken or blind. Broken goes before blind: what is seen to be wrong is wrong.
    since_s
        Since when it has been so, in seconds since 1970.
    why
        Why it is not fine, as sentences, the worst first; empty where it is.
    loads, surges, unseen, drifts
        What is known of it.
    unwatched
        Names of loads that have a limit and are not read, or that nobody shows: of them nothing is known.
    notes
        What else is to be known of its samples, as clauses: such as were passed over, and such as differ.
    """

    section: str
    name: str
    state: PlaceState
    since_s: float
    why: tuple[str, ...] = ()
    loads: tuple[Load, ...] = ()
    surges: tuple[Surge, ...] = ()
    unseen: tuple[Unseen, ...] = ()
    drifts: tuple[Drift, ...] = ()
    unwatched: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def narrowest(self) -> Load | None:
        """The load that is nearest to its limit; None where none has one."""
        known = [(one.share_ratio, one) for one in self.loads if one.share_ratio is not None]
        return max(known, key=lambda pair: pair[0])[1] if known else None

    @property
    def holds(self) -> bool | None:
        """Whether the world's numbers still hold here; None where none of them is measured."""
        return all(one.is_inside for one in self.drifts) if self.drifts else None


@dataclass(frozen=True, kw_only=True)
class SourceState:
    """One source of series.

    Parameters
    ----------
    name
        What people call it.
    state
        Fine or blind.
    since_s
        Since when, in seconds since 1970.
    why
        Why it cannot be read; empty where it can.
    """

    name: str
    state: PlaceState
    since_s: float
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Watched:
    """All places of a world at a moment.

    Parameters
    ----------
    world
        Its name.
    at_s
        The moment, in seconds since 1970.
    readings
        Of each place that is watched, in the order of the world file.
    sources
        Where the series come from.
    unbound
        Crossings and services with a limit of which no series is stated, as ``crossings.border``: of them
        nothing is known.
    """

    world: str
    at_s: float
    readings: tuple[Reading, ...] = ()
    sources: tuple[SourceState, ...] = ()
    unbound: tuple[str, ...] = ()

    @property
    def state(self) -> PlaceState:
        """The worst of all; blind where nothing is watched."""
        found = [one.state for one in self.readings] + [one.state for one in self.sources]
        return max(found, key=_RANK.__getitem__) if self.readings else PlaceState.BLIND

    @property
    def unwatched(self) -> tuple[str, ...]:
        """Loads that have a limit and are not watched, of places of which something is."""
        return tuple(f"{one.section}.{one.name}.{what}" for one in self.readings for what in one.unwatched)

    @property
    def blind_since_s(self) -> float | None:
        """Since when something is not seen, in seconds since 1970; None where all is seen."""
        since_s = [unseen.since_s for one in self.readings for unseen in one.unseen]
        since_s += [one.since_s for one in self.sources if one.state is PlaceState.BLIND]
        return min(since_s, default=None if self.readings else self.at_s)


def not_looked(last: Watched, now_s: float) -> Watched:
    """Return what is known where nobody has looked since: nothing, of any place.

    Parameters
    ----------
    last
        What was seen then.
    now_s
        The time, in seconds since 1970.
    """
    why = f"the watch itself has not looked since {clock_text(last.at_s, now_s, has_seconds=True)}"
    since_s = min(last.at_s if last.blind_since_s is None else last.blind_since_s, now_s)
    watch = SourceState(name=WATCH_NAME, state=PlaceState.BLIND, since_s=since_s, why=why)
    readings = tuple(
        Reading(
            section=one.section, name=one.name, state=PlaceState.BLIND,
            since_s=min((each.since_s for each in one.unseen), default=last.at_s), why=(why,),
            unseen=one.unseen, unwatched=one.unwatched,
        )
        for one in last.readings
    )  # fmt: skip
    return replace(last, at_s=now_s, readings=readings, sources=(watch,))


def watched_json(found: Watched) -> dict[str, Any]:
    """Return it as a document of JSON; times are seconds since 1970, what is not known is null."""
    return {
        "world": found.world,
        "at_s": found.at_s,
        "state": found.state.value,
        "blind_since_s": found.blind_since_s,
        "places": [_reading(one) for one in found.readings],
        "sources": [
            {"name": one.name, "state": one.state.value, "since_s": one.since_s, "why": one.why}
            for one in found.sources
        ],
        "unbound": list(found.unbound),
        "unwatched": list(found.unwatched),
    }


def _reading(one: Reading) -> dict[str, Any]:
    narrowest = one.narrowest
    return {
        "section": one.section,
        "name": one.name,
        "state": one.state.value,
        "since_s": one.since_s,
        "why": list(one.why),
        "narrowest": None if narrowest is None else narrowest.what,
        "holds": one.holds,
        "loads": [_load(load) for load in one.loads],
        "surges": _fields(one.surges, ("what", "since_s", "usual", "amount")),
        "unseen": _fields(one.unseen, ("path", "since_s", "was_seen", "why")),
        "drifts": _fields(one.drifts, ("path", "stated", "low", "high", "measured", "is_inside")),
        "unwatched": list(one.unwatched),
        "notes": list(one.notes),
    }


def _load(one: Load) -> dict[str, Any]:
    bound = one.bound
    return {
        "what": one.what,
        "unit": one.unit,
        "amount": one.amount,
        "seen_s": one.seen_s,
        "limit": None
        if bound is None
        else {"path": bound.path, "amount": bound.amount, "is_measured": bound.is_measured},
        "share_ratio": one.share_ratio,
        "grows_per_s": one.grows_per_s,
        "reached_in_s": one.reached_in_s,
    }


def _fields(found: Iterable[object], names: tuple[str, ...]) -> list[dict[str, Any]]:
    return [{name: getattr(one, name) for name in names} for one in found]
