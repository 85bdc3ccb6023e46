"""Does a crossing of the rig grow as the engine says, and what is refused?"""

from __future__ import annotations

import pytest
from rig_worlds import PLAIN, plan_of, script_of

from tidegate.adapters.linux.growing import SEEN_S, Growing
from tidegate.rehearse.growth import Growth
from tidegate.rehearse.rig_plan import unsupported
from tidegate.rehearse.rig_steps import Command
from tidegate.world.crossing import Crossing, DeviceScaler


def grown(scaler: str, more: str = "") -> str:
    """Return a world whose devices grow."""
    return PLAIN.replace("queue_packets: 1000", f"queue_packets: 100, scaler: {{{scaler}}}{more}")


def crossing(**scaler: object) -> Crossing:
    """Return two devices of 1,000 packets a second that look every second."""
    noun = DeviceScaler(interval_s=1.0, **scaler)  # type: ignore[arg-type]
    return Crossing(between=("a", "b"), devices_count=2, forwarding_per_s=1000.0, scaler=noun)


def test_devices_are_whole_and_no_more_than_may_be() -> None:
    """At 70 % of what they can do two devices are three from 1,540 packets on, and at most four."""
    growth = Growth(crossing(most_count=4.5))
    assert not growth.look(1540)
    assert growth.look(1600)
    assert not growth.look(9000)  # what it asked for is not there yet
    assert 3.0 == growth.enlarge()
    assert growth.look(9000)
    assert 4.0 == growth.enlarge()
    assert not growth.look(9000)


@pytest.mark.parametrize(("packets", "size"), [(1600, 1.6 / 1.4), (9000, 2.0)])
def test_capacity_grows_as_asked_but_by_no_more_than_a_step(packets: int, size: float) -> None:
    """Devices become as fast as brings them to their target, and at most twice as fast at once."""
    growth = Growth(crossing(most_count=8.0, grows="capacity"))
    assert growth.look(packets)
    assert size == pytest.approx(growth.enlarge())


def test_who_grows_hears_what_came_and_is_changed_after_its_delay() -> None:
    """Bins until a look count for it, the others for the next; steps are carried out when it is there."""
    plan = plan_of(grown("most: 2, interval: 1s, delay: 3s", ", remapped: 50%"))
    later: list[tuple[float, object]] = []
    done: list[object] = []
    growing = Growing(
        plan.growths[0], later=lambda at_s, act: later.append((at_s, act)), carry_out=done.append
    )
    ((at_s, look),) = later
    assert 1.0 + SEEN_S == at_s
    for number in range(11):
        growing.hear(number, 200)
    look()  # type: ignore[operator]
    assert [4.0, 2.0 + SEEN_S] == [each for each, _ in later[1:]]
    later[1][1]()  # type: ignore[operator]
    (steps,) = done
    words = [step.words for step in steps if isinstance(step, Command)]  # type: ignore[attr-defined]
    assert 2 == len(words)
    assert all("nexthop" in each for each in words)
    assert {10: 200} == growing._packets


def test_devices_that_become_faster_get_another_bucket() -> None:
    """Twice as fast is twice the rate."""
    (plan,) = plan_of(grown("grows: capacity, most: 4")).growths
    (first, _) = plan.steps(2.0)
    assert isinstance(first, Command)
    assert "rate 32000000bit" in first.words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (grown("most: 2"), "50% of the flows"),
        (grown("most: 4", ", remapped: 50%"), "75% of the flows to another device from 2 to 4"),
        (grown("grows: capacity, most: 2", ", setup: 100/s"), "first packets"),
        (
            grown("grows: capacity, most: 2")
            + "triggers: {slow: {at: 2s, set: {crossings.device.forwarding: 1000/s}}}\n",
            "a trigger changes the crossing",
        ),
    ],
)
def test_what_linux_does_otherwise_is_refused(text: str, said: str) -> None:
    """Flows that move otherwise, readings that it has not, numbers that change as well."""
    (fault,) = unsupported(script_of(text).phases[0].world)
    assert "crossings.device.scaler" == fault.path
    assert said in str(fault)
