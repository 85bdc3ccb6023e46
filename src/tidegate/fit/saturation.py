"""What does it cost to set up a flow? What a device did while its queue was full all the time.

Then its processor was never idle: forwarding takes its share of a second for each packet, setting up for each new
flow, and both together are the whole second. Who finds the queue full is lost before it costs anything, new flows
and other packets alike.
"""

from __future__ import annotations

import math

import numpy as np

from tidegate.fit.history import Course
from tidegate.fit.profile import Profile
from tidegate.world.crossing import Crossing

_LEAST_STEPS = 3
_DEVIATIONS = 2.33
_LEAST_SHARE = 0.1


def setup_rate(
    crossing: Crossing, forwarding_low: float, forwarding_high: float, new_flows: Course, packets: Course,
    dropped: Course,
) -> Profile | str:  # fmt: skip
    """Return how many flows a second one device sets up; else why it is not told, as the end of a sentence.

    Parameters
    ----------
    crossing
        What is known of it.
    forwarding_low, forwarding_high
        Packets a second that one device forwards: what is believed.
    new_flows, packets, dropped
        Counters: flows let in, packets that came, and those that found the queue full.
    """
    at_s = packets.at_s
    if crossing.forwarding_per_s is None or crossing.setup_processor != "shared":
        return "only a processor that forwards and sets up shows what each costs"
    came, lost, flows = np.diff(packets.values), np.diff(dropped.at(at_s)), np.diff(new_flows.at(at_s))
    full = np.nan_to_num(lost) > 0
    always = full.copy()
    always[1:] &= full[:-1]
    always[:-1] &= full[1:]
    always[[0, -1]] = False
    always &= ~packets.is_torn & np.isfinite(flows) & (flows > 0)
    if always.sum() < _LEAST_STEPS:
        return "no queue was full for long enough"
    step_s = np.diff(at_s)[always] * crossing.devices_count
    passed = 1.0 - lost[always] / np.maximum(came[always], 1.0)
    flows_per_s, packets_per_s = flows[always] * passed / step_s, came[always] * passed / step_s
    rates = []
    for forwarding in (forwarding_low, crossing.forwarding_per_s, forwarding_high):
        free = 1.0 - (packets_per_s + crossing.background.packets_per_s) / forwarding
        cost_s = 1.0 / forwarding + free / flows_per_s
        share = float(np.mean(cost_s * flows_per_s))
        if share < _LEAST_SHARE or (cost_s <= 0).any():
            return "setting up took too little of the processor"
        wide = _DEVIATIONS * float(cost_s.std(ddof=1)) / math.sqrt(len(cost_s))
        mean = float(cost_s.mean())
        rates.append((1.0 / mean, 1.0 / (mean + wide), 1.0 / max(mean - wide, 1e-12)))
    value = rates[1][0]
    found = Profile(value=value, low=min(one[1] for one in rates), high=max(one[2] for one in rates))
    return (
        f"it could be anything from {found.low:,.0f} to {found.high:,.0f} a second"
        if found.is_flat
        else found
    )
