"""The way out: below which load a collapsed world heals, and what gets it there with least harm.

The world is run into its collapse; then, as an operator would, one thing is changed, and the exact
engine says whether service comes back, how long that takes, what was refused meanwhile, and what
happens when the change is undone: the second surge of clients that come back.

Shortcut: one action at a time is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from statistics import median

from tidegate.errors import CannotTellError
from tidegate.evaluate.judging.evidence import probability
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.reading.aftermath import backlog_drain_s, healing_load_ratio, lifetime_s
from tidegate.evaluate.reading.measures import sick_bins
from tidegate.evaluate.searching.actions import LEAST_LOAD, Action, actions
from tidegate.evaluate.searching.edge import tipping_point, varied
from tidegate.evaluate.searching.harm import backlog, refused, second_surge
from tidegate.evaluate.searching.headroom import load_paths
from tidegate.evaluate.variants.axis import Axis
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.evaluate.variants.scope import script_of
from tidegate.evaluate.variants.world_case import Case, CaseRuns, run_case
from tidegate.experiment.boundary import Edge
from tidegate.experiment.replicate import Rule
from tidegate.experiment.seed_edge import Span
from tidegate.simulate.lower import lower
from tidegate.simulate.parameters import Services
from tidegate.simulate.run import simulate
from tidegate.world.file.overlay import overlay
from tidegate.world.world import World, WorldFile

NAME = "escape"
RUNS_COUNT = 12
SETTLE_WAITS = 10.0
LEAST_SETTLE_S, MOST_SETTLE_S = 15.0, 300.0
LEAST_WATCH_S, MOST_WATCH_S = 60.0, 6 * 3600.0
SHORT_WATCH_S = 1800.0
DRAINS = 20.0  # at 95 % of the load below which it heals, a backlog takes twenty times as long as at none
SERVED_IN_TIME, QUEUED_BEYOND = 50.0, 120.0
EDGE_SEEDS, EDGE_TESTS_MOST = 20, 40  # a load within 10 % is asked for, not a limit to rely on
DRAIN_SHARES, DRAIN_RUNS = (0.25, 0.5, 0.75, 0.9), 4
SHED_MARGIN = 0.7


@dataclass(frozen=True, kw_only=True)
class Tried:
    """What came of one action.

    Parameters
    ----------
    action
        What was done.
    heals
        Probability that service is normal at the end, the undoing included.
    healing_s
        Median time from the action until service was normal; None where no run healed.
    refused_count
        Requests not served from the action until the end, beside those usually served: the harm.
    backlog_count
        Requests that waited when the action was taken.
    second_surge_ratio
        The most new flows a second after the action began to work, over the usual.
    """

    action: Action
    heals: Probability
    healing_s: float | None
    refused_count: float
    backlog_count: float
    second_surge_ratio: float


@dataclass(frozen=True, kw_only=True)
class Drain:
    """How long it takes to heal by itself at one load.

    Parameters
    ----------
    load_ratio
        Of the usual load.
    heals_ratio
        Share of the runs that heal.
    healing_s
        Median time until service is normal; None where no run heals.
    """

    load_ratio: float
    heals_ratio: float
    healing_s: float | None


@dataclass(frozen=True, kw_only=True)
class Escape:
    """The ways out of one collapse.

    Parameters
    ----------
    world, activity, case
        What collapsed: the activity None for the triggers alone; the case "as believed" or what is
        otherwise.
    locked
        The crossings and services that stay filled.
    acts_at_s
        When the action is taken, since the run's start.
    edge
        The share of the usual load at which it no longer heals by itself, with its width.
    tried
        The actions, those that heal first, the least harm first; never empty.
    fraction
        Of the world's size that was run.
    watched_s
        For how long after the action.
    drains
        How long the drain takes at loads below the edge, the least first.
    law_ratio
        The share of the usual load that arithmetic gives for the edge; None where it is not plain.
    """

    world: str
    activity: str | None
    case: str
    locked: tuple[str, ...]
    acts_at_s: float
    edge: Edge
    tried: tuple[Tried, ...]
    fraction: float
    watched_s: float
    drains: tuple[Drain, ...]
    law_ratio: float | None

    @property
    def way_out(self) -> Tried | None:
        """The action that heals in every run with the least harm; None where none does."""
        return next((one for one in self.tried if one.heals.value == 1.0), None)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """The collapse from which a way out is sought.

    Parameters
    ----------
    case
        The world that collapses, its horizon cut to what has to be watched.
    acts_at_s
        When something is done.
    fraction
        Of the world's size that is run.
    seed
        Chooses the random streams.
    """

    case: Case
    acts_at_s: float
    fraction: float
    seed: int

    @property
    def watch_s(self) -> float:
        """How long it is watched after that."""
        return self.case.file.world.horizon_s - self.acts_at_s


def setting_of(case: Case, *, seed: int) -> Setting:
    """Return when to act in a case, and how long to watch.

    It is acted once the collapse has lasted for ten of the longest waits. It is watched for twenty times
    as long as what waits by then takes to be served, and until every request of it has ended: near the
    load below which it heals, the drain takes ten times as long as without any load.
    """
    world = case.file.world
    script = script_of(case.file, case.activity)
    asking = script.phases[0].world.clients.values()
    waits_s = [clients.timeout_s for clients in asking]
    settle_s = min(max(SETTLE_WAITS * max(waits_s, default=1.0), LEAST_SETTLE_S), MOST_SETTLE_S)
    acts_at_s = min(script.disturbed_until_s, world.horizon_s) + settle_s
    small = choose_fraction(script, acts_at_s)
    tables = lower(script, horizon_s=acts_at_s, fraction=small)
    drain_s = backlog_drain_s(tables, simulate(tables, seed=seed))
    lives_s = max((lifetime_s(clients) or 0.0 for clients in asking), default=0.0)
    shortest_s = max(min(world.horizon_s / 5.0, SHORT_WATCH_S), LEAST_WATCH_S)
    watch_s = min(max(DRAINS * drain_s + 2.0 * lives_s, shortest_s), MOST_WATCH_S)
    file = overlay(case.file, {"horizon": acts_at_s + watch_s})
    cut = Case(name=case.name, title=case.title, file=file, activity=case.activity)
    cheap = choose_fraction(script_of(file, case.activity), file.world.horizon_s)
    return Setting(
        case=cut, acts_at_s=acts_at_s, fraction=max(cheap, _least_fraction(script.phases[0].world)), seed=seed
    )


def _least_fraction(world: World) -> float:
    """Return the fraction below which chance, and not the load, says when a queue comes back in time.

    What is served within a time-out, and what a queue holds beyond that, must not be used up by chance.
    """
    least = 0.0
    for clients in world.clients.values():
        service = world.services[clients.service]
        if service.queue_count is None or service.service_time_s <= 0.0:
            continue
        served_per_s = service.instances_count * service.concurrency_count / service.crowded_time_s
        in_time = served_per_s * clients.timeout_s
        beyond = service.queue_count - in_time
        if beyond > 0.0 and in_time > 0.0:
            least = max(least, QUEUED_BEYOND / beyond, SERVED_IN_TIME / in_time)
    return min(least, 1.0)


def find_escape(
    case: Case,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Escape:
    """Find the ways out of a case that collapses.

    Parameters
    ----------
    case
        The world with the activity, or the wrong belief, that makes it collapse.
    seed
        Chooses the random streams.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.

    Raises
    ------
    CannotTellError
        If the case does not collapse, so that there is nothing to escape from.
    """
    setting = setting_of(case, seed=seed)
    tell = progress or (lambda _title, _count: None)
    left_alone = _runs(setting, setting.case.file, "left alone", executor, tell)
    if left_alone.share < 0.5:
        raise CannotTellError(
            f"{case.file.world.name} does not collapse {case.title}, so there is nothing to escape from"
        )
    edge = _escape_load(setting, executor, tell)
    kept = min((q.value for q in edge.quantiles if q.value is not None), default=LEAST_LOAD)
    locked = _locked(left_alone)
    tried = [
        _try(setting, action, left_alone, executor, tell)
        for action in actions(setting.case, locked, kept_ratio=SHED_MARGIN * kept, watch_s=setting.watch_s)
    ]
    return Escape(
        world=case.file.world.name,
        activity=case.activity,
        case=case.title,
        locked=locked,
        acts_at_s=setting.acts_at_s,
        edge=edge,
        tried=tuple(sorted(tried, key=_least_harm_first)),
        fraction=setting.fraction,
        watched_s=setting.watch_s,
        drains=_drains(setting, kept, executor, tell),
        law_ratio=healing_load_ratio(setting.case.file.world),
    )


def _least_harm_first(one: Tried) -> tuple[float, float]:
    return -one.heals.value, one.refused_count


def _acting(setting: Setting, steps: Sequence[tuple[float, Mapping[str, object]]]) -> WorldFile:
    """Return the world in which operators do something once it has collapsed."""
    triggers = {
        f"triggers.{NAME}_{i}": {
            "title": "way out",
            "at": setting.acts_at_s + after_s,
            "by_operator": True,
            "set": dict(paths),
        }
        for i, (after_s, paths) in enumerate(steps)
    }
    return overlay(setting.case.file, triggers)


def _runs(
    setting: Setting,
    file: WorldFile,
    title: str,
    executor: Executor,
    progress: Callable[[str, int], None],
    runs_count: int = RUNS_COUNT,
) -> CaseRuns:
    case = Case(name=title, title=title, file=file, activity=setting.case.activity)
    rule = Rule(threshold=0.5, exact_count=runs_count)
    return run_case(
        case, fraction=setting.fraction, seed=setting.seed, rule=rule, executor=executor, progress=progress
    )


def _escape_load(setting: Setting, executor: Executor, progress: Callable[[str, int], None]) -> Edge:
    """Return the share of the usual load at which the collapse no longer heals by itself."""
    loads = load_paths(setting.case.file, setting.case.activity)
    file = _acting(setting, [(0.0, loads)])
    axis = Axis(
        name="share of the usual load",
        paths={f"triggers.{NAME}_0.set.{path}": value for path, value in loads.items()},
        unit="ratio",
    )
    runs = varied(file, setting.case.activity, axis, seed=setting.seed, fraction=setting.fraction)

    def told(seeds_count: int) -> None:
        progress("load below which it heals: seeds", seeds_count)

    span = Span(
        low=LEAST_LOAD,
        high=1.0,
        seeds_count=EDGE_SEEDS,
        resolution_ratio=0.02,
        tests_most_count=EDGE_TESTS_MOST,
    )
    return tipping_point(runs, span, executor=executor, progress=told)


def _drains(
    setting: Setting, edge_ratio: float, executor: Executor, progress: Callable[[str, int], None]
) -> tuple[Drain, ...]:
    """Return how long it takes to heal at some loads below the edge."""
    loads, found = load_paths(setting.case.file, setting.case.activity), []
    for share in DRAIN_SHARES:
        ratio = share * edge_ratio
        file = _acting(setting, [(0.0, {path: value * ratio for path, value in loads.items()})])
        runs = _runs(setting, file, f"drain at {ratio:.0%} of the load", executor, progress, DRAIN_RUNS)
        outcomes = runs.replications.outcomes
        healed = _healing_s(setting, runs)
        found.append(
            Drain(
                load_ratio=ratio,
                heals_ratio=len(healed) / len(outcomes),
                healing_s=median(healed) if healed else None,
            )
        )
    return tuple(found)


def _healing_s(setting: Setting, runs: CaseRuns) -> list[float]:
    """Return how long after the action each run that heals was normal again."""
    begun_s = setting.acts_at_s - runs.tables.disturbed_from_ns / 1e9
    outcomes = runs.replications.outcomes
    return [max(one.recovery_s - begun_s, 0.0) for one in outcomes if one.recovery_s is not None]


def _locked(runs: CaseRuns) -> tuple[str, ...]:
    """Return the crossings and services that most runs end with filled."""
    tables, found = runs.tables, []
    services = Services(tables)
    outcomes = [one for one in runs.replications.outcomes if one.collapsed]
    for k, name in enumerate(tables.crossings):
        sick = [bool(sick_bins(tables, one.run)[-3:, k].all()) for one in outcomes]
        if sum(sick) > len(sick) / 2:
            found.append(name)
    for s, name in enumerate(tables.services):
        workers = int(services.instances_count[0, s] * services.concurrency_count[0, s])
        busy = [
            one.run.services.busy_count[max(one.run.bins_count - 3, 0) : one.run.bins_count, s]
            for one in outcomes
        ]
        if workers and sum(bool((row >= workers).all()) for row in busy) > len(busy) / 2:
            found.append(name)
    return tuple(found)


def _try(
    setting: Setting,
    action: Action,
    left_alone: CaseRuns,
    executor: Executor,
    progress: Callable[[str, int], None],
) -> Tried:
    """Return what one action brings."""
    file = _acting(setting, action.steps)
    runs = _runs(setting, file, f"{action.kind} {action.place}".strip(), executor, progress)
    outcomes = runs.replications.outcomes
    healing = _healing_s(setting, runs)
    healed = sum(not one.collapsed for one in outcomes)
    interval = runs.bounds
    return Tried(
        action=action,
        heals=probability(healed, len(outcomes), (1.0 - interval[1], 1.0 - interval[0])),
        healing_s=median(healing) if healing else None,
        refused_count=median(refused(runs, i, setting.acts_at_s) for i in range(len(outcomes))),
        backlog_count=backlog(left_alone, setting.acts_at_s),
        second_surge_ratio=median(second_surge(runs, i, setting.acts_at_s) for i in range(len(outcomes))),
    )
