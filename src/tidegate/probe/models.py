"""Which laws of waiting are told apart, and how likely a delay is under each.

The laws and jitters are those of `behaviour.backoff`, whose formulas these are: with D the plain delay of
a retry, the client waits uniformly between a low and a high share of D, and then takes a little time of
its own to act. That reaction time is not known either: an offset and an exponential part with a mean,
both found from the same delays. How the numbers are found must not live here: that is `sampling`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

JITTERS = ("none", "full", "equal", "spread")

# Seeing that a connection request was given up takes some milliseconds, so that a delay may seem that
# much shorter; acting takes a client up to some tens.
_OFFSET_S = (-0.010, 0.025)
_REACTION_S = (0.0003, 0.03)
_NEEDLE_S = (0.08, 0.015)
_SHORTEST_BASE_S, _LONGEST_BASE_S = 0.005, 3600.0
_GROWTH = (1.05, 10.0)
# A cap that stops the first growth already leaves nothing but a constant delay.
_CAP_TO_BASE = (1.5, 10_000.0)
# Less than this cannot be told from the client's own reaction time.
_LEAST_WIDTH_RATIO = 0.03
_REACH = 30.0
# One delay in thirty may lie anywhere near the law, because whole machines pause.
_STRAY_RATIO = 1.0 / 30.0
_LONG_S, _REPEATED_S, _REPEATED_RATIO, _LEAST_COMPARED = 0.5, 0.015, 0.005, 3
_STRAY_REACH_RATIO, _LEAST_STRAY_S = 0.1, 0.02


@dataclass(frozen=True, kw_only=True)
class Delay:
    """One wait before a retry: which retry of its call, the wait before, and how long, in seconds."""

    number: int
    previous_s: float
    waited_s: float


@dataclass(frozen=True, kw_only=True)
class Model:
    """One law with one kind of jitter.

    Parameters
    ----------
    law, jitter
        In the words of a retry layer.
    doubles
        Whether the multiplier of an exponential is taken to be 2. It nearly always is; that a free
        multiplier happens to be just 2 would else count against the exponential.
    """

    law: str
    jitter: str
    doubles: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """Names of what is to be found, the two of the reaction time last."""
        found = [] if self.law == "none" else ["base"]
        found += ["multiplier"] if self.law == "exponential" and not self.doubles else []
        found += ["cap"] if self.law in {"linear", "exponential", "decorrelated"} else []
        found += ["jitter_width"] if self.jitter == "spread" else []
        return (*found, "offset", "reaction")


def models_for(delays: Sequence[Delay]) -> tuple[Model, ...]:
    """Return the models that so many delays can tell apart.

    With first retries alone, growth cannot be seen: only the laws without growth are tried.
    """
    jitters = ("none",) if _are_repeated(delays) else JITTERS
    grows = len({delay.number for delay in delays}) > 1
    laws = ("constant", "linear", "exponential") if grows else ("constant",)
    jittered = tuple(Model(law=law, jitter=jitter) for law in laws for jitter in jitters)
    doubling = tuple(
        Model(law="exponential", jitter=jitter, doubles=True) for jitter in jitters if "exponential" in laws
    )
    wandering = (Model(law="decorrelated", jitter="none"),) if grows else ()
    return (Model(law="none", jitter="none"), *jittered, *doubling, *wandering)


def _are_repeated(delays: Sequence[Delay]) -> bool:
    """Whether long waits are the same in every run, so that nothing in them can be random."""
    places: dict[int, list[float]] = {}
    for delay in delays:
        places.setdefault(delay.number, []).append(delay.waited_s)
    long = [waited for waited in places.values() if len(waited) > 1 and max(waited) >= _LONG_S]
    compared_count = sum(len(waited) - 1 for waited in long)
    slack_s = [_REPEATED_S + _REPEATED_RATIO * max(waited) for waited in long]
    return compared_count >= _LEAST_COMPARED and all(
        max(waited) - min(waited) <= slack for waited, slack in zip(long, slack_s, strict=True)
    )


class Likelihood:
    """How likely all delays are, for many guesses at the parameters at once.

    Guesses are points of the unit cube, one row each, one column a parameter; `values` says what they
    stand for. The prior is uniform in the cube: logarithmic in all but the width and the offset.

    Parameters
    ----------
    model
        The law and jitter.
    delays
        What was seen; at least one.
    """

    def __init__(self, model: Model, delays: Sequence[Delay]) -> None:
        self.model = model
        self._number = np.array([float(delay.number) for delay in delays])
        self._previous_s = np.array([delay.previous_s for delay in delays])
        self._waited_s = np.array([delay.waited_s for delay in delays])
        self._stray_s = np.maximum(_STRAY_REACH_RATIO * self._waited_s, _LEAST_STRAY_S)
        self._ranges = self._priors()
        self.log_share = self._narrowed()

    def _narrowed(self) -> float:
        """Look for the base only where it can be, and return the logarithm of that share of its prior.

        Without jitter the base is the first wait less a reaction time: a needle that no cloud would find
        in the whole range. What is left out has no likelihood worth counting.
        """
        if self.model.jitter != "none" or self.model.law not in {"constant", "linear", "exponential"}:
            return 0.0
        if not (self._number == 1.0).any():
            return 0.0
        first_s = float(np.median(self._waited_s[self._number == 1.0]))
        whole = self._ranges["base"]
        low = max(whole[0], math.log(max(first_s - _NEEDLE_S[0], _SHORTEST_BASE_S)))
        high = min(whole[1], math.log(max(first_s + _NEEDLE_S[1], 2.0 * _SHORTEST_BASE_S)))
        if high <= low:
            return 0.0
        self._ranges["base"] = (low, high)
        return math.log((high - low) / (whole[1] - whole[0]))

    def _priors(self) -> dict[str, tuple[float, float]]:
        shortest_s = max(_SHORTEST_BASE_S, float(self._waited_s.min()) / _REACH)
        longest_s = min(_LONGEST_BASE_S, max(float(self._waited_s.max()), shortest_s) * _REACH)
        return {
            "base": (math.log(min(shortest_s, longest_s / 2.0)), math.log(longest_s)),
            "multiplier": (math.log(_GROWTH[0]), math.log(_GROWTH[1])),
            "cap": (math.log(_CAP_TO_BASE[0]), math.log(_CAP_TO_BASE[1])),
            "jitter_width": (_LEAST_WIDTH_RATIO, 1.0),
            "offset": _OFFSET_S,
            "reaction": (math.log(_REACTION_S[0]), math.log(_REACTION_S[1])),
        }

    def values(self, guesses: Floats) -> dict[str, Floats]:
        """Return what each guess says of each parameter, in seconds or as a ratio."""
        named = {}
        for column, name in enumerate(self.model.parameters):
            low, high = self._ranges[name]
            scaled = low + (high - low) * guesses[:, column]
            named[name] = scaled if name in {"offset", "jitter_width"} else np.exp(scaled)
        if "cap" in named:
            named["cap"] = named["cap"] * named["base"]
        return named

    def log(self, guesses: Floats) -> Floats:
        """Return the logarithm of the likelihood of each guess."""
        lawful, stray = self._densities(guesses)
        return np.asarray(np.log(lawful + stray).sum(axis=1))

    def stray_ratio(self, guesses: Floats) -> float:
        """Return the share of the delays that the law does not explain, over all guesses."""
        lawful, stray = self._densities(guesses)
        return float((stray / (lawful + stray)).mean())

    def _densities(self, guesses: Floats) -> tuple[Floats, Floats]:
        values = {name: column[:, None] for name, column in self.values(guesses).items()}
        low_s, high_s = self._bounds_s(values)
        after_s = self._waited_s - values["offset"]
        reaction_s = values["reaction"]
        width_s = high_s - low_s
        narrow = width_s < 1e-4 * reaction_s
        since_low = np.exp(np.minimum((low_s - after_s) / reaction_s, 0.0))
        since_high = np.exp(np.minimum((high_s - after_s) / reaction_s, 0.0))
        wide = (since_high - since_low) / np.where(narrow, 1.0, width_s)
        sharp = np.where(after_s >= low_s, since_low / reaction_s, 0.0)
        outside = np.maximum(np.maximum(low_s - after_s, after_s - high_s), 0.0) / self._stray_s
        stray = _STRAY_RATIO / (width_s + math.pi * self._stray_s) / (1.0 + outside**2)
        return (1.0 - _STRAY_RATIO) * np.where(narrow, sharp, wide), stray

    def _bounds_s(self, values: dict[str, Floats]) -> tuple[Floats, Floats]:
        """Return between which waits the law lets the client choose."""
        law, jitter = self.model.law, self.model.jitter
        if law == "none":
            zero = np.zeros((len(values["offset"]), len(self._number)))
            return zero, zero
        base_s = values["base"]
        if law == "decorrelated":
            before_s = np.maximum(self._previous_s, base_s)
            return base_s + 0.0 * before_s, np.minimum(3.0 * before_s, values["cap"])
        plain_s = base_s * self._growth(values)
        if "cap" in values:
            plain_s = np.minimum(plain_s, values["cap"])
        if jitter == "spread":
            return plain_s * (1.0 - values["jitter_width"]), plain_s * (1.0 + values["jitter_width"])
        low = {"none": 1.0, "full": 0.0, "equal": 0.5}[jitter]
        return plain_s * low, plain_s

    def _growth(self, values: dict[str, Floats]) -> Floats:
        if self.model.law == "exponential":
            # Beyond this any cap has long been reached.
            growth = 2.0 if self.model.doubles else values["multiplier"]
            return np.asarray(np.exp(np.minimum((self._number - 1.0) * np.log(growth), 60.0)))
        return self._number if self.model.law == "linear" else np.ones_like(self._number)
