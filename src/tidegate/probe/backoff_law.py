"""By which law a client waits before its retries: which one fits, with which numbers, how surely.

The laws stand in `models`, the search in `sampling`. Which waits belong to one layer must not be decided
here: that is `nesting`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tidegate.probe.models import Delay, Floats, Likelihood, Model, models_for
from tidegate.probe.sampling import sample

AT_ONCE_S = 0.03
"""Waits all below this are none at all: a client's own reaction takes as long."""

_SURELY_WAITING_S = 0.1

CONFIDENCE = 0.95
"""How surely all intervals of one law hold together."""

_SEARCH_SIZE, _FINAL_SIZE, _FINAL_CARE = 192, 1000, 5
# Without jitter the likelihood is a needle, which takes more guesses to find.
_NEEDLE_SIZE = 400
_MOST_DELAYS = 60
# Odds of 20 to 1, below which another model is not ruled out.
_NOT_RULED_OUT = math.log(20.0)
_MOST_STRAY_RATIO = 0.2
# Hardly any client waits linearly longer; without this, two retries could not be told from a doubling.
_AT_ONCE = Model(law="none", jitter="none")
_PRIOR = {"linear": -2.0, "decorrelated": -1.0}


@dataclass(frozen=True, kw_only=True)
class Interval:
    """A number and the ends between which it lies."""

    low: float
    value: float
    high: float


@dataclass(frozen=True, kw_only=True)
class Law:
    """How one layer waits.

    Parameters
    ----------
    law, jitter
        In the words of a retry layer; both empty where no law fits.
    parameters
        By name (base, multiplier, cap: seconds or ratio; jitter_width), those that were found.
    alternatives
        Other laws and jitters that the waits do not rule out.
    waits_s
        The shortest, the median and the longest wait seen.
    waits_count
        How many waits were seen.
    unknown
        What could not be identified, and why, a sentence each.
    first_at_once
        Whether the first retry comes at once and the law holds from the second on.
    log_evidence
        Of the best model: by it, one explanation of the same waits is compared with another.
    """

    law: str
    jitter: str
    parameters: Mapping[str, Interval] = field(default_factory=dict)
    alternatives: tuple[tuple[str, str], ...] = ()
    waits_s: Interval
    waits_count: int
    unknown: tuple[str, ...] = ()
    first_at_once: bool = False
    log_evidence: float = 0.0

    @property
    def is_back_off(self) -> bool:
        """Whether waits grow from retry to retry."""
        return self.law in {"linear", "exponential", "decorrelated"}


def find_law(delays: Sequence[Delay], *, seed: int) -> Law:
    """Return the law by which the delays of one layer came about.

    Parameters
    ----------
    delays
        At least one.
    seed
        Of the search.
    """
    law = _law_of(delays, seed)
    first = [delay for delay in delays if delay.number == 1]
    later = [delay for delay in delays if delay.number > 1]
    if not first or not later or max(delay.waited_s for delay in first) >= AT_ONCE_S or law.law == "none":
        return law
    # Many libraries try again at once the first time and follow their law from the second on.
    rest = _law_of(later, seed)
    log_evidence = _evidence(_AT_ONCE, first, seed) + rest.log_evidence
    if rest.law in {"", "none"} or log_evidence < law.log_evidence + _NOT_RULED_OUT:
        return law
    whole = {"waits_s": law.waits_s, "waits_count": law.waits_count, "log_evidence": log_evidence}
    return replace(rest, first_at_once=True, **whole)  # type: ignore[arg-type]


def _law_of(delays: Sequence[Delay], seed: int) -> Law:
    waited = [delay.waited_s for delay in delays]
    waits_s = Interval(low=min(waited), value=float(np.median(waited)), high=max(waited))
    searched = delays[:_MOST_DELAYS]
    at_once = waits_s.high < AT_ONCE_S
    found = [(_evidence(_AT_ONCE, searched, seed), _AT_ONCE)] if at_once else _searched(searched, seed)
    best_evidence, best = found[0]
    if best.law == "none" and waits_s.high < _SURELY_WAITING_S:
        return Law(law="none", jitter="none", waits_s=waits_s, waits_count=len(delays),
                   log_evidence=best_evidence)  # fmt: skip
    likelihood = Likelihood(best, searched)
    dimensions = len(best.parameters)
    guesses = sample(likelihood.log, dimensions, size=_FINAL_SIZE, seed=seed, care=_FINAL_CARE).guesses
    if best.law == "none" or likelihood.stray_ratio(guesses) > _MOST_STRAY_RATIO:
        why = f"the law of its waits, because none of those known fits them ({_range(waits_s)})"
        return Law(law="", jitter="", waits_s=waits_s, waits_count=len(delays), unknown=(why,),
                   log_evidence=best_evidence)  # fmt: skip
    others = tuple(
        (model.law, model.jitter)
        for evidence, model in found[1:]
        if evidence > best_evidence - _NOT_RULED_OUT
    )
    parameters, unknown = _parameters(best, likelihood.values(guesses), searched)
    return Law(
        law=best.law,
        jitter=best.jitter,
        parameters=parameters,
        alternatives=others,
        waits_s=waits_s,
        waits_count=len(delays),
        unknown=(*unknown, *_undecided(best, others, searched)),
        log_evidence=best_evidence,
    )


def _searched(delays: Sequence[Delay], seed: int) -> list[tuple[float, Model]]:
    """Return every model with the logarithm of its evidence, the best first."""
    found: dict[Model, float] = {}
    for model in models_for(delays):
        free = replace(model, doubles=False)
        found[free] = max(found.get(free, -math.inf), _evidence(model, delays, seed))
    return sorted(((evidence, model) for model, evidence in found.items()), key=lambda pair: -pair[0])


def _evidence(model: Model, delays: Sequence[Delay], seed: int) -> float:
    likelihood = Likelihood(model, delays)
    size = _NEEDLE_SIZE if model.jitter == "none" else _SEARCH_SIZE
    cloud = sample(likelihood.log, len(model.parameters), size=size, seed=seed)
    return cloud.log_evidence + likelihood.log_share + _PRIOR.get(model.law, 0.0)


def _parameters(
    model: Model, values: Mapping[str, Floats], delays: Sequence[Delay]
) -> tuple[dict[str, Interval], list[str]]:
    stated = [name for name in model.parameters if name not in {"offset", "reaction"}]
    share = (1.0 - CONFIDENCE) / max(len(stated), 1) / 2.0
    found = {}
    for name in stated:
        low, middle, high = (float(end) for end in np.quantile(values[name], (share, 0.5, 1.0 - share)))
        inner_low, inner_high = (float(end) for end in np.quantile(values[name], (0.1, 0.9)))
        found[name] = Interval(low=low, value=roundest(inner_low, middle, inner_high), high=high)
    unknown = []
    if "cap" in found:
        longest_s = max(delay.waited_s for delay in delays)
        # A cap that was at work cannot lie far beyond the longest wait that was seen.
        if found["cap"].high > 5.0 * longest_s:
            del found["cap"]
            unknown.append(f"its cap: waits grew to {_seconds(longest_s)} and were not seen to stop growing")
    return found, unknown


def _undecided(best: Model, others: Sequence[tuple[str, str]], delays: Sequence[Delay]) -> list[str]:
    said = []
    laws = sorted({law for law, _ in others} - {best.law})
    laws = ["at once" if law == "none" else law for law in laws]
    jitters = sorted({jitter for law, jitter in others if law == best.law} - {best.jitter})
    if len({delay.number for delay in delays}) == 1:
        said.append("whether its waits grow, because only one retry of each call had to wait")
    elif laws:
        said.append(f"whether its waits are {best.law} or {' or '.join(laws)}: too few were seen to tell")
    if jitters:
        said.append(f"whether its jitter is {best.jitter} or {' or '.join(jitters)}: too few waits were seen")
    return said


def roundest(low: float, value: float, high: float) -> float:
    """Return `value` with as few digits as keep it between `low` and `high`."""
    for digits in range(1, 6):
        rounded = float(f"{value:.{digits}g}")
        if low <= rounded <= high:
            return rounded
    return value


def _range(waits_s: Interval) -> str:
    return f"{_seconds(waits_s.low)} to {_seconds(waits_s.high)}"


def _seconds(time_s: float) -> str:
    return f"{time_s * 1e3:.0f} ms" if time_s < 1.0 else f"{time_s:.3g} s"
