"""What does a watch say as alerts? One for each place and how bad it is, however often its series flap.

What was wrong is over only after it was quiet for a quarter of an hour; until then it is the same alert. That
nothing is seen is no outage of a place: it is an alert of its own, of the watch itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tidegate.journal.moment import clock_text
from tidegate.observe.live_number import amount_text
from tidegate.observe.place_reading import PlaceState
from tidegate.track.alert import Alert
from tidegate.track.outage import Outage

if TYPE_CHECKING:
    from tidegate.observe.place_reading import Load, Reading, Watched
    from tidegate.world.world import World

QUIET_S = 900.0
BLIND_FOR_S = 30.0
"""So long nothing is seen before that is an alert; it is shown at once."""
BLIND = "the watch is blind"
"""The name of the alert that nothing is seen."""
_NAME = "found by the watch"
_LABEL = {"crossings": "crossing", "services": "service", "clients": "service"}


@dataclass
class _Episode:
    starts_s: float
    last_s: float
    labels: dict[str, str]
    annotations: dict[str, str]


@dataclass
class WatchAlerts:
    """The alerts of one watch.

    Parameters
    ----------
    world
        The world that is watched.
    """

    world: World
    _episodes: dict[str, _Episode] = field(default_factory=dict)

    def resume(self, outages: Iterable[Outage], now_s: float) -> None:
        """Go on with what an earlier watch said and did not take back."""
        for one in outages:
            for seen in one.seen:
                is_ours = seen.labels.get("alertname") in {_NAME, BLIND} and "watched" in seen.labels
                if is_ours and seen.is_firing and seen.labels.get("watched") == self.world.name:
                    fingerprint = seen.key.partition("@")[0]
                    self._episodes[fingerprint] = _Episode(
                        starts_s=seen.starts_s, last_s=now_s, labels=dict(seen.labels),
                        annotations=dict(seen.annotations),
                    )  # fmt: skip

    def take(self, found: Watched) -> tuple[Alert, ...]:
        """Return what is new: alerts that begin to fire, and those that no longer do."""
        said = []
        for fingerprint, labels, words, since_s in self._firing(found):
            episode = self._episodes.get(fingerprint)
            if episode is not None:
                episode.last_s = found.at_s
                continue
            episode = _Episode(starts_s=since_s, last_s=found.at_s, labels=labels, annotations=words)
            self._episodes[fingerprint] = episode
            said.append(_alert(fingerprint, episode, ends_s=None))
        over = [key for key, one in self._episodes.items() if found.at_s - one.last_s >= QUIET_S]
        for fingerprint in over:
            episode = self._episodes.pop(fingerprint)
            said.append(_alert(fingerprint, episode, ends_s=episode.last_s))
        return tuple(said)

    def _firing(self, found: Watched) -> Iterator[tuple[str, dict[str, str], dict[str, str], float]]:
        for one in found.readings:
            if one.state is PlaceState.BROKEN:
                noun = self.noun(one)
                severity = "error" if _is_at_limit(one) else "warning"
                labels = {
                    _LABEL[one.section]: noun, "severity": severity, "alertname": _NAME,
                    "watched": self.world.name,
                }  # fmt: skip
                since_s = min((surge.since_s for surge in one.surges), default=one.since_s)
                yield _named(f"{one.section}.{one.name} {severity}"), labels, _annotations(one), since_s
        blind_s = found.blind_since_s
        if blind_s is not None and found.at_s - blind_s >= BLIND_FOR_S:
            labels = {"severity": "none", "alertname": BLIND, "watched": self.world.name}
            yield _named(BLIND), labels, _blind_annotations(found), blind_s

    def noun(self, one: Reading) -> str:
        """Return the crossing or service that a reading is about."""
        return self.world.clients[one.name].service if one.section == "clients" else one.name


def _named(words: str) -> str:
    return f"watch{hashlib.sha256(words.encode()).hexdigest()[:16]}"


def _alert(fingerprint: str, one: _Episode, *, ends_s: float | None) -> Alert:
    return Alert(
        fingerprint=fingerprint, is_firing=ends_s is None, starts_s=one.starts_s, ends_s=ends_s,
        labels=one.labels, annotations=one.annotations,
    )  # fmt: skip


def _is_at_limit(one: Reading) -> bool:
    """Whether it turns something away, or is at a limit: else it is on its way there."""
    refused = any(load.what == "refused" and load.amount for load in one.loads)
    return refused or any((load.share_ratio or 0.0) >= 1.0 for load in one.loads)


def _annotations(one: Reading) -> dict[str, str]:
    why = "; ".join(one.why)
    summary = f"{one.section}.{one.name}: {why}"
    found = {"summary": summary[:500], "found": "by a machine: nobody has looked at it yet"}
    narrowest = one.narrowest
    return {**found, "load": load_text(narrowest)} if narrowest is not None else found


def load_text(load: Load) -> str:
    """Return a load beside its limit, as a clause."""
    said = f"{load.what.replace('_', ' ')} {amount_text(load.amount or 0.0, 4)}"
    if load.bound is not None and load.share_ratio is not None:
        said += f", {load.share_ratio:.0%} of {load.bound.path}"
    return said


def _blind_annotations(found: Watched) -> dict[str, str]:
    sources = [f"{one.name}: {one.why}" for one in found.sources if one.state is PlaceState.BLIND]
    unseen = [one.path for reading in found.readings for one in reading.unseen]
    since = clock_text(found.blind_since_s or found.at_s, found.at_s)
    summary = f"The watch of {found.world} is blind since {since}: whether all is well cannot be told"
    return {"summary": summary, "unseen": ", ".join((*sources, *unseen))[:2_000]}
