"""Which layers made the waits: one, two, or the client's own pace."""

from __future__ import annotations

from random import Random

from synthetic_client import seen
from tidegate.probe.attempts import attempts_of, waits_between
from tidegate.probe.nesting import Waits, find_layers
from tidegate.world.retry import RetryLayer, RetryPolicy


def waits_of(*layers: RetryLayer, watched_s: float = 1e6, runs_count: int = 3) -> list[Waits]:
    """Return the waits of a client with these layers."""
    draw = Random(4)  # noqa: S311  a client, not a secret
    policy = RetryPolicy(layers=layers)
    trials = [seen(policy, watched_s=watched_s, draw=draw) for _ in range(runs_count)]
    return [
        Waits(waits_s=waits_between(attempts_of(one, "http")), is_complete=one.ended_s is not None)
        for one in trials
    ]


def test_a_library_within_a_job_loop_is_two_layers():
    """Three quick retries within a loop that waits 5 s are seen as such, with their numbers."""
    library = RetryLayer(retries_count=3, base_s=0.1, jitter="full")
    loop = RetryLayer(retries_count=2, backoff="constant", base_s=5.0)
    inner, outer = find_layers(waits_of(library, loop), seed=1).layers
    assert [3, 2] == [inner.retries_count, outer.retries_count]
    assert ["full", "constant"] == [inner.law.jitter, outer.law.law]
    assert outer.law.parameters["base"].low <= 5.0 <= outer.law.parameters["base"].high


def test_one_layer_is_not_taken_for_two():
    """Eight doubling retries are one layer."""
    (layer,) = find_layers(waits_of(RetryLayer(retries_count=8, base_s=0.05)), seed=1).layers
    assert (8, "exponential") == (layer.retries_count, layer.law.law)


def test_a_first_retry_at_once_is_told_from_the_law_that_follows():
    """0, 1, 2, 4 s is a doubling from 0.5 s whose first wait is left out, as urllib3 does it."""
    runs = [Waits(waits_s=(0.002, 1.001, 2.002, 4.001), is_complete=True)] * 3
    (layer,) = find_layers(runs, seed=1).layers
    assert layer.law.first_at_once
    base = layer.law.parameters["base"]
    assert base.low <= 0.5 <= base.high


def test_an_end_that_was_not_seen_is_not_invented():
    """A client still trying when the watch ends has no number of retries, and that is said."""
    found = find_layers(waits_of(RetryLayer(backoff="constant", base_s=1.0), watched_s=8.0), seed=1)
    assert found.layers[0].retries_count is None
    assert any("how often it tries again" in why for why in found.unknown)


def test_no_retry_is_no_layer():
    """A client that gives up after one attempt never tries again."""
    assert () == find_layers([Waits(waits_s=(), is_complete=True)], seed=1).layers


def test_the_clients_own_pace_is_no_retry():
    """Waits as long as the pauses while all is well are those pauses."""
    runs = [Waits(waits_s=(2.001, 2.003, 2.002, 2.004), is_complete=False)]
    found = find_layers(runs, pace=(2.0, 2.001, 2.003), seed=1)
    assert () == found.layers
    assert found.pace_s is not None


def test_one_wait_leaves_growth_open():
    """One retry cannot show whether waits grow, and the answer says so."""
    found = find_layers(waits_of(RetryLayer(retries_count=1, base_s=0.5)), seed=1)
    assert any("whether its waits grow" in why for why in found.unknown)


def test_waits_of_no_law_are_called_that():
    """Waits that jump about by orders of magnitude fit no law, and none is named."""
    runs = [Waits(waits_s=(3.0, 0.11, 7.0, 0.3, 0.1, 9.0, 0.12, 5.0), is_complete=True)] * 3
    laws = [layer.law.law for layer in find_layers(runs, seed=1).layers]
    assert [""] == laws


def test_a_capped_doubling_without_jitter_is_found():
    """0.2, 0.4, 0.8 and 1 s, the same in every run, is a doubling with a cap."""
    runs = [Waits(waits_s=(0.203, 0.402, 0.804, 1.003), is_complete=True)] * 3
    (layer,) = find_layers(runs, seed=1).layers
    assert ("exponential", "none") == (layer.law.law, layer.law.jitter)
    cap = layer.law.parameters["cap"]
    assert cap.low <= 1.0 <= cap.high
