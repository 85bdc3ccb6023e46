"""The way out: below which load a collapsed world heals, and what gets it there with least harm.

The world is run into its collapse; then, as an operator would, one thing is changed, and the exact
engine says whether service comes back, how long that takes, what was refused meanwhile, and what
happens when the change is undone: the second surge of clients that come back.

Shortcuts: an action takes effect at once and on everything it names; every population is shed alike;
load that was shed comes back in ten equal steps. One action at a time is tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from statistics import median

from tidegate.errors import CannotTellError
from tidegate.evaluate.axis import Axis
from tidegate.evaluate.case import Case, CaseRuns, run_case
from tidegate.evaluate.edge import tipping_point, varied
from tidegate.evaluate.evidence import probability
from tidegate.evaluate.fraction import choose_fraction
from tidegate.evaluate.headroom import load_paths
from tidegate.evaluate.measures import judged_rows, sick_bins
from tidegate.evaluate.verdict import Probability
from tidegate.experiment.boundary import Edge
from tidegate.experiment.replicate import Rule
from tidegate.experiment.seed_edge import Span
from tidegate.simulate.kernels import columns as c
from tidegate.simulate.script import write_script
from tidegate.world.crossing import Crossing
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

NAME = "escape"
RUNS_COUNT = 12
SETTLE_WAITS = 10.0
LEAST_SETTLE_S, MOST_SETTLE_S = 15.0, 300.0
LEAST_WATCH_S, MOST_WATCH_S = 60.0, 1800.0
SHED_MARGIN = 0.7
ADMITTED_SHARE = 0.7
SHED_FOR, RETURN_OVER, RETURN_STEPS = 0.25, 0.4, 10  # shares of the time that is watched
MOST_DEVICES = 64
_LEAST_LOAD = 0.02


@dataclass(frozen=True, kw_only=True)
class Action:
    """One thing that operators can do.

    Parameters
    ----------
    kind
        "shed", "admission", "queue", "devices" or "restart".
    place
        The crossing or service it is done to; empty for the load.
    steps
        What is set, and how long after the action begins; later steps go before earlier ones.
    value
        The number that describes it: the share of load kept, flows a second, packets, devices, seconds.
    """

    kind: str
    place: str
    steps: tuple[tuple[float, Mapping[str, object]], ...]
    value: float


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
        The actions, those that heal first, the least harm first.
    fraction
        Of the world's size that was run.
    """

    world: str
    activity: str | None
    case: str
    locked: tuple[str, ...]
    acts_at_s: float
    edge: Edge
    tried: tuple[Tried, ...]
    fraction: float

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


def setting_of(case: Case, *, seed: int) -> Setting:
    """Return when to act in a case, and how long to watch.

    It is acted once the collapse has lasted for ten of the longest waits, and watched for as long as
    a fifth of the world's horizon, within bounds.
    """
    world = case.file.world
    script = write_script(case.file, case.activity)
    waits_s = [clients.timeout_s for clients in world.clients.values()]
    settle_s = min(max(SETTLE_WAITS * max(waits_s, default=1.0), LEAST_SETTLE_S), MOST_SETTLE_S)
    acts_at_s = min(script.disturbed_until_s, world.horizon_s) + settle_s
    watch_s = min(max(world.horizon_s / 5.0, LEAST_WATCH_S), MOST_WATCH_S)
    file = overlay(case.file, {"horizon": acts_at_s + watch_s})
    cut = Case(name=case.name, title=case.title, file=file, activity=case.activity)
    script = write_script(file, case.activity)
    return Setting(
        case=cut,
        acts_at_s=acts_at_s,
        fraction=choose_fraction(script, file.world.horizon_s, whole_horizon=True),
        seed=seed,
    )


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
    kept = min((q.value for q in edge.quantiles if q.value is not None), default=_LEAST_LOAD)
    locked = _locked(left_alone)
    tried = [
        _try(setting, action, left_alone, executor, tell)
        for action in _actions(setting, locked, kept_ratio=SHED_MARGIN * kept)
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
) -> CaseRuns:
    case = Case(name=title, title=title, file=file, activity=setting.case.activity)
    rule = Rule(threshold=0.5, exact_count=RUNS_COUNT)
    return run_case(
        case, fraction=setting.fraction, seed=setting.seed, rule=rule, executor=executor, progress=progress
    )


def _escape_load(setting: Setting, executor: Executor, progress: Callable[[str, int], None]) -> Edge:
    """Return the share of the usual load at which the collapse no longer heals by itself."""
    loads = load_paths(setting.case.file)
    file = _acting(setting, [(0.0, loads)])
    axis = Axis(
        name="share of the usual load",
        paths={f"triggers.{NAME}_0.set.{path}": value for path, value in loads.items()},
        unit="ratio",
    )
    runs = varied(
        file, setting.case.activity, axis, seed=setting.seed, fraction=setting.fraction, patient=True
    )

    def told(seeds_count: int) -> None:
        progress("load below which it heals: seeds", seeds_count)

    return tipping_point(runs, Span(low=_LEAST_LOAD, high=1.0), executor=executor, progress=told)


def _locked(runs: CaseRuns) -> tuple[str, ...]:
    """Return the crossings and services that most runs end with filled."""
    tables, found = runs.tables, []
    outcomes = [one for one in runs.replications.outcomes if one.collapsed]
    for k, name in enumerate(tables.crossings):
        sick = [bool(sick_bins(tables, one.run)[-3:, k].all()) for one in outcomes]
        if sum(sick) > len(sick) / 2:
            found.append(name)
    for s, name in enumerate(tables.services):
        workers = int(tables.S[0, s, c.S_INSTANCES] * tables.S[0, s, c.S_CONCURRENCY])
        busy = [
            one.run.services[max(one.run.bins_count - 3, 0) : one.run.bins_count, s, c.Z_BUSY]
            for one in outcomes
        ]
        if workers and sum(bool((row >= workers).all()) for row in busy) > len(busy) / 2:
            found.append(name)
    return tuple(found)


def _actions(setting: Setting, locked: tuple[str, ...], *, kept_ratio: float) -> Iterator[Action]:
    """Yield what operators can do about the places that are locked up."""
    world = setting.case.file.world
    if kept_ratio > _LEAST_LOAD:
        steps = _shed(load_paths(setting.case.file), kept_ratio, world.horizon_s - setting.acts_at_s)
        yield Action(kind="shed", place="", steps=steps, value=kept_ratio)
    for name in locked:
        if name in world.crossings:
            yield from _at_crossing(name, world.crossings[name], _shortest_timeout_s(setting.case.file))
        else:
            service = world.services[name]
            away_s = max(service.boot.time_s, 1.0)
            path = f"services.{name}.instances"
            steps = ((0.0, {path: 0}), (away_s, {path: service.instances_count}))
            yield Action(kind="restart", place=name, steps=steps, value=away_s)


def _shed(
    loads: Mapping[str, float], kept_ratio: float, watch_s: float
) -> tuple[tuple[float, Mapping[str, object]], ...]:
    """Return how load is shed for a while and then let back in steps."""
    held_s, return_s = SHED_FOR * watch_s, RETURN_OVER * watch_s
    steps = [(0.0, kept_ratio)]
    for i in range(RETURN_STEPS):
        back = (i + 1) / RETURN_STEPS
        steps.append((held_s + i * return_s / RETURN_STEPS, kept_ratio + (1.0 - kept_ratio) * back))
    return tuple((at_s, {path: value * ratio for path, value in loads.items()}) for at_s, ratio in steps)


def _at_crossing(name: str, crossing: Crossing, timeout_s: float) -> Iterator[Action]:
    path = f"crossings.{name}"
    capacity_per_s = crossing.flow_capacity_per_s
    if capacity_per_s is not None:
        rate_per_s = ADMITTED_SHARE * capacity_per_s / crossing.devices_count
        admission = {"rate": rate_per_s, "burst": max(round(0.05 * rate_per_s), 1), "on_excess": "drop"}
        yield _lasting("admission", name, f"{path}.admission", admission, rate_per_s)
    if crossing.forwarding_per_s is not None:
        packets = max(int(crossing.forwarding_per_s * timeout_s / 8.0), 1)
        if packets < crossing.queue_packets_count:
            yield _lasting("queue", name, f"{path}.queue_packets", packets, float(packets))
    devices = 2 * crossing.devices_count
    if devices <= MOST_DEVICES:
        yield _lasting("devices", name, f"{path}.devices", devices, float(devices))


def _lasting(kind: str, place: str, path: str, set_to: object, value: float) -> Action:
    """Return an action that sets one path and leaves it."""
    return Action(kind=kind, place=place, steps=((0.0, {path: set_to}),), value=value)


def _shortest_timeout_s(file: WorldFile) -> float:
    return min(clients.timeout_s for clients in file.world.clients.values())


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
    begun_s = setting.acts_at_s - runs.tables.disturbed_from_ns / 1e9
    healing = [max(one.recovery_s - begun_s, 0.0) for one in outcomes if one.recovery_s is not None]
    healed = sum(not one.collapsed for one in outcomes)
    interval = runs.replications.interval
    return Tried(
        action=action,
        heals=probability(healed, len(outcomes), (1.0 - interval[1], 1.0 - interval[0])),
        healing_s=median(healing) if healing else None,
        refused_count=median(_refused(runs, i, setting.acts_at_s) for i in range(len(outcomes))),
        backlog_count=_backlog(left_alone, setting.acts_at_s),
        second_surge_ratio=median(_surge(runs, i, setting.acts_at_s) for i in range(len(outcomes))),
    )


def _bin(runs: CaseRuns, at_s: float) -> int:
    return int(at_s * 1e9 // runs.tables.bin_ns)


def _refused(runs: CaseRuns, index: int, from_s: float) -> float:
    """Return how many requests fewer than usual were served from the action to the end of the run."""
    run, tables = runs.replications.outcomes[index].run, runs.tables
    rows, first = judged_rows(tables), _bin(runs, tables.disturbed_from_ns / 1e9)
    served = run.populations[:, rows, c.Y_SERVED].sum(axis=1).astype(float)
    usual = float(served[first // 3 : first].mean()) if first >= 4 else 0.0
    last = min(run.bins_count, int(tables.horizon_ns // tables.bin_ns))
    after = served[_bin(runs, from_s) : last]
    missing = usual * len(after) - float(after.sum())
    if run.status == "stuck":  # nothing more would have been served
        missing += usual * max(int(tables.horizon_ns // tables.bin_ns) - last, 0)
    return max(missing, 0.0) / tables.fraction


def _backlog(runs: CaseRuns, at_s: float) -> float:
    rows, at = judged_rows(runs.tables), _bin(runs, at_s)
    waiting = [
        float(one.run.populations[min(at, one.run.bins_count - 1), rows, c.Y_UNANSWERED].sum())
        for one in runs.replications.outcomes
    ]
    return median(waiting) / runs.tables.fraction


def _surge(runs: CaseRuns, index: int, from_s: float) -> float:
    """Return the most new flows a second over all crossings from the action on, over the usual."""
    run, tables = runs.replications.outcomes[index].run, runs.tables
    first = _bin(runs, tables.disturbed_from_ns / 1e9)
    offered = run.crossings[: run.bins_count, :, c.X_OFFERED].sum(axis=1).astype(float)
    usual = float(offered[first // 3 : first].mean()) if first >= 4 else 0.0
    width = max(1, round(1e9 / tables.bin_ns))
    after = offered[_bin(runs, from_s) + width :]
    if usual <= 0.0 or len(after) < width:
        return 0.0
    sums = [float(after[i : i + width].sum()) / width for i in range(len(after) - width + 1)]
    return max(sums) / usual
