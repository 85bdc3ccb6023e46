"""One world with changes laid over it."""

from __future__ import annotations

from time import process_time

import pytest

from tidegate.errors import InputError
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import from_document, read_world

TEXT = """\
networks: {internal: , main: }
crossings:
  edge: {between: [internal, main], device: linux-conntrack}
services:
  db:
    network: main
    health_probes: [{network: internal}]
    service_time: {value: 2ms, low: 1ms, high: 4ms}
clients:
  web: {network: internal, service: db, retry: [{retries: 3, base: 1s}]}
  job: {network: internal, service: db, retry: slow}
retry_policies:
  slow: {layers: [{retries: 2, base: {value: 1s, low: 500ms, high: 2s}}]}
activities:
  drain: {kind: reconnect, reactions: [{clients: web}]}
"""


@pytest.fixture
def file():
    return read_world(TEXT, "w.yaml")


EDITS = [
    ({"clients.web.retry": "immediate"}, "retry: [{retries: 3, base: 1s}]", "retry: immediate"),
    ({"clients.web.retry.layers.0.base": "2s"}, "base: 1s}]", "base: 2s}]"),
    ({"clients.web.retry.0.retries": 5}, "retries: 3", "retries: 5"),
    ({"clients.web.retry.0.attempts": 5}, "retries: 3", "attempts: 5"),
    (
        {"services.db.health_probes.0.interval": 5.0},
        "[{network: internal}]",
        "[{network: internal, interval: 5s}]",
    ),
    ({"crossings.edge.table.entries": "64k"}, "linux-conntrack}", "linux-conntrack, table: {entries: 64k}}"),
    (
        {"crossings.edge.admission.rate": 3e4},
        "linux-conntrack}",
        "linux-conntrack, admission: {rate: 30k/s}}",
    ),
    ({"crossings.edge.device": "unknown"}, "linux-conntrack", "unknown"),
    ({"services.db.service_time": 0.003}, "{value: 2ms, low: 1ms, high: 4ms}", "3ms"),
    ({"services.db.service_time.high": "8ms"}, "high: 4ms", "high: 8ms"),
    ({"services.db.queue": None}, "network: main\n", "network: main\n    queue: unlimited\n"),
    ({"retry_policies.slow.layers.0.base": "3s"}, "{value: 1s, low: 500ms, high: 2s}", "3s"),
    ({"activities.drain.reactions.0.retry": "none"}, "[{clients: web}]", "[{clients: web, retry: none}]"),
    (
        {"horizon": "1min", "objectives.success": 0.99},
        "networks:",
        "horizon: 1min\nobjectives: {success: 99%}\nnetworks:",
    ),
    ({"networks.third": {}}, "main: }", "main: , third: {}}"),
    ({"clients.web.known_as.kubernetes.io": "x"}, "retry: [", "known_as: {kubernetes.io: x}, retry: ["),
]


@pytest.mark.parametrize(("changes", "old", "new"), EDITS)
def test_an_overlay_equals_editing_the_file(file, changes, old, new):
    """World and estimates are those of the edited text, whatever was read again and whatever was not."""
    assert old in TEXT
    edited = read_world(TEXT.replace(old, new, 1), "w.yaml")
    changed = overlay(file, changes)
    assert edited.world == changed.world
    assert {path: (e.low, e.high) for path, e in edited.estimates.items()} == {
        path: (e.low, e.high) for path, e in changed.estimates.items()
    }


def test_a_layer_of_a_named_policy_can_be_changed_for_one_population(file):
    """The policy itself stays as it is."""
    changed = overlay(file, {"clients.job.retry.layers.0.base": "9s"}).world
    assert 9.0 == changed.clients["job"].retry.layers[0].base_s
    assert 1.0 == changed.retry_policies["slow"].layers[0].base_s


def test_the_world_laid_over_stays_as_it_was(file):
    """Overlays of one world do not see each other."""
    before = read_world(TEXT, "w.yaml")
    overlay(file, {"services.db.instances": 9, "clients.web.retry.0.base": "9s"})
    assert before == file


def test_overlays_can_be_laid_over_overlays(file):
    """The changed tree is a tree."""
    twice = overlay(overlay(file, {"services.db.instances": 9}), {"services.db.concurrency": 2}).world
    assert (9, 2) == (twice.services["db"].instances_count, twice.services["db"].concurrency_count)


def test_a_count_drawn_from_a_range_takes_the_nearest_whole_number(file):
    """Numbers drawn from a range are seldom whole; what people write must be."""
    assert 4 == overlay(file, {"services.db.instances": 3.7}).world.services["db"].instances_count
    with pytest.raises(InputError, match="is not a whole number"):
        overlay(file, {"services.db.instances": "3.7"})


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("clients.wob.retry", "clients.web.retry"),
        ("clients.web.retri", "clients.web.retry"),
        ("client.web.retry", "clients.web.retry"),
        ("crossings.edge.tabel.entries", "crossings.edge.table.entries"),
        ("clients.web.retry.layers.0.bas", "clients.web.retry.layers.0.base"),
        ("clients.web.retry.layer.0.base", "clients.web.retry.layers.0.base"),
        ("services.db.health_probes.1.interval", ""),
        ("services.db.health_probes.x", ""),
        ("services.db.title.x", ""),
        ("services.db.service_time.lo", "services.db.service_time.low"),
        ("horizon.", ""),
        ("", ""),
    ],
)
def test_an_unknown_path_is_refused_with_the_nearest_one(file, path, nearest):
    """The fault names the path as given."""
    with pytest.raises(InputError) as caught:
        overlay(file, {path: "1s"})
    (fault,) = caught.value.faults
    assert (path, "no such path", nearest) == (fault.path, fault.what, fault.nearest)


def test_a_wrong_value_is_refused(file):
    """An overlay is checked as a file is."""
    with pytest.raises(InputError, match="names none of the services"):
        overlay(file, {"clients.web.service": "dbb"})
    with pytest.raises(InputError, match="cannot be reached"):
        overlay(file, {"networks.far": {}, "services.db.network": "far"})


def best_of_twenty_s(call):
    times_s = []
    for _ in range(20):
        start_s = process_time()
        call()
        times_s.append(process_time() - start_s)
    return min(times_s)


def test_an_overlay_of_a_large_world_is_quick():
    """Hundreds of overlays are laid in one check."""
    tree = {
        "networks": {"a": {}, "b": {}},
        "crossings": {"e": {"between": ["a", "b"], "device": "aws-nat-gateway"}},
        "services": {f"s{i}": {"network": "a"} for i in range(80)},
        "clients": {
            f"c{i}": {"network": "b", "service": f"s{i % 80}", "retry": "immediate"} for i in range(120)
        },
    }
    file = from_document(tree, "test")
    took_s = best_of_twenty_s(lambda: overlay(file, {"clients.c7.retry": "none", "services.s3.instances": 2}))
    assert took_s < 0.003


def test_a_path_into_a_named_policy_with_other_values_keeps_them(file):
    """What was written beside the name is part of the layer that is changed."""
    named = overlay(file, {"clients.web.retry": {"name": "slow", "cap": "9s"}})
    layer = overlay(named, {"clients.web.retry.layers.0.retries": 7}).world.clients["web"].retry.layers[0]
    assert (9.0, 7) == (layer.cap_s, layer.retries_count)
