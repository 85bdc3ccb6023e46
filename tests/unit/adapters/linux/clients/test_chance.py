"""Random streams of a population of real clients."""

from __future__ import annotations

import pytest

from tidegate.adapters.linux.clients.chance import Chance
from tidegate.world.law import FIXED, law_of_values


def _draws(chance: Chance, count: int = 5) -> list[tuple[float, ...]]:
    return [
        (chance.gap_s(1.0), chance.pause_s(1.0), chance.jitter(), chance.client(1000)) for _ in range(count)
    ]


def test_the_same_seed_gives_the_same_draws() -> None:
    """Seed and population decide every draw, and each gives others."""
    assert _draws(Chance(1, "web")) == _draws(Chance(1, "web"))
    assert _draws(Chance(1, "web")) != _draws(Chance(2, "web"))
    assert _draws(Chance(1, "web")) != _draws(Chance(1, "jobs"))


def test_no_cause_disturbs_another() -> None:
    """However many pauses and retries there were, the arrivals are the same."""
    quiet, busy = Chance(1, "web"), Chance(1, "web")
    for _ in range(100):
        busy.jitter()
        busy.pause_s(1.0)
        busy.client(10)
    assert [quiet.gap_s(1.0) for _ in range(5)] == [busy.gap_s(1.0) for _ in range(5)]


def test_draws_follow_their_laws() -> None:
    """Gaps and pauses have the mean asked for, jitter lies in [0, 1), and a client is one of them."""
    chance = Chance(3, "web")
    assert 2.0 == pytest.approx(sum(chance.gap_s(2.0) for _ in range(4000)) / 4000, rel=0.08)
    assert 0.5 == pytest.approx(sum(chance.pause_s(0.5) for _ in range(4000)) / 4000, rel=0.08)
    assert all(0.0 <= chance.jitter() < 1.0 for _ in range(1000))
    patience = [chance.patience(None) for _ in range(4000)]
    assert 0.5 == pytest.approx(sum(patience) / 4000, rel=0.05)
    assert len({chance.patience(7) for _ in range(5)}) == 1
    assert chance.patience(7) != chance.patience(8)
    assert set(range(7)) == {chance.client(7) for _ in range(300)}


def test_pauses_follow_their_law_and_have_begun_at_the_start() -> None:
    """Fixed ones are as long as said, and of the first any part is left."""
    chance = Chance(7, "users")
    assert 2.0 == chance.pause_s(2.0, FIXED)
    left = [chance.pause_s(2.0, FIXED, has_begun=True) for _ in range(2000)]
    assert 1.0 == pytest.approx(sum(left) / len(left), rel=0.05)
    assert max(left) <= 2.0
    drawn = [chance.pause_s(3.0, law_of_values([1.0, 3.0])) for _ in range(2000)]
    assert 3.0 == pytest.approx(sum(drawn) / len(drawn), rel=0.05)
