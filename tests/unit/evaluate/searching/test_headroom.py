"""Headroom of small worlds whose limits are known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.errors import InputError
from tidegate.evaluate.judging.bench import Bench
from tidegate.evaluate.searching.headroom import activity_question, headroom, load_question, path_question
from tidegate.world.file.read import read_world
from tiny_worlds import grow, grow_text, twin_text

NARROW = twin_text(retry="immediate").replace("success: 1%", "success: 1%, collapse_probability: 10%")


def found(file, activity, question, threads=2):
    with ThreadPoolExecutor(threads) as executor:
        return headroom(Bench(file=file, activity=activity, seed=7, executor=executor), question)


def test_a_limit_that_can_be_counted_is_not_exceeded_by_a_safe_value():
    """5 connections a pod and 160 accepted: 32 pods, although a few refused ones are no collapse."""
    text = grow_text().replace("concurrency: 100", "concurrency: 100, connections: 160")
    text += "objectives: {collapse_probability: 10%}\n"
    file = read_world(text, "grow.yaml")
    one = found(file, "grow", activity_question(file, "grow"))
    assert (40.0, 32.0, False) == (one.question.planned, one.safe, one.holds)
    assert ("web accepts 160 connections, and 165 are wanted",) == one.exceeded


def test_the_safe_value_is_proven_by_whole_runs_below_the_edge():
    """The twin tips where its clients ask for more than the choke carries; safe is below that."""
    file = read_world(NARROW, "twin.yaml")
    question = path_question(file, "triggers.surge.set.clients.surge.population", low="100", high="900")
    one = found(file, None, question)
    assert one.safe is not None
    assert one.proof is not None
    assert one.proof.high < one.acceptable_ratio
    assert one.safe <= one.edge.at(0.5).value


@pytest.mark.evidence
def test_one_thread_and_three_find_the_same():
    """The answer does not depend on the executor."""
    file = read_world(NARROW, "twin.yaml")
    question = path_question(file, "triggers.surge.set.clients.surge.population", low="100", high="900")
    assert found(file, None, question, threads=1) == found(file, None, question, threads=3)


def test_what_can_be_more_of_an_activity():
    """Its `to` where it scales, the share that reconnects where clients do; else it has no size."""
    file = grow()
    scale, reconnect = activity_question(file, "grow"), activity_question(file, "restart")
    assert ({"activities.grow.to": 1.0}, 20, 180) == (scale.axis.paths, scale.span.low, scale.span.high)
    assert ("share that reconnects", 0.5) == (reconnect.axis.name, reconnect.planned)
    assert {"clients.pods.demand.rate": 200.0} == load_question(file, None).axis.paths
    reactions = ", reactions: [{clients: pods, reconnect: 50%, spread: 2s}]"
    bare = read_world(grow_text().replace(reactions, ""), "grow.yaml")
    with pytest.raises(InputError, match="no size"):
        activity_question(bare, "restart")
