"""How an autoscaler of the rig decides, and which are left out."""

from __future__ import annotations

import pytest

from rehearsal_sample import twin
from tidegate.rehearse.reduce import reduce_world
from tidegate.rehearse.scaling import Reading, Sizing, why_no_scaler
from tidegate.world.scaler import Autoscaler


def _reading(busy_s: float = 0.0, *, arrived: int = 0) -> Reading:
    return Reading(busy_s=busy_s, arrived_count=arrived, waiting_count=0, connections_count=0)


def test_it_goes_to_what_brings_the_signal_to_its_target() -> None:
    """Two instances of four places that are all busy want 2 / 0.6 of them; steps let two come at a time."""
    scaler = Autoscaler(target_count=0.6, most_count=9, interval_s=2.0, step_instances_count=1)
    sizing = Sizing(scaler, 4)
    assert 4 == sizing.look(2.0, 2, 2, _reading(16.0))
    assert 4 == sizing.look(4.0, 2, 4, _reading(16.0))  # two boot, and count as idle


def test_it_goes_down_to_the_most_of_its_window_and_never_below_its_least() -> None:
    """A low signal acts once everything higher has left the window."""
    scaler = Autoscaler(
        signal="requests",
        target_count=10.0,
        least_count=2,
        most_count=9,
        interval_s=1.0,
        scale_down_delay_s=2.5,
    )
    sizing = Sizing(scaler, 1)
    looks = [(1.0, 60), (2.0, 5), (3.0, 5), (4.0, 5)]
    assert [6, 6, 6, 2] == [sizing.look(now_s, 6, 6, _reading(arrived=count)) for now_s, count in looks]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"services__web__autoscaler": {"target": 0.5, "most": 9, "signal": "cpu"}}, "reads the processor"),
        (
            {
                "services__web__autoscaler": {"target": 0.5, "most": 9},
                "triggers__surge__set": {
                    "clients.surge.population": 600,
                    "services.web.autoscaler.most": 5,
                },
            },
            "a trigger changes it",
        ),
    ],
)
def test_what_the_rig_cannot_read_is_left_out_with_its_reason(changes: dict, reason: str) -> None:
    """The answer says why, and of another that it is shown says nothing."""
    reduced = reduce_world(twin(**changes), None)
    assert any("autoscaling of web" in said and reason in said for said in reduced.left_out)
    kept = reduce_world(twin(services__web__autoscaler={"target": 0.5, "most": 9}), None)
    assert () == kept.left_out
    assert kept.file.world.services["web"].autoscaler
    assert why_no_scaler(kept.file.world, "web") is None
