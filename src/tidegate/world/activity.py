"""An activity: an automated change, and the reaction of clients to it."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key
from tidegate.world.retry import RetryPolicy


@dataclass(frozen=True, kw_only=True)
class Reaction:
    """What one population does when the activity changes the endpoints it uses."""

    clients: str = key("The population.", names="clients")
    reconnect_ratio: float = key("Share of its clients that open new connections.", default=1.0, most=1.0)
    spread_s: float = key("The reconnections are spread evenly over this.", default=0.0)
    spread_by_lookup: bool = key(
        "Spread them over the lookup's TTL instead: a client learns of the change when its name expires.",
        default=False,
    )
    cold: bool = key("Whether TLS sessions cannot be resumed.", default=False)
    retry: RetryPolicy | None = key(
        "How clients try again on this code path, if otherwise than normally.", default=None
    )


@dataclass(frozen=True, kw_only=True)
class SizeStep:
    """One of the unequal steps of an activity."""

    after_s: float = key("When it is taken, counted from the start of the activity.", default=0.0)
    to_count: int = key("Instances (devices) from then on.")


@dataclass(frozen=True, kw_only=True)
class Activity:
    """An automated change, planned to run."""

    kind: str = key(
        "scale: from one number of instances to another; restart: replace instances in batches; "
        "reconnect: endpoints change without a change of size (drain, fail-over, new certificate); "
        "devices: add or remove devices of a crossing.",
        default="scale",
        allowed=("scale", "restart", "reconnect", "devices"),
    )
    title: str = key("What people call it.", default="")
    service: str = key("The service it changes.", default="", names="services")
    crossing: str = key("The crossing it changes, for `devices`.", default="", names="crossings")
    from_count: int | None = key("Instances (devices) before; none means as the world says.", default=None)
    to_count: int | None = key("Instances (devices) after.", default=None)
    clients_added: tuple[str, ...] = key(
        "The population that the instances themselves are, if they are clients, or a list of several, where "
        "each instance uses several services: they grow in step, and what they ask for at a rate (open "
        "demand) with them. From 0 instances on each is one client.",
        default=(),
        names="clients",
    )
    at_s: float = key("When it starts.", default=10.0)
    every_s: float | None = key(
        "How often it is run, such as every night: a verdict says what its chance comes to in a year. One "
        "run is simulated. none: once.",
        default=None,
        above=True,
    )
    batches_count: int = key("Equal steps it takes.", default=1, least=1, most=10000)
    pause_s: float = key("Between the starts of two steps.", default=0.0)
    steps: tuple[SizeStep, ...] = key(
        "For `scale` and `devices`: unequal steps in place of `batches` and `pause`, each with its time and "
        "the size from then on; the last goes to `to`. Where `to` is changed (`--set`, a search), they "
        "stretch with it; where `batches` is changed, equal steps take their place.",
        default=(),
    )
    at_once_most_count: int | None = key(
        "For `scale` and `restart`: how many of the instances of a step start (go and start again) at a time "
        "at most; the next follows when one of them is ready: it has booted and its boot calls are answered, "
        "or as a client (`clients_added`) it has what it asked for first, and not sooner than `start_spread` "
        "says. none means any number.",
        default=None,
        least=1,
    )
    surge_count: int = key(
        "Extra instances of each step that run beside the old ones before these stop, for `scale` and "
        "`restart` (Kubernetes' maxSurge; all of them is blue-green): so long their connections exist "
        "twice.",
        default=0,
        least=0,
        most=10_000_000,
    )
    overlap_s: float | None = key(
        "How long they run beside each other; none means the boot time of the service, or `pause` where "
        "that is zero. Where it is shorter than that, nobody stands in until the new ones have booted.",
        default=None,
    )
    reactions: tuple[Reaction, ...] = key(
        "What clients do at each step. Of a `restart` nothing need be said: who keeps connections to the "
        "service connects anew at once, each batch its share, unless a reaction says otherwise (`spread`, "
        "`reconnect: 0%`); so of a `scale` to fewer, each step the share that goes. Of other kinds, and of a "
        "`scale` to more, only who stands here reconnects.",
        default=(),
    )
    beside: tuple[str, ...] = key(
        "Other activities that happen as well, each at its own `at`: what one release, one plan or one night "
        "does at once is judged at once. They may not change the same clients, service or crossing.",
        default=(),
        names="activities",
    )
    known_as: dict[str, str] = key("Its names outside Tidegate, by system.", factory=dict)

    @property
    def is_unequal(self) -> bool:
        """Whether its steps are those of `steps`."""
        return bool(self.steps) and self.batches_count == 1

    @property
    def steps_count(self) -> int:
        """How many steps it takes."""
        return len(self.steps) if self.is_unequal else self.batches_count

    @property
    def step_pause_s(self) -> float:
        """Between the starts of two steps, in the mean where they are unequal."""
        return self.steps_last_s / max(self.steps_count - 1, 1) if self.is_unequal else self.pause_s

    @property
    def steps_last_s(self) -> float:
        """From its start to that of its last step."""
        return self.steps[-1].after_s if self.is_unequal else (self.batches_count - 1) * self.pause_s
