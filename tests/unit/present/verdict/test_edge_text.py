"""How far from its edge a plan stands, in words."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from tidegate.evaluate.judging.verdict import Edge, Probability
from tidegate.present.verdict.edge_text import edges_text, runs_of


@dataclass
class Judged:
    demand_edge: Edge | None = None
    step_edge: Edge | None = None
    edge_unknown: str = ""


DEMAND = Edge(at_times=1.364, low_times=1.32, high_times=1.41, most_times=4.0)
STEP = Edge(at_times=1.3, low_times=None, high_times=None, most_times=4.0, value=105.0, unit="instances")


@pytest.mark.parametrize(
    ("judged", "says"),
    [
        (Judged(), ""),
        (Judged(edge_unknown="It was not looked for: so."), "It was not looked for: so."),
        (
            Judged(demand_edge=DEMAND),
            "As believed, it tips at 1.36 times today's demand (95 % sure: 1.32 to 1.41).",
        ),
        (
            Judged(demand_edge=DEMAND, step_edge=STEP),
            (
                "As believed, it tips at 1.36 times today's demand (95 % sure: 1.32 to 1.41), and tips at "
                "about 1.3 times the step (105 instances)."
            ),
        ),
        (
            Judged(demand_edge=Edge(at_times=None, low_times=None, high_times=None, most_times=4.0)),
            "As believed, it does not tip up to 4 times today's demand.",
        ),
        (
            Judged(step_edge=replace(STEP, at_times=None, most_times=1.0, value=1.0, unit="ratio")),
            "As believed, it does not tip with 100 % reconnecting.",
        ),
        (
            Judged(step_edge=replace(STEP, at_times=None, value=5800.0)),
            "As believed, it does not tip up to 4 times the step (5,800 instances).",
        ),
    ],
)
def test_it_is_said_in_times_of_today(judged, says):
    """Times today's demand with its interval, and what the step comes to."""
    assert says == edges_text(judged).replace("\N{NO-BREAK SPACE}", " ")


def test_runs_say_of_what():
    """At today's demand and at more; or of a part."""
    counted = Probability(value=0.0, low=0.0, high=0.01, runs_count=400)
    assert "400" == runs_of(counted)
    harder = replace(counted, runs_count=20, harder_times=1.2, harder_runs_count=24)
    assert "20, and 24 at 1.2 times the demand" == runs_of(harder)
    assert "20 of a part" == runs_of(Probability(value=0.1, low=0.0, high=0.3, runs_count=20, of_whole=True))
