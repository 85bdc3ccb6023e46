"""May a real run be trusted? A stall of the whole machine is itself a disturbance nobody planned.

A run is spoiled when any timer of generator, server or sampler woke more than 0.1 s late, or when
more than 2 % of the attempts timed out before anything had happened, beside those that the world's own laws
of service times and time-outs make late. It is repeated once.
"""

from __future__ import annotations

import math
from collections.abc import Collection

from tidegate.rehearse.measurement import Measurement

MOST_LATENESS_S = 0.1
MOST_EARLY_TIMEOUTS = 0.02
LEAST_TIMEOUTS = 3
DEVIATIONS = 3.0


def spoiled_by(
    measurement: Measurement, *, disturbed_from_s: float, judged: Collection[str], late_ratio: float = 0.0
) -> tuple[str, ...]:
    """Return why a run cannot be trusted, as clauses; empty where it can.

    Parameters
    ----------
    measurement
        The run.
    disturbed_from_s
        When the first step of its script happened.
    judged
        The populations whose calm before that is looked at.
    late_ratio
        The share of their attempts that is late by chance, on a machine that has nothing else to do.
    """
    said = []
    latest_s = max(measurement.lateness_s, default=0.0)
    if latest_s > MOST_LATENESS_S:
        at_s = measurement.lateness_s.index(latest_s) * measurement.bin_s
        said.append(f"the machine stalled: a timer woke {latest_s:.2f} s late at {at_s:.1f} s")
    if measurement.bins_count == 0:
        said.append("nothing was measured")
    until = min(int(disturbed_from_s / measurement.bin_s), measurement.bins_count)
    series = [one for name, one in measurement.populations.items() if name in judged]
    attempts_count = sum(sum(one.attempts_count[:until]) for one in series)
    timed_out_count = sum(sum(one.timed_out_count[:until]) for one in series)
    late_count = late_ratio * attempts_count
    usual_count = MOST_EARLY_TIMEOUTS * attempts_count + late_count + DEVIATIONS * math.sqrt(late_count)
    if timed_out_count >= LEAST_TIMEOUTS and timed_out_count > usual_count:
        share = 100 * timed_out_count / max(attempts_count, 1)
        said.append(f"{share:.0f} % of the attempts timed out before anything had happened")
    return tuple(said)
