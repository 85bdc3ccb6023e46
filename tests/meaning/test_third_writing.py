"""The reports as they were written the third time: none may go ahead, and what decided is named."""

from __future__ import annotations

import pytest

import tidegate
from reported import THIRD, THIRD_WORLDS
from tidegate.evaluate.arithmetic.arithmetic_notes import arithmetic_notes
from tidegate.evaluate.arithmetic.connecting import connects_nearly
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.verdict.answer import answer_of

CHEAP = {
    "fastapi_t3micro": "services.api.calls.0.pool.most",
    "pgbouncer_18x": "services.pgbouncer.pooler.mode=transaction",
    "syn_scan": "crossings.router.table.unanswered_hold",
    "tokenreview": "services.istiod.calls.0.limit.rate=169/s",
}
"""Those that take seconds, and what their answer says is to be set."""


def judged(name: str, runs_count: int) -> Verdict:
    """Return the verdict on a world in a few runs."""
    file = tidegate.load(str(THIRD_WORLDS / f"{name}.yaml"))
    (verdict,) = tidegate.check(file, runs_count=runs_count, jobs=1)
    return verdict


def test_each_world_is_a_page() -> None:
    """Fifteen worlds of at most thirty lines."""
    lengths = {path.stem: len(path.read_text().splitlines()) for path in THIRD_WORLDS.glob("*.yaml")}
    assert set(THIRD) == set(lengths)
    assert max(lengths.values()) <= 30


@pytest.mark.parametrize("name", THIRD)
def test_the_number_that_decided_is_known_before_anything_is_run(name: str) -> None:
    """By arithmetic alone."""
    file = tidegate.load(str(THIRD_WORLDS / f"{name}.yaml"))
    activity = next(iter(file.world.activities), None)
    script = script_of(file, activity)
    said = " ".join((*arithmetic_notes(script, activity), *connects_nearly(script)))
    assert THIRD[name].number in said


@pytest.mark.parametrize("name", CHEAP)
def test_none_may_go_ahead_and_what_mends_it_is_to_be_set(name: str) -> None:
    """In three runs."""
    verdict = judged(name, 3)
    assert verdict.verdict in {"stop", "slow_down", "protect_first"}
    assert THIRD[name].number in " ".join(verdict.notes)
    assert CHEAP[name] in " ".join(answer_of(verdict).do.must)


@pytest.mark.evidence
@pytest.mark.parametrize("name", [name for name in THIRD if name not in CHEAP])
def test_none_of_the_dear_may_go_ahead(name: str) -> None:
    """In two runs."""
    verdict = judged(name, 2)
    assert verdict.verdict != "proceed"
    assert THIRD[name].number in " ".join(verdict.notes)
