"""A trigger that comes again: the script has every turn that is whole, and the slowest is the run's."""

from __future__ import annotations

import json
from typing import Any

import pytest
from effect_worlds import BASE, STANDING, Told

from tidegate.errors import InputError
from tidegate.simulate.script import write_script
from tidegate.world.file.overlay import overlay
from tidegate.world.file.read import read_world

DOWN = {"services.web.instances": 0}
AGAIN: dict[str, Any] = {"at": "1s", "every": "3s", "reconnect": "users"}


def begun_s(**trigger: Any) -> list[float]:
    file = overlay(read_world(STANDING, "again.yaml"), {"triggers": {"again": AGAIN | trigger}})
    return [wave.at_s for wave in write_script(file).waves]


def test_it_comes_as_often_as_it_fits() -> None:
    """In 10 s the turns at 1, 4 and 7 s have their 3 s; with two times, two; a long period has one turn."""
    assert [1.0, 4.0, 7.0] == begun_s()
    assert [1.0, 4.0] == begun_s(times=2)
    assert [1.0] == begun_s(every="1d")


def test_each_turn_reconnects_everybody() -> None:
    """100 clients connect anew at 1, 4 and 7 s."""
    told = Told(STANDING, {"triggers": {"again": AGAIN}})
    assert [100, 100, 100] == [
        told.crossing("offered_count", since_s=at_s, until_s=at_s + 1.0) for at_s in (0.9, 3.9, 6.9)
    ]


def test_each_turn_is_undone() -> None:
    """Twice as much is asked for a second in each turn, and as before in between."""
    more = {"at": "1s", "for": "1s", "every": "3s", "set": {"clients.users.demand.rate": "200/s"}}
    told = Told(BASE, {"triggers": {"more": more}})
    moments_s = (1.0, 2.5, 4.0, 5.5, 7.0)
    asked = [told.clients("fresh_count", since_s=at_s, until_s=at_s + 1.0) for at_s in moments_s]
    assert asked == pytest.approx([200, 100, 200, 100, 200], abs=3)


@pytest.mark.parametrize(
    ("trigger", "says"),
    [
        ({"at": "1s", "times": 2, "reconnect": "users"}, "is given without every"),
        (AGAIN | {"times": 9}, "is more than fit before the horizon"),
        ({"at": "1s", "every": "3s", "set": DOWN}, "comes again, but was never undone"),
        ({"at": "1s", "every": "3s", "for": "3s", "set": DOWN}, "is not over when it comes again"),
    ],
)
def test_what_cannot_come_again_is_a_fault(trigger: dict[str, Any], says: str) -> None:
    """Times without a period, more turns than fit, a change that stays."""
    text = STANDING + f"triggers: {{again: {json.dumps(trigger)}}}\n"
    with pytest.raises(InputError, match=says):
        read_world(text, "again.yaml")
