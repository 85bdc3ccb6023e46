"""How many instances stand once an autoscaler has followed its load? Its own arithmetic, no engine.

Shortcut: the means of the signal; an autoscaler that reads the queue adds nothing, since nobody waits on an
ordinary day.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from tidegate.simulate.script import Script
from tidegate.world.service import Service

_MEANS = frozenset({"utilisation", "cpu", "requests"})


def reading_sentences(script: Script) -> Iterator[str]:
    """Yield for each autoscaler that may add instances when it is taken to know what it reads."""
    for name, service in script.phases[0].world.services.items():
        scaler = service.autoscaler
        if scaler is None or scaler.most_count <= service.instances_count or scaler.step_choice == "none":
            continue
        read = {one.signal for one in (scaler, scaler.also) if one is not None}
        mean = f"a mean over its interval ({scaler.interval_s:g} s)" if read & _MEANS else "as of that moment"
        yield (
            f"What the autoscaler of {service.title or name} reads is {mean}, and at hand at once; real "
            f"readings come later: try services.{name}.autoscaler.interval with what yours need."
        )


def settled_count(
    service: Service,
    *,
    busy_count: float,
    working_count: float,
    requests_per_s: float,
    connections_count: float,
    at_least: bool = True,
) -> int:
    """Return how many instances of a service stand once its autoscaler has followed its load.

    Those that the world states stand from the start, whatever the load.

    Parameters
    ----------
    service
        The service; without an autoscaler its instances are as they are.
    busy_count, working_count, requests_per_s, connections_count
        Requests being served, those of them that wait for no call, requests a second, and open connections,
        over all instances.
    at_least
        As few as its tolerance is content with, instead of as many as bring the signal to its target.
    """
    scaler = service.autoscaler
    if scaler is None:
        return service.instances_count
    signals = {
        "utilisation": busy_count / service.concurrency_count,
        "requests": requests_per_s,
        "connections": connections_count,
    }
    signals["cpu"] = working_count / (scaler.cores_count or service.concurrency_count)
    wanted = 0
    for read in (scaler, scaler.also):
        if read is not None:
            each = read.target_count * (1.0 + scaler.tolerance_ratio if at_least else 1.0)
            wanted = max(wanted, math.ceil(signals.get(read.signal, 0.0) / each - 1e-9))
    return max(service.instances_count, min(max(wanted, scaler.least_count), scaler.most_count))
