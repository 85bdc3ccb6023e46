"""What the client does about names: how often it asks, for what, and how long it uses an answer."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.probe.attempts import attempts_of
from tidegate.probe.observation import Trial, connections_of
from tidegate.probe.situation import TTL_S


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What was seen of name resolution.

    Parameters
    ----------
    kinds
        Record types asked for.
    lookups_per_connection
        Lookups over connections tried; None where fewer than three connections of one run were seen.
    longest_use_s
        How long after its lookup an answer was still used for a new connection.
    stale_s
        How long after the list changed the client still connected to an old address, after a lookup's
        time to live; None where that was not seen.
    noticed_s
        How long after the change it first tried a new address; None where it never did.
    """

    kinds: tuple[str, ...]
    lookups_per_connection: float | None
    longest_use_s: float | None
    stale_s: float | None
    noticed_s: float | None

    @property
    def respects_ttl(self) -> bool | None:
        """Whether no answer was used for longer than its time to live; None where nothing shows it."""
        if self.lookups_per_connection is None or self.longest_use_s is None:
            return None
        return self.longest_use_s <= TTL_S + 1.0


def resolution_of(trials: Sequence[Trial], protocol: str) -> Resolution:
    """Return what all the trials together show."""
    kinds = tuple(sorted({query.kind for trial in trials for query in trial.queries}))
    changed = [trial for trial in trials if trial.changed_s is not None]
    several = [trial for trial in trials if _connecting_count(trial, protocol) >= 3]
    lookups = sum(len(_lookups(trial)) for trial in several)
    connections = sum(_connecting_count(trial, protocol) for trial in several)
    uses = [use for trial in several for use in _uses(trial)]
    return Resolution(
        kinds=kinds,
        lookups_per_connection=lookups / connections if several and connections else None,
        longest_use_s=max(uses, default=None),
        stale_s=max((stale for trial in changed for stale in _stale(trial)), default=None),
        noticed_s=min((at for trial in changed for at in _noticed(trial)), default=None),
    )


def _connecting_count(trial: Trial, protocol: str) -> int:
    return sum(1 for attempt in attempts_of(trial, protocol) if attempt.syn_s is not None)


def _lookups(trial: Trial) -> list[float]:
    """Return when the name was looked up: every lookup asks for an IPv4 address, whatever else it asks."""
    return [query.at_s for query in trial.queries if query.kind == "A"]


def _uses(trial: Trial) -> list[float]:
    """Return how old the last lookup was at each new connection."""
    asked = _lookups(trial)
    begins = [link.began_s for link in connections_of(trial)]
    last = [(begin_s, bisect_right(asked, begin_s) - 1) for begin_s in begins]
    return [begin_s - asked[index] for begin_s, index in last if index >= 0]


def _stale(trial: Trial) -> list[float]:
    changed_s = trial.changed_s or 0.0
    return [link.began_s - changed_s for link in connections_of(trial)
            if link.began_s > changed_s + TTL_S and link.address not in trial.new_addresses]  # fmt: skip


def _noticed(trial: Trial) -> list[float]:
    changed_s = trial.changed_s or 0.0
    return [link.began_s - changed_s for link in connections_of(trial)
            if link.address in trial.new_addresses][:1]  # fmt: skip
