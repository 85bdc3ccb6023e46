"""What is offered where connections are made anew: longer and more log-ins, and fewer resets."""

from __future__ import annotations

from typing import Any

import pytest

from tidegate.protect.connecting import of_connecting
from tidegate.protect.protection import protection_of
from tidegate.protect.setting_kinds import kind_of
from tidegate.simulate.script import Phase, Script
from tidegate.world.file.read import read_world

WORLD = """
networks: {{a: {{}}}}
services: {{api: {{network: a, instances: 2, service_time: 1ms, setup_time: 20ms{login}}}}}
clients:
  app:
    {{network: a, service: api, population: 1000, connection: keep_alive, timeout: 5s, demand: {{kind: none}},
     on_connect: [{{service_time: 30ms}}]{reset}}}
"""
RESET = {"clients.app.reset_at_most_every": 300.0}


@pytest.mark.parametrize(
    ("login", "reset", "offered"),
    [
        ("", "", [RESET]),
        ("", ", reset_at_most_every: 10min", []),
        (", login: {timeout: 5s}", ", reset_at_most_every: 10min", [{"services.api.login.timeout": 40.0}]),
        (
            ", login: {most: 100, drop_from: 10, drop: 30%}",
            ", reset_at_most_every: 10min",
            [{"services.api.login.most": 500, "services.api.login.drop_from": 500}],
        ),
        (", login: {most: 600}", ", reset_at_most_every: 10min", []),
    ],
)
def test_what_helps_those_who_connect_is_offered(
    login: str, reset: str, offered: list[dict[str, Any]]
) -> None:
    """Time for all log-ins that come together, room for all of them, and a pause between two resets."""
    world = read_world(WORLD.format(login=login, reset=reset), "w").world
    script = Script(phases=(Phase(at_s=0.0, world=world),))
    assert offered == [dict(one.changes) for one in of_connecting(script)]


def test_where_it_is_set_is_said_with_the_vendors_words() -> None:
    """sshd's and nats-server's own settings are named."""
    kinds = [kind_of(f"services.api.login.{key}") for key in ("timeout", "most", "drop_from", "drop")]
    said = " ".join(kind.where for kind in kinds if kind is not None)
    assert 4 == len([kind for kind in kinds if kind is not None])
    for word in ("LoginGraceTime", "authorization { timeout }", "MaxStartups"):
        assert word in said


def test_a_log_in_can_be_part_of_a_protection() -> None:
    """Its values are shown as a world file writes them."""
    file = read_world(WORLD.format(login=", login: {timeout: 5s, most: 10}", reset=""), "w")
    protection = protection_of(file, {"services.api.login.timeout": 20.0, **RESET})
    assert ["20s", "5min"] == sorted(element.text for element in protection.elements)
