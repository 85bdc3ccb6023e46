"""Who scales in closes connections: the clients that keep them connect anew, whether that is said or not."""

from __future__ import annotations

import pytest

import tidegate
from tidegate.errors import InputError

WORLD = """
name: shrinking
horizon: 4min
networks: {apps: {}, control: {}}
crossings: {net: {between: [apps, control]}}
services:
  api: {network: control, instances: 4, concurrency: 4, service_time: 1ms, BALANCED}
clients:
  watchers:
    network: apps
    service: api
    population: 4000
    connection: keep_alive
    timeout: 5s
    demand: {kind: closed, think: 20s}
    on_connect: [{service_time: 200ms}]
    retry: {layers: [{retries: unlimited, backoff: constant, base: 1s}]}
activities: {fewer: {service: api, to: 2, at: 30s, SAID}}
"""


def judged(tmp_path, said="", balanced="", to="2"):
    path = tmp_path / "shrinking.yaml"
    text = WORLD.replace("SAID", said).replace(", BALANCED", f", {balanced}" if balanced else "")
    path.write_text(text.replace("to: 2", f"to: {to}"))
    (verdict,) = tidegate.check(tidegate.load(str(path)), runs_count=2, jobs=1)
    return verdict


@pytest.mark.parametrize("balanced", ["", "balancing: {rule: round_robin}"])
def test_a_smaller_size_takes_its_connections_along(tmp_path, balanced):
    """Half of 4,000 ask two instances for 400 s of work, which takes 50 s: it may not go ahead."""
    verdict = judged(tmp_path, balanced=balanced)
    assert verdict.verdict not in {"proceed", "cannot_tell"}


def test_the_sum_is_said(tmp_path):
    """Two thousand connect together."""
    notes = " ".join(judged(tmp_path, balanced="").notes)
    assert "2,000 of watchers that connect together ask api for 400 s of work" in notes


def test_a_reaction_says_otherwise(tmp_path):
    """They stay where a balancer keeps them, or come over a while."""
    assert "connect together" not in " ".join(
        judged(tmp_path, said="reactions: [{clients: watchers, reconnect: 0%}]", balanced="").notes
    )


def test_a_larger_size_breaks_nothing(tmp_path):
    """Who only adds instances closes no connection."""
    assert "connect together" not in " ".join(judged(tmp_path, balanced="", to="6").notes)


def taken(tmp_path, said=""):
    path = tmp_path / "taken.yaml"
    text = WORLD.replace(", BALANCED", "").replace("to: 2, at: 30s, SAID", "to: 5, at: 90s")
    path.write_text(f"{text}triggers: {{lost: {{at: 30s, set: {{services.api.instances: 2}}{said}}}}}\n")
    (verdict,) = tidegate.check(tidegate.load(str(path)), runs_count=2, jobs=1)
    return verdict


def test_a_trigger_that_takes_instances_away_takes_their_connections_along(tmp_path):
    """Half of 4,000 connect again and ask for a list, whoever took the instances; a proxy may keep them."""
    broken, kept = taken(tmp_path), taken(tmp_path, ", gone_connections: stay")
    assert "2,000 of watchers that connect together ask api for 400 s of work" in " ".join(broken.notes)
    assert broken.cases[0].collapse.value > kept.cases[0].collapse.value


def test_what_becomes_of_connections_is_said_only_where_instances_go(tmp_path):
    """A word that could not act is a fault."""
    path = tmp_path / "idle.yaml"
    text = WORLD.replace(", BALANCED", "").replace(", SAID", "")
    more = "set: {clients.watchers.timeout: 4s}, gone_connections: stay"
    path.write_text(f"{text}triggers: {{slow: {{at: 30s, {more}}}}}\n")
    with pytest.raises(InputError, match="no instances are set"):
        tidegate.load(str(path))
