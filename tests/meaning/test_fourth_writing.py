"""The reports as they were written the fourth time: none may go ahead, and what decided is named."""

from __future__ import annotations

import pytest

import tidegate
from reported_fourth import FOURTH, FOURTH_WORLDS
from tidegate.present.verdict.answer import answer_of

TOLD = {
    "fastapi_t3micro": "services.api.calls.0.pool.most=18",
    "nats_533": "the login timeout of nats: 14s instead of 5s",
    "slurmctld": "activities.grow.at_once_most=286",
    "tokenreview": "Or keep the pace, and set services.istiod.calls.0.limit.rate=160/s",
}
"""Those that take seconds, and what their answer says is to be done."""


def test_each_world_is_a_page() -> None:
    """Fifteen worlds of at most thirty lines."""
    lengths = {path.stem: len(path.read_text().splitlines()) for path in FOURTH_WORLDS.glob("*.yaml")}
    assert set(FOURTH) == set(lengths)
    assert max(lengths.values()) <= 30


@pytest.mark.parametrize("name", TOLD)
def test_none_may_go_ahead_and_what_mends_it_is_told(name: str) -> None:
    """In three runs."""
    file = tidegate.load(str(FOURTH_WORLDS / f"{name}.yaml"))
    (verdict,) = tidegate.check(file, runs_count=3, jobs=1)
    assert verdict.verdict != "proceed"
    assert FOURTH[name].number in " ".join(verdict.notes)
    assert TOLD[name] in " ".join(answer_of(verdict).do.must)


@pytest.mark.evidence
@pytest.mark.parametrize("name", [name for name in FOURTH if name not in TOLD])
def test_none_of_the_dear_may_go_ahead(name: str) -> None:
    """With as many runs as are wanted."""
    (verdict,) = tidegate.check(tidegate.load(str(FOURTH_WORLDS / f"{name}.yaml")))
    assert verdict.verdict.replace("_", " ") == FOURTH[name].since[0]
    assert FOURTH[name].number in " ".join(verdict.notes)
