"""One case, run many times: the world with one activity, or with one belief wrong, or left alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace

from tidegate.evaluate.reading.measures import Outcome, measure
from tidegate.evaluate.reading.run_fate import settled
from tidegate.evaluate.variants.doubt import in_doubt
from tidegate.evaluate.variants.louder import counted_each, louder
from tidegate.evaluate.variants.pace import touched_count
from tidegate.evaluate.variants.scope import script_of
from tidegate.experiment.parts import Whole
from tidegate.experiment.replicate import Replications, Rule, replicate
from tidegate.experiment.tail import Harder
from tidegate.simulate.lower import lower
from tidegate.simulate.run import Watch, simulate
from tidegate.simulate.script import Script
from tidegate.simulate.tables import Tables
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

_SLOWER_BATCHES = 10
CALM_AT_TIMES = 1.2
"""Today's demand: so much more must leave calm certain, where runs may end early."""
DEAR_EVENTS = 20_000_000
"""Happenings: about a second of one core."""


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
    about
        The activity that the question is about, where it does not happen; None means `activity`.
    asked
        The world with the triggers that the question is about, where they do not happen; None means `file`.
    """

    name: str
    title: str
    file: WorldFile
    activity: str | None
    about: str | None = None
    asked: WorldFile | None = None

    @property
    def script(self) -> Script:
        """What happens, with only what has anything to do with the question."""
        return script_of(self.file, self.activity, about=self.about, asked=self.asked)


@dataclass(frozen=True, kw_only=True)
class CaseRuns:
    """What came of a case.

    Parameters
    ----------
    case, tables
        What was run, and as which tables.
    replications
        The measured runs in order.
    harder
        What was seen at a harder demand, where that bounds how probable a collapse is.
    whole
        Where the whole tips, where that is what says how probable its collapse is.
    """

    case: Case
    tables: Tables
    replications: Replications[Outcome]
    harder: Harder | None = None
    whole: Whole | None = None

    @property
    def world(self) -> World:
        """The world of the case."""
        return self.case.file.world

    @property
    def share(self) -> float:
        """Share of the runs that collapsed; of the whole's, where its tipping point says that."""
        counted = self.replications.count / len(self.replications.outcomes)
        return counted if self.whole is None else self.whole.share

    @property
    def bounds(self) -> tuple[float, float]:
        """The 95 % bounds of the probability of collapse."""
        if self.whole is not None:
            return self.whole.share_bounds()
        low, high = self.replications.bounds
        return low, high if self.harder is None else min(high, self.harder.high)

    @property
    def recoveries_s(self) -> tuple[float, ...]:
        """How long the runs that recovered took to."""
        times_s = (outcome.recovery_s for outcome in self.replications.outcomes)
        return tuple(time_s for time_s in times_s if time_s is not None)


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


def deciding_case(file: WorldFile, activity: str | None, condition: str) -> Case:
    """Return the case with the belief wrong that a verdict hangs on; as believed where it hangs on none."""
    wrong = (one for one in counter_cases(file, activity) if one.name == f"counter:{condition}")
    return next(wrong, believed_case(file, activity))


def calm_case(file: WorldFile, activity: str | None) -> Case | None:
    """Return the case in which nothing of what is asked about happens; None where nothing would."""
    if activity is not None:
        return Case(name="not_acting", title="not acting", file=file, activity=None, about=activity)
    if not file.world.triggers:
        return None
    calm = overlay(file, {"triggers": {}})
    return Case(name="not_acting", title="without the triggers", file=calm, activity=None, asked=file)


def slower_changes(world: World, activity: str) -> Mapping[str, float]:
    """Return the overlay that makes an activity ten times as gradual, within half of the horizon.

    Where every step makes all clients reconnect, more steps would only be more herds: there it is
    the reconnecting that is spread. No step is smaller than one instance.
    """
    plan = world.activities[activity]
    left_s = max(world.horizon_s - plan.at_s, 0.0)
    changes: dict[str, float] = {}
    if not plan.reactions or plan.kind == "restart":
        batches = max(min(_SLOWER_BATCHES, touched_count(world, plan)), plan.steps_count)
        changes[f"activities.{activity}.batches"] = batches
        changes[f"activities.{activity}.pause"] = max(plan.step_pause_s, left_s / 2 / batches)
    for i, reaction in enumerate(plan.reactions):
        spread_s = _slower_spread_s(reaction.spread_s, left_s)
        changes[f"activities.{activity}.reactions.{i}.spread"] = spread_s
    for name in plan.clients_added:
        spread_s = _slower_spread_s(world.clients[name].start_spread_s, left_s)
        changes[f"clients.{name}.start_spread"] = spread_s
    return changes


def _slower_spread_s(spread_s: float, left_s: float) -> float:
    """Ten times as long, but over in time to be judged: the last step comes at half of what is left."""
    return max(spread_s, min(max(10 * spread_s, left_s / 20), left_s / 4))


def case_tables(case: Case, fraction: float) -> Tables:
    """Return a case as the tables that are run."""
    return lower(case.script, horizon_s=case.file.world.horizon_s, fraction=fraction)


def run_case(
    case: Case,
    *,
    fraction: float,
    seed: int,
    rule: Rule,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
    begun: Sequence[Outcome] = (),
    is_counted: Callable[[Tables, Outcome], bool] = lambda _, outcome: outcome.collapsed,
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
    begun
        Its first runs, where they are there already.
    is_counted
        Of what kind the runs are whose share is asked for.
    """
    tables = case_tables(case, fraction)
    within_s = case.file.world.objectives.recover_within_s

    watch: list[Watch | None] = [None]  # the first batch is run to the horizon: it may be all there is

    def task(replication: int) -> Outcome:
        run = simulate(tables, seed=seed, replication=replication, watch=watch[0])
        return measure(tables, run, recover_within_s=within_s)

    def ask_for_calm() -> None:
        found = settled(tables, seed=seed, executor=executor)
        if found is not None and _stays_calm(case, fraction=fraction, seed=seed, executor=executor):
            watch[0] = found.watch

    def done(runs_count: int) -> None:
        if progress is not None:
            progress(case.title, runs_count)

    runs = replicate(
        task,
        lambda outcome: is_counted(tables, outcome),
        rule=rule,
        executor=executor,
        progress=done,
        before_more=ask_for_calm,
        begun=begun,
        is_dear=lambda outcomes: sum(one.run.events_count for one in outcomes) > DEAR_EVENTS,
    )
    return CaseRuns(case=case, tables=tables, replications=runs)


def _stays_calm(case: Case, *, fraction: float, seed: int, executor: Executor) -> bool:
    """Whether calm is certain at more than today's demand as well, in every way in which more is asked.

    Eight runs that do not tip leave room for a calm that tips in one of thirty: where runs end early it would
    never be counted. At more demand it would tip in many.
    """
    script = case.script
    ways = {any(counted_each(phase.world) for phase in script.phases), False}
    horizon_s = case.file.world.horizon_s
    harder = (louder(script, CALM_AT_TIMES, each=each) for each in sorted(ways))
    return all(
        settled(lower(one, horizon_s=horizon_s, fraction=fraction), seed=seed, executor=executor) is not None
        for one in harder
    )


def doubted_cases(
    file: WorldFile, believed: Case, changes: Mapping[str, object], doubts: Mapping[str, Mapping[str, object]]
) -> dict[str, Case]:
    """Return a case with changes for each doubt, by its title.

    Parameters
    ----------
    file
        The world as believed, without the changes.
    believed
        The case with the changes, as believed.
    changes, doubts
        What is set, and what may be otherwise.
    """
    return {
        title: replace(
            believed,
            title=f"{believed.title}, {title}",
            file=overlay(file, in_doubt(file, under, changes)),
        )
        for title, under in doubts.items()
    }
