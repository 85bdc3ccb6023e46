"""The region a world lies in: stable, vulnerable, metastable or overloaded.

Three questions, each answered by a few exact runs that share their chance with every other point:
does it carry its load at the end of the script, with nothing disturbing it (else it is overloaded);
does it come back from what the script does (else it is metastable); and does it come back from an
outage of everything it serves (else it is vulnerable: something stronger would tip it).

Shortcut: the outage lasts for ten of the longest time-outs or a tenth of the horizon, whichever is
less; a stronger or longer one may tip what is called stable.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from tidegate.evaluate.reading.run_fate import collapses
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.lower import lower
from tidegate.simulate.script import Phase, Script
from tidegate.simulate.tables import Tables
from tidegate.world.world import World, WorldFile

REGIONS = ("stable", "vulnerable", "metastable", "overloaded")
RUNS_COUNT = 4
_OUTAGE_TIMEOUTS = 10.0
_OUTAGE_SHARE = 0.1


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where one world lies.

    Parameters
    ----------
    region
        One of `REGIONS`.
    collapse_ratio
        Share of the runs of the script that collapse; 1 where it is overloaded anyway.
    """

    region: str
    collapse_ratio: float


@dataclass(frozen=True, kw_only=True)
class _Runs:
    """The few runs of a script, as many of them as are needed."""

    tables: Tables
    world: World
    seed: int

    def _collapses(self) -> Iterator[bool]:
        within_s = self.world.objectives.recover_within_s
        for replication in range(RUNS_COUNT):
            yield collapses(self.tables, within_s, seed=self.seed, replication=replication)

    @property
    def share(self) -> float:
        """Share of them that collapse."""
        return sum(self._collapses()) / RUNS_COUNT

    @property
    def mostly_collapse(self) -> bool:
        """Whether at least half of them collapse; none is run that cannot change that."""
        collapsed, held = 0, 0
        for one in self._collapses():
            collapsed, held = collapsed + one, held + (not one)
            if 2 * collapsed >= RUNS_COUNT or 2 * held > RUNS_COUNT:
                break
        return 2 * collapsed >= RUNS_COUNT


def _outage(last: World) -> Script:
    """Return the world as the script leaves it, with everything it serves away for a while."""
    longest_s = max((clients.timeout_s for clients in last.clients.values()), default=1.0)
    lasts_s = min(_OUTAGE_TIMEOUTS * longest_s, _OUTAGE_SHARE * last.horizon_s)
    used = {clients.service for clients in last.clients.values() if clients.demand.kind != "once"}
    services = {
        name: replace(service, instances_count=0) if name in used else service
        for name, service in last.services.items()
    }
    down = replace(last, services=services)
    from_s = _OUTAGE_SHARE * last.horizon_s
    until_s = from_s + lasts_s
    phases = ((0.0, last), (from_s, down), (until_s, last))
    return Script(
        phases=tuple(Phase(at_s=at_s, world=world) for at_s, world in phases),
        disturbed_from_s=from_s,
        disturbed_until_s=until_s,
    )


def standing(file: WorldFile, activity: str | None, *, seed: int) -> Standing:
    """Say in which region a world lies with an activity, or with its triggers alone.

    Parameters
    ----------
    file, activity
        The world and what happens in it.
    seed
        Chooses the random streams.
    """
    script = script_of(file, activity)
    world = file.world
    last = script.phases[-1].world
    fraction = choose_fraction(script, world.horizon_s)

    def runs(of: Script) -> _Runs:
        return _Runs(tables=lower(of, horizon_s=world.horizon_s, fraction=fraction), world=world, seed=seed)

    # Nothing happens, and all of it counts: what a world cannot carry at all shows as bad throughout.
    still = Script(phases=(Phase(at_s=0.0, world=last),), disturbed_from_s=0.0, disturbed_until_s=0.0)
    if runs(still).mostly_collapse:
        return Standing(region="overloaded", collapse_ratio=1.0)
    share = runs(script).share
    if share >= 0.5:
        return Standing(region="metastable", collapse_ratio=share)
    tipped = runs(_outage(last)).mostly_collapse
    return Standing(region="vulnerable" if tipped else "stable", collapse_ratio=share)
