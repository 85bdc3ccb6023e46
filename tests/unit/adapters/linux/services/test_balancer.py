"""Which instance a connection gets, and how long one that has just come takes."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from tidegate.adapters.linux.services import answers
from tidegate.adapters.linux.services.balancer import Balancer
from tidegate.adapters.linux.services.warming import Place, Warming, slowdown_times
from tidegate.adapters.linux.whole_answer import read_answer, write_question
from tidegate.rehearse.service_plan import settings_of
from tidegate.world.instance import WarmUp
from tidegate.world.service import Service


def _balancer(rule: str, *, skew_ratio: float = 0.0) -> Balancer:
    return Balancer(4, 4, rule=rule, skew_ratio=skew_ratio, chance=random.Random(3))  # noqa: S311


def test_rules_choose() -> None:
    """The next in turn; that with the fewest; the better of two; any, the first with its skew."""
    robin, least, two, skewed = (
        _balancer("round_robin"),
        _balancer("least_outstanding"),
        _balancer("two_choices"),
        _balancer("random", skew_ratio=1.0),
    )
    assert [0, 1, 2, 3, 0] == [robin.pick() for _ in range(5)]
    for instance in (0, 1, 3):
        least.take(instance)
    assert 2 == least.pick()
    counts = Counter(two.pick() for _ in range(400))
    assert 3 >= max(counts.values()) - min(counts.values())
    assert 0.5 == pytest.approx(Counter(skewed.pick() for _ in range(4000))[0] / 4000, abs=0.03)


def test_who_has_gone_or_is_ejected_gets_nothing() -> None:
    """Instances are replaced in turn, the last go first, and the first that is missing comes."""
    balancer = _balancer("round_robin")
    assert [0, 1] == balancer.replace(2)
    assert {2, 3} == {balancer.pick() for _ in range(6)}
    assert ([], [0, 1]) == balancer.settle(4)
    assert ([3], []) == balancer.settle(3)
    balancer.eject(0)
    assert {1, 2} == {balancer.pick() for _ in range(6)}
    balancer.restore(0)
    assert {0, 1, 2} == {balancer.pick() for _ in range(6)}


def test_an_instance_is_slow_at_first() -> None:
    """Five times slower as it comes, three times half-way, and no longer after its time."""
    settings = settings_of(Service(network="a", warm_up=WarmUp(time_s=4.0, slowdown_ratio=5.0)))
    times = [slowdown_times(Place(10.0), settings, now_s) for now_s in (10.0, 12.0, 14.0, 99.0)]
    assert [5.0, 3.0, 1.0, 1.0] == times


def test_the_oldest_are_replaced_and_who_is_free_serves() -> None:
    """What comes after the start is fresh; what was there is warm; the least busy takes the next request."""
    warming = Warming(2)
    warming.notice(3, 7.0)
    since = [warming.take() for _ in range(3)]
    assert [float("-inf"), float("-inf"), 7.0] == [place.since_s for place in since if place]
    warming.replace(2, 9.0)
    since = [warming.take() for _ in range(3)]
    assert {7.0, 9.0} == {place.since_s for place in since if place}


@pytest.mark.parametrize("size_bytes", [200, 1460, 14000, 65536])
def test_requests_and_answers_have_their_size(size_bytes: int) -> None:
    """All that HTTP writes around them is in it; an answer says its own length."""
    assert size_bytes == len(write_question("web", keep=False, sizes_bytes=(size_bytes, 10)))
    answer = answers.good(size_bytes, True)
    assert 4 >= abs(size_bytes - len(answer))
    read = read_answer(answer)
    assert read
    assert (len(answer), True) == (read.length_count, read.good)
    assert None is read_answer(answer[:-1])
