"""When are attempts given up, and when are they repeated? From a while in which nobody was answered.

Then each request that begins repeats at its own times, and is given up at its last: attempts are the
requests of so many seconds ago, and what waits are the requests of the time that one lasts. The requests
themselves are counted, so that nothing is assumed of how they come. When the silence began, between two
samples, is fitted too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tidegate.fit.history import Course, Flags, Floats
from tidegate.fit.profile import DROP, Profile
from tidegate.fit.stretches import Stretch
from tidegate.world.retry import RetryLayer

MOST_RETRIES = 12
LAWS: Mapping[str, tuple[str, float]] = {
    "constant": ("constant", 1.0),
    "exponential, each twice the one before": ("exponential", 2.0),
    "exponential, each three times the one before": ("exponential", 3.0),
}
"""Laws of back-off that are told apart: the file's words for each."""
JITTERS = ("none", "full")
_CLEARLY = 8.0
_STARTS = 6
_DRAWS = 12
_DRAWN_RATIO = 0.25
_MOST_LOOKED = 8
_LEAST_SAMPLES = 5
_LAGS_EACH = 60
_COARSE, _FINE, _BEGINNINGS, _ROUNDS = 26, 9, 3, 7
_GRID, _WIDENED, _FAR = 41, 16, 20.0
_LEAST_REPEATED = 30.0
_LEAST_S = 0.05


@dataclass(frozen=True, kw_only=True)
class Silence:
    """What was counted while nobody was answered.

    Parameters
    ----------
    stretch
        From the last sample with an answer to the last without.
    requests, attempts
        Counters.
    waiting
        A gauge; None where it is not read.
    """

    stretch: Stretch
    requests: Course
    attempts: Course
    waiting: Course | None


@dataclass(frozen=True, kw_only=True)
class Law:
    """How attempts repeat.

    Parameters
    ----------
    timeout_s, base_s
        After how long one is given up, and the first delay.
    retries_count
        How often one request is tried again.
    backoff, multiplier_ratio, jitter
        As a layer of the world has them.
    """

    timeout_s: float
    base_s: float
    retries_count: int
    backoff: str
    multiplier_ratio: float
    jitter: str

    @property
    def shape(self) -> tuple[str, float, str]:
        """What it is beside its numbers."""
        return self.backoff, self.multiplier_ratio if self.backoff == "exponential" else 1.0, self.jitter

    @property
    def words(self) -> str:
        """It in words, without its times."""
        grown = next((name for name, of in LAWS.items() if of == self.shape[:2]), self.backoff)
        return f"{self.retries_count} retries, {grown}, jitter {self.jitter}"

    def delays(self) -> Floats:
        """Return the delays until each attempt in parts of the first: (draws, retries)."""
        steps = np.arange(self.retries_count)
        grown = self.multiplier_ratio**steps if self.backoff == "exponential" else np.ones(len(steps))
        return np.cumsum(grown[None, :] * _stretches(self.jitter, self.retries_count), axis=1)


def _stretches(jitter: str, count: int) -> Floats:
    """Return by what each delay is multiplied: evenly spread draws, the same every time."""
    if jitter == "none" or not count:
        return np.ones((1, count))
    places = (np.arange(_DRAWS) + 0.5) / _DRAWS
    order = [np.roll(places[:: 1 if i % 2 else -1], 7 * i) for i in range(count)]
    spread = np.stack(order, axis=1)
    return spread if jitter == "full" else 0.5 + 0.5 * spread


@dataclass(frozen=True, kw_only=True)
class Repeats:
    """What a silence shows.

    Parameters
    ----------
    law
        The likeliest.
    timeout_s, base_s
        Their profiles.
    is_count_sure
        Whether another number of retries is clearly less likely.
    """

    law: Law
    timeout_s: Profile
    base_s: Profile
    is_count_sure: bool


def law_of(layer: RetryLayer, timeout_s: float) -> Law:
    """Return a layer of the world as a law."""
    retries_count = MOST_RETRIES if layer.retries_count is None else min(layer.retries_count, MOST_RETRIES)
    return Law(
        timeout_s=timeout_s, base_s=layer.base_s, retries_count=retries_count, backoff=layer.backoff,
        multiplier_ratio=layer.multiplier_ratio, jitter=layer.jitter,
    )  # fmt: skip


def repeats(silence: Silence, stated: Law) -> Repeats | str:
    """Return the likeliest law of repeating; else why it is not told, as the end of a sentence.

    Parameters
    ----------
    silence
        What was counted.
    stated
        What the world says. Its shape is kept, unless another is clearly likelier: then nothing is told.
    """
    model = _Model.of(silence)
    if model is None:
        return "too little was counted while nobody was answered"
    if model.repeated_count < _LEAST_REPEATED and stated.retries_count:
        return "hardly anything was tried again while nobody was answered"
    own = {count: model.best(replace(stated, retries_count=count)) for count in _counts(stated)}
    count = max(own, key=lambda one: own[one][0])
    height, law = own[count]
    other_height, other = max((model.best(one) for one in _others(stated, count)), key=lambda one: one[0])
    if other_height > height + _CLEARLY:
        return f"attempts do not repeat as the world says: rather {other.words}"
    timeout_s, base_s = model.profiles(law, height)
    rivals = max(one[0] for number, one in own.items() if number != count)
    return Repeats(law=law, timeout_s=timeout_s, base_s=base_s, is_count_sure=rivals < height - DROP)


def _counts(stated: Law) -> list[int]:
    return sorted({*range(_MOST_LOOKED + 1), stated.retries_count})


def _others(stated: Law, count: int) -> Iterator[Law]:
    """Yield laws of other shapes, with about as many retries."""
    for backoff, times in LAWS.values():
        for jitter in JITTERS:
            for number in range(max(count - 1, 1), count + 2):
                other = replace(
                    stated, backoff=backoff, multiplier_ratio=times, jitter=jitter, retries_count=number
                )
                if other.shape != stated.shape:
                    yield other


@dataclass(frozen=True, kw_only=True)
class _Model:
    """The likelihood of a law, over tables of what had begun by any time ago."""

    again: Floats
    waiting: Floats | None
    begun: Floats
    tables: Floats
    bridged: Floats
    lag_s: float
    longest_s: float
    per_s: float
    per_step: float

    @classmethod
    def of(cls, silence: Silence) -> _Model | None:
        """Return the model of a silence; None where too little was counted."""
        begun = silence.requests.between(silence.stretch.first_s, silence.stretch.last_s)
        if len(begun.at_s) < _LEAST_SAMPLES or begun.is_torn.any():
            return None
        at_s = begun.at_s
        attempts = silence.attempts.at(at_s)
        waiting = None if silence.waiting is None else silence.waiting.at(at_s)
        if not np.isfinite(attempts).all():
            return None
        every_s, longest_s = float(np.median(np.diff(at_s))), float(at_s[-1] - at_s[0])
        lag_s = every_s / _LAGS_EACH
        lags_s = np.arange(0.0, longest_s + 2.0 * lag_s, lag_s)
        then_s = at_s[None, :] - lags_s[:, None]
        share = np.mod(then_s - at_s[0], every_s) / every_s
        per_step = max(float(np.diff(begun.values).mean()), 0.1)
        tables = []
        for start_s in np.linspace(at_s[0], at_s[1], _STARTS):
            came = np.interp(then_s, at_s, begun.values) - float(np.interp(start_s, at_s, begun.values))
            tables.append(np.where(then_s <= start_s, 0.0, came))
        return cls(
            again=(attempts - attempts[0]) - (begun.values - begun.values[0]),
            waiting=waiting if waiting is not None and np.isfinite(waiting).all() else None,
            begun=np.stack([table[0] for table in tables]),
            tables=np.stack(tables),
            bridged=per_step * share * (1.0 - share) * (then_s > at_s[0]),
            lag_s=lag_s, longest_s=longest_s, per_s=per_step / every_s, per_step=per_step,
        )  # fmt: skip

    @property
    def repeated_count(self) -> float:
        """How many attempts were repeated."""
        return float(self.again[-1])

    def heights(self, law: Law, timeouts_s: Floats, bases_s: Floats, blur_s: float) -> Floats:
        """Return the log of the likelihood at each time-out and base: (time-outs, bases).

        Parameters
        ----------
        law
            Its shape and number of retries.
        timeouts_s, bases_s
            Where.
        blur_s
            By how much times may be off: what is coarse must not miss a narrow peak.
        """
        numbers = np.arange(1, law.retries_count + 1)
        delays = law.delays()[None, None]
        begun_s = timeouts_s[:, None, None, None] * numbers + bases_s[None, :, None, None] * delays
        ended_s = timeouts_s[:, None, None] + (begun_s[..., -1] if law.retries_count else 0.0)
        ended_s = np.broadcast_to(ended_s, (len(timeouts_s), len(bases_s), delays.shape[2]))
        lags_s = np.concatenate([begun_s, ended_s[..., None]], axis=3)
        draws_count = delays.shape[2]
        bridged = self._looked_up(self.bridged, lags_s).mean(axis=2)
        best = np.full((len(timeouts_s), len(bases_s)), -np.inf)
        for begun, table in zip(self.begun, self.tables, strict=True):
            each = self._looked_up(table, lags_s).mean(axis=2)
            variance = bridged + (np.maximum(each, 0.0) * _DRAWN_RATIO if draws_count > 1 else 0.0)
            variance = variance + (self.per_s * blur_s * np.arange(1, len(numbers) + 2)[:, None]) ** 2
            again = self.again - each[:, :, :-1].sum(axis=2)
            height = _gauss(again, variance[:, :, :-1].sum(axis=2) + 1.0)
            if self.waiting is not None:
                waits = self.waiting - (begun - each[:, :, -1])
                height = height + _gauss(waits, variance[:, :, -1] + 1.0)
            best = np.maximum(best, height)
        return best

    def _looked_up(self, table: Floats, lags_s: Floats) -> Floats:
        """Return a table at lags, in a straight line between its rows; what is longer than it is nothing."""
        place = np.minimum(lags_s / self.lag_s, len(table) - 1.001)
        row = place.astype(np.int64)
        share = (place - row)[..., None]
        found: Floats = table[row] * (1.0 - share) + table[row + 1] * share
        return found

    def best(self, law: Law) -> tuple[float, Law]:
        """Return the best of a law over its two times: from coarse to fine, from several beginnings."""
        timeouts_s = np.geomspace(_LEAST_S, self.longest_s, _COARSE)
        bases_s = timeouts_s[timeouts_s < self.longest_s / 2.0] if law.retries_count else np.array([1.0])
        step = float(timeouts_s[1] / timeouts_s[0])
        coarse = self.heights(law, timeouts_s, bases_s, blur_s=0.15 * float(np.median(timeouts_s)))
        starts = np.argsort(coarse, axis=None)[::-1][:_BEGINNINGS]
        places = [np.unravel_index(one, coarse.shape) for one in starts]
        return max(
            (self._climbed(law, float(timeouts_s[i]), float(bases_s[j]), step) for i, j in places),
            key=lambda one: one[0],
        )

    def _climbed(self, law: Law, timeout_s: float, base_s: float, step: float) -> tuple[float, Law]:
        height = -np.inf
        for _ in range(_ROUNDS):
            timeouts_s = timeout_s * np.geomspace(1.0 / step, step, _FINE)
            bases_s = base_s * np.geomspace(1.0 / step, step, _FINE if law.retries_count else 1)
            found = self.heights(law, timeouts_s, bases_s, blur_s=0.02 * timeout_s * (step - 1.0))
            i, j = np.unravel_index(int(found.argmax()), found.shape)
            timeout_s, base_s, height = float(timeouts_s[i]), float(bases_s[j]), float(found[i, j])
            step = step**0.5
        exact = self.heights(law, np.array([timeout_s]), np.array([base_s]), blur_s=0.0)
        height = float(exact[0, 0])
        return height, replace(law, timeout_s=timeout_s, base_s=base_s)

    def profiles(self, law: Law, height: float) -> tuple[Profile, Profile]:
        """Return what is left of both times: all that are not clearly less likely."""
        wide = [1.02, 1.02]
        for _ in range(_WIDENED):
            timeouts_s = law.timeout_s * np.geomspace(1.0 / wide[0], wide[0], _GRID)
            bases_s = law.base_s * np.geomspace(1.0 / wide[1], wide[1], _GRID if law.retries_count else 1)
            inside = self.heights(law, timeouts_s, bases_s, blur_s=0.0) >= height - DROP
            rows: Flags = np.logical_or.reduce(inside, axis=1)
            columns: Flags = np.logical_or.reduce(inside, axis=0)
            reached = [bool(rows[0] or rows[-1]), bool(law.retries_count and (columns[0] or columns[-1]))]
            if not any(reached) or max(wide) > _FAR:
                break
            wide = [one**1.5 if is_reached else one for one, is_reached in zip(wide, reached, strict=True)]
        return _left(timeouts_s, rows, law.timeout_s), _left(bases_s, columns, law.base_s)


def _left(values: Floats, inside: Flags, value: float) -> Profile:
    found = np.flatnonzero(inside)
    if not len(found):
        return Profile(value=value, low=value, high=value)
    first, last = max(int(found[0]) - 1, 0), min(int(found[-1]) + 1, len(values) - 1)
    is_open = len(values) > 1 and ((first == 0 and inside[0]) or bool(last == len(values) - 1 and inside[-1]))
    return Profile(value=value, low=float(values[first]), high=float(values[last]), is_open=bool(is_open))


def _gauss(over: Floats, variance: Floats) -> Floats:
    """Return the log of the likelihood of what is left over; the first sample was before the silence."""
    found: Floats = (-0.5 * (over[..., 1:] ** 2 / variance[..., 1:] + np.log(variance[..., 1:]))).sum(axis=-1)
    return found
