"""An objective that the middle of the runs keeps: missed by surely too many of them, by few, or who knows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_decide import ASSUMED, case, clients

from tidegate.evaluate.judging.decide import Gathered, decide, failed_objectives, holds
from tidegate.evaluate.judging.evidence import probability
from tidegate.evaluate.judging.missing_runs import missed_sentences
from tidegate.evaluate.judging.verdict import CaseEvidence, Missed
from tidegate.experiment.looks import share_bounds
from tidegate.world.objective import Objectives


def missed_in(count: int, runs_count: int, objective: str = "unserved_within") -> CaseEvidence:
    share = probability(count, runs_count, share_bounds(count, runs_count))
    return case("believed", 0, served=(clients(missed=(Missed(objective=objective, share=share),)),))


@pytest.mark.parametrize(
    ("objective", "says"),
    [
        ("unserved_within", "in 3 of 20 runs nobody is answered for longer than the 30 s of the objective"),
        ("lost", "in 3 of 20 runs more than the 5 % of the objective are lost for good"),
        ("success", "in 3 of 20 runs too few requests succeed in the worst minute"),
    ],
)
def test_what_surely_too_many_runs_miss_does_not_hold(objective: str, says: str) -> None:
    """Three of twenty are more than one in a hundred, whatever chance does."""
    evidence = missed_in(3, 20, objective)
    (said,) = failed_objectives(ASSUMED, evidence)
    assert says in said
    assert decide(Gathered(world=ASSUMED, cases=(evidence,))).verdict == "stop"
    assert missed_sentences(ASSUMED, evidence) == ()


def test_what_some_runs_miss_is_not_let_go_ahead() -> None:
    """Of five in four hundred nobody can say whether they are more than one in a hundred; it is told."""
    evidence = missed_in(5, 400)
    assert failed_objectives(ASSUMED, evidence) == ()
    assert not holds(ASSUMED, evidence)
    assert decide(Gathered(world=ASSUMED, cases=(evidence,))).verdict == "cannot_tell"
    (said,) = missed_sentences(ASSUMED, evidence)
    assert "objectives.unserved_within is missed in 5 of 400 runs" in said


def test_who_accepts_as_many_is_let_go_ahead() -> None:
    """The share that may collapse is the share that may miss an objective."""
    lenient = replace(ASSUMED, objectives=Objectives(collapse_probability_ratio=0.1))
    assert decide(Gathered(world=lenient, cases=(missed_in(5, 400),))).verdict == "proceed"
