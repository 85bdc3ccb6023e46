"""What adds and removes instances by itself: what it reads, and how it acts.

Shortcuts: what is read of the processor is a mean over an interval, at hand at once (Kubernetes: over the
window of its metrics, some 10 to 60 s, and as old as that again); an autoscaler of Kubernetes without any
`behavior` takes the highest size wished within five minutes going up as well; here what `scale_up_delay`
says holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from tidegate.world.field import key

CHOICES = ("larger", "smaller", "none")
SIGNALS = ("utilisation", "cpu", "requests", "queue", "connections")


@dataclass(frozen=True, kw_only=True)
class SecondSignal:
    """Another signal that an autoscaler reads: of the two sizes it takes the larger."""

    signal: str = key("As `autoscaler.signal`.", allowed=SIGNALS)
    target_count: float = key("As `autoscaler.target`.", above=True)


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Where an autoscaler's readings come from, and what it does without them."""

    service: str = key(
        "Who is asked for them. They are missing while it takes no request: none of its instances is up, or "
        "its queue is full.",
        names="services",
    )
    failures_count: int = key("Missing readings in a row from which on it falls back.", default=3, least=1)
    fallback_count: int | None = key(
        "Instances it then goes to, as fast as ever (KEDA: fallback.replicas); none means it stays so.",
        default=None,
        least=1,
    )


@dataclass(frozen=True, kw_only=True)
class ScalerBudget:
    """By how much an autoscaler may change the size within a period (a policy of Kubernetes' `behavior`)."""

    share_ratio: float | None = key(
        "A share of the instances at the start of the period; or `instances`.", default=None, above=True
    )
    instances_count: int | None = key("So many instances; or `share`.", default=None, least=1)
    period_s: float = key("Within which it holds.", default=15.0, above=True, most=1800.0)


@dataclass(frozen=True, kw_only=True)
class Autoscaler:
    """What adds instances by itself, and the signal it reads."""

    signal: str = key(
        "utilisation: busy share, counting abandoned work; cpu: the share that works itself, which falls "
        "while requests wait for calls; requests: attempts per instance a second; queue: waiting requests "
        "per instance; connections: open connections per instance.",
        default="utilisation",
        allowed=SIGNALS,
    )
    target_count: float = key(
        "The signal's value per instance it steers to (utilisation, cpu: 0 to 1).", above=True
    )
    also: SecondSignal | None = key("A second signal; the larger of the two sizes wins.", default=None)
    cores_count: float | None = key(
        "For `cpu`: how many requests that work at once are the whole processor that an instance asks for; "
        "none means as many as it serves at a time.",
        default=None,
        above=True,
    )
    counted_after_s: float = key(
        "How long after it is up an added instance's utilisation or cpu is not read: so long it counts as "
        "idle on the way up, and on the way down not at all (Kubernetes: until its first metrics as a ready "
        "pod).",
        default=0.0,
    )
    metrics: Metrics | None = key(
        "Where its readings come from; none means that they never fail.", default=None
    )
    least_count: int = key("Fewest instances.", default=1, least=1)
    most_count: int = key("Most instances.", least=1)
    interval_s: float = key(
        "Between two decisions. utilisation, cpu and requests are means over it, queue and connections of "
        "its end, and at hand at once: where readings come later, state a longer one.",
        default=15.0,
        above=True,
    )
    tolerance_ratio: float = key("No change while the signal is this near its target.", default=0.1, most=1.0)
    step_ratio: float = key("It adds at most this share of the instances at once.", default=1.0, above=True)
    step_instances_count: int = key("… or this many, whichever is more.", default=4, least=1)
    step_choice: str = key(
        "larger: of its steps it may add the largest; smaller: only the smallest (Kubernetes: selectPolicy "
        "Min); none: it never adds any (Disabled).",
        default="larger",
        allowed=CHOICES,
    )
    step_period_s: float | None = key(
        "So long what it has added counts against `step` and `step_instances` (Kubernetes: periodSeconds); "
        "what it has removed may be added again. none: interval.",
        default=None,
        above=True,
        most=1800.0,
    )
    steps: tuple[ScalerBudget, ...] = key(
        "Any number of budgets; where any is given, `step`, `step_instances` and `step_period` do not count.",
        default=(),
    )
    removals: tuple[ScalerBudget, ...] = key(
        "How many it removes at once (Kubernetes: policies of scaleDown); none given: all that are too many.",
        default=(),
    )
    removal_choice: str = key(
        "As `step_choice`, for `removals`; none: it never removes any.", default="larger", allowed=CHOICES
    )
    kubernetes: str = key(
        "Whose rules hold: newest, or those of 1.20 (there the direction of the newest wish chooses one of "
        "the two delays, what was removed is not added again beyond a step, a missing second signal does not "
        "hold it up there, and a ratio just at the tolerance is beyond it).",
        default="newest",
        allowed=("newest", "1.20"),
    )
    scale_up_delay_s: float = key(
        "How long the signal must be high before it adds: of all sizes wanted within this it goes up to the "
        "least (Kubernetes: scaleUp.stabilizationWindowSeconds).",
        default=0.0,
        most=3600.0,
    )
    scale_down_delay_s: float = key(
        "How long the signal must be low before it removes: of all sizes wanted within this it goes down to "
        "the most.",
        default=300.0,
    )
    room_count: int | None = key(
        "Instances that the nodes which are there hold; each further one waits for a node first. none means "
        "all of them.",
        default=None,
    )
    node_time_s: float = key("How long a new node takes, before the instance boots on it.", default=120.0)
    drops_connections: bool = key(
        "Whether clients that keep connections to an instance it removes lose them and connect anew.",
        default=False,
    )

    @property
    def budgets(self) -> tuple[ScalerBudget, ...]:
        """What it may add."""
        if self.steps:
            return self.steps
        period_s = self.interval_s if self.step_period_s is None else self.step_period_s
        return (
            ScalerBudget(share_ratio=self.step_ratio, period_s=period_s),
            ScalerBudget(instances_count=self.step_instances_count, period_s=period_s),
        )

    @property
    def removal_budgets(self) -> tuple[ScalerBudget, ...]:
        """What it may remove; empty where all that are too many go at once."""
        return self.removals

    def at_once_count(self, instances_count: int) -> int:
        """Return how many instances it may add at once to so many.

        Parameters
        ----------
        instances_count
            Instances now.
        """
        if self.step_choice == "none":
            return 0
        found = [
            one.instances_count or 0
            if one.share_ratio is None
            else math.ceil(instances_count * one.share_ratio - 1e-9)
            for one in self.budgets
        ]
        return (min if self.step_choice == "smaller" else max)(found)
