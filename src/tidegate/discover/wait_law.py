"""By which law do clients wait before they try again? Read off what they waited after failures.

Waits are late, never early, and an attempt that was lost from the record makes one wait of two: neither a
mean nor a greatest value tells. So each law says how probable every wait is, a share of them is taken for
strays, and the law that makes all of them most probable is it, where it is so by far.

Sources: mixtures with a contaminant (Huber, Robust Statistics, 1981, 1.2); intervals are where the logarithm
of the likelihood lies within three of its greatest value. The laws are those of `behaviour.backoff`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from tidegate.discover.failure_run import Waits
from tidegate.discover.number import Number

Jitter = Literal["none", "full", "equal"]
Array = NDArray[np.float64]

_LEAST_COUNT = 10
_STRAY_RATIOS = (0.05, 0.2)
_FURTHER_TIMES = 4.0
_FAR = 4.0
_WITHIN = 3.0
"""The end of a uniform law lies within so many log units in 95 % (of a smooth one two are enough)."""
_TOO = 0.015
_EARLY_RATIO, _LATE_RATIO, _LATE_S = 0.03, 0.05, 0.006
_LATE_MEAN_S = 0.008
_AT_ONCE_S = 0.02
_LEAST_MODE_COUNT = 5
_MOST_RETRIES = 10
_CAP_RATIO = 1.2
_WIDTHS = (0.16, 0.08, 0.03, 0.012)
_NEAR = np.arange(0.8, 1.25, 0.01)
_FACTORS = np.arange(1.0, 4.01, 0.1)
_LEAST_LAWFUL_RATIO = 0.7
_STRAY_MEAN_S = 10.0
_IMPOSSIBLE = -8.0
"""The logarithm of how probable a wait is that no law allows: its attempt was taken for what it was not."""


@dataclass(frozen=True, kw_only=True)
class WaitLaw:
    """How clients wait.

    Parameters
    ----------
    jitter
        Of the waits.
    base_s
        The first wait, or its greatest with jitter; None where they do not try again.
    factor
        By what each is longer than the last; None where no second one was seen.
    cap_s
        The longest; None where none was seen.
    retries_count
        How often they try again; None where no end of it was seen.
    seen_count
        So many tries in a row were seen.
    """

    jitter: Jitter
    base_s: Number | None
    factor: Number | None
    cap_s: Number | None
    retries_count: int | None
    seen_count: int

    @property
    def tries_again(self) -> bool:
        """Whether they do at all."""
        return self.base_s is not None


@dataclass(frozen=True, kw_only=True)
class _Law:
    jitter: Jitter
    base_s: float
    factor: float = 1.0
    cap_s: float = math.inf
    retries: int | None = None
    stray_ratio: float = 0.05


def fit_law(refused: Waits, think_s: float | None) -> WaitLaw | None:
    """Return by which law clients wait after a refusal; None where that does not show.

    Parameters
    ----------
    refused
        What was waited after refusals.
    think_s
        Their pause before a new request; None where it is not known.
    """
    first = refused.gap_s[refused.number == 1]
    if len(first) < _LEAST_COUNT:
        return None
    stray_s = think_s or _STRAY_MEAN_S
    never = float(_pauses(first, stray_s).sum())
    found = max(
        ((float(_log_of(first, law, 1, stray_s).sum()), law) for law in _first_laws(first)),
        key=lambda one: one[0],
    )
    if think_s is not None and never > found[0] + _FAR:
        return WaitLaw(jitter="none", base_s=None, factor=None, cap_s=None, retries_count=0, seen_count=0)
    if found[0] < never + _FAR or _lawful(first, found[1]) < _LEAST_LAWFUL_RATIO:
        return None
    return _told(refused, _grown(refused, found[1], stray_s), stray_s)


def log_likelihood(gaps_s: Array, number: NDArray[np.int64], law: WaitLaw, think_s: float | None) -> float:
    """Return how probable waits are by a law, as a logarithm; without retries, by the pause alone."""
    stray_s = think_s or _STRAY_MEAN_S
    if law.base_s is None:
        return float(_pauses(gaps_s, stray_s).sum())
    return _all(Waits(number=number, gap_s=gaps_s), _plain(law), stray_s)


def _plain(law: WaitLaw) -> _Law:
    assert law.base_s is not None
    return _Law(
        jitter=law.jitter,
        base_s=law.base_s.value,
        factor=law.factor.value if law.factor else 1.0,
        cap_s=law.cap_s.value if law.cap_s else math.inf,
        retries=law.retries_count,
        stray_ratio=_STRAY_RATIOS[-1],
    )


def _first_laws(first: Array) -> Iterator[_Law]:
    for wait_s in np.unique(np.round(first, 4)):
        at_s = max(float(wait_s), 1e-3)
        for strays in _STRAY_RATIOS:
            yield _Law(jitter="none", base_s=at_s / (1.0 + _LATE_RATIO / 2.0), stray_ratio=strays)
            yield _Law(jitter="full", base_s=at_s, stray_ratio=strays)
            yield _Law(jitter="equal", base_s=at_s, stray_ratio=strays)


def _bounds(law: _Law, number: int) -> tuple[float, float]:
    """Return between which waits its `number`-th lies."""
    longest_s = min(law.base_s * law.factor ** (number - 1), law.cap_s)
    if law.jitter == "none":
        return longest_s * (1.0 - _EARLY_RATIO), longest_s * (1.0 + _LATE_RATIO) + _LATE_S
    least_s = longest_s / 2.0 if law.jitter == "equal" else 0.0
    return least_s, longest_s


def _log_of(gaps_s: Array, law: _Law, number: int, stray_s: float) -> Array:
    low_s, high_s = _bounds(law, number)
    lawful: Array = ((gaps_s >= low_s) & (gaps_s <= high_s)).astype(np.float64)
    width_s = high_s - low_s
    if law.jitter != "none":  # the longest waits are late as well, and so seem longer than any is
        lawful += (gaps_s > high_s) * np.exp(-np.maximum(gaps_s - high_s, 0.0) / _LATE_MEAN_S)
        width_s += _LATE_MEAN_S
    # a stray is a pause, or a wait after a failure before which others were lost
    further = (gaps_s >= 0.0) * (gaps_s <= _FURTHER_TIMES * high_s) / (_FURTHER_TIMES * high_s)
    stray = 0.5 * np.exp(_pauses(gaps_s, stray_s)) + 0.5 * further
    return np.log((1.0 - law.stray_ratio) * lawful / width_s + law.stray_ratio * stray)


def _pauses(gaps_s: Array, mean_s: float) -> Array:
    return np.where(gaps_s >= 0.0, -np.maximum(gaps_s, 0.0) / mean_s - math.log(mean_s), _IMPOSSIBLE)


def _lawful(gaps_s: Array, law: _Law) -> float:
    low_s, high_s = _bounds(law, 1)
    return float(((gaps_s >= low_s) & (gaps_s <= high_s)).mean())


def _all(seen: Waits, law: _Law, stray_s: float) -> float:
    """Return how probable all waits are, as a logarithm: who has tried often enough pauses, begins anew."""
    total = 0.0
    for number in np.unique(seen.number):
        gaps_s = seen.gap_s[seen.number == number]
        turn = int(number) if law.retries is None else (int(number) - 1) % (law.retries + 1) + 1
        if law.retries is not None and turn > law.retries:
            total += float(_pauses(gaps_s, stray_s).sum())
        else:
            total += float(_log_of(gaps_s, law, turn, stray_s).sum())
    return total


def _grown(seen: Waits, first: _Law, stray_s: float) -> _Law:
    """Return the law with what later waits say: factor, number of retries, cap.

    An end of retries and a cap are believed where waits are more probable with them by far.
    """
    ends: list[int | None] = [None, *range(1, min(int(seen.number.max()), _MOST_RETRIES + 1))]
    best: dict[tuple[bool, bool], tuple[float, _Law]] = {}
    for retries in ends:
        for cap_s in (math.inf, *_caps(seen, first)):
            kind = retries is not None, math.isfinite(cap_s)
            for factor in _FACTORS:
                law = replace(first, factor=float(factor), cap_s=cap_s, retries=retries)
                found = _all(seen, law, stray_s)
                if kind not in best or found > best[kind][0]:
                    best[kind] = found, law
    polished = [_polished(seen, law, stray_s) for _, law in best.values()]
    return max(
        (law for law in polished if _bites(law, int(seen.number.max()))),
        key=lambda law: (
            _all(seen, law, stray_s) - _FAR * ((law.retries is not None) + math.isfinite(law.cap_s))
        ),
    )


def _bites(law: _Law, most: int) -> bool:
    """Return whether a cap shortens what was seen by far, where there is one."""
    longest = min(most, law.retries or most)
    return not math.isfinite(law.cap_s) or law.base_s * law.factor ** (longest - 1) >= _CAP_RATIO * law.cap_s


def _caps(seen: Waits, first: _Law) -> Iterator[float]:
    """Yield what the longest wait could be, roughly."""
    least_s, most_s = 1.2 * first.base_s, float(np.quantile(seen.gap_s, 0.98))
    if first.base_s > _AT_ONCE_S and most_s > least_s:
        yield from (float(cap_s) for cap_s in np.geomspace(least_s, most_s, 10))


def _polished(
    seen: Waits, law: _Law, stray_s: float, *, widths: Sequence[float] = _WIDTHS, but: str = ""
) -> _Law:
    """Return the law with its numbers as fine as they can be told."""
    for width in widths:
        for name in ("cap_s", "base_s", "factor"):
            value = getattr(law, name)
            if name != but and math.isfinite(value) and (name != "factor" or law.factor > 1.0):
                law = max(
                    (
                        _with(law, name, float(value * ratio))
                        for ratio in (1.0, *np.linspace(1.0 - width, 1.0 + width, 15))
                    ),
                    key=lambda one: _all(seen, one, stray_s),
                )
    return law


def _with(law: _Law, name: str, value: float) -> _Law:
    """Return a law with another number."""
    if name == "factor":
        return replace(law, factor=max(value, 1.0))
    return replace(law, base_s=value) if name == "base_s" else replace(law, cap_s=value)


def _told(seen: Waits, law: _Law, stray_s: float) -> WaitLaw:
    turn = seen.number if law.retries is None else (seen.number - 1) % (law.retries + 1) + 1
    longest = int(turn.max()) if law.retries is None else law.retries
    best = _all(seen, law, stray_s)
    count = int((turn == 1).sum())
    later = int(((turn >= 2) & (turn <= longest)).sum())

    def near(name: str, many: int) -> Number:
        """Return a number as the mean of what is probable, the others as they are best beside it."""
        middle = float(getattr(law, name))
        at = middle * _NEAR
        beside = [
            _polished(seen, _with(law, name, float(one)), stray_s, widths=(0.08, 0.02), but=name)
            for one in at
        ]
        probable = np.array([_all(seen, one, stray_s) for one in beside]) - best
        weight = np.exp(probable - probable.max())
        kept = at[probable >= min(probable.max(), 0.0) - _WITHIN]
        value = float((weight * at).sum() / weight.sum()) if law.jitter != "none" else middle
        low, high = (1.0 - _TOO) * float(kept.min()), (1.0 + _TOO) * float(kept.max())
        return Number(value=value, low=min(low, value), high=max(high, value), count=many)

    is_capped = math.isfinite(law.cap_s)
    if law.jitter == "none":
        base_s, factor, cap_s = _plain_numbers(seen.gap_s, turn, law)
    else:
        base_s = near("base_s", count)
        factor = near("factor", later) if later >= _LEAST_COUNT else None
        cap_s = near("cap_s", later) if is_capped else None
    return WaitLaw(
        jitter=law.jitter,
        base_s=base_s,
        factor=factor if later >= _LEAST_COUNT else None,
        cap_s=cap_s,
        retries_count=law.retries,
        seen_count=longest,
    )


def _plain_numbers(
    gaps_s: Array, turn: NDArray[np.int64], law: _Law
) -> tuple[Number, Number | None, Number | None]:
    """Return first wait, factor and cap of a law without jitter: waits are a little late, none is early."""
    waits: dict[int, Number] = {}
    capped: list[Array] = []
    for number in np.unique(turn):
        low_s, high_s = _bounds(law, int(number))
        here = gaps_s[(turn == number) & (gaps_s >= low_s) & (gaps_s <= high_s)]
        if law.base_s * law.factor ** (int(number) - 1) >= law.cap_s:
            capped.append(here)
        elif len(here) >= _LEAST_MODE_COUNT:
            waits[int(number)] = _of_late(here)
    base_s = waits.get(1) or _of_late(gaps_s[turn == 1])
    if law.base_s < _AT_ONCE_S:
        base_s = Number(value=0.0, low=0.0, high=_AT_ONCE_S, count=base_s.count)
    cap_s = _of_late(np.concatenate(capped)) if capped and sum(map(len, capped)) else None
    later = [(number, one) for number, one in waits.items() if number > 1]
    if not later or not base_s.value:
        return base_s, Number(value=1.0, low=1.0, high=1.05, count=0) if not base_s.value else None, cap_s
    number, last = max(later, key=lambda one: one[1].count * (one[0] - 1) ** 2)
    power = 1.0 / (number - 1)
    return (
        base_s,
        Number(
            value=(last.value / base_s.value) ** power,
            low=(last.low / base_s.high) ** power,
            high=(last.high / base_s.low) ** power,
            count=last.count,
        ),
        cap_s,
    )


def _of_late(gaps_s: Array) -> Number:
    """Return a wait of which all are late by a little."""
    value = float(np.quantile(gaps_s, 0.2))
    low, high = 0.985 * float(np.quantile(gaps_s, 0.05)) - _LATE_S / 3.0, 1.01 * float(np.median(gaps_s))
    return Number(value=value, low=max(low, 0.0), high=max(high, value), count=len(gaps_s))
