"""Which share of the new flows does a protection turn away? Counted in a few exact runs."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

_RUNS_COUNT = 5


def turned_away(
    file: WorldFile, activity: str | None, changes: Mapping[str, object], *, seed: int
) -> tuple[float, float]:
    """Return the share of new flows turned away before an activity, and from its start on.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    changes
        The protection.
    seed
        Of the runs.
    """
    laid = overlay(file, changes)
    script, horizon_s = script_of(laid, activity), laid.world.horizon_s
    tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
    first = int(tables.disturbed_from_ns // tables.bin_ns)
    shed, offered = [0.0, 0.0], [0.0, 0.0]
    for replication in range(_RUNS_COUNT):
        run = simulate(tables, seed=seed, replication=replication)
        x = run.crossings.bins(end=run.bins_count)
        for part, bins in enumerate((x.bins(end=first), x.bins(first))):
            shed[part] += float((bins.shed_count - bins.no_room_count).sum())
            offered[part] += float(bins.offered_count.sum())
    normally, event = (s / o if o else 0.0 for s, o in zip(shed, offered, strict=True))
    return normally, event
