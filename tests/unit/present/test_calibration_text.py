"""A calibration in words, as JSON, and as YAML that a world takes."""

from __future__ import annotations

import json

import pytest
import yaml

from tidegate.present.calibration_text import calibration_json, calibration_text, calibration_yaml
from tidegate.rehearse.cost import KINDS, Calibration, Contention, cost
from tidegate.world.file.read import read_world
from tidegate.world.file.recipe import STARTER

SIZES_S = {"packet": 0.81e-6, "flow": 2.92e-6, "connection": 67e-6}


def calibration(*, other_ratio: float = 0.02, left_out: tuple[str, ...] = ()) -> Calibration:
    costs = [
        cost(name, [SIZES_S[kind.per] * (1.0 + 0.01 * n) for n in range(10)]) for name, kind in KINDS.items()
    ]
    return Calibration(
        machine="A Processor, Linux 6.1",
        programs={"haproxy": "HAProxy 2.6.12"},
        date="2026-01-02",
        costs=tuple(costs),
        left_out=left_out,
        contention=Contention(load_count=0.5, cpus_count=2, other_ratio=other_ratio, steal_ratio=0.0),
    )


def test_the_table_fits_80_columns():
    """No line is wider, in Unicode or ASCII."""
    for unicode in (True, False):
        text = calibration_text(calibration(left_out=("a reason " * 20,)), unicode=unicode)
        assert 80 >= max(len(line) for line in text.splitlines())
        assert unicode or text.isascii()


def test_each_cost_is_a_row_with_its_interval_and_rate():
    """Time each, its interval, and how many a CPU-second pays for."""
    row = next(line for line in calibration_text(calibration()).splitlines() if "HAProxy: TCP" in line)
    assert ["HAProxy:", "TCP", "connection", "70", "µs", "67.7–72.4", "14", "k"] == row.split()


def test_a_busy_machine_is_named():
    """Much other work earns the advice to repeat; little does not."""
    assert "repeat this when it is quiet" not in calibration_text(calibration())
    assert "repeat this when it is quiet" in calibration_text(calibration(other_ratio=0.4)).replace("\n", " ")


def test_nothing_measured_is_said_plainly():
    """Without costs there is no table, only the reasons."""
    empty = Calibration(
        machine="M", programs={}, date="2026-01-02", costs=(), left_out=("no ip",), contention=None
    )
    assert "M, 2026-01-02\n\n\nnothing was measured:\n  no ip\n" == calibration_text(empty)


def test_json_holds_every_number_with_its_meaning():
    """One document, with rate, subject, unit and key of each cost."""
    document = json.loads(calibration_json(calibration(left_out=("x",))))
    assert ["x"] == document["left_out"]
    first = document["costs"][0]
    assert {
        "name": "forwarding",
        "per": "packet",
        "key": "crossings.router.forwarding",
    }.items() <= first.items()
    assert pytest.approx(1.0 / first["cost_s"]) == first["per_cpu_s"]


def test_yaml_can_be_pasted_into_a_world():
    """Every quantity is read with its range, basis and source, by the reader of worlds."""
    pasted = yaml.safe_load(calibration_yaml(calibration()))
    world = yaml.safe_load(STARTER.text)
    for name, keys in pasted["crossings"].items():
        world["crossings"][name] = {"between": ["inside", "outside"], **keys}
    for name, keys in pasted["services"].items():
        world["services"][name] = {"network": "outside", **keys}
    file = read_world(json.dumps(world), "pasted.yaml")
    estimates = {path: one for path, one in file.estimates.items() if one.basis == "measured"}
    assert {kind.key for kind in KINDS.values()} == set(estimates)
    forwarding = estimates["crossings.router.forwarding"]
    assert pytest.approx(1.0 / (0.81e-6 * 1.045), rel=0.01) == forwarding.value
    assert forwarding.low < forwarding.value < forwarding.high
    setup = estimates["services.tls_p256.setup_time"]
    assert pytest.approx(70e-6, rel=0.01) == setup.value
    assert "tidegate calibrate, 2026-01-02: A Processor, Linux 6.1, HAProxy 2.6.12" == setup.source
    assert "tidegate calibrate, 2026-01-02: A Processor, Linux 6.1" == forwarding.source


def test_yaml_names_what_is_left_out():
    """As comments, so that the text stays a document."""
    text = calibration_yaml(calibration(left_out=("Envoy: none: 'x'",)))
    assert "# Left out: Envoy: none: 'x'" in text.splitlines()
