"""A client of known behaviour, as it would be seen on the wire: for tests of the probe."""

from __future__ import annotations

import math
from random import Random

from tidegate.behaviour.layers import GiveUp, RetryState, guards_of
from tidegate.probe.observation import Packet, Trial
from tidegate.world.retry import RetryLayer, RetryPolicy

ADDRESS = "10.77.1.1"
_SYN_TO_RESET_S = 0.0001
_JITTERS = ("none", "full", "equal", "spread")


def seen(policy: RetryPolicy, *, watched_s: float, draw: Random, situation: str = "refusing") -> Trial:
    """Return what is seen of one request of a client whose connections are refused.

    The client acts a few milliseconds after its waits are over, as real ones do, and is watched for so
    long at most.
    """
    state = RetryState(policy, guards_of(policy, 0.0))
    slowness_s = draw.uniform(0.0005, 0.004)
    packets: list[Packet] = []
    now_s, port, ended_s = 0.02, 40_000, None
    while now_s < watched_s:
        state.start(now_s)
        packets.append(Packet(at_s=now_s, outgoing=True, port=port, address=ADDRESS, flags="S"))
        now_s += _SYN_TO_RESET_S
        packets.append(Packet(at_s=now_s, outgoing=False, port=port, address=ADDRESS, flags="RA"))
        what_next = state.failure(now_s, draw.random)
        if isinstance(what_next, GiveUp):
            ended_s = now_s + 0.01
            break
        now_s += what_next.after_s + slowness_s + draw.expovariate(1.0 / 0.002)
        port += 1
    return Trial(
        situation=situation,
        packets=tuple(packets),
        abandoned={},
        watched_s=watched_s if ended_s is None else ended_s,
        ended_s=ended_s,
        exit_code=None if ended_s is None else 1,
    )


def random_layer(draw: Random) -> RetryLayer:
    """Return one layer as a person might configure it."""
    base_s = math.exp(draw.uniform(math.log(0.02), math.log(2.0)))
    backoff = draw.choice(("none", "constant", "linear", "exponential", "exponential", "decorrelated"))
    return RetryLayer(
        retries_count=draw.randint(1, 8),
        backoff=backoff,
        base_s=0.0 if backoff == "none" else base_s,
        multiplier_ratio=draw.choice((2.0, draw.uniform(1.3, 4.0))),
        cap_s=base_s * draw.choice((draw.uniform(2.0, 20.0), 1000.0)),
        jitter="none" if backoff in {"none", "decorrelated"} else draw.choice(_JITTERS),
        jitter_width_ratio=draw.uniform(0.1, 0.9),
    )
