"""The door to the rig: one world in, one measurement out, everything that touches the kernel inside.

Nothing here decides what is measured; the sandbox ends with this process whatever happens to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tidegate.adapters.linux.sandbox.outside import run_inside
from tidegate.rehearse.measurement import Measurement
from tidegate.rehearse.measurement_json import measurement_of
from tidegate.rehearse.switched_on import SwitchedOn

SET_UP_MOST_S = 60.0


def measure(
    world_text: str,
    *,
    activity: str | None,
    horizon_s: float,
    server: str,
    seed: int,
    switched_on: SwitchedOn | None = None,
    heard: Callable[[Mapping[str, object]], None] | None = None,
) -> Measurement:
    """Let a world happen once on Linux namespaces and return what was measured.

    Parameters
    ----------
    world_text
        The world as a text, already at the size it is rehearsed.
    activity
        The activity that happens.
    horizon_s
        Its horizon, in seconds.
    server
        What answers: "sleeping", "haproxy", "nginx" or "envoy".
    seed
        Chooses the clients' chance.
    switched_on
        Written configuration that limits in place of the rig's own rules.
    heard
        Called with what happens, bin by bin, as it happens.

    Raises
    ------
    InputError
        If the rig cannot stand for the world.
    RigError
        If this machine cannot carry it.
    """
    request = {
        "world": world_text,
        "activity": activity,
        "seed": seed,
        "server": server,
        "switched_on": None if switched_on is None else switched_on.as_json(),
    }
    timeout_s = horizon_s + SET_UP_MOST_S
    return measurement_of(
        run_inside(
            "tidegate.adapters.linux.rig:rehearse_inside", request, timeout_s=timeout_s, on_message=heard
        )
    )
