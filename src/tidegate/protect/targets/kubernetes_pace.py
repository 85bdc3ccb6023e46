"""Which policy keeps an autoscaler at steps that were proven, and what breaks it? For files of any verb.

A policy of pods is a ceiling: by the rules of `behaviour.hpa` no step is larger than it, and the next comes a
period later or more. So the smallest of the steps is written, and the longest pause between two.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from tidegate.behaviour.hpa.stride import LONGEST_PERIOD_S, Policy

BREAKS = (
    "What breaks this pace:",
    "- a raised minReplicas (or one above the pods that run): the size goes there at once;",
    "- a controller that restarts: it forgets what it has added, and begins a new period;",
    "- a flap: what was removed within a period may be added again on top of it;",
    "- a second autoscaler of these pods, or a hand (kubectl scale): nobody counts what they add.",
)
"""What makes real steps larger than written ones, a line each."""


def policy_for(before: int, stages: Sequence[tuple[float, int]], *, pause_s: float = 0.0) -> Policy | None:
    """Return the policy under which no step is larger than those given; None where a policy cannot say it.

    Parameters
    ----------
    before
        The size before.
    stages
        When each step begins, and the size from then on.
    pause_s
        The pause where there is one step.
    """
    steps = [abs(b - a) for a, b in pairwise([before, *(count for _, count in stages)])]
    pauses_s = [b - a for (a, _), (b, _) in pairwise(stages)]
    period_s = max(1, math.ceil(max(pauses_s, default=pause_s) - 1e-9))
    if not any(steps) or period_s > LONGEST_PERIOD_S:
        return None
    # Fewer pods at a time are as safe; more would not be.
    return Policy(percent=False, amount=min(step for step in steps if step), period_s=float(period_s))


def written(policy: Policy) -> str:
    """Return a policy as a list item of `policies`."""
    kind = "Percent" if policy.percent else "Pods"
    return f"- {{type: {kind}, value: {policy.amount}, periodSeconds: {int(policy.period_s)}}}"
