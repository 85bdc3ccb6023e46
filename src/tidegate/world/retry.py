"""How a client tries again: layers from the library up to the job loop."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key
from tidegate.world.law import FIXED, Law


@dataclass(frozen=True, kw_only=True)
class Budget:
    """A token bucket that retries must pay from; each client (or the population) has one."""

    tokens_count: float = key("Tokens when full.", default=10.0, above=True)
    cost_count: float = key("Tokens one retry takes.", default=1.0, above=True)
    per_request_count: float = key("Tokens each first attempt pays in.", default=0.0)
    per_success_count: float = key("Tokens each success pays in.", default=0.0)
    fill_per_s: float = key("Tokens that come back by themselves each second.", default=0.0)
    floor_ratio: float = key(
        "Share of the tokens that must remain after a retry (gRPC: one half).", default=0.0, most=1.0
    )
    scope: str = key(
        "Whether each client has its own bucket or all of the population share one.",
        default="client",
        allowed=("client", "population"),
    )


@dataclass(frozen=True, kw_only=True)
class Breaker:
    """A circuit breaker: after too many failures attempts fail at once for a while."""

    failure_ratio: float = key("Share of failures that opens it.", default=0.5, above=True, most=1.0)
    window_s: float = key("Over which time the share is taken.", default=10.0, above=True)
    least_calls_count: int = key("Calls in the window below which it stays closed.", default=10, least=1)
    open_s: float = key("How long it stays open before it lets one call try.", default=5.0, above=True)
    scope: str = key(
        "Whether each client has its own breaker or all of the population share one.",
        default="client",
        allowed=("client", "population"),
    )


FAILURES = ("timeout", "refused", "error", "name", "breaker", "limited")
"""How an attempt can fail."""


@dataclass(frozen=True, kw_only=True)
class RetryLayer:
    """One layer that tries again; layers multiply."""

    retries_count: int | None = key(
        "Retries after the first attempt, so attempts are one more; none means without limit. "
        "Written as `retries: 3`, or as `retries: unlimited`.",
        default=None,
    )
    retries_on: tuple[str, ...] = key(
        "Which failures it tries again, all if left out; any other ends its tries. timeout: no answer in "
        "time; refused: a reset, or a connection that breaks; error: an answer that says so; name: the name "
        "was not resolved; breaker: a breaker stopped it; limited: the client's own limit had no turn.",
        default=FAILURES,
        allowed=FAILURES,
    )
    backoff: str = key(
        "How the delay grows from retry to retry.",
        default="exponential",
        allowed=("none", "constant", "linear", "exponential", "decorrelated"),
    )
    base_s: float = key("The first delay.", default=0.1, most=86400.0)
    multiplier_ratio: float = key(
        "Growth of an exponential delay; below 1 it shrinks, down to `floor`.",
        default=2.0,
        above=True,
        most=100.0,
    )
    floor_s: float = key("The least delay, before jitter.", default=0.0, most=86400.0)
    cap_s: float = key("The greatest delay.", default=86400.0, above=True)
    jitter: str = key(
        "none; full: anywhere below the delay; equal: the upper half; spread: the delay ± jitter_width.",
        default="none",
        allowed=("none", "full", "equal", "spread"),
    )
    jitter_width_ratio: float = key("Half width of jitter `spread`.", default=0.0, most=1.0)
    law: Law = key(
        "How delays vary, in place of jitter, about what `base`, `backoff`, `floor` and `cap` make their "
        "mean. Left out, `base` is the mean of what was seen, and grows only if `backoff` says so.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    deadline_s: float | None = key(
        "No retry starts later than this after the layer's first attempt.", default=None, above=True
    )
    retry_after: str = key(
        "Whether a delay that a refusal asks for (`services.*.retry_after`) is waited for when it is "
        "longer than the layer's own.",
        default="ignore",
        allowed=("ignore", "obey"),
    )
    retry_after_cap_s: float | None = key(
        "The longest such delay it waits for; a longer one is cut to this. None means any.",
        default=None,
        above=True,
    )
    budget: Budget | None = key("What its retries must pay from.", default=None)
    breaker: Breaker | None = key("What stops its attempts altogether.", default=None)

    @property
    def is_scattered(self) -> bool:
        """Whether chance decides how long it waits, so that those who fail together come back apart."""
        return self.is_jittered or self.law.varies

    @property
    def is_jittered(self) -> bool:
        """Whether jitter makes its delays vary, that of a decorrelated back-off included."""
        return self.jitter != "none" or self.backoff == "decorrelated"


@dataclass(frozen=True, kw_only=True)
class RetryPolicy:
    """All layers of one client, the innermost first."""

    name: str = key("The catalogue's or the author's name for it.", default="")
    layers: tuple[RetryLayer, ...] = key("From the library to the job loop.", default=())


NO_RETRY = RetryPolicy(name="none")
