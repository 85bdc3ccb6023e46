"""The verdict on one activity, and the evidence it rests on: values only, no words."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.evaluate.arithmetic.feedback.cycle import Cycle
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.rehearsals_held import Rehearsed
from tidegate.evaluate.judging.remedy import Instead, Partial, Remedy, Setting, Tried
from tidegate.evaluate.judging.rest import Rest
from tidegate.world.file.was_read import WasRead

VERDICTS = ("proceed", "slow_down", "protect_first", "stop", "cannot_tell")


@dataclass(frozen=True, kw_only=True)
class Probability:
    """A share of runs with its 95 % bounds.

    Counted until it was clear they hold at every look (`experiment.looks`); over a number of runs that was
    chosen beforehand they are the interval of Clopper and Pearson (1934).

    Parameters
    ----------
    value, low, high
        Between 0 and 1.
    runs_count
        How many runs it was counted over.
    harder_times, harder_runs_count
        At how many times today's demand further runs were made, and how many, none of which tipped: where
        `high` rests on that (`experiment.tail`). None and 0 where it is counted.
    of_whole
        Whether it is that of the whole, by where parts of it tip (`experiment.parts`), and no share of runs.
    """

    value: float
    low: float
    high: float
    runs_count: int
    harder_times: float | None = None
    harder_runs_count: int = 0
    of_whole: bool = False


@dataclass(frozen=True, kw_only=True)
class Edge:
    """At how many times today's demand, or the planned step, the plan collapses by even chance.

    Parameters
    ----------
    at_times
        Of the whole world; None where nothing tips up to `most_times`.
    low_times, high_times
        Its 95 % interval; None where too few chances were followed to say.
    most_times
        As far as was looked.
    value, unit
        What the step comes to there: "instances", or the "ratio" of clients that reconnect; None of demand.
    """

    at_times: float | None
    low_times: float | None
    high_times: float | None
    most_times: float
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """How one quantity goes over time in a typical run.

    Parameters
    ----------
    name
        What it is: "offered", "admitted", "served", "delay", "occupancy", …
    unit
        "per_s", "s", "ratio", "count".
    values
        One for each time of `times_s` of its owner.
    low, high
        The band that 80 % of the runs stay in; empty where there is none.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CrossingEvidence:
    """What one crossing goes through in one case.

    Rates are of the whole crossing, in the world's own size (fractions are scaled back).
    A capacity of None means the world sets no limit; it is that of all `devices_count` devices together.
    `*_at_s` is the time since the activity began when the peak (or the limit) was first reached.
    """

    name: str
    setup_peak_per_s: float
    setup_capacity_per_s: float | None
    setup_limit_at_s: float | None
    packets_peak_per_s: float
    packets_capacity_per_s: float | None
    table_peak_ratio: float | None
    table_full_at_s: float | None
    ports_peak_ratio: float | None
    ports_full_at_s: float | None
    delay_peak_s: float
    loss_peak_ratio: float
    saturated_at_s: float | None
    devices_count: int = 1
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ServiceEvidence:
    """How long requests wait for one service in one case (medians over the runs).

    `waiting_peak_count` is the most requests that wait for it at once, in the world's own size; `wait_peak_s`
    how long until as many have been answered, None where that is not seen within the run. `patience_s` is the
    shortest time-out of those who ask it; None where nobody does.
    """

    name: str
    title: str
    waiting_peak_count: float
    wait_peak_s: float | None
    patience_s: float | None


@dataclass(frozen=True, kw_only=True)
class Missed:
    """An objective that one population misses in some of the runs that recover.

    Parameters
    ----------
    objective
        Its key.
    share
        Share of all runs.
    """

    objective: str
    share: Probability


@dataclass(frozen=True, kw_only=True)
class ClientsEvidence:
    """What one population goes through in one case (medians over the runs).

    `success_floor_ratio` is the share in time of what began in the worst minute (or horizon, if shorter).
    Percentiles are over attempts and requests that succeeded; None where none did.
    `waiting_peak_count` is the most requests that wait for an answer at once, `waiting_normal_count`
    as many as pass for usual: where it is more, service is away although nothing may be lost.
    `unserved_s` is the longest time in which nobody was answered although somebody waited, where that is
    unusual; `lost_ratio` the share of requests that are lost for good once service is normal again (or
    since the activity began, where it never is). `missed` are the objectives that any run misses by
    itself: what the middle of the runs keeps may be missed in many.
    """

    name: str
    title: str
    service: str
    success_floor_ratio: float
    connect_p50_s: float | None
    connect_p99_s: float | None
    request_p50_s: float | None
    request_p99_s: float | None
    given_up_count: float
    waiting_peak_count: float = 0.0
    waiting_normal_count: float = 0.0
    unserved_s: float = 0.0
    lost_ratio: float = 0.0
    missed: tuple[Missed, ...] = ()
    series: tuple[Series, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CaseEvidence:
    """One case run many times: as believed, a counter-belief, not acting, slower, protected, or helped.

    Parameters
    ----------
    name
        "believed", "counter:<belief>", "not_acting", "slower", "protected", "helped".
    title
        Its column heading.
    collapse
        Probability of not having recovered within the time allowed.
    recovery_s, recovery_low_s, recovery_high_s
        Median and 10th and 90th percentile of the time from the activity's start until service is
        normal again, over the runs that recovered; None where none did.
    draining_ratio
        Share of that time after every crossing was healthy again; None as above.
    times_s
        Times of all series, since the run's start.
    activity_at_s, activity_until_s
        When the disturbance begins and ends.
    outages_count, bad_s, longest_bad_s
        Medians: outages worth the name since the activity began, how long service was bad in all, and the
        longest outage.
    recurs_ratio
        Share of the runs in which an outage came again after a calm, with nothing that brought it about.
    tips_ratio
        Share of the runs that collapsed although service had been normal after all that happened: the
        world's calm tips by itself.
    unstarted_ratio
        Share of the runs in which not all had started by the horizon that were to: few at a time, or those
        that ask for something as they boot.
    ails_before_ratio
        Share of the time before the disturbance in which service was bad already (median).
    spinning, spinning_per_s
        Who makes attempts without end, so that runs were ended for it, and how many a second; empty where
        nobody does.
    exceeded
        Clauses on the limits that are exceeded by arithmetic alone.
    services
        What waits for each service that anybody asks.
    """

    name: str
    title: str
    collapse: Probability
    recovery_s: float | None
    recovery_low_s: float | None
    recovery_high_s: float | None
    draining_ratio: float | None
    times_s: tuple[float, ...]
    activity_at_s: float
    activity_until_s: float
    crossings: tuple[CrossingEvidence, ...]
    clients: tuple[ClientsEvidence, ...]
    outages_count: float = 0.0
    bad_s: float = 0.0
    longest_bad_s: float = 0.0
    recurs_ratio: float = 0.0
    tips_ratio: float = 0.0
    ails_before_ratio: float = 0.0
    spinning: str = ""
    spinning_per_s: float = 0.0
    exceeded: tuple[str, ...] = ()
    unstarted_ratio: float = 0.0
    services: tuple[ServiceEvidence, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Dark:
    """Something that is lost with a crossing, and from when (seconds after the activity's start).

    Parameters
    ----------
    kind
        "tooling" or "segment".
    name, title
        Its name in the world and what people call it.
    role
        The tooling's role; empty for a segment.
    loses, keeps
        In the customers' words (segments).
    because
        The crossing or service it depends on.
    case
        The case in which it is lost ("believed" where it is lost in all).
    from_s
        When; None where it is not lost in that case.
    """

    kind: str
    name: str
    title: str
    role: str
    loses: str
    keeps: str
    because: str
    case: str
    from_s: float | None


@dataclass(frozen=True, kw_only=True)
class Ranges:
    """Over what share of the assumed ranges the outcome holds.

    Parameters
    ----------
    case
        Name of the case that was run at points drawn over all ranges.
    collapse
        Share of the points at which it collapses.
    numbers_count
        How many numbers were varied together.
    mixed_count
        Points at which two runs that differ only in their chance end differently: run-to-run
        randomness, as against numbers that are not known.
    missed
        What was missed at each failing point: "limit" (by arithmetic), "collapse", or a key of objectives.
    """

    case: str
    collapse: Probability
    numbers_count: int
    mixed_count: int = 0
    missed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Reproduction:
    """What is needed to get the same bytes again."""

    seed: int
    tidegate_version: str
    engine: str
    fractions: tuple[float, ...]
    runs_count: int
    stopping_rule: str


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """The answer to whether an activity may go ahead.

    Parameters
    ----------
    verdict
        One of `VERDICTS`.
    condition
        The name of the belief it hangs on; empty where it hangs on none.
    condition_settles
        Whether it would go ahead if that belief were shown to be true, and nothing else.
    deciding
        Path of the number that decides and is not known (cannot_tell); else empty.
    world, title, activity, activity_title
        What was judged.
    horizon_s
        How long was simulated.
    acceptable_ratio
        The greatest acceptable probability of collapse.
    cases
        "believed" first, then counter-beliefs; after them "not_acting" and "slower" where the
        verdict is not proceed, "protected" where there is a `remedy`, and "helped" where `partial` sets
        something.
    ranges
        Per case.
    dark
        What goes dark with it, earliest first.
    rests_on
        Ranked, the greatest effect first.
    holding_back_is_worse
        True where not acting collapses more surely than acting.
    ill_without
        Sentences on what does not hold without the activity, or the triggers, either; empty where it was not
        run (proceed), or all does.
    failed_objectives
        Sentences naming objectives other than collapse that do not hold as believed, else where the belief is
        wrong that it hangs on.
    notes
        Shortcuts and cautions that apply to this world, as sentences.
    rehearsed
        How well its rehearsals agreed; None where nobody asked.
    remedy
        What is to be set first (protect_first); where a number decides that is not known (cannot_tell), what
        makes it hold over the ranges; else None. The case "protected" is run with it.
    partial
        What helps and is not shown to be enough (stop); None where nothing was found, or more is.
    tried
        What was run beside that and is not enough, or is so only at the numbers given.
    instead
        What could be set so that it keeps its pace (slow_down); None where nothing was found.
    fits
        What would fit where a limit is exceeded by arithmetic: the largest size, the smaller pool. Where runs
        refute one it is in `tried` alone.
    nearest
        The limit that is pressed hardest, as believed; None where the world states none.
    narrowest
        The limit that is pressed hardest while anything happens, also for a while or by those who come
        together, in the case that decides; None where the world states none.
    sure
        False where the runs are too few for the word to be sure.
    fed_by
        The feedback cycle through which the collapse goes; None where there is no collapse, or no such cycle.
    demand_edge, step_edge
        How far from today's demand, and from the planned step, the plan tips; None where that was not looked
        for.
    edge_unknown
        Where neither edge is known, what arithmetic says instead, or why it was not looked for; else empty.
    read
        What was read in the files that the world comes from, number by number; empty for a world file.
    widest
        Where it hangs on the ranges and on no single number (cannot_tell): the numbers known least.
    needed
        Where it hangs on the ranges (cannot_tell): the numbers that must be known to decide, the one that
        decides most first; empty where that was not found.
    needed_left
        Share of the worlds drawn that fail with each number of `needed` at its safe end, of the runs where no
        other has a range; None where that was not run.
    guesses_count
        How many of the numbers that matter to it are assumed, and neither measured nor published.
    remedy_runs
        Of acting slower or protected, where that is the answer: what the runs say as believed, then with each
        belief wrong that was never measured.
    """

    verdict: str
    condition: str
    condition_settles: bool
    deciding: str
    world: str
    title: str
    activity: str
    activity_title: str
    horizon_s: float
    acceptable_ratio: float
    cases: tuple[CaseEvidence, ...]
    ranges: tuple[Ranges, ...]
    dark: tuple[Dark, ...]
    rests_on: tuple[Rest, ...]
    holding_back_is_worse: bool
    failed_objectives: tuple[str, ...]
    notes: tuple[str, ...]
    reproduction: Reproduction
    demand_edge: Edge | None = None
    step_edge: Edge | None = None
    edge_unknown: str = ""
    rehearsed: Rehearsed | None = None
    remedy: Remedy | None = None
    partial: Partial | None = None
    tried: tuple[Tried, ...] = ()
    instead: Instead | None = None
    fits: tuple[Setting, ...] = ()
    nearest: Limit | None = None
    narrowest: Limit | None = None
    ill_without: tuple[str, ...] = ()
    sure: bool = True
    fed_by: Cycle | None = None
    read: tuple[WasRead, ...] = ()
    widest: tuple[Rest, ...] = ()
    needed: tuple[Rest, ...] = ()
    needed_left: Probability | None = None
    guesses_count: int = 0
    remedy_runs: tuple[Probability, ...] = ()
