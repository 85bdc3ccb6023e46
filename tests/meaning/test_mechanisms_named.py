"""Where only runs decide `why` names the mechanism's own number, and *cannot tell* what makes it hold."""

from __future__ import annotations

from pathlib import Path

import tidegate
from tidegate.evaluate.arithmetic.arithmetic_notes import arithmetic_notes
from tidegate.evaluate.arithmetic.connecting import connects_nearly
from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.variants.scope import script_of
from tidegate.present.verdict.answer import answer_of
from tidegate.world.world import WorldFile

HANDSHAKES = """
name: handshakes
horizon: 3min
networks: {apps: {}, broker: {}}
crossings: {net: {between: [apps, broker]}}
services:
  broker:
    network: broker
    concurrency: 2
    service_time: 1ms
    setup_time: {value: 4ms, low: 1ms, high: 40ms, basis: assumed, measure: CPU of a new connection}
    login: {timeout: 5s}
clients:
  apps:
    network: apps
    service: broker
    population: 1000
    connection: keep_alive
    timeout: 10s
    demand: {kind: closed, think: 30s}
    retry: {layers: [{retries: unlimited, backoff: constant, base: 1s}]}
activities:
  drain: {kind: reconnect, service: broker, at: 30s, reactions: [{clients: apps, reconnect: 100%}]}
"""
QUEUE = """
name: queue
detail: coarse
horizon: 4min
networks: {users: {}, site: {}}
crossings: {lb: {between: [users, site]}}
services: {shop: {network: site, concurrency: 4, service_time: 40ms}}
clients:
  users: {network: users, service: shop, population: 100, timeout: 2s, demand: {kind: open, rate: 60/s},
          retry: {layers: [{retries: 2, backoff: none}]}}
triggers: {sale: {at: 60s, for: 30s, set: {clients.users.demand.rate: 140/s}}}
"""
COLD = """
name: cold
horizon: 8min
networks: {nodes: {}, control: {}}
crossings: {lb: {between: [nodes, control]}}
services:
  api: {network: control, concurrency: 8, service_time: 5ms, boot: {time: 10s},
        warm_up: {time: 2min, slowdown: 10}}
clients:
  agents: {network: nodes, service: api, population: 200, connection: keep_alive, timeout: 10s,
           demand: {kind: closed, think: 20s}, on_connect: [{service_time: 100ms}]}
activities: {roll: {kind: restart, service: api, at: 30s}}
"""
AGES = """
name: ages
horizon: 30min
networks: {clients: {}, servers: {}}
crossings: {lb: {between: [clients, servers]}}
services:
  xds: {network: servers, concurrency: 12, service_time: 5ms, connection_age: {age: 10min, jitter: 1%}}
clients:
  proxies: {network: clients, service: xds, population: 600, connection: keep_alive, timeout: 20s,
            demand: {kind: closed, think: 10s}, on_connect: [{service_time: 200ms}]}
activities: {deploy: {kind: reconnect, service: xds, at: 30s, reactions: [{clients: proxies, spread: 20s}]}}
"""


def loaded(tmp_path: Path, text: str, **changes: object) -> WorldFile:
    path = tmp_path / "world.yaml"
    path.write_text(text)
    return tidegate.load(path, {name.replace("__", "."): value for name, value in changes.items()})


def judged(file: WorldFile, runs_count: int = 3) -> Verdict:
    (verdict,) = tidegate.check(file, runs_count=runs_count, jobs=1)
    return verdict


def why(verdict: Verdict) -> str:
    return " ".join(answer_of(verdict).why.must)


def test_the_sum_at_the_bad_end_of_what_decides_is_named_with_its_edge(tmp_path: Path) -> None:
    """1,000 log-ins of 40 ms on two processors take 20 s, and 5 s are allowed: from 10 ms on too long."""
    verdict = judged(loaded(tmp_path, HANDSHAKES))
    assert "cannot_tell" == verdict.verdict
    assert "with services.broker.setup_time 40ms, 1,000 of apps that connect together" in why(verdict)
    assert "they are given up after 5 s. That is so from about 9800us on." in why(verdict)


def test_cannot_tell_offers_what_holds_whatever_the_number_is(tmp_path: Path) -> None:
    """A longer time to log in, proven over the range, with the value at which it no longer holds."""
    verdict = judged(loaded(tmp_path, HANDSHAKES))
    assert verdict.remedy is not None
    (setting,) = verdict.remedy.settings
    assert setting.path in {"services.broker.login.timeout", "activities.drain.reactions.0.spread"}
    assert setting.fails_at
    assert "with that it holds over all of the ranges; at" in " ".join(answer_of(verdict).do.must)
    changed = loaded(tmp_path, HANDSHAKES, **{setting.path.replace(".", "__"): setting.value})
    assert judged(changed).verdict not in {"stop", "protect_first"}


def test_how_long_requests_wait_for_a_service_is_named(tmp_path: Path) -> None:
    """A sale of 140/s where 100/s are served: tens of seconds of waiting, and each gives up after 2 s."""
    verdict = judged(loaded(tmp_path, QUEUE))
    assert verdict.verdict != "proceed"
    assert "requests wait for shop at once, " in why(verdict)
    assert "who asks gives up after 2\N{NO-BREAK SPACE}s" in why(verdict)
    (shop,) = verdict.cases[0].services
    assert shop.waiting_peak_count > 500


def test_cold_instances_take_longer_over_what_is_asked_first(tmp_path: Path) -> None:
    """20 s of work on eight places are 2.6 s, and ten times as slow at first it takes 22 s: beyond 10 s."""
    file = loaded(tmp_path, COLD)
    (said,) = [one for one in arithmetic_notes(script_of(file, "roll"), "roll") if "connect together" in one]
    assert "while it is cold; they are given up after 10 s" in said
    warm = loaded(tmp_path, COLD, services__api__warm_up__slowdown=1)
    assert not [one for one in arithmetic_notes(script_of(warm, "roll"), "roll") if "connect together" in one]


def test_what_becomes_too_old_together_is_the_nearest_sum(tmp_path: Path) -> None:
    """600 that connected within 20 s come back within 32 s, ten minutes later."""
    script = script_of(loaded(tmp_path, AGES, clients__proxies__timeout="5s"), "deploy")
    herd, again = connects_nearly(script)
    assert herd.startswith("600 of proxies that connect together ask xds for 120 s of work")
    assert again.startswith("600 of proxies whose connections become 600 s old within 32 s ask xds for 120 s")
