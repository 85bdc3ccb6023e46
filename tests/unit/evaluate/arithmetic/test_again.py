"""What comes again is said before anything is run: how often, and whether the horizon shows it."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.evaluate.arithmetic.again import again_sentences, comes_again
from tidegate.evaluate.arithmetic.load import streams
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

TEXT = """
name: again
horizon: 30min
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services: {web: {network: far, concurrency: 100}}
clients: {users: {network: near, service: web, population: 600, connection: keep_alive, demand: {kind: none}}}
triggers: {herd: {at: 1min, reconnect: users}}
"""


def said(**changes: Any) -> tuple[str, ...]:
    paths = {path.replace("__", "."): value for path, value in changes.items()}
    return again_sentences(write_script(overlay(read_world(TEXT, "again.yaml"), paths)))


def test_nothing_is_said_where_nothing_comes_again() -> None:
    """A trigger that comes once, and connections of any age."""
    file = read_world(TEXT, "again.yaml")
    assert not comes_again(file.world)
    assert () == again_sentences(write_script(file))


@pytest.mark.parametrize(
    ("every", "times", "words"),
    [
        ("10min", None, "comes again every 600s: 2 of its turns are simulated."),
        ("10min", 1, "comes again every 600s: one turn of it is simulated."),
        ("1d", None, "one turn of it is simulated. Not to recover in 1 % of the runs is 3.6 times a year."),
    ],
)
def test_turns_are_counted(every: str, times: int | None, words: str) -> None:
    """Of 30 min from 1 min on two turns of 10 min are whole; nightly, 1 % is 3.65 a year."""
    more = {} if times is None else {"triggers__herd__times": times}
    assert words in said(triggers__herd__every=every, **more)[0]


@pytest.mark.parametrize(
    ("age", "words"),
    [
        ("10min", "come back together, which is simulated."),
        ("30min", "come back after the simulated time; a horizon beyond 34min would show it."),
    ],
)
def test_a_horizon_too_short_for_the_age_is_told(age: str, words: str) -> None:
    """A herd of the first minute whose connections live for up to 33 min is not seen within 30 min."""
    (sentence,) = said(services__web__connection_age={"age": age, "jitter": "10%"})
    assert sentence.endswith(words)


def test_kept_connections_with_an_age_are_new_flows() -> None:
    """600 connections of 10 min are one new flow a second, and a request with each."""
    file = overlay(read_world(TEXT, "again.yaml"), {"services.web.connection_age": {"age": "10min"}})
    (users,) = streams(file.world)
    assert (1.0, 1.0) == (users.flows_per_s, users.requests_per_s)
