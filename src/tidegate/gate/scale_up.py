"""In which steps does a Kubernetes autoscaler go from one size to another? Its rules only, no world."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest

SYNC_S = 15.0
_MOST_SYNCS = 5_760  # a day
_RULES = ("spec", "behavior", "scaleUp")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """One ceiling on scaling up.

    Parameters
    ----------
    percent
        Whether `amount` is a percentage of the pods at the start of the period.
    amount
        Pods, or per cent.
    period_s
        Over which it holds.
    """

    percent: bool
    amount: int
    period_s: float


DEFAULT = (
    Policy(percent=True, amount=100, period_s=SYNC_S),
    Policy(percent=False, amount=4, period_s=SYNC_S),
)
"""What Kubernetes does where a manifest says nothing: +100 % or +4 pods each 15 s, whichever is more."""


def read_policies(autoscaler: Manifest) -> tuple[tuple[Policy, ...], str]:
    """Return the scale-up policies of an autoscaler, and how they combine (Max, Min, Disabled)."""
    choice = autoscaler.text((*_RULES, "selectPolicy")) or "Max"
    if choice not in {"Max", "Min", "Disabled"}:
        allowed = "Max, Min, Disabled"
        autoscaler.faults.add((*_RULES, "selectPolicy"), "is no choice here", value=choice, allowed=allowed)
    policies = []
    for index in range(len(autoscaler.items((*_RULES, "policies")))):
        path = (*_RULES, "policies", index)
        kind = autoscaler.text((*path, "type"))
        if kind not in {"Pods", "Percent"}:
            autoscaler.faults.add(
                (*path, "type"), "is no kind of policy", value=kind, allowed="Pods, Percent"
            )
        amount = autoscaler.whole((*path, "value"), 1, least=1)
        period_s = float(autoscaler.whole((*path, "periodSeconds"), 15, least=1))
        policies.append(Policy(percent=kind == "Percent", amount=amount, period_s=period_s))
    return tuple(policies) or DEFAULT, choice


def steps(before: int, after: int, policies: tuple[Policy, ...], choice: str) -> tuple[int, float]:
    """Return how many steps a scale-up takes and the mean time between them, in seconds.

    Policies are ceilings: the autoscaler takes all they allow, at every sync (15 s).
    No steps (0) means that it takes more than a day.
    """
    sizes, taken_s = [before], [0.0]
    for sync in range(_MOST_SYNCS):
        if sizes[-1] >= after:
            break
        now_s = sync * SYNC_S
        ceilings = [_ceiling(policy, sizes, taken_s, now_s) for policy in policies]
        size = min(after, min(ceilings) if choice == "Min" else max(ceilings))
        if size > sizes[-1]:
            sizes.append(size)
            taken_s.append(now_s)
    if sizes[-1] < after:
        return 0, 0.0
    batches_count = max(1, len(sizes) - 1)
    pause_s = (taken_s[-1] - taken_s[1]) / (batches_count - 1) if batches_count > 1 else 0.0
    return batches_count, pause_s


def _ceiling(policy: Policy, sizes: list[int], taken_s: list[float], now_s: float) -> int:
    """Return the most pods a policy allows: its amount above the size its period began with."""
    at_start = next(
        size
        for size, at_s in zip(reversed(sizes), reversed(taken_s), strict=True)
        if at_s <= now_s - policy.period_s or size == sizes[0]
    )
    return math.ceil(at_start * (1 + policy.amount / 100)) if policy.percent else at_start + policy.amount
