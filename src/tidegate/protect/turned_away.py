"""Which share of the new flows does a protection turn away? Counted in a few exact runs."""

from __future__ import annotations

from collections.abc import Mapping

from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.kernels import columns as c
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
        x = run.crossings[: run.bins_count]
        for part, rows in enumerate((x[:first], x[first:])):
            shed[part] += float((rows[:, :, c.X_SHED] - rows[:, :, c.X_NO_ROOM]).sum())
            offered[part] += float(rows[:, :, c.X_OFFERED].sum())
    normally, event = (s / o if o else 0.0 for s, o in zip(shed, offered, strict=True))
    return normally, event
