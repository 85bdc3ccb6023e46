"""Headroom: how much more of an activity, or of load, until collapse is too probable.

The edge is found as in `evaluate.searching.edge`; the limit that is called safe is then proven at its own
value by whole runs of the event engine, stepping down from the edge until it holds by the rule that `check`
decides by. What is planned is run as `check` runs it: the two never contradict each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist

from tidegate.errors import Fault, InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.judging.decide import fails, holds
from tidegate.evaluate.judging.evidence import evidence_of
from tidegate.evaluate.judging.verdict import CaseEvidence, Probability
from tidegate.evaluate.searching.edge import Varied, tipping_point, varied
from tidegate.evaluate.variants.axis import Axis, number_at, path_axis
from tidegate.evaluate.variants.scope import concern_of, script_of
from tidegate.evaluate.variants.world_case import Case, believed_case
from tidegate.experiment.boundary import Edge, Quantile
from tidegate.experiment.seed_edge import Span
from tidegate.world.world import World, WorldFile

ACTIVITY_REACH = 8.0  # times the planned step is as far as is searched
LOAD_REACH = 8.0  # times the load of today
LEAST_LOAD = 0.05
_END_SEEDS_COUNT = 3  # seeds that say which end of a span is the worse one
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
    less_is_worse
        Whether it collapses at the low end and not at the high one, as of a capacity: safe is then what is
        at least so much.
    """

    kind: str
    axis: Axis
    span: Span
    planned: float | None
    less_is_worse: bool = False


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
        The greatest value proven safe (the least, where less is worse); None where none was.
    proof
        Probability of collapse at `safe`, by whole runs; None with it.
    acceptable_ratio
        The greatest acceptable probability of collapse.
    fraction
        Of the world's size that was run.
    runs_count
        Runs it took, the proof's included.
    holds
        Whether what is planned holds as believed, by the rule that `check` decides by; None where that
        cannot be told, or no value is planned.
    exceeded
        Clauses on the limits that are exceeded just beyond `safe`, though runs still hold; where nothing
        is safe, at the least that was looked at.
    """

    question: Question
    edge: Edge
    safe: float | None
    proof: Probability | None
    acceptable_ratio: float
    fraction: float
    runs_count: int
    holds: bool | None = None
    exceeded: tuple[str, ...] = ()


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
        raise InputError(
            Fault(what="this activity has no size to vary", kind="statement", value=activity, allowed=allowed)
        )
    paths = {path: share / greatest for path, share in shares.items()}
    axis = Axis(name="share that reconnects", paths=paths, unit="ratio")
    return Question(kind="activity", axis=axis, span=Span(low=0.0, high=1.0), planned=greatest)


def load_paths(file: WorldFile, activity: str | None) -> Mapping[str, float]:
    """Return the paths that make up the base load with their values: rates, or populations.

    Of whoever has anything to do with the activity: other traffic is no part of its load.
    """
    found: dict[str, float] = {}
    concerns = concern_of(file, activity)
    for name, clients in file.world.clients.items():
        if clients.demand.kind == "open":
            found[f"clients.{name}.demand.rate"] = clients.demand.rate_per_s
        elif clients.demand.kind != "once":
            found[f"clients.{name}.population"] = float(clients.population_count)
    return {path: value for path, value in found.items() if value > 0 and concerns(path)}


def load_question(file: WorldFile, activity: str | None) -> Question:
    """Return how many times the base load is asked about: rates of open clients, others' populations."""
    span = Span(low=LEAST_LOAD, high=LOAD_REACH)
    axis = Axis(name="times today's load", paths=load_paths(file, activity))
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


def headroom(bench: Bench, question: Question) -> Headroom:
    """Find how far an axis may go before collapse is too probable.

    Parameters
    ----------
    bench
        The world and what happens in it, and how it is run.
    question
        Which axis, and where to look.
    """
    if question.kind == "path" and _less_is_worse(bench, question):
        return _turned_back(_headroom(bench, _turned(question)))
    return _headroom(bench, question)


def _less_is_worse(bench: Bench, question: Question) -> bool:
    """Whether more seeds collapse at the low end of the span than at the high one."""
    runs = varied(bench.file, bench.activity, question.axis, seed=bench.seed, fraction=bench.fraction)
    low, high = (
        sum(bench.executor.map(runs, [end] * _END_SEEDS_COUNT, range(_END_SEEDS_COUNT)))
        for end in (question.span.low, question.span.high)
    )
    return low > high


def _turned(question: Question) -> Question:
    """Return the same question along an axis on which more is worse."""
    planned = None if question.planned is None else -question.planned
    return replace(
        question, axis=replace(question.axis, turned=True), span=_other_sign(question.span), planned=planned
    )


def _turned_back(found: Headroom) -> Headroom:
    """Return an answer along a turned axis in the values of the world."""
    asked = found.question
    span = _other_sign(asked.span)
    quantiles = tuple(
        Quantile(
            share=one.share,
            value=None if one.value is None else -one.value,
            low=None if one.high is None else -one.high,
            high=None if one.low is None else -one.low,
        )
        for one in found.edge.quantiles
    )
    return replace(
        found,
        question=Question(
            kind=asked.kind,
            axis=replace(asked.axis, turned=False),
            span=span,
            planned=None if asked.planned is None else -asked.planned,
            less_is_worse=True,
        ),
        edge=replace(found.edge, span=span, quantiles=quantiles),
        safe=None if found.safe is None else -found.safe,
    )


def _other_sign(span: Span) -> Span:
    return replace(span, low=-span.high, high=-span.low)


def _headroom(bench: Bench, question: Question) -> Headroom:
    """Find how far an axis may go on which more is worse."""

    def told(seeds_count: int) -> None:
        if bench.progress is not None:
            bench.progress(f"{question.axis.name}: seeds", seeds_count)

    runs = varied(bench.file, bench.activity, question.axis, seed=bench.seed, fraction=bench.fraction)
    edge = tipping_point(runs, question.span, executor=bench.executor, progress=told)
    planned = _planned(bench, question)
    safe, proof, proof_runs = _prove(bench, runs, edge, question, planned)
    return Headroom(
        question=question,
        edge=edge,
        safe=safe,
        proof=proof,
        acceptable_ratio=bench.acceptable,
        fraction=runs.fraction,
        runs_count=edge.runs_count + proof_runs + (planned.collapse.runs_count if planned else 0),
        holds=_holds_as_planned(bench.file.world, planned),
        exceeded=_exceeded(runs, question.span.low)
        if safe is None
        else _just_beyond(runs, question.span, safe),
    )


def _planned(bench: Bench, question: Question) -> CaseEvidence | None:
    """Return what comes of the planned value, run as `check` runs it; None where the world states none."""
    if question.planned is None:
        return None
    return evidence_of(bench.run(believed_case(bench.file, bench.activity)))


def _holds_as_planned(world: World, planned: CaseEvidence | None) -> bool | None:
    if planned is None:
        return None
    return True if holds(world, planned) else False if fails(world, planned) else None


def _prove(
    bench: Bench, runs: Varied, edge: Edge, question: Question, planned: CaseEvidence | None
) -> tuple[float | None, Probability | None, int]:
    """Step down from the edge until whole runs prove a value safe, by the rule that `check` decides by.

    What is planned is not stepped over where it holds; where it is not shown to, only less can be safe.
    """
    span, done, now = edge.span, 0, question.planned
    inside = now is not None and span.low <= now <= span.high
    known = planned if inside and planned is not None and holds(bench.file.world, planned) else None
    least = span.low if known is None or now is None else now
    if known is None and (edge.below_count == span.seeds_count or _exceeded(runs, span.low)):
        return None, None, 0
    value = max(_countable(runs, span, span.under(_first_try(edge, bench.acceptable))), least)
    step = max(edge.width, span.resolution_ratio * abs(value), 1.0 if span.whole else 0.0)
    if inside and now is not None and known is None:
        value = min(value, span.under(now - step))
    for _ in range(_PROOFS_COUNT):
        if known is not None and value <= least:
            break
        title = f"proving {runs.axis.name} {runs.axis.text(value)}"
        case = Case(name="safe", title=title, file=runs.at(value), activity=runs.activity)
        tried = evidence_of(bench.run(case, most=_PROOF_MOST))
        done += tried.collapse.runs_count
        if holds(case.file.world, tried):
            return value, tried.collapse, done
        if value <= span.low:
            break
        value = max(span.under(value - step), least)
        step *= 2.0
    return (None, None, done) if known is None else (least, known.collapse, done)


def _countable(runs: Varied, span: Span, value: float) -> float:
    """Return `value`, or the greatest below it at which no limit is exceeded, as none is at the least.

    A few refused connections are no collapse; but nobody plans to exceed what can be counted.
    """
    low, high = span.low, value
    if not _exceeded(runs, high):
        return value
    while not span.is_fine(low, high, span.resolution_ratio):
        middle = span.under(0.5 * (low + high))
        if middle in {low, high}:
            break
        if _exceeded(runs, middle):
            high = middle
        else:
            low = middle
    return low


def _just_beyond(runs: Varied, span: Span, safe: float) -> tuple[str, ...]:
    """Return the limits that are exceeded one step beyond a safe value."""
    return _exceeded(
        runs, span.at(safe + max(2.0 * span.resolution_ratio * abs(safe), 1.0 if span.whole else 0.0))
    )


def _exceeded(runs: Varied, value: float) -> tuple[str, ...]:
    """Return the limits that are exceeded at a value, as clauses."""
    return exceeded_limits(script_of(runs.at(value), runs.activity))


def _first_try(edge: Edge, acceptable: float) -> float:
    """Return where the acceptable share of the seeds collapses, or the cautious end of that estimate."""
    middle, lowest = edge.at(0.5), edge.at(0.01)
    if edge.above_count == edge.span.seeds_count:
        return edge.span.high
    if middle.value is None or lowest.value is None or lowest.low is None:
        return min((q.value for q in edge.quantiles if q.value is not None), default=edge.span.low)
    error = lowest.value - lowest.low
    return middle.value + NormalDist().inv_cdf(min(acceptable, 0.5)) * edge.width - 0.5 * error
