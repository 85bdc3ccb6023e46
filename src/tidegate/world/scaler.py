"""What adds and removes instances by itself: what it reads, and how it acts.

Shortcut: on the way down an autoscaler goes to its size at once, after its delay. Policies of Kubernetes'
`scaleDown` (so many pods, or per cent, a period) make that way slower and are not run: instances are gone
sooner than they would be, which is the harder case.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key

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
    interval_s: float = key("Between two decisions.", default=15.0, above=True)
    tolerance_ratio: float = key("No change while the signal is this near its target.", default=0.1, most=1.0)
    step_ratio: float = key("It adds at most this share of the instances at once.", default=1.0, above=True)
    step_instances_count: int = key("… or this many, whichever is more.", default=4, least=1)
    step_choice: str = key(
        "larger: of the two it may add the larger; smaller: only the smaller (Kubernetes: selectPolicy Min).",
        default="larger",
        allowed=("larger", "smaller"),
    )
    step_period_s: float | None = key(
        "So long what it has added counts against `step` and `step_instances` (Kubernetes: periodSeconds); "
        "what it has removed may be added again. none: interval.",
        default=None,
        above=True,
        most=1800.0,
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
