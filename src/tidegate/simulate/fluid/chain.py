"""What happens after a failed attempt, as a small chain of states with mean delays.

All layers of a retry policy become one list of states; a state says how many retries each layer
has made. Nothing here knows how many clients are in a state, or what the time is.

Shortcut: delays that a law spreads are spread evenly, about the same mean and by no more than that.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from math import inf, prod, sqrt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.world.retry import RetryLayer, RetryPolicy

_MOST_STATES = 24
_MOST_DELAYS = 12


@dataclass(frozen=True, kw_only=True, slots=True)
class Branch:
    """One way on from a failed attempt: wait evenly between two delays, then try in `state`."""

    share_ratio: float
    layer: int
    least_s: float
    most_s: float
    state: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Chain:
    """All ways on: ``ways[state][layer]`` are those that begin at that layer.

    What the shares of the branches leave out of 1 is given up.
    """

    states_count: int
    layers: tuple[RetryLayer, ...]
    ways: tuple[tuple[tuple[Branch, ...], ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Digit:
    """One layer's part of a state: its delays, and how likely its last state repeats itself."""

    delays_s: tuple[tuple[float, float], ...]
    again_ratio: float
    size: int


def chain_of(policy: RetryPolicy, timeout_s: float) -> Chain:
    """Return the chain of `policy` for attempts that fail after `timeout_s`.

    Long series of equal retries share one state that is left with the right mean number of visits;
    a layer's deadline becomes the number of retries that fit into it if every attempt times out.
    """
    digits: list[_Digit] = []
    attempt_s = timeout_s
    for layer in policy.layers:
        retries_count = _fitting(layer, attempt_s)
        digits.append(_digit(layer, retries_count))
        attempt_s = _whole_s(layer, retries_count, attempt_s)
    while prod(digit.size for digit in digits) > _MOST_STATES:
        longest = max(range(len(digits)), key=lambda i: digits[i].size)
        digits[longest] = _shorter(digits[longest])
    sizes = [digit.size for digit in digits]
    numbers = {place: i for i, place in enumerate(_places(sizes))}
    ways = tuple(
        tuple(_branches(digits, numbers, place, start) for start in range(len(digits))) for place in numbers
    )
    return Chain(states_count=len(numbers), layers=policy.layers, ways=ways)


def _places(sizes: list[int]) -> list[tuple[int, ...]]:
    """Every combination of digits, the innermost layer turning fastest."""
    turned = product(*(range(size) for size in reversed(sizes)))
    return [tuple(reversed(place)) for place in turned]


def _branches(
    digits: list[_Digit], numbers: dict[tuple[int, ...], int], place: tuple[int, ...], start: int
) -> tuple[Branch, ...]:
    branches: list[Branch] = []
    reach = 1.0
    for i in range(start, len(digits)):
        digit, at = digits[i], place[i]
        last = at == digit.size - 1
        taken = digit.again_ratio if last else 1.0
        if taken > 0.0:
            inner = (0,) * i
            following = (*inner, at if last else at + 1, *place[i + 1 :])
            least_s, most_s = digit.delays_s[min(at, len(digit.delays_s) - 1)]
            branches.append(
                Branch(
                    share_ratio=reach * taken,
                    layer=i,
                    least_s=least_s,
                    most_s=most_s,
                    state=numbers[following],
                )
            )
        reach *= 1.0 - taken
    return tuple(branches)


def _digit(layer: RetryLayer, retries_count: float) -> _Digit:
    delays = _delays(layer)
    if retries_count < len(delays):
        size = int(retries_count) + 1
        return _Digit(delays_s=delays[:size], again_ratio=0.0, size=size)
    return _Digit(delays_s=delays, again_ratio=_again(retries_count, len(delays)), size=len(delays))


def _again(retries_count: float, size: int) -> float:
    """Share that stays in the last state so that its mean number of repeats is what is left over."""
    left = retries_count - (size - 1)
    return 1.0 if left == inf else left / (left + 1.0)


def _shorter(digit: _Digit) -> _Digit:
    size = digit.size - 1
    repeats = digit.again_ratio / (1.0 - digit.again_ratio) + 1.0 if digit.again_ratio < 1.0 else inf
    again = 1.0 if repeats == inf else repeats / (repeats + 1.0)
    return _Digit(delays_s=digit.delays_s[: max(size, 1)], again_ratio=again, size=max(size, 1))


def _delays(layer: RetryLayer) -> tuple[tuple[float, float], ...]:
    """Return the ranges of the first delays, up to where they stop growing."""
    delays: list[tuple[float, float]] = []
    mean_s = layer.base_s
    for k in range(_MOST_DELAYS):
        if layer.backoff == "decorrelated":
            top_s = min(layer.cap_s, max(3.0 * mean_s, layer.base_s))
            delays.append((min(layer.base_s, top_s), top_s))
            mean_s = (min(layer.base_s, top_s) + top_s) / 2.0
            continue
        delay_s = min(max(_plain_delay_s(layer, k), layer.floor_s), layer.cap_s)
        if delays and delays[-1] == _jittered(layer, delay_s):
            break
        delays.append(_jittered(layer, delay_s))
    return tuple(delays)


def _plain_delay_s(layer: RetryLayer, k: int) -> float:
    growth = {"none": 0.0, "linear": k + 1.0, "exponential": layer.multiplier_ratio**k}
    return layer.base_s * growth.get(layer.backoff, 1.0)


def _jittered(layer: RetryLayer, delay_s: float) -> tuple[float, float]:
    if layer.law.varies:
        # As wide as the law where that is not wider than twice the mean, which is kept in any case.
        width_s = delay_s * min(1.0, sqrt(3.0) * layer.law.variation_ratio)
        return delay_s - width_s, delay_s + width_s
    if layer.jitter == "full":
        return 0.0, delay_s
    if layer.jitter == "equal":
        return delay_s / 2.0, delay_s
    width_s = delay_s * layer.jitter_width_ratio if layer.jitter == "spread" else 0.0
    return delay_s - width_s, delay_s + width_s


def _mean_delay_s(layer: RetryLayer, k: int) -> float:
    delays = _delays(layer)
    return sum(delays[min(k, len(delays) - 1)]) / 2.0


def _fitting(layer: RetryLayer, attempt_s: float) -> float:
    """Retries that the layer makes if every attempt takes `attempt_s` to fail."""
    most = inf if layer.retries_count is None else float(layer.retries_count)
    if layer.deadline_s is None:
        return most
    start_s = 0.0
    for k in range(_MOST_DELAYS):
        if k >= most:
            return most
        start_s += attempt_s + _mean_delay_s(layer, k)
        if start_s > layer.deadline_s:
            return float(k)
    step_s = attempt_s + _mean_delay_s(layer, _MOST_DELAYS)
    more = (layer.deadline_s - start_s) // step_s if step_s > 0.0 else inf
    return min(most, _MOST_DELAYS + more)


def _whole_s(layer: RetryLayer, retries_count: float, attempt_s: float) -> float:
    """How long the layer takes to give up."""
    if retries_count == inf:
        return inf
    counted = min(int(retries_count), _MOST_DELAYS)
    delays_s = sum(_mean_delay_s(layer, k) for k in range(counted))
    delays_s += (retries_count - counted) * _mean_delay_s(layer, _MOST_DELAYS)
    return (retries_count + 1.0) * attempt_s + delays_s
