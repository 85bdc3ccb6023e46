"""What arithmetic says of services that are away, and of what instances ask for as they start."""

from __future__ import annotations

import pytest

from looked_first import first_look, first_words_text
from tidegate.evaluate.arithmetic.exceeded import exceeded_limits
from tidegate.evaluate.variants.scope import script_of
from tidegate.world.file.read import read_world

AWAY = """
horizon: 2min
networks: {{a: {{}}}}
services: {{api: {{network: a, instances: 3, concurrency: 20, service_time: 10ms, boot: {{time: {boot}}}}}}}
clients: {{app: {{network: a, service: api, population: {clients}, demand: {{think: {think}}}}}}}
activities: {{roll: {{kind: restart, service: api, batches: {batches}, pause: {pause}, at: 20s}}}}
"""
ALL = {"boot": "45s", "clients": 50, "think": "1s", "batches": 1, "pause": "0s"}
SAID = "no instance of api is there for 45 s, and nobody may be left without an answer for more than 30 s"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, (SAID,)),
        ({"batches": 3}, (SAID,)),
        ({"batches": 3, "pause": "10s"}, ()),  # the first is back 25 s after the last has gone
        ({"boot": "25s"}, ()),
        ({"clients": 1, "think": "1h"}, ()),  # nobody asks meanwhile
        ({"boot": "200s"}, (SAID.replace("for 45 s", "for 100 s"),)),
    ],
)
def test_for_how_long_nobody_is_answered_is_known_before_any_run(
    changed: dict[str, object], said: tuple[str, ...]
) -> None:
    """All three are away from the last step on until the first is back, within the horizon."""
    file = read_world(AWAY.format(**ALL | changed), "w")
    assert exceeded_limits(script_of(file, "roll")) == said


STARTING = """
horizon: 5min
networks: {{a: {{}}, b: {{}}}}
crossings: {{nat: {{between: [a, b]}}}}
services:
  api:
    network: b
    instances: 40
    concurrency: 8
    boot: {{time: 5s, calls: [{{service: tokens, requests: {requests}, timeout: 10s}}]}}
  tokens: {{network: b, instances: {instances}, service_time: 100ms}}
clients: {{app: {{network: a, service: api, population: 200, timeout: 3s}}}}
activities: {{roll: {{kind: restart, service: api, at: 20s}}}}
"""


def _first_words(requests: int, instances: int = 1) -> str:
    file = read_world(STARTING.format(requests=requests, instances=instances), "w")
    return first_words_text(first_look(file, "roll"), width=500)


def test_what_instances_ask_for_as_they_start_is_counted() -> None:
    """2,000 answers at 10/s take 200 s, and the estimate that leaves them out tells no outcome."""
    said = _first_words(requests=50)
    assert "40 instances of api that start together ask tokens for 2,000 answers" in said
    assert "which takes about 200 s" in said
    assert "normal" not in said
    assert "and it has none to spare" in _first_words(requests=50, instances=0)


def test_what_is_there_in_time_is_not_worth_saying() -> None:
    """40 answers at 10/s are there before the time-out of 10 s."""
    said = _first_words(requests=1)
    assert "start together" not in said
    assert "normal again" in said


SHORT = """
networks: {a: {}, b: {}}
horizon: 10min
crossings: {nat: {between: [a, b], device: azure-nat-gateway}}
services: {web: {network: b, instances: 10, concurrency: 50, service_time: 150ms}}
clients: {app: {network: a, service: web, population: 1, timeout: 100s, demand: {kind: closed, think: 10ms}}}
activities: {grow: {from: 1, to: 30, at: 30s, clients_added: app}}
"""


def test_who_asks_again_at_once_is_not_slowed_down_in_the_first_words() -> None:
    """30 clients of 161 ms a turn ask 186 times a second, however long a time-out they have."""
    said = first_words_text(first_look(read_world(SHORT, "w"), "grow"), width=500)
    assert "asked for about 186 new connections a second" in said


STARTS = """
networks: {a: {}}
horizon: 10min
services:
  control: {network: a, concurrency: 1, service_time: 10ms, calls: CALLS}
  keys: {network: a, concurrency: 400, service_time: 5ms}
  workers: {network: a, instances: 100, boot: {time: 60s, calls: [{service: control, timeout: 10s}]}}
clients: {users: {network: a, service: control, population: 100, demand: {kind: open, rate: 1/s}}}
activities: {grow: {service: workers, from: 100, to: 2100, at: 30s}}
"""


@pytest.mark.parametrize("calls", ["[]", "[{service: keys, limit: {rate: 20/s, burst: 40}}]"])
def test_the_estimate_knows_no_end_of_a_herd_that_gives_up_and_asks_again(calls: str) -> None:
    """2,000 that start at one instant, of which the last waits 20 s or 98 s: "normal again after 85 s"."""
    said = first_words_text(first_look(read_world(STARTS.replace("CALLS", calls), "w"), "grow"), width=500)
    assert "normal" not in said
    assert ("lets itself ask 20/s: the last waits about 98 s for its turn" in said) == (calls != "[]")
    assert ("how it ends the exact runs say" in said) == (calls == "[]")
