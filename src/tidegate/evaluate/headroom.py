"""Headroom: how much more of an activity, or of load, until collapse is too probable.

The edge is found as in `evaluate.edge`; the limit that is called safe is then proven at its own value
by whole runs of the event engine, stepping down from the edge until the whole interval of the
probability of collapse lies below what is acceptable.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from statistics import NormalDist

from tidegate.errors import Fault, InputError
from tidegate.evaluate.axis import Axis, number_at, path_axis
from tidegate.evaluate.case import Case, run_case
from tidegate.evaluate.countable import exceeded_limits
from tidegate.evaluate.edge import Varied, tipping_point, varied
from tidegate.evaluate.evidence import probability
from tidegate.evaluate.verdict import Probability
from tidegate.experiment.boundary import Edge
from tidegate.experiment.replicate import Rule
from tidegate.experiment.seed_edge import Span
from tidegate.simulate.script import write_script
from tidegate.world.world import WorldFile

ACTIVITY_REACH = 8.0  # times the planned step is as far as is searched
LOAD_REACH = 8.0  # times the load of today
LEAST_LOAD = 0.05
_PROOFS_COUNT = 10
_PROOF_MOST = 600


@dataclass(frozen=True, kw_only=True)
class Question:
    """Along which axis headroom is asked for, and where.

    Parameters
    ----------
    kind
        "activity", "load" or "path".
    axis, span
        What is varied, and between which values.
    planned
        The value as the world states it; None where it states none.
    """

    kind: str
    axis: Axis
    span: Span
    planned: float | None


@dataclass(frozen=True, kw_only=True)
class Headroom:
    """How far one axis may go.

    Parameters
    ----------
    question
        What was asked.
    edge
        Where it tips, on the seeds tried.
    safe
        The greatest value proven safe; None where none was.
    proof
        Probability of collapse at `safe`, by whole runs; None with it.
    acceptable_ratio
        The greatest acceptable probability of collapse.
    fraction
        Of the world's size that was run.
    runs_count
        Runs it took, the proof's included.
    exceeded
        Clauses on what can be counted and is exceeded just beyond `safe`, though runs still hold.
    """

    question: Question
    edge: Edge
    safe: float | None
    proof: Probability | None
    acceptable_ratio: float
    fraction: float
    runs_count: int
    exceeded: tuple[str, ...] = ()

    @property
    def holds(self) -> bool | None:
        """Whether the planned value is within the safe limit; None where one of them is not known."""
        planned = self.question.planned
        return None if self.safe is None or planned is None else self.safe >= planned


def activity_question(file: WorldFile, activity: str) -> Question:
    """Return how much more of an activity is asked about: its `to`, or the share that reconnects.

    Raises
    ------
    InputError
        If the activity has nothing that could be more.
    """
    plan = file.world.activities[activity]
    path = f"activities.{activity}"
    if plan.to_count is not None and plan.from_count is not None and plan.to_count > plan.from_count:
        most = plan.from_count + ACTIVITY_REACH * (plan.to_count - plan.from_count)
        span = Span(low=plan.from_count, high=round(most), whole=True)
        axis = Axis(name=f"{path}.to", paths={f"{path}.to": 1.0})
        return Question(kind="activity", axis=axis, span=span, planned=float(plan.to_count))
    shares = {f"{path}.reactions.{i}.reconnect": r.reconnect_ratio for i, r in enumerate(plan.reactions)}
    greatest = max(shares.values(), default=0.0)
    if greatest == 0.0:
        allowed = "one that scales up, or makes clients reconnect"
        raise InputError(Fault(what="this activity has no size to vary", value=activity, allowed=allowed))
    paths = {path: share / greatest for path, share in shares.items()}
    axis = Axis(name="share that reconnects", paths=paths, unit="ratio")
    return Question(kind="activity", axis=axis, span=Span(low=0.0, high=1.0), planned=greatest)


def load_paths(file: WorldFile) -> Mapping[str, float]:
    """Return the paths that make up the base load with their values: rates, or populations."""
    found: dict[str, float] = {}
    for name, clients in file.world.clients.items():
        if clients.demand.kind == "open":
            found[f"clients.{name}.demand.rate"] = clients.demand.rate_per_s
        elif clients.demand.kind != "once":
            found[f"clients.{name}.population"] = float(clients.population_count)
    return {path: value for path, value in found.items() if value > 0}


def load_question(file: WorldFile) -> Question:
    """Return how many times the base load is asked about: rates of open clients, others' populations."""
    span = Span(low=LEAST_LOAD, high=LOAD_REACH)
    axis = Axis(name="times today's load", paths=load_paths(file))
    return Question(kind="load", axis=axis, span=span, planned=1.0)


def path_question(file: WorldFile, path: str, *, low: str | None, high: str | None) -> Question:
    """Return a question about one path of the world; the span is the number's range unless given.

    Raises
    ------
    InputError
        If the path leads to no number, or there is no span to search.
    """
    axis, span = path_axis(file, path, low=low, high=high)
    return Question(kind="path", axis=axis, span=span, planned=number_at(file, path))


def headroom(
    file: WorldFile,
    activity: str | None,
    question: Question,
    *,
    seed: int,
    executor: Executor,
    progress: Callable[[str, int], None] | None = None,
) -> Headroom:
    """Find how far an axis may go before collapse is too probable.

    Parameters
    ----------
    file, activity
        The world and what happens in it.
    question
        Which axis, and where to look.
    seed
        Chooses the random streams.
    executor
        Where the runs happen; the answer does not depend on it.
    progress
        Called with what is being done and how much of it; may raise to end.
    """

    def told(seeds_count: int) -> None:
        if progress is not None:
            progress(f"{question.axis.name}: seeds", seeds_count)

    runs = varied(file, activity, question.axis, seed=seed)
    edge = tipping_point(runs, question.span, executor=executor, progress=told)
    acceptable = file.world.objectives.collapse_probability_ratio
    safe, proof, proof_runs = _prove(runs, edge, acceptable, executor, progress)
    return Headroom(
        question=question,
        edge=edge,
        safe=safe,
        proof=proof,
        acceptable_ratio=acceptable,
        fraction=runs.fraction,
        runs_count=edge.runs_count + proof_runs,
        exceeded=() if safe is None else _just_beyond(runs, question.span, safe),
    )


def _prove(
    runs: Varied,
    edge: Edge,
    acceptable: float,
    executor: Executor,
    progress: Callable[[str, int], None] | None,
) -> tuple[float | None, Probability | None, int]:
    """Step down from the edge until whole runs prove the value safe."""
    span, done = edge.span, 0
    if edge.below_count == span.seeds_count:
        return None, None, 0
    value = _countable(runs, span, span.under(_first_try(edge, acceptable)))
    rule = Rule(threshold=acceptable, most_count=_PROOF_MOST)
    step = max(edge.width, span.resolution_ratio * abs(value), 1.0 if span.whole else 0.0)
    for _ in range(_PROOFS_COUNT):
        title = f"proving {runs.axis.name} {runs.axis.text(value)}"
        case = Case(name="safe", title=title, file=runs.at(value), activity=runs.activity)
        tried = run_case(
            case, fraction=runs.fraction, seed=runs.seed, rule=rule, executor=executor, progress=progress
        ).replications
        many = len(tried.outcomes)
        done += many
        if tried.interval[1] < acceptable:
            return value, probability(tried.count, many, tried.interval), done
        if value <= span.low:
            break
        value = span.under(value - step)
        step *= 2.0
    return None, None, done


def _countable(runs: Varied, span: Span, value: float) -> float:
    """Return `value`, or the greatest below it at which no more limits are exceeded than at the least.

    A few refused connections are no collapse; but nobody plans to exceed what can be counted.
    """
    low, high = span.low, value
    least = _exceeded(runs, low)
    if _exceeded(runs, high) <= least:
        return value
    while not span.is_fine(low, high, span.resolution_ratio):
        middle = span.under(0.5 * (low + high))
        if middle in {low, high}:
            break
        if _exceeded(runs, middle) <= least:
            low = middle
        else:
            high = middle
    return low


def _just_beyond(runs: Varied, span: Span, safe: float) -> tuple[str, ...]:
    """Return what can be counted and is exceeded one step beyond a value, and not at it."""
    beyond = span.at(safe + max(2.0 * span.resolution_ratio * abs(safe), 1.0 if span.whole else 0.0))
    already = exceeded_limits(write_script(runs.at(safe), runs.activity))
    more = exceeded_limits(write_script(runs.at(beyond), runs.activity))
    return more[len(already) :] if len(more) > len(already) else ()


def _exceeded(runs: Varied, value: float) -> int:
    return len(exceeded_limits(write_script(runs.at(value), runs.activity)))


def _first_try(edge: Edge, acceptable: float) -> float:
    """Return where the acceptable share of the seeds collapses, or the cautious end of that estimate."""
    middle, lowest = edge.at(0.5), edge.at(0.01)
    if edge.above_count == edge.span.seeds_count:
        return edge.span.high
    if middle.value is None or lowest.value is None or lowest.low is None:
        return min((q.value for q in edge.quantiles if q.value is not None), default=edge.span.low)
    error = lowest.value - lowest.low
    return middle.value + NormalDist().inv_cdf(min(acceptable, 0.5)) * edge.width - 0.5 * error
