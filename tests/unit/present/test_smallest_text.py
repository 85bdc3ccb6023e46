"""What the smallest protection reads like: settings, limits, conditions, and none at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tidegate.evaluate.judging.trial import Proof
from tidegate.evaluate.judging.verdict import Probability
from tidegate.present.smallest_text import smallest_text
from tidegate.protect.finding import Condition, Contribution, Instead, Smallest
from tidegate.protect.protection import Element, Protection

GOLDEN = Path(__file__).parents[2] / "golden" / "present"
SURE = Probability(value=0.0, low=0.0, high=0.0099, runs_count=300)
POOL = Contribution(
    name="smaller pool of pods",
    paths=("clients.pods.pool",),
    without=("two processes per pod",),
    counts_as=("two processes per pod, clients.pods.pool counts as 22",),
)
THREADS = Contribution(
    name="higher thread limit of front_end",
    paths=("services.front_end.peers_per_thread",),
    without=("as believed", "the limit is lower", "activities.add.to = 6760", "x = 1"),
    asks="limit",
    because="each instance of front_end keeps a thread for each of 6,759 peers, and may have 6,000",
)
BELIEF = Condition(
    name="one", says="each pod runs one process", otherwise="two processes per pod", measure="count them"
)
ELEMENT = Element(path="clients.pods.pool", value=11, reason="a sum", margin_ratio=0.3)
SETTING = Smallest(
    protection=Protection(elements=(ELEMENT,), activity="to_90"),
    contributions=(POOL,),
    spared_if=(BELIEF,),
    refused_normally_ratio=0.0,
    refused_in_event_ratio=0.12,
    proof=Proof(
        cases={"as believed": SURE, "two processes per pod": SURE}, variants_count=22, runs_count=1260, seed=8
    ),
    failing=(),
    margin_ratio=0.3,
)
NONE = replace(
    SETTING,
    protection=None,
    proof=None,
    contributions=(),
    spared_if=(),
    failing=("as believed",),
    in_the_way=("the database accepts 2,000 connections, and 2,400 are wanted",),
)
SAID = {
    "setting": SETTING,
    "limit": replace(
        SETTING,
        protection=Protection(elements=(replace(ELEMENT, path=THREADS.paths[0], value=6760),)),
        contributions=(THREADS,),
        instead=(Instead(path="activities.add.to", text="5100", asks="goal"),),
        spared_if=(),
    ),
    "condition": replace(SETTING, spared_if=(), conditions=(BELIEF,), refuted=("nat.forwarding = 1.4k/s",)),
    "only_a_condition": replace(SETTING, contributions=(), spared_if=(), conditions=(BELIEF,)),
    "nothing_needed": replace(SETTING, contributions=(), spared_if=()),
    "none_found": NONE,
    "margin_alone": replace(SETTING, spared_if=(), as_planned=True),
    "no_margin": replace(SETTING, spared_if=(), without_margin=True),
    "nothing_needed_no_margin": replace(
        SETTING, contributions=(), spared_if=(), as_planned=True, without_margin=True
    ),
}


@pytest.mark.parametrize("kind", list(SAID))
def test_each_kind_of_answer_reads_as_reviewed(kind, update_golden):
    """The answer first, then what to measure, what each part is for, what it refuses and what proves it."""
    path = GOLDEN / f"smallest_{kind}.txt"
    text = smallest_text(SAID[kind], width=80)
    if update_golden:
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
