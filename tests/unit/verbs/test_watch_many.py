"""Numbers of several series, and such as are pushed: sums, what is missing, what differences come to."""

from __future__ import annotations

import pytest

from tidegate.observe.otlp_metrics import OtlpMetrics
from tidegate.observe.place_reading import PlaceState
from tidegate.observe.sampled import Sampled
from tidegate.observe.watching import Manner, Watching
from tidegate.verbs.watch import begin, read_numbers
from tidegate.world.file.read import read_world

NOW_S, EVERY_S = 1_796_000_000.0, 5.0
WORLD = """
name: shop
networks: {inside: {}, outside: {}}
crossings:
  border:
    between: [inside, outside]
    devices: 2
    forwarding: 10k/s
    table: {entries: 1000}
    known_as: {prometheus: '{role="nat"}'}
services:
  api: {network: outside, known_as: {prometheus: '{job="api"}'}, connections: 100, service_time: 0s}
"""
PACKETS, HELD = "node_network_receive_packets_total", "node_nf_conntrack_entries"
CX = "envoy_cluster_upstream_cx_active"


def watching() -> Watching:
    file = read_world(WORLD, "world")
    return begin(file, read_numbers(file, None), manner=Manner(every_s=EVERY_S), began_s=NOW_S)


def shown(here: Watching, step: int, *found: tuple[str, str, float]) -> None:
    """Take in samples of one scrape: name, instance and value; those of a and b are apart a little."""
    samples = []
    for name, instance, value in found:
        at_s = NOW_S + step * EVERY_S + 0.3 * (instance == "b")
        labels = {"__name__": name, "instance": instance, "role": "nat", "job": "api", "device": "eth0"}
        samples.append(Sampled(labels=labels, samples=((at_s, value),)))
    here.take(samples, NOW_S + step * EVERY_S + 0.5, source="s", system="prometheus")


def border(here: Watching, step: int):
    return here.look(NOW_S + step * EVERY_S + 1.0).readings[0]


def both(step: int, a: float = 100.0, b: float = 300.0) -> list[tuple[str, str, float]]:
    return [(HELD, "a", a), (HELD, "b", b), (PACKETS, "a", step * 500.0), (PACKETS, "b", step * 1500.0)]


def test_devices_are_summed_beside_what_all_of_them_hold():
    here = watching()
    for step in range(30):
        shown(here, step, *both(step))
    seen = border(here, 29)
    held = next(one for one in seen.loads if one.what == "flows_held")
    assert (held.amount, held.bound.amount, held.share_ratio) == (400.0, 2000.0, 0.2)
    assert next(one.amount for one in seen.loads if one.what == "packets") == pytest.approx(400)


def test_a_surge_over_all_devices_is_seen():
    here = watching()
    for step in range(150):
        shown(here, step, *both(step))
    for step in range(150, 154):
        more = 150 * 500.0 + (step - 150) * 2_000.0
        shown(
            here,
            step,
            (HELD, "a", 100),
            (HELD, "b", 300),
            (PACKETS, "a", more),
            (PACKETS, "b", more + 150_000),
        )
    (surge,) = border(here, 153).surges
    assert (surge.what, surge.usual) == ("packets", pytest.approx(400, rel=0.05))


def test_one_device_that_goes_is_missed_though_the_other_is_seen():
    here = watching()
    for step in range(40):
        shown(here, step, *(one for one in both(step) if step < 30 or one[1] == "a"))
    seen = border(here, 39)
    assert seen.state is PlaceState.BLIND
    assert "1 of 2 series gone, 1 of 2 devices is seen" in {one.why for one in seen.unseen}


@pytest.mark.parametrize("last_step", [0, 30])
def test_a_device_that_is_never_seen_or_went_for_good_leaves_its_place_blind(last_step):
    here = watching()
    for step in range(400):
        shown(here, step, *(one for one in both(step, a=780.0) if step < last_step or one[1] == "a"))
        here.look(NOW_S + step * EVERY_S + 1.0)
    seen = border(here, 399)
    assert any("1 of 2 devices is seen" in one.why for one in seen.unseen)
    held = next(one for one in seen.loads if one.what == "flows_held")
    assert (seen.state, held.amount, held.bound.amount) == (PlaceState.BLIND, 780.0, 1000.0)
    shown(here, 400, *(one for one in both(400, a=960.0) if one[1] == "a"))
    seen = border(here, 400)
    assert seen.state is PlaceState.BROKEN
    assert "at 96% of" in seen.why[0]


def test_a_device_that_was_replaced_is_forgotten_after_a_quarter_of_an_hour():
    here = watching()
    for step in range(400):
        renamed = [(name, instance if step < 30 or instance == "a" else "c", value)
                   for name, instance, value in both(step)]  # fmt: skip
        shown(here, step, *renamed)
        here.look(NOW_S + step * EVERY_S + 1.0)
    seen = border(here, 399)
    assert seen.state is PlaceState.FINE
    assert next(one.amount for one in seen.loads if one.what == "flows_held") == 400.0


def test_an_instance_of_a_service_that_is_not_there_is_missed_and_who_stands_before_it_shows_all():
    file = read_world(WORLD.replace("connections: 100", "connections: 100, instances: 2"), "world")
    here = begin(file, read_numbers(file, None), manner=Manner(every_s=EVERY_S), began_s=NOW_S)
    shown(here, 0, ("node_netstat_Tcp_CurrEstab", "a", 90.0))
    api = here.look(NOW_S + 1.0).readings[1]
    assert (api.state, api.loads[0].bound.amount) == (PlaceState.BROKEN, 100.0)
    assert "1 of 2 instances is seen" in api.unseen[0].why
    shown(here, 1, (CX, "proxy", 90.0))
    api = here.look(NOW_S + EVERY_S + 1.0).readings[1]
    assert (api.state, api.loads[0].bound.amount) == (PlaceState.FINE, 200.0)


def test_the_loopback_of_a_device_does_not_count():
    here = watching()
    for step in range(10):
        labels = {"__name__": PACKETS, "instance": "a", "role": "nat", "device": "lo"}
        samples = ((NOW_S + step * EVERY_S, step * 1e9),)
        here.take(
            [Sampled(labels=labels, samples=samples)], NOW_S + step * EVERY_S, source="s", system="prometheus"
        )
    assert border(here, 9).loads == ()


def test_of_two_names_of_one_number_the_nearer_one_counts():
    here = watching()
    for step in range(5):
        shown(here, step, (CX, "a", 30.0), ("node_netstat_Tcp_CurrEstab", "a", 90.0))
    api = here.look(NOW_S + 21.0).readings[1]
    assert [(one.what, one.amount) for one in api.loads] == [("open_connections", 30.0)]


def test_a_number_that_its_exporter_never_shows_is_not_missed():
    here = watching()
    for step in range(5):
        shown(here, step, *((HELD, "a", 1.0), (HELD, "b", 1.0), (PACKETS, "a", 1.0), (PACKETS, "b", 1.0)))
    assert border(here, 4).state is PlaceState.FINE  # no exporter's `new_flows`, `ports_used`


def pushed(value: int, at_s: float, *, temporality: int = 1, **more: object) -> dict[str, object]:
    point = {"timeUnixNano": str(int(at_s * 1e9)), "asInt": str(value), **more}
    total = {"dataPoints": [point], "aggregationTemporality": temporality, "isMonotonic": True}
    metric = {"name": "nat.new-flows", "sum": total}
    return {"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]}


def test_differences_are_added_up_and_named_as_prometheus_does():
    reader = OtlpMetrics()
    values = [reader.read(pushed(5, NOW_S + step), NOW_S + step).found[0].samples[0][1] for step in range(3)]
    assert values == [5.0, 10.0, 15.0]
    (one,) = reader.read(pushed(5, NOW_S + 3, temporality=2), NOW_S + 3).found
    assert (one.labels["__name__"], one.samples[0][1]) == ("nat_new_flows_total", 5.0)


def test_a_difference_that_is_pushed_again_is_not_added_again():
    reader = OtlpMetrics()
    assert [len(reader.read(pushed(5, NOW_S), NOW_S + step).found) for step in range(3)] == [1, 0, 0]
    (one,) = reader.read(pushed(5, NOW_S + 5), NOW_S + 5).found
    assert one.samples[0][1] == 10.0


def test_a_point_without_a_value_is_none():
    assert OtlpMetrics().read(pushed(5, NOW_S, flags=1), NOW_S).found == ()


@pytest.mark.parametrize(
    "metrics",
    [None, 3, [3], [{"name": "x", "gauge": None}], [{"name": "x", "gauge": {"dataPoints": [{"asInt": "x"}]}}],
     [{"name": "x", "gauge": {"dataPoints": [{"timeUnixNano": "1e999", "asDouble": 1}]}}], [{"summary": {}}]],
)  # fmt: skip
def test_what_is_no_metric_is_counted_and_never_a_fault_of_ours(metrics):
    document = {
        "resourceMetrics": [{"scopeMetrics": [{"metrics": metrics}]}, pushed(1, NOW_S)["resourceMetrics"][0]]
    }
    found = OtlpMetrics().read(document, NOW_S)
    assert (len(found.found), found.rejected_count) == (1, 1)


@pytest.mark.parametrize(("most", "is_told"), [(100, False), (40, True)])
def test_series_that_come_and_go_take_no_room_for_ever_and_too_many_are_told(monkeypatch, most, is_told):
    monkeypatch.setattr("tidegate.observe.watching.MOST_SERIES", most)
    here = watching()
    for step in range(400):
        shown(here, step, (CX, f"pod-{step // 3}", 10.0), (CX, "stays", 10.0))
        here.look(NOW_S + step * EVERY_S + 1.0)
    seen = here.look(NOW_S + 399 * EVERY_S + 1.0)
    assert ["are passed over" in source.why for source in seen.sources] == [True] * is_told
