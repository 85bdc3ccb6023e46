from __future__ import annotations

import pytest

from tidegate.evaluate.judging.dark import goes_dark, lasting_saturation_s
from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence, Probability
from tidegate.world.file.read import read_world
from tiny_worlds import twin_text

PEOPLE = """
segments:
  shoppers: {title: shoppers, uses: [web], loses: the checkout, keeps: the shop window}
tooling:
  metrics: {role: monitoring, title: metrics, network: inner, uses: [web]}
  deploy: {role: deployment, network: main, reaches: [inner]}
  mail: {role: support, network: main, uses: [web]}
"""
WORLD = read_world(twin_text() + PEOPLE, "twin.yaml").world


def crossing(saturated_at_s):
    return CrossingEvidence(
        name="device", setup_peak_per_s=1.0, setup_capacity_per_s=None, setup_limit_at_s=None,
        packets_peak_per_s=1.0, packets_capacity_per_s=None, table_peak_ratio=None, table_full_at_s=None,
        ports_peak_ratio=None, ports_full_at_s=None, delay_peak_s=0.0, loss_peak_ratio=0.0,
        saturated_at_s=saturated_at_s,
    )  # fmt: skip


def case(name, *, collapse, saturated_at_s, recovery_s=None):
    return CaseEvidence(
        name=name, title=name, collapse=Probability(value=collapse, low=0.0, high=1.0, runs_count=20),
        recovery_s=recovery_s, recovery_low_s=None, recovery_high_s=None, draining_ratio=None,
        times_s=(0.0, 1.0), activity_at_s=0.0, activity_until_s=1.0,
        crossings=(crossing(saturated_at_s),), clients=(),
    )  # fmt: skip


def test_everything_whose_traffic_passes_goes_dark_from_then():
    """Tooling and customers behind the saturated crossing, from the second it saturates."""
    lost = goes_dark(WORLD, [case("believed", collapse=1.0, saturated_at_s=9.0)])
    assert {("tooling", "metrics"), ("tooling", "deploy"), ("segment", "shoppers")} == {
        (dark.kind, dark.name) for dark in lost
    }
    assert {9.0} == {dark.from_s for dark in lost}
    assert {"device"} == {dark.because for dark in lost}


def test_what_people_call_it_and_what_they_lose_is_carried():
    """Titles fall back to names; a segment says what it loses and keeps, tooling its role."""
    lost = {d.name: d for d in goes_dark(WORLD, [case("believed", collapse=1.0, saturated_at_s=9.0)])}
    assert ("the checkout", "the shop window", "") == (
        lost["shoppers"].loses, lost["shoppers"].keeps, lost["shoppers"].role
    )  # fmt: skip
    assert ("metrics", "monitoring") == (lost["metrics"].title, lost["metrics"].role)
    assert "deploy" == lost["deploy"].title


def test_each_is_named_once_in_the_first_case_that_loses_it():
    """What is lost as believed is not named again for a counter-belief."""
    cases = [
        case("believed", collapse=1.0, saturated_at_s=9.0),
        case("counter:b", collapse=1.0, saturated_at_s=2.0),
    ]
    lost = goes_dark(WORLD, cases)
    assert 3 == len(lost)
    assert {"believed"} == {dark.case for dark in lost}


@pytest.mark.parametrize(
    ("collapse", "recovery_s", "expected"),
    [
        (0.0, 5.0, {}),
        (0.0, 29.0, {}),
        (0.0, 60.0, {"device": 9.0}),
        (1.0, None, {"device": 9.0}),
        (0.0, None, {}),
    ],
)
def test_half_a_minute_of_trouble_darkens_nothing(collapse, recovery_s, expected):
    """Saturation counts where it lasts: half a minute or more, or a collapse."""
    made = case("believed", collapse=collapse, saturated_at_s=9.0, recovery_s=recovery_s)
    assert expected == lasting_saturation_s(made)


def test_a_crossing_never_saturated_darkens_nothing():
    """A collapse elsewhere leaves those behind a healthy crossing alone."""
    assert () == goes_dark(WORLD, [case("believed", collapse=1.0, saturated_at_s=None)])
