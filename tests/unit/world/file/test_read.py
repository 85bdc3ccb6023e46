"""From the text of a world file to nouns."""

from __future__ import annotations

import pytest

from tidegate.errors import InputError
from tidegate.world.catalogue import entries
from tidegate.world.file.read import from_document, read_world

GOOD = """\
tidegate: 1
name: demo
title: "NO: 10:30"
horizon: 5min
networks:
  internal:
  main: {title: NO, known_as: {kubernetes: ns/main}}
crossings:
  edge:
    between: [internal, main]
    device: linux-conntrack
    devices: 4
    skew: 10%
    setup: {value: 60k/s, low: 30k/s, high: 120k/s, source: a test, measure: count them}
  side: {between: [internal, main], forwarding: 20k/s, table: {entries: 64k}}
services:
  db:
    network: main
    instances: 3
    queue: unlimited
    service_time: {value: 2ms, basis: measured}
    health_probes:
      - {network: internal, interval: 10s}
  api:
    network: internal
    calls: [{service: db, retry: slow, timeout: 1s}]
clients:
  web:
    network: main
    service: api
    population: 1.5k
    connection: pool
    pool: 20
    retry: [immediate, {attempts: 4, backoff: constant, base: 1s}]
retry_policies:
  slow: {layers: [{retries: 2, base: {value: 1s, low: 500ms, high: 2s}, cap: 10s}]}
  slower: [slow, slow]
activities:
  grow: {service: db, to: 6, reactions: [{clients: web, reconnect: 50%, retry: none}]}
triggers:
  spike: {at: 20s, for: 10s, set: {clients.web.retry: none, services.db.instances: 1}}
beliefs:
  backoff: {says: Clients back off, otherwise: back-off fails, counter: {clients.web.retry: immediate}}
objectives: {recover_within: 1min, success: 99%}
segments:
  shops: {uses: [api], loses: orders}
tooling:
  graphs: {role: monitoring, network: internal, uses: [db], reaches: [main]}
"""


def faults_of(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        read_world(text, "w.yaml")
    return [str(fault) for fault in caught.value.faults]


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_file_becomes_nouns_in_the_units_of_the_core():
    """Every kind of value is read by the type of its field."""
    world = read_world(GOOD, "w.yaml").world
    assert world.title == "NO: 10:30"
    assert world.networks["main"].title == "NO"
    assert world.networks["main"].known_as == {"kubernetes": "ns/main"}
    assert world.horizon_s == 300.0
    assert world.crossings["edge"].between == ("internal", "main")
    assert world.crossings["edge"].setup_per_s == 60000.0
    assert world.services["db"].queue_count is None
    assert world.clients["web"].population_count == 1500
    assert isinstance(world.clients["web"].population_count, int)
    assert world.objectives.success_ratio == 0.99


def test_json_is_read_as_well():
    """A JSON text is a world file too."""
    assert read_world('{"name": "j", "horizon": "10s"}', "w.json").world.horizon_s == 10.0


def test_numbers_written_with_a_range_become_estimates_with_their_place():
    """A range, a source or a basis keeps the number among the estimates; a plain number does not."""
    estimates = read_world(GOOD, "w.yaml").estimates
    setup = estimates["crossings.edge.setup"]
    assert (60000.0, 30000.0, 120000.0) == (setup.value, setup.low, setup.high)
    assert ("assumed", "a test", "count them") == (setup.basis, setup.source, setup.measure)
    assert "w.yaml:14" == str(setup.place)
    assert not estimates["services.db.service_time"].is_uncertain
    assert "retry_policies.slow.layers.0.base" in estimates
    assert "crossings.side.forwarding" not in estimates


def test_a_catalogue_device_fills_what_the_author_left_out():
    """The author's keys win, key by key, and the catalogue's ranges become estimates."""
    text = (
        "networks: {a: , b: }\ncrossings:\n  e: {between: [a, b], device: aws-nat-gateway, ports: {hold: 9s}}"
    )
    file = read_world(text, "w.yaml")
    ports = file.world.crossings["e"].ports
    assert ports is not None
    assert ports.hold_s == 9.0
    assert ports.per_destination_count == 55000
    assert "crossings.e.ports.per_destination" in file.estimates
    assert "crossings.e.ports.hold" not in file.estimates


@pytest.mark.parametrize("name", sorted(entries.devices()))
def test_every_device_of_the_catalogue_can_be_read(name):
    """No entry of the catalogue holds a key or number that a crossing does not know."""
    crossing = {"between": ["a", "b"], "device": name}
    file = from_document({"networks": {"a": {}, "b": {}}, "crossings": {"e": crossing}}, "test")
    assert file.world.crossings["e"].device == name


@pytest.mark.parametrize("name", sorted(entries.retry_policies()))
def test_every_retry_policy_of_the_catalogue_can_be_read(name):
    """No entry of the catalogue holds a key or number that a retry policy does not know."""
    file = from_document({"retry_policies": {"p": name}}, "test")
    assert file.world.retry_policies["p"].name == name


def test_retry_is_a_name_a_list_or_a_mapping():
    """Names resolve to the world's own policies first; attempts are retries plus one."""
    world = read_world(GOOD, "w.yaml").world
    layers = world.clients["web"].retry.layers
    assert [None, 3] == [layer.retries_count for layer in layers]
    assert world.services["api"].calls[0].retry == world.retry_policies["slow"]
    assert [2, 2] == [layer.retries_count for layer in world.retry_policies["slower"].layers]
    assert world.activities["grow"].reactions[0].retry.layers == ()


def test_keys_beside_a_policys_name_are_laid_over_its_layers():
    """A named policy is a start; what is written beside the name wins, for this user of it only."""
    altered = "[{name: slow, attempts: 9, cap: 3s}, {name: immediate}, {retries: 1}]"
    file = read_world(changed("retry: slow", f"retry: {altered}"), "w.yaml")
    layers = file.world.services["api"].calls[0].retry.layers
    assert [(8, 3.0), (None, 86400.0), (1, 86400.0)] == [(one.retries_count, one.cap_s) for one in layers]
    assert 10.0 == file.world.retry_policies["slow"].layers[0].cap_s
    assert "services.api.calls.0.retry.layers.0.base" in file.estimates
    spelt = read_world(changed("retry: slow", "retry: {name: slow, cap: 3s}"), "w.yaml").world
    assert 3.0 == spelt.services["api"].calls[0].retry.layers[0].cap_s
    (fault,) = faults_of(changed("retry: slow", "retry: {name: slow, capp: 3s}"))
    assert "services.api.calls.0.retry.layers.0.capp: is an unknown key; did you mean cap?" in fault


def test_values_given_beside_the_text_are_laid_over_it():
    """What the command line gives may even be what the text lacks."""
    file = read_world(GOOD, "w.yaml", given={"services.db.instances": "7", "horizon": 120.0})
    assert (7, 120.0) == (file.world.services["db"].instances_count, file.world.horizon_s)


def test_plain_trees_take_numbers_in_the_unit_of_the_core():
    """Trees that are built, not written, may hold numbers, truths and nothing."""
    tree = {"horizon": 60, "networks": {"a": None}, "services": {"s": {"network": "a", "queue": None}}}
    world = from_document(tree, "command line").world
    assert (60.0, None) == (world.horizon_s, world.services["s"].queue_count)


FAULTS = [
    ("horizon: 5min", "horizont: 5min", "w.yaml:4: horizont: is an unknown key; did you mean horizon?"),
    ("horizon: 5min", "horizon: 5", "w.yaml:4: horizon: has no unit where a duration is meant (5)"),
    (
        "20k/s, table",
        "20s, table",
        "w.yaml:15: crossings.side.forwarding: is a duration where a rate is meant",
    ),
    ("horizon: 5min", "horizon:", "w.yaml:4: horizon: has no value"),
    ("horizon: 5min", "horizon: none", "w.yaml:4: horizon: is not a duration (none)"),
    (
        "horizon: 5min",
        "horizon: 0s",
        "w.yaml:4: horizon: is too small (0s); allowed: more than 0s, at most 7d",
    ),
    ("devices: 4", "devices: 4097", "w.yaml:12: crossings.edge.devices: is too large (4097)"),
    ("devices: 4", "devices: 1e300", "w.yaml:12: crossings.edge.devices: is too large (1e300)"),
    ("devices: 4", "devices: 1.5", "w.yaml:12: crossings.edge.devices: is not a whole number (1.5)"),
    ("devices: 4", "devices: nan", "w.yaml:12: crossings.edge.devices: is not a finite number (nan)"),
    ("devices: 4", "devices: [4]", "w.yaml:12: crossings.edge.devices: is not a number (a list)"),
    ("linux-conntrack", "linux-contrack", "did you mean linux-conntrack?"),
    ("connection: pool", "connection: pol", "is not one of the words for this key (pol); did you mean pool?"),
    (
        "service: api",
        "service: apii",
        "clients.web.service: names none of the services (apii); did you mean api?",
    ),
    (
        "network: main\n    service",
        "service",
        "w.yaml:28: clients.web.network: is missing; allowed: the name of one",
    ),
    (
        "uses: [db]",
        "uses: [dba]",
        "tooling.graphs.uses.0: names none of the services (dba); did you mean db?",
    ),
    ("uses: [db]", "uses: {db: 1}", "tooling.graphs.uses: is not a list"),
    ("[internal, main]", "[internal]", "crossings.edge.between: is not a list of 2"),
    ("[internal, main]", "[main, main]", "crossings.edge.between: joins a network with itself"),
    (
        "retry: slow",
        "retry: slwo",
        "services.api.calls.0.retry: names no retry policy (slwo); did you mean slow?",
    ),
    ("[slow, slow]", "[slower]", "retry_policies.slower: refers to itself (slower → slower)"),
    ("attempts: 4", "attempts: 4, retries: 3", "attempts: is given together with retries"),
    (
        "low: 30k/s",
        "low: 70k/s",
        "crossings.edge.setup: does not lie between its low and high (60k/s in 70k/s",
    ),
    ("low: 30k/s", "low: 130k/s", "crossings.edge.setup: has a low above its high"),
    ("low: 30k/s", "lo: 30k/s", "crossings.edge.setup.lo: is an unknown key; did you mean low?"),
    ("basis: measured", "basis: mesured", "did you mean measured?"),
    ("value: 2ms, ", "", "services.db.service_time.value: is missing"),
    (
        "instances: 1}",
        "instances: 1.5}",
        "triggers.spike.set.services.db.instances: is not a whole number (1.5)",
    ),
    ("clients.web.retry: immediate", "clients.wob.retry: x", "did you mean clients.web.retry?"),
    ("to: 6, ", "", "activities.grow.to: is missing for kind scale"),
    ("to: 6, ", "to: 6, kind: devices, ", "activities.grow.crossing: is missing for kind devices"),
    ("to: 6, ", "to: 6, crossing: edge, ", "activities.grow.crossing: is given, but kind is scale"),
    (
        "to: 6, ",
        "to: 6, surge: 2, overlap: 0s, ",
        "activities.grow.surge: runs beside the old for no time at all",
    ),
    ("to: 6, ", "to: 6, at: 1h, ", "activities.grow.at: is not over within the simulated time (1h)"),
    ("at: 20s", "at: 5min", "triggers.spike.at: does not begin within the simulated time (5min)"),
    ("clients: web", "clients: wob", "activities.grow.reactions.0.clients: names none of the clients (wob)"),
    (
        "recover_within: 1min",
        "recover_within: 6min",
        "recover_within: is longer than the simulated time (6min)",
    ),
    ("connection: pool\n    ", "", "clients.web.pool: is given, but connection is per_request"),
    ("population: 1.5k", "syn: lunix", "clients.web.syn: names no SYN schedule of the catalogue (lunix)"),
    ("population: 1.5k", "demand: {kind: open}", "clients.web.demand.rate: is missing for open demand"),
    ("population: 1.5k", "demand: {rate: 1/s}", "clients.web.demand.rate: is given, but kind is closed"),
    (
        "forwarding: 20k/s",
        "admission: {burst: 3}",
        "crossings.side.admission.burst: is a burst without a rate",
    ),
    ("base: 1s}]", "base: 1s, cap: 1ms}]", "clients.web.retry.layers.1.cap: is less than base (1ms)"),
    ("network: main\n    instances", "network: mian\n    instances", "names none of the networks (mian)"),
    ("instances: 3", "instances: 3\n    calls: [{service: api}]", "calls in a circle"),
    ("instances: 3", "instances: 3\n    instances: 4", "services.db: states a key twice (instances)"),
    ("devices: 4", "devices: !!int 4", "has a tag (tag:yaml.org,2002:int)"),
    ("name: demo", 'name: "\\e[31m"', "name: holds control characters (\\x1b[31m)"),
    ("loses: orders", "loses: [a]", "segments.shops.loses: is not a text (a list)"),
    ("  main: {title", "  ma.in: {title", "networks.ma.in: is no good name (ma.in)"),
    ("  main: {title", "  third:\n  main: {title", ""),
]


@pytest.mark.parametrize(("old", "new", "expected"), FAULTS)
def test_each_fault_says_where_what_and_what_is_allowed(old, new, expected):
    """One mistake in a good file gives its own fault, with place, path, value and nearest name."""
    if not expected:
        assert read_world(changed(old, new), "w.yaml").world.networks["third"]
        return
    told = faults_of(changed(old, new))
    assert any(expected in fault for fault in told), told


def test_networks_without_a_crossing_between_them_cannot_serve_each_other():
    """Clients need a way to their service."""
    text = "networks: {a: , b: }\nservices: {s: {network: a}}\nclients: {c: {network: b, service: s}}"
    (fault,) = faults_of(text)
    assert "clients.c.service: cannot be reached (no crossing leads from b to a)" in fault


def test_objectives_need_clients():
    """A share of requests cannot be judged where nobody asks."""
    assert "cannot be judged" in faults_of("objectives: {success: 99%}")[0]


def test_all_faults_are_told_at_once_in_the_order_of_the_text():
    """Nobody has to mend a file one fault at a time."""
    text = (
        changed("horizon: 5min", "horizon: 5")
        .replace("attempts: 4", "atempts: 4")
        .replace("uses: [db]", "uses: [d]")
    )
    told = faults_of(text)
    assert ["w.yaml:4", "w.yaml:34", "w.yaml:48"] == [fault.split(": ")[0] for fault in told]


def test_very_many_faults_are_counted_not_listed():
    """The list stays readable."""
    told = faults_of("\n".join(f"k{i}: 1" for i in range(5000)))
    assert 51 == len(told)
    assert "w.yaml: and 4950 more" == told[-1]


def test_long_values_are_cut_and_control_characters_escaped():
    """What stands in a file cannot disturb a terminal."""
    (fault,) = faults_of('horizon: "' + "\\e" + "x" * 500 + '"')
    assert "\x1b" not in fault
    assert "\\x1bxxx" in fault
    assert len(fault) < 250


@pytest.mark.parametrize(("count", "is_read"), [(4, True), (5, False)])
def test_a_way_has_no_more_crossings_than_a_run_can_follow(count, is_read):
    """More would be written beside their places in the engine; the fault names how many there are."""
    text = "tidegate: 1\nname: far\nhorizon: 30s\nnetworks:\n"
    text += "".join(f"  n{i}: {{}}\n" for i in range(count + 1)) + "crossings:\n"
    text += "".join(f"  c{i}: {{between: [n{i}, n{i + 1}], forwarding: 1k/s}}\n" for i in range(count))
    text += f"services:\n  s: {{network: n{count}, instances: 1, concurrency: 4, service_time: 10ms}}\n"
    text += "clients:\n  c: {network: n0, service: s, population: 5}\n"
    if is_read:
        assert read_world(text, "far").world.crossings
        return
    with pytest.raises(InputError) as caught:
        read_world(text, "far")
    (fault,) = caught.value.faults
    assert ("clients.c.service", "5") == (fault.path, fault.value)
    assert "passes too many crossings" == fault.what
    assert "at most 4 on one way" == fault.allowed
