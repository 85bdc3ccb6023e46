"""One case, run many times: the world with one activity, or with one belief wrong, or left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass

from tidegate.evaluate.measures import Outcome, measure
from tidegate.experiment.replicate import Replications, Rule, replicate
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is run.

    Parameters
    ----------
    name, title
        As in `CaseEvidence`.
    file
        The world, overlays laid.
    activity
        Which of its activities happens; None for none.
    """

    name: str
    title: str
    file: WorldFile
    activity: str | None


@dataclass(frozen=True, kw_only=True)
class CaseRuns:
    """What came of a case.

    Parameters
    ----------
    case, tables
        What was run, and as which tables.
    replications
        The measured runs in order.
    """

    case: Case
    tables: Tables
    replications: Replications[Outcome]

    @property
    def world(self) -> World:
        """The world of the case."""
        return self.case.file.world

    @property
    def share(self) -> float:
        """Share of the runs that collapsed."""
        return self.replications.count / len(self.replications.outcomes)


def believed_case(file: WorldFile, activity: str | None) -> Case:
    """Return the world as it is believed to be."""
    return Case(name="believed", title="as believed", file=file, activity=activity)


def counter_cases(file: WorldFile, activity: str | None) -> tuple[Case, ...]:
    """One case for each belief, with that belief wrong."""
    return tuple(
        Case(
            name=f"counter:{name}",
            title=belief.otherwise or f"not {name}",
            file=overlay(file, belief.counter),
            activity=activity,
        )
        for name, belief in file.world.beliefs.items()
    )


def slower_changes(world: World, activity: str) -> Mapping[str, object]:
    """Return the overlay that makes an activity ten times as gradual, within half of the horizon.

    Where every step makes all clients reconnect, more steps would only be more herds: there it is
    the reconnecting that is spread.
    """
    plan = world.activities[activity]
    left_s = max(world.horizon_s - plan.at_s, 0.0)
    changes: dict[str, object] = {}
    if not plan.reactions or plan.kind == "restart":
        batches = max(10, plan.batches_count)
        changes[f"activities.{activity}.batches"] = batches
        changes[f"activities.{activity}.pause"] = max(plan.pause_s, left_s / 2 / batches)
    for i, reaction in enumerate(plan.reactions):
        spread_s = _slower_spread_s(reaction.spread_s, left_s)
        changes[f"activities.{activity}.reactions.{i}.spread"] = spread_s
    if plan.clients_added:
        spread_s = _slower_spread_s(world.clients[plan.clients_added].start_spread_s, left_s)
        changes[f"clients.{plan.clients_added}.start_spread"] = spread_s
    return changes


def _slower_spread_s(spread_s: float, left_s: float) -> float:
    """Ten times as long, but over in time to be judged: the last step comes at half of what is left."""
    return max(spread_s, min(max(10 * spread_s, left_s / 20), left_s / 4))


def run_case(
    case: Case,
    *,
    fraction: float,
    seed: int,
    rule: Rule,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> CaseRuns:
    """Run a case until its rule is satisfied.

    Parameters
    ----------
    case
        What is run.
    fraction
        Of the world's size.
    seed
        Chooses the random streams; the same for every case, so that cases share their chance.
    rule
        When to stop.
    executor
        Where the runs happen.
    progress
        Called with the case's title and the number of runs done.
    """
    world = case.file.world
    tables = lower(write_script(case.file, case.activity), horizon_s=world.horizon_s, fraction=fraction)
    within_s = world.objectives.recover_within_s

    def task(replication: int) -> Outcome:
        return measure(
            tables, simulate(tables, seed=seed, replication=replication), recover_within_s=within_s
        )

    def done(runs_count: int) -> None:
        if progress is not None:
            progress(case.title, runs_count)

    runs = replicate(task, lambda outcome: outcome.collapsed, rule=rule, executor=executor, progress=done)
    return CaseRuns(case=case, tables=tables, replications=runs)
