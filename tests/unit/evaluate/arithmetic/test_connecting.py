"""What arithmetic says of clients that connect together, and of what new connections cost every day."""

from __future__ import annotations

import pytest

from looked_first import first_look
from tidegate.evaluate.arithmetic.connecting import connects
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.fluid import run_fluid
from tidegate.world.file.read import read_world

HERD = """
horizon: 4min
networks: {{a: {{}}}}
services:
  api: {{network: a, concurrency: 10, service_time: 1ms, login: {login}}}
  tokens: {{network: a, service_time: 10ms}}
clients:
  app:
    network: a
    service: api
    population: 1000
    connection: keep_alive
    timeout: 5s
    demand: {{kind: none}}
    on_connect: [{{service_time: {each}}}]
triggers: {{anew: {{at: 10s, reconnect: app, reconnect_spread: {spread}}}}}
"""
USUAL = {"login": "none", "each": "200ms", "spread": "1s"}
ASKED = (
    "1,000 of app that connect together ask api for 200 s of work before anything else, which takes 20 s; "
    "they are given up after "
)
STAND = "about 500 of app stand before api at once that have not logged in, where it allows 50"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, (ASKED + "5 s",)),
        ({"spread": "30s"}, ()),
        ({"each": "20ms"}, ()),
        (
            {"each": "20ms", "login": "{most: 50, drop_from: 10}"},
            (f"{STAND}, and drops some from 10 on",),
        ),
        ({"each": "20ms", "spread": "60s", "login": "{most: 50}"}, ()),
    ],
)
def test_what_a_herd_asks_first_is_multiplied(changed: dict[str, str], said: tuple[str, ...]) -> None:
    """All the work beside what there is, against how long anybody waits; and who stands before log-in."""
    file = read_world(HERD.format(**USUAL | changed), "w")
    assert said == connects(script_of(file, None))


def test_a_time_to_log_in_that_is_over_before_all_are_served_is_a_limit() -> None:
    """Who is cut as it logs in begins again: that decides, and is no mere remark."""
    script = script_of(read_world(HERD.format(**USUAL | {"login": "{timeout: 2s}"}), "w"), None)
    assert () == connects(script)
    assert (ASKED + "2 s",) == exceeded_limits(script)


def test_the_first_words_do_not_promise_what_they_leave_out() -> None:
    """The estimate knows no limit on log-ins: arithmetic is said beside it, and no recovery is claimed."""
    file = read_world(HERD.format(**USUAL | {"each": "20ms", "login": "{most: 50}"}), "w")
    words = first_look(file, None)
    assert not words.cases[0].follows
    assert "have not logged in" in words.limits[0]


EACH = """
horizon: 30s
networks: {{a: {{}}}}
services:
  api: {{network: a, service_time: 1ms}}
  tokens: {{network: a, service_time: 20ms}}
clients:
  app:
    network: a
    service: api
    population: 100
    timeout: 2s
    demand: {{kind: open, rate: 100/s}}
    on_connect: [{first}]
triggers: {{calm: {{at: 10s, set: {{clients.app.timeout: 1900ms}}}}}}
"""


@pytest.mark.parametrize(
    ("first", "said"),
    [
        ("{service_time: 4ms}", ()),
        ("{service_time: 19ms}", ("api serves 50/s, and 100/s are wanted, already before anything happens",)),
        (
            "{service_time: 4ms, requests: 5}",
            ("api serves 48/s, and 100/s are wanted, already before anything happens",),
        ),
        ("{service: tokens}", ("tokens serves 50/s, and 100/s are wanted, already before anything happens",)),
        ("{service: tokens, service_time: 5ms}", ()),
    ],
)  # fmt: skip
def test_what_each_request_asks_first_counts(first: str, said: tuple[str, ...]) -> None:
    """A connection for each request brings its log-in with it, there or elsewhere."""
    file = read_world(EACH.format(first=first), "w")
    assert said == exceeded_limits(script_of(file, None))
    run = run_fluid(script_of(file, None))
    answered = sum(run.clients["app"].served_per_s[-20:]) / 20
    assert (answered < 60) == bool(said)
