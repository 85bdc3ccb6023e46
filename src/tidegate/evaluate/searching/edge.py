"""At which value of one number does a world tip? Worlds for `experiment.boundary`, and nothing else.

Every run goes to the horizon, as in `check`, unless it has surely collapsed before: what is on the way to an
edge is judged as the edge is.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field

from tidegate.evaluate.reading.run_fate import collapses
from tidegate.evaluate.variants.axis import Axis
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.experiment.boundary import Edge, find_edge, screen_edge
from tidegate.experiment.seed_edge import Span
from tidegate.simulate.fluid import run_fluid
from tidegate.simulate.lower import lower
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

_KEPT_TABLES = 64


@dataclass(frozen=True, kw_only=True)
class Varied:
    """Runs of a world along an axis: whether it collapses at a value, with a replication's chance.

    Parameters
    ----------
    file, activity
        What is run.
    axis
        What is varied.
    seed
        Chooses the random streams; every value shares them.
    fraction
        Of the world's size; the same at every value.
    """

    file: WorldFile
    activity: str | None
    axis: Axis
    seed: int
    fraction: float
    _tables: dict[float, Tables] = field(default_factory=dict, repr=False, compare=False)

    def at(self, value: float) -> WorldFile:
        """Return the world with the axis at a value."""
        return overlay(self.file, self.axis.changes(value))

    def tables(self, value: float) -> Tables:
        """Return the tables at a value; those that many seeds come by are kept."""
        kept = self._tables.get(value)
        if kept is None:
            file = self.at(value)
            script = script_of(file, self.activity)
            kept = lower(script, horizon_s=file.world.horizon_s, fraction=self.fraction)
            if len(self._tables) < _KEPT_TABLES:
                self._tables[value] = kept
        return kept

    def __call__(self, value: float, replication: int) -> bool:
        """Return whether one run at a value collapses."""
        within_s = self.file.world.objectives.recover_within_s
        return collapses(self.tables(value), within_s, seed=self.seed, replication=replication)

    def screen(self, value: float) -> bool:
        """Return what the fluid engine says: whether it collapses."""
        run = run_fluid(script_of(self.at(value), self.activity))
        within_s = self.file.world.objectives.recover_within_s
        late = within_s is not None and (run.recovered_at_s or 0.0) > within_s
        return run.collapsed or late


def varied(
    file: WorldFile,
    activity: str | None,
    axis: Axis,
    *,
    seed: int,
    fraction: float | None = None,
) -> Varied:
    """Return the runs along an axis, at the fraction that `check` would use unless one is given."""
    if fraction is None:
        fraction = choose_fraction(script_of(file, activity), file.world.horizon_s)
    return Varied(file=file, activity=activity, axis=axis, seed=seed, fraction=fraction)


def tipping_point(
    runs: Varied,
    span: Span,
    *,
    executor: Executor,
    progress: Callable[[int], None] | None = None,
) -> Edge:
    """Find where a world tips along an axis: bracketed on the fluid engine, found on the exact one."""
    near = screen_edge(runs.screen, span)
    return find_edge(runs, span, near=near, executor=executor, progress=progress)
