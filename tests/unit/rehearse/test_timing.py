from __future__ import annotations

from rehearsal_sample import twin
from tidegate.rehearse.scale import scale_world


def test_a_long_calm_is_cut_and_nothing_else_is_moved():
    """The surge still lasts four seconds, and comes after five seconds of calm."""
    small = scale_world(twin(horizon="10min", triggers__surge__at="100s"), None)

    trigger = small.file.world.triggers["surge"]
    assert (5.0, 4.0) == (trigger.at_s, trigger.for_s)
    assert 5.0 + 4.0 + 60.0 == small.file.world.horizon_s
    assert (
        "The calm before it is 5 s instead of 100 s.",
        "It ends 64 s after the beginning: what happens later is not rehearsed.",
    ) == small.changed


def test_what_is_held_has_time_to_fill_up():
    """Where ports are held for 30 s, the calm before lasts longer than that."""
    ports = {"per_destination": 60000, "hold": "30s"}

    small = scale_world(
        twin(horizon="10min", triggers__surge__at="100s", crossings__device__ports=ports), None
    )

    assert 35.0 == small.file.world.triggers["surge"].at_s


def test_a_rehearsal_is_bounded():
    """However long the world's horizon, three minutes are the most."""
    small = scale_world(twin(horizon="2h", triggers__surge__for="90min"), None)

    assert 180.0 == small.file.world.horizon_s
