"""How far, how fast, which is better, where it lies: the answer in the first line, the same words everywhere.

The machine checks of the look, over every verb that answers otherwise than with a verdict.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tidegate.evaluate.judging.trial import Proof
from tidegate.evaluate.judging.verdict import Probability
from tidegate.evaluate.searching.compare import Comparison, Difference
from tidegate.evaluate.searching.curve import Curve, Limit
from tidegate.evaluate.searching.headroom import Headroom, Question
from tidegate.evaluate.searching.ramp import Need, Ramp, RampAnswer
from tidegate.evaluate.searching.region import Standing
from tidegate.evaluate.searching.survey import Map, Side
from tidegate.evaluate.variants.axis import Axis
from tidegate.evaluate.variants.pace import Bounds, Pace
from tidegate.experiment.boundary import Edge, Quantile
from tidegate.experiment.seed_edge import Span
from tidegate.present.labelled import block
from tidegate.present.layout import Page, columns_count
from tidegate.present.searches.compare_text import compare_text
from tidegate.present.searches.curve_text import curve_text
from tidegate.present.searches.headroom_text import headroom_text
from tidegate.present.searches.map_text import map_text
from tidegate.present.searches.ramp_text import ramp_text
from tidegate.verbs.headroom import Doubt

HOLDS = Probability(value=0.0, low=0.0, high=0.0099, runs_count=300)
FAILS = Probability(value=1.0, low=0.86, high=1.0, runs_count=20)
SPAN = Span(low=40.0, high=440.0, whole=True)
EDGE = Edge(
    span=SPAN,
    quantiles=tuple(
        Quantile(share=share, value=at) for share, at in ((0.01, 101.0), (0.5, 104.0), (0.99, 108.0))
    ),
    method="per_seed",
    below_count=0,
    above_count=0,
    runs_count=816,
    checks_count=4,
    contradictions_count=0,
)
SIZE = Question(kind="activity", axis=Axis(name="activities.grow.to", paths={}), span=SPAN, planned=90.0)
FAR = Headroom(
    question=SIZE,
    edge=EDGE,
    safe=100.0,
    proof=HOLDS,
    acceptable_ratio=0.01,
    fraction=1.0,
    runs_count=1116,
    holds=True,
    exceeded=("the database accepts 2,000 connections, and 2,020 are wanted",),
)
SHORT = replace(FAR, safe=50.0, holds=False)
SLOW = replace(
    FAR,
    question=replace(
        SIZE,
        kind="path",
        axis=Axis(name="crossings.nat.forwarding", paths={}, unit="per_s"),
        planned=2000.0,
        less_is_worse=True,
    ),
    safe=6645.0,
    holds=False,
    exceeded=(),
)
BELIEF = Doubt(otherwise="two processes per pod", collapse=FAILS)
RANGES = Doubt(otherwise="", kind="ranges", collapse=replace(FAILS, value=0.25, runs_count=40))
PROOF = Proof(
    cases={"as believed": HOLDS, "back-off fails": HOLDS}, variants_count=57, runs_count=2310, seed=8
)
RAMP = Ramp(
    pace=Pace(activity="grow", batches_count=4, pause_s=60.0, spread_s=20.0, total_s=240.0),
    steps=((0.0, 50), (60.0, 60), (120.0, 70), (180.0, 90)),
    changes={"x": 1},
    proof=PROOF,
)
PACED = RampAnswer(
    activity="grow",
    bounds=Bounds(within_s=3600.0),
    planned_s=2.0,
    margin_ratio=0.3,
    ramp=RAMP,
    needs=(),
    screened_count=210,
    runs_count=2900,
    at_once_count=5,
)
UNPACED = replace(
    PACED,
    ramp=None,
    needs=(Need(kind="number", path="crossings.nat.setup", now=9e3, needed=14e3, unit="per_s"),),
)
BETTER = Comparison(
    names=("shop.yaml", "shop.yaml with clients.pods.pool=11"),
    collapse=(FAILS, replace(HOLDS, runs_count=20)),
    only_first_count=20,
    only_second_count=0,
    differences=(
        Difference(
            quantity="collapse",
            unit="ratio",
            first=1.0,
            second=0.0,
            value=-1.0,
            low=-1.0,
            high=-0.8,
            pairs_count=20,
        ),
        Difference(
            quantity="recovery",
            unit="s",
            first=None,
            second=None,
            value=None,
            low=None,
            high=None,
            pairs_count=0,
        ),
        Difference(
            quantity="served",
            unit="ratio",
            first=0.79,
            second=1.0,
            value=0.21,
            low=0.2,
            high=0.22,
            pairs_count=20,
        ),
    ),
    fraction=0.5,
    runs_count=20,
    seed=7,
)
LOW, HIGH = Standing(region="stable", collapse_ratio=0.0), Standing(region="metastable", collapse_ratio=1.0)
CELLS = {(i, j): HIGH if i > 5 else LOW for i in range(9) for j in range(9)}
MAP = Map(
    world="shop",
    activity="grow",
    x=Side(
        axis=Axis(name="clients.pods.population", paths={}),
        span=Span(low=40.0, high=200.0),
        count=9,
        now=80.0,
    ),
    y=Side(
        axis=Axis(name="clients.pods.timeout", paths={}, unit="s"),
        span=Span(low=1.0, high=9.0),
        count=9,
        now=5.0,
    ),
    seed=7,
    looked=CELLS,
    cells=CELLS,
)
CURVE = Curve(
    activity="grow",
    over="size",
    acceptable_ratio=0.01,
    world_digest="",
    tidegate_version="",
    seed=7,
    limits=(Limit(at=10.0, safe_count=50, collapse_high_ratio=0.0099, runs_count=300),),
)
SAID = {
    "far": (
        headroom_text("shop · grow", (FAR,)),
        'AT MOST 100   the size that "grow" ends at; planned: 90, so 11 % more is',
    ),
    "short": (
        headroom_text("shop · grow", (SHORT,), protects="`tidegate protect shop.yaml`"),
        "AT MOST 50   ",
    ),
    "doubted": (headroom_text("shop · grow", (FAR,), (BELIEF, RANGES)), "AT MOST 100   "),
    "least": (
        headroom_text("shop · grow", (SLOW,)),
        "AT LEAST 6645/s   the forwarding rate of nat; planned: 2k/s",
    ),
    "none": (headroom_text("shop · grow", (replace(FAR, safe=None, proof=None),)), "NOTHING IS SAFE   "),
    "paced": (
        ramp_text("shop · grow", PACED, start=datetime(2026, 12, 1, tzinfo=UTC)),
        "SLOW DOWN   over 4 min in",
    ),
    "as_planned": (
        ramp_text("t", replace(PACED, ramp=replace(RAMP, changes={}))),
        "AS PLANNED   2 s is slow enough",
    ),
    "unpaced": (
        ramp_text("shop · grow", UNPACED),
        "NO SAFE PACE   was found within 60 min; planned: 2 s",
    ),
    "better": (compare_text(BETTER), "B IS BETTER   A fails in 20 of 20 pairs of runs where B does not"),
    "map": (map_text(MAP), "STABLE   this world comes back from an outage of everything"),
    "curve": (curve_text("shop · grow", CURVE), "AT MOST 50   instances, from 10"),
}


@pytest.mark.parametrize("name", SAID)
def test_the_answer_stands_in_the_third_line_in_words_that_are_believed(name: str) -> None:
    """Subject, an empty line, the answer with its number; labels below; nothing over 80 columns."""
    text, third = SAID[name]
    lines = text.splitlines()
    assert lines[1] == ""
    assert lines[2].startswith(f"  {third}")
    assert max(map(columns_count, lines)) <= 80
    assert not [word for word in ("P(", "collapse", "points", "assumed ranges") if word in text]


def test_what_takes_the_headroom_away_stands_beside_the_number() -> None:
    """Nobody reads a number as safe that hangs on a belief, or that holds at the numbers given alone."""
    text = " ".join(SAID["doubted"][0].split())
    assert "more is possible; unless two processes per pod" in text
    assert "if two processes per pod, what is planned fails already (20 of 20 runs do not recover)" in text
    assert "with others from their ranges, 10 of 40 worlds fail as planned already" in text


def test_every_number_says_what_it_is_compared_with() -> None:
    """A limit beside what is planned, a count beside what is accepted, a change beside both values."""
    short, better, mapped = (" ".join(SAID[name][0].split()) for name in ("short", "better", "map"))
    assert "planned: 90, which does not hold" in short
    assert "1 in 100 is accepted" in short
    assert "What would let it go further: tidegate protect shop.yaml" in short
    assert "requests served: A 79 %, B 100 %; of 100 requests B serves 21.0 more (+20.0 to +22.0" in better
    assert "Of 100 runs B fails in 80 to 100 fewer (95 % sure)" in better
    assert "clients.pods.population, now 80: metastable at 160." in mapped


def test_what_is_typed_can_be_typed() -> None:
    """A command that is too long goes on behind a backslash; a path in it is never cut."""
    path = f"/srv/{'long/' * 14}my-world.yaml"
    page = Page(width=80, colour=False, unicode=True)
    lines = block("do", (f"Write it:  `tidegate protect {path} --out DIR`.",), page)
    typed = " ".join(line.strip().removesuffix("\\").strip() for line in lines[1:])
    assert f"tidegate protect {path} --out DIR" == typed
    assert all(line.endswith("\\") for line in lines[1:-1])
    short = block("do", ("Or `tidegate ramp w.yaml`: it is slow.",), page)
    assert ["  do     Or tidegate ramp w.yaml: it is slow."] == short
