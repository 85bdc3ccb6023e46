"""The door to the rig: one world in, one measurement out, everything that touches the kernel inside.

Nothing here decides what is measured; the sandbox ends with this process whatever happens to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tidegate.adapters.linux.sandbox import run_inside
from tidegate.rehearse.measurement import Measurement
from tidegate.rehearse.measurement_json import measurement_of

SET_UP_MOST_S = 60.0


def measure(
    world_text: str,
    *,
    activity: str | None,
    horizon_s: float,
    server: str,
    seed: int,
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
    heard
        Called with what happens, bin by bin, as it happens.

    Raises
    ------
    InputError
        If the rig cannot stand for the world.
    RigError
        If this machine cannot carry it.
    """
    request = {"world": world_text, "activity": activity, "seed": seed, "horizon_s": None, "server": server}
    timeout_s = horizon_s + SET_UP_MOST_S
    return measurement_of(run_inside("rig:rehearse_inside", request, timeout_s=timeout_s, on_message=heard))
