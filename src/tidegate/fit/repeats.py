"""When are attempts given up, and when are they repeated? From a while in which nobody was answered.

Then each request that begins repeats at its own times, and is given up at its last: attempts are the
requests of so many seconds ago, and what waits are the requests of the time that one lasts. The requests
themselves are counted, so that nothing is assumed of how they come. When the silence began, between two
samples, is fitted too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tidegate.fit.courses import Course, Floats
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
_STARTS, _EACH_START = 51, 10
_DRAWS = 24
_MOST_LOOKED = 8
_LEAST_SAMPLES = 5
_LAGS_EACH = 60
_COARSE, _SHARES, _FINE, _BEGINNINGS = 40, 16, 7, 5
_ROUNDS, _BLURRED, _AGAIN = 12, 6, (1.04, 0.15)
_GRID, _WIDENED, _FAR = 25, 12, 20.0
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
        Their profiles; no base where nothing was tried again.
    is_count_sure
        Whether another number of retries is clearly less likely.
    """

    law: Law
    timeout_s: Profile
    base_s: Profile | None
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
    if model.repeated_count < _LEAST_REPEATED:
        return _never_again(model, stated)
    own = {count: model.hills(replace(stated, retries_count=count)) for count in _counts(stated)}
    count = max(own, key=lambda one: own[one][0][0])
    height, law = own[count][0]
    other_height, other = max((model.best(one) for one in _others(stated, count)), key=lambda one: one[0])
    if other_height > height + _CLEARLY:
        return f"attempts do not repeat as the world says: rather {other.words}"
    timeout_s, base_s = model.profiles(own[count])
    rivals = max(one[0][0] for number, one in own.items() if number != count)
    return Repeats(law=law, timeout_s=timeout_s, base_s=base_s, is_count_sure=rivals < height - DROP)


def _never_again(model: _Model, stated: Law) -> Repeats | str:
    """Return what is told where nothing was tried again: the time-out, by what waits."""
    if model.waiting is None:
        return "hardly anything was tried again while nobody was answered"
    hills = model.hills(replace(stated, retries_count=0))
    law = hills[0][1]
    timeout_s, _ = model.profiles(hills)
    return Repeats(law=law, timeout_s=timeout_s, base_s=None, is_count_sure=True)


def _counts(stated: Law) -> list[int]:
    return sorted({*range(1, _MOST_LOOKED + 1), *([stated.retries_count] if stated.retries_count else [])})


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
    start_s: float
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
            lag_s=lag_s, start_s=float(at_s[1] - at_s[0]) / (_STARTS - 1), longest_s=longest_s,
            per_s=per_step / every_s, per_step=per_step,
        )  # fmt: skip

    @property
    def repeated_count(self) -> float:
        """How many attempts were repeated."""
        return float(self.again[-1])

    def heights(
        self, law: Law, timeouts_s: Floats, bases_s: Floats, blur_s: float | Floats, starts: Sequence[int]
    ) -> tuple[Floats, int]:
        """Return the log of the likelihood at each pair of a time-out and a base; and the best start.

        Parameters
        ----------
        law
            Its shape and number of retries.
        timeouts_s, bases_s
            Where.
        blur_s
            By how much times may be off: what is coarse must not miss a narrow peak.
        starts
            Which beginnings of the silence are tried.
        """
        numbers = np.arange(1, law.retries_count + 1)
        delays = law.delays()[None, None]
        begun_s = timeouts_s[..., None, None] * numbers + bases_s[..., None, None] * delays
        ended_s = timeouts_s[..., None] + (begun_s[..., -1] if law.retries_count else 0.0)
        ended_s = np.broadcast_to(ended_s, (*timeouts_s.shape, delays.shape[2]))
        lags_s = np.concatenate([begun_s, ended_s[..., None]], axis=3)
        bridged = self._looked_up(self.bridged, lags_s).mean(axis=2)
        blurred = (self.per_s * np.asarray(blur_s)[..., None, None]) ** 2
        best = np.full(timeouts_s.shape, -np.inf)
        most, likeliest = -np.inf, starts[0]
        for start in starts:
            begun, table = self.begun[start], self.tables[start]
            drawn = self._looked_up(table, lags_s)
            each = drawn.mean(axis=2)
            variance = bridged + _thinned(drawn)
            variance = variance + blurred
            again = self.again - each[:, :, :-1].sum(axis=2)
            height = _gauss(again, variance[:, :, :-1].sum(axis=2) + 1.0)
            if self.waiting is not None:
                waits = self.waiting - (begun - each[:, :, -1])
                height = height + _gauss(waits, variance[:, :, -1] + 1.0)
            if height.max() > most:
                most, likeliest = float(height.max()), start
            best = np.maximum(best, height)
        return best, likeliest

    def _looked_up(self, table: Floats, lags_s: Floats) -> Floats:
        """Return a table at lags, in a straight line between its rows; what is longer than it is nothing."""
        place = np.minimum(lags_s / self.lag_s, len(table) - 1.001)
        row = place.astype(np.int64)
        share = (place - row)[..., None]
        found: Floats = table[row] * (1.0 - share) + table[row + 1] * share
        return found

    def best(self, law: Law) -> tuple[float, Law]:
        """Return the best of a law over its two times."""
        return self.hills(law)[0]

    def hills(self, law: Law) -> list[tuple[float, Law]]:
        """Return the hills of a law over its two times, the highest first: from coarse to fine.

        It goes by how long a request lasts in all, which what waits tells, and by the share of it that is
        delay.
        """
        wholes_s = np.geomspace(_LEAST_S, self.longest_s, _COARSE)
        shares = np.linspace(0.02, 0.98, _SHARES) if law.retries_count else np.array([0.0])
        step = float(wholes_s[1] / wholes_s[0])
        blur_s = self.start_s * _EACH_START / 2.0
        place = _times(law, wholes_s, shares)
        blurred_s = blur_s + 0.5 * wholes_s[:, None] * (step - 1.0 + 1.0 / _SHARES)
        coarse, _ = self.heights(law, *place, blurred_s, range(0, _STARTS, _EACH_START))
        rows = coarse.argmax(axis=0)
        columns = np.argsort(coarse.max(axis=0))[::-1][:_BEGINNINGS]
        climbed = [self._climbed(law, float(wholes_s[rows[j]]), float(shares[j]), step) for j in columns]
        return sorted(climbed, key=lambda one: -one[0])

    def _climbed(self, law: Law, whole_s: float, share: float, step: float) -> tuple[float, Law]:
        starts: Sequence[int] = range(0, _STARTS, _EACH_START // 2)
        wide = 1.0 / _SHARES
        place = _times(law, np.array([whole_s]), np.array([share]))
        for number in range(_ROUNDS):
            # Blurred at first, so that what is coarse finds a narrow peak; then as it is, from wide again.
            is_blurred = number < _BLURRED
            if number == _BLURRED:
                step, wide = _AGAIN
            wholes_s, shares = (
                whole_s * np.geomspace(1.0 / step, step, _FINE),
                _about(law, share, wide, _FINE),
            )
            place = _times(law, wholes_s, shares)
            blur_s = 0.2 * whole_s * (step - 1.0 + wide) + self.start_s if is_blurred else 0.0
            found, start = self.heights(law, *place, blur_s, starts)
            i, j = np.unravel_index(int(found.argmax()), found.shape)
            whole_s, share = float(wholes_s[i]), float(shares[j])
            starts = _near(start, 2 if is_blurred else 1)
            step, wide = step**0.6, wide * 0.6
        place = _times(law, np.array([whole_s]), np.array([share]))
        exact, _ = self.heights(law, *place, 0.0, range(_STARTS))
        return float(exact[0, 0]), replace(law, timeout_s=float(place[0][0, 0]), base_s=float(place[1][0, 0]))

    def profiles(self, hills: Sequence[tuple[float, Law]]) -> tuple[Profile, Profile]:
        """Return what is left of both times: all that are not clearly less likely, on any of the hills.

        Where the best is further off than chance has it, so much more is left (quasi-likelihood).
        """
        most, law = hills[0]
        drop = DROP * self._spread(law)
        left = [self._left(one, most - drop) for height, one in hills if height >= most - drop]
        found = []
        for each, value in zip(zip(*left, strict=True), (law.timeout_s, law.base_s), strict=True):
            low, high = min(one.low for one in each), max(one.high for one in each)
            found.append(Profile(value=value, low=low, high=high, is_open=any(one.is_open for one in each)))
        return found[0], found[1]

    def _spread(self, law: Law) -> float:
        """Return how many times more than by chance the best of a law is off; 1 at least."""
        here = np.array([[law.timeout_s]]), np.array([[law.base_s]])
        counted = self.again.size - 1 if self.waiting is None else 2 * (self.again.size - 1)
        with_unit = self.heights(law, *here, 0.0, range(_STARTS))
        over = self._chi_square(law, with_unit[1])
        return max(over / max(counted - 3, 1), 1.0)

    def _chi_square(self, law: Law, start: int) -> float:
        """Return the squares of what is left over, each in parts of its variance."""
        numbers = np.arange(1, law.retries_count + 1)
        begun_s = law.timeout_s * numbers + law.base_s * law.delays()
        ended_s = (begun_s[:, -1:] if law.retries_count else np.zeros((1, 1))) + law.timeout_s
        lags_s = np.concatenate([begun_s, np.broadcast_to(ended_s, (len(begun_s), 1))], axis=1)[None, None]
        drawn = self._looked_up(self.tables[start], lags_s)
        each = drawn.mean(axis=2)[0, 0]
        variance = (self._looked_up(self.bridged, lags_s).mean(axis=2) + _thinned(drawn))[0, 0]
        over = (self.again - each[:-1].sum(axis=0)) ** 2 / (variance[:-1].sum(axis=0) + 1.0)
        found = float(over[1:].sum())
        if self.waiting is not None:
            waits = (self.waiting - (self.begun[start] - each[-1])) ** 2 / (variance[-1] + 1.0)
            found += float(waits[1:].sum())
        return found

    def _left(self, law: Law, least: float) -> tuple[Profile, Profile]:
        """Return what is left of both times about one hill."""
        here = np.array([[law.timeout_s]]), np.array([[law.base_s]])
        starts = sorted({*range(0, _STARTS, 4), *_near(self.heights(law, *here, 0.0, range(_STARTS))[1], 1)})
        delay_s = law.base_s * _delay(law)
        whole_s = law.timeout_s * (law.retries_count + 1) + delay_s
        wide_whole, wide_share = 1.01, 0.02
        for _ in range(_WIDENED):
            wholes_s = whole_s * np.geomspace(1.0 / wide_whole, wide_whole, _GRID)
            shares = _about(law, delay_s / whole_s, wide_share, _GRID)
            timeouts_s, bases_s = _times(law, wholes_s, shares)
            inside = self.heights(law, timeouts_s, bases_s, 0.0, starts)[0] >= least
            is_whole_reached = bool(inside[[0, -1]].any())
            is_share_reached = bool(law.retries_count and inside[:, [0, -1]].any() and wide_share < 1.0)
            if not (is_whole_reached or is_share_reached) or wide_whole > _FAR:
                break
            wide_whole = wide_whole**1.6 if is_whole_reached else wide_whole
            wide_share = wide_share * 1.6 if is_share_reached else wide_share
        is_open = bool(inside[[0, -1]].any())
        step = 2.0 * wide_share / (_GRID - 1) * whole_s + whole_s * (wide_whole ** (2.0 / (_GRID - 1)) - 1.0)
        return (
            _left(timeouts_s[inside], law.timeout_s, step / (law.retries_count + 1), is_open=is_open),
            _left(bases_s[inside], law.base_s, step / max(_delay(law), 1e-9), is_open=is_open),
        )


def _delay(law: Law) -> float:
    """Return the mean of all delays of a request that is never answered, in parts of the first."""
    return float(law.delays()[:, -1].mean()) if law.retries_count else 0.0


def _times(law: Law, wholes_s: Floats, shares: Floats) -> tuple[Floats, Floats]:
    """Return time-outs and bases by how long a request lasts in all, and the share of it that is delay."""
    timeouts_s = wholes_s[:, None] * (1.0 - shares[None, :]) / (law.retries_count + 1)
    bases_s = wholes_s[:, None] * shares[None, :] / max(_delay(law), 1e-9)
    return timeouts_s, bases_s if law.retries_count else np.full_like(timeouts_s, law.base_s)


def _about(law: Law, share: float, wide: float, count: int) -> Floats:
    """Return shares about one."""
    if not law.retries_count:
        return np.array([0.0])
    return np.linspace(max(share - wide, 0.001), min(share + wide, 0.999), count)


def _thinned(drawn: Floats) -> Floats:
    """Return how much a count varies of which each had its own lag: half the mean difference of two draws."""
    count = drawn.shape[2]
    if count == 1:
        return np.zeros_like(drawn[:, :, 0])
    weights = (2.0 * np.arange(1, count + 1) - count - 1.0) / count**2
    found: Floats = (np.sort(drawn, axis=2) * weights[:, None, None]).sum(axis=2)
    return found


def _near(start: int, step: int) -> range:
    """Return beginnings about one."""
    return range(max(start - 4 * step, 0), min(start + 4 * step + 1, _STARTS), step)


def _left(values: Floats, value: float, step: float, *, is_open: bool) -> Profile:
    """Return the interval of what is left, wider by a step of the grid."""
    if not len(values):
        return Profile(value=value, low=value - step, high=value + step, is_open=is_open)
    low, high = min(float(values.min()), value), max(float(values.max()), value)
    return Profile(value=value, low=max(low - step, 0.0), high=high + step, is_open=is_open)


def _gauss(over: Floats, variance: Floats) -> Floats:
    """Return the log of the likelihood of what is left over; the first sample was before the silence."""
    found: Floats = (-0.5 * (over[..., 1:] ** 2 / variance[..., 1:] + np.log(variance[..., 1:]))).sum(axis=-1)
    return found
