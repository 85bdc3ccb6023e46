"""Laws: their means and quantiles against their formulas, how they are written, and what is refused."""

from __future__ import annotations

import math
from statistics import fmean, pstdev

import pytest

from tidegate.errors import InputError
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world
from tidegate.world.file.write import write_world
from tidegate.world.law import EXPONENTIAL, FIXED, UNIFORM, Law, law_of_quantiles, law_of_values

WORLD = """
networks: {near: {}, far: {}}
crossings: {gate: {between: [near, far]}}
services: {web: {network: far, SERVICE}, store: {network: far}}
clients: {users: {network: near, service: web, demand: {kind: DEMAND}, CLIENTS}}
"""
SEEN = law_of_quantiles([(0.0, 0.0), (0.5, 0.02), (0.9, 0.08), (0.99, 1.0), (1.0, 3.0)])
WEIGHED = law_of_values([0.01, 2.0, 0.05], [2.0, 1.0, 1.0])
EVENLY = [(i + 0.5) / 20_000 for i in range(20_000)]


def world(service="instances: 1", clients="population: 1", demand="closed"):
    text = WORLD.replace("SERVICE", service).replace("CLIENTS", clients).replace("DEMAND", demand)
    return read_world(text, "laws.yaml")


def faults(**parts):
    with pytest.raises(InputError) as error:
        world(**parts)
    return {fault.path: f"{fault.what}; {fault.allowed}" for fault in error.value.faults}


@pytest.mark.parametrize(
    ("law", "deviation"),
    [
        (FIXED, 0.0),
        (UNIFORM, 1.0 / math.sqrt(3.0)),
        (EXPONENTIAL, 1.0),
        # Half on 10 ms, a quarter each on 50 ms and 2 s: mean 0.5175 s, mean square 1.000675 s².
        (WEIGHED, math.sqrt(1.000675 - 0.5175**2) / 0.5175),
        # Stretches: ∑ share (a² + ab + b²) / 3 less the square of the mean, 0.0936 s.
        (SEEN, math.sqrt(0.077112 - 0.0936**2) / 0.0936),
    ],
    ids=lambda value: value.word if isinstance(value, Law) else "",
)
def test_draws_have_mean_and_deviation_of_the_formula(law, deviation):
    """Over even draws the mean is 1, and the deviation that of the law, which it says itself."""
    drawn = [law.times(u) for u in EVENLY]
    assert 1.0 == pytest.approx(fmean(drawn), rel=2e-3)
    assert deviation == pytest.approx(pstdev(drawn), rel=2e-2, abs=1e-9)
    assert deviation == pytest.approx(law.variation_ratio, rel=1e-6)


def test_quantiles_are_those_that_were_written():
    """With a straight line between each two; the mean is ∑ share × middle."""
    assert 0.0936 == pytest.approx(SEEN.mean_s)
    for share, time_s in ((0.5, 0.02), (0.9, 0.08), (0.99, 1.0), (1.0, 3.0), (0.25, 0.01), (0.995, 2.0)):
        assert time_s == pytest.approx(SEEN.times(share) * SEEN.mean_s, rel=1e-6)
        assert 1.0 - share == pytest.approx(SEEN.longer_ratio(time_s / SEEN.mean_s), abs=1e-6)
    assert 3.0 == pytest.approx(SEEN.longest_times * SEEN.mean_s)


def test_values_come_as_often_as_their_weights_say():
    """Half of the draws are 10 ms, a quarter 50 ms, a quarter 2 s, whatever order they stand in."""
    drawn = [round(WEIGHED.times(u) * WEIGHED.mean_s, 6) for u in EVENLY]
    assert {0.01: 10_000, 0.05: 5_000, 2.0: 5_000} == {value: drawn.count(value) for value in set(drawn)}
    assert 0.25 == pytest.approx(WEIGHED.longer_ratio(0.05 / WEIGHED.mean_s + 1e-6))
    assert 0.5 == pytest.approx(law_of_values([1.0, 3.0]).longer_ratio(1.0))


@pytest.mark.parametrize("law", [UNIFORM, EXPONENTIAL, WEIGHED, SEEN], ids=lambda law: law.word)
def test_the_share_that_is_longer_is_that_of_the_draws(law):
    """Of the even draws as many are longer as the law says."""
    for times in (0.05, 0.7, 1.3, 3.0):
        longer = sum(law.times(u) > times for u in EVENLY) / len(EVENLY)
        assert longer == pytest.approx(law.longer_ratio(times), abs=1e-4)


def test_what_was_seen_brings_its_mean():
    """Where no mean is written it is the law's own, and delays that nothing else is said of do not grow."""
    layers = "timeout_law: {values: [1s, 3s], weights: [3, 1]}, retry: [{law: {values: [2s, 4s]}}]"
    read = world("service_law: {quantiles: {p50: 20ms, p90: 80ms, p99: 1s, max: 3s}}", layers).world
    assert SEEN == read.services["web"].service_law
    assert 0.0936 == pytest.approx(read.services["web"].service_time_s)
    users = read.clients["users"]
    assert (1.5, 3.0) == (users.timeout_s, users.longest_timeout_s)
    layer = users.retry.layers[0]
    assert (3.0, "constant") == (layer.base_s, layer.backoff)


def test_a_mean_that_is_written_moves_the_whole_law():
    """A trigger, a range or a protection that sets the mean stretches what was seen with it."""
    file = overlay(world("service_law: {values: [1s, 3s]}"), {"services.web.service_time": "20s"})
    service = file.world.services["web"]
    assert [10.0, 30.0] == [service.service_time_s * service.service_law.times(u) for u in (0.25, 0.75)]


def test_one_law_laid_over_another_replaces_its_mean():
    """What was seen is laid with its own mean; a word keeps the mean; a mean beside it stands."""
    seen = {"values": ["1s", "3s"]}
    file = world("service_time: 5ms", "timeout_law: {values: [1s, 3s]}, retry: exponential-full-jitter")
    changed = overlay(file, {"services.web.service_law": seen, "clients.users.timeout_law": "exponential"})
    assert 2.0 == changed.world.services["web"].service_time_s
    assert (EXPONENTIAL, 2.0) == (
        changed.world.clients["users"].timeout_law,
        changed.world.clients["users"].timeout_s,
    )
    both = {"services.web.service_time": "8s", "services.web.service_law": seen}
    assert 8.0 == overlay(file, both).world.services["web"].service_time_s
    layer = overlay(file, {"clients.users.retry.0.law": seen}).world.clients["users"].retry.layers[0]
    assert (2.0, "constant", "none") == (layer.base_s, layer.backoff, layer.jitter)
    one = overlay(changed, {"services.web.service_law.values.1": "5s"})
    assert 3.0 == one.world.services["web"].service_time_s


def test_a_named_policy_takes_a_law():
    """In place of its jitter, and where times were seen of its delays."""
    policy = "retry: [{name: exponential-full-jitter, law: exponential}]"
    layer = world(clients=policy).world.clients["users"].retry.layers[0]
    assert ("exponential", "none", "exponential") == (layer.law.word, layer.jitter, layer.backoff)
    seen = policy.replace("law: exponential", "law: {values: [3s]}")
    assert 3.0 == world(clients=seen).world.clients["users"].retry.layers[0].base_s


def test_a_law_survives_writing():
    """A world that is written down and read again has the same laws."""
    seen = "timeout_law: {values: [1s], weights: [2]}"
    file = world("service_law: {quantiles: {p50: 20ms, max: 3s}}", seen)
    assert file.world == read_world(write_world(file.document), "again.yaml").world
    plain = overlay(file, {"services.web.service_law": {"values": [0.02, 1.5]}})
    assert "[20ms, 1.5s]" in write_world(plain.document)


def test_every_fault_of_a_law_is_told_at_once():
    """Each with its place and what is allowed, those of one law together."""
    found = faults(
        service="service_law: {quantiles: {p50: 80ms, p150: 1s, p9: {value: 1s}}, weights: [1]}",
        clients="timeout_law: {values: [1s, x, -1s], weights: [1, 0, 2]}, retry: [{law: {}}, {law: [1s]}, "
        "{law: {values: [0s]}}, {law: {values: [1s], weights: [1, 2], other: 1}}, {law: lognormal}, "
        "{law: {values: []}}, {law: {quantiles: {p50: 1s, p40: 2s, max: 3s}}}]",
    )
    layer = "clients.users.retry.layers"
    wanted = {
        "services.web.service_law.quantiles.p150": "names no quantile",
        "services.web.service_law.quantiles.p9": "is spelt out in a law",
        "services.web.service_law.quantiles.max": "is missing",
        "services.web.service_law.weights": "is given, but there are no values",
        "clients.users.timeout_law.values.1": "is not a duration",
        "clients.users.timeout_law.values.2": "is too small",
        "clients.users.timeout_law.weights.1": "is too small",
        f"{layer}.0.law": "gives neither values nor quantiles",
        f"{layer}.1.law": "is no law",
        f"{layer}.2.law.values": "are all 0s",
        f"{layer}.3.law.weights": "are 2 for 1 values",
        f"{layer}.3.law.other": "is an unknown key",
        f"{layer}.4.law": "is not one of the words",
        f"{layer}.5.law.values": "is not a list of numbers",
        f"{layer}.6.law.quantiles.p50": "is less than a lower quantile",
    }
    assert set(wanted) == set(found)
    for path, what in wanted.items():
        assert found[path].startswith(what)
        assert found[path].partition("; ")[2]


@pytest.mark.parametrize(
    ("clients", "demand", "path", "what"),
    [
        ("timeout_per: client", "closed", "timeout_per", "only where timeout_law varies"),
        (
            "timeout_law: uniform, timeout_per: client, connection: keep_alive",
            "open, rate: 1/s",
            "timeout_per",
            "whose one gets is not known",
        ),
        ("retry: [{law: uniform, jitter: full}]", "closed", "retry.layers.0.law", "together with jitter"),
        ("retry: [{law: uniform, backoff: decorrelated}]", "closed", "retry.layers.0.law", "decorrelated"),
        ("retry: [{law: uniform, backoff: none}]", "closed", "retry.layers.0.law", "no delay to vary"),
    ],
)
def test_a_law_that_cannot_be_meant_is_refused(clients, demand, path, what):
    """Nothing that was written is ignored in silence."""
    found = faults(clients=clients, demand=demand)
    assert [f"clients.users.{path}"] == list(found)
    assert what in found[f"clients.users.{path}"]


def test_calls_boot_calls_and_pauses_have_laws() -> None:
    """What was seen brings its mean; written, it is stretched to that; one laid over brings its own."""
    seen = "{values: [1s, 3s]}"
    call = f"calls: [{{service: store, timeout_law: {seen}}}]"
    boot = f"boot: {{calls: [{{service: store, timeout: 4s, timeout_law: {seen}}}]}}"
    file = world(service=f"{call}, {boot}", clients=f"population: 1, timeout_law: {seen}")
    web = file.world.services["web"]
    assert (2.0, 4.0) == (web.calls[0].timeout_s, web.boot.calls[0].timeout_s)
    assert 6.0 == pytest.approx(web.boot.calls[0].timeout_s * web.boot.calls[0].timeout_law.longest_times)
    laid = overlay(file, {"services.web.calls.0.timeout_law": {"values": ["5s"]}}).world
    assert 5.0 == laid.services["web"].calls[0].timeout_s
    paused = overlay(file, {"clients.users.demand.think_law": {"values": ["1s", "9s"]}}).world
    assert 5.0 == paused.clients["users"].demand.think_s
    assert "exponential" == file.world.clients["users"].demand.think_law.word


def test_look_ups_and_checks_have_laws() -> None:
    """What was seen of a resolver or a prober brings its mean; a word spreads what is written."""
    lookup = "lookup: {service: store, timeout_law: {values: [1s, 3s]}}"
    probe = "health_probes: [{network: near, timeout: 4s, timeout_law: uniform}]"
    told = world(service=probe, clients=f"population: 1, {lookup}").world
    assert told.clients["users"].lookup is not None
    assert (2.0, 6.0) == (told.clients["users"].lookup.timeout_s, told.clients["users"].lookup.longest_s)
    assert 2.0 == told.services["web"].health_probes[0].timeout_law.longest_times


def test_where_there_is_no_law_one_sentence_says_so() -> None:
    """Round trips have one number for all who pass; pauses are those of closed clients."""
    found = faults(demand="open, rate: 1/s, think_law: fixed")
    assert {
        "clients.users.demand.think_law": "is given, but kind is open; leave it out, or change the other key",
    } == found
    with pytest.raises(InputError, match="pass a crossing of their own"):
        read_world(WORLD.replace("[near, far]", "[near, far], round_trip_law: uniform"), "laws.yaml")
