"""Every verdict says how far it stands from its edge, or why that is not known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tidegate.evaluate.judging.asked import Check
from tidegate.evaluate.judging.judge import judge
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.verdict.edge_text import edges_text
from tidegate.present.verdict.terminal import more_text
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

WORLD = """
tidegate: 1
horizon: 20s
networks: {here: {}}
services: {db: {network: here, concurrency: 50, service_time: 5ms, connections: CONNECTIONS}}
clients:
  app: {network: here, service: db, population: 40, timeout: 1s, connection: keep_alive, retry: none,
        demand: {kind: closed, think: 1s}}
activities: {grow: {kind: scale, from: 40, to: 60, clients_added: app, at: 2s}}
OBJECTIVES
"""


def world(*, connections: int = 1000, objectives: str = "") -> WorldFile:
    """Return forty clients that become sixty."""
    text = WORLD.replace("CONNECTIONS", str(connections)).replace("OBJECTIVES", objectives)
    return read_world(text, "world.yaml")


def judged(file: WorldFile, *, runs_count: int | None = None) -> Verdict:
    with ThreadPoolExecutor(2) as executor:
        return judge(Check(file=file, activity="grow", seed=7, runs_count=runs_count), executor=executor)


@pytest.mark.parametrize(
    ("file", "runs_count", "says"),
    [
        (world(), None, "does not tip up to 4 times today's demand"),
        (world(connections=15), None, "By this sum it tips at 0.25 times what is wanted."),
        (world(), 20, "was not looked for: so many runs were asked for"),
        (world(objectives="objectives: {request_p99: 1ms}"), None, "misses an objective at today's demand"),
    ],
)
def test_the_edge_or_why_it_is_not_known(file: WorldFile, runs_count: int | None, says: str) -> None:
    """By runs, by a sum, or what stands in the way: it is part of the longer text of every verdict."""
    verdict = judged(file, runs_count=runs_count)
    said = edges_text(verdict).replace("\N{NO-BREAK SPACE}", " ")
    assert says in said
    assert said[:40] in " ".join(more_text(verdict).replace("\N{NO-BREAK SPACE}", " ").split())
