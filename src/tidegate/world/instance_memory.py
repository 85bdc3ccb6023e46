"""What memory an instance uses, and how it comes back once it has used too much and was killed."""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.world.field import key


@dataclass(frozen=True, kw_only=True)
class RestartBackoff:
    """How long an instance waits before it starts again: the first time not at all, then longer each time."""

    base_s: float = key(
        "The wait of the second restart in a row; each further one waits twice as long.",
        default=10.0,
        above=True,
    )
    most_s: float = key(
        "The longest wait. Twice as long without a restart, and it counts from the first again.",
        default=300.0,
        above=True,
    )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What memory an instance may use, and what fills it: with more it is killed, with all that it has.

    Its host is still there and resets its connections: who keeps one connects again at once, who waits for an
    answer is refused. What it had goes to the other instances.
    """

    limit_bytes: int = key(
        "What one instance may use; with more it is killed (Kubernetes: limits.memory, then OOMKilled).",
        least=1,
        most=1e15,
    )
    base_bytes: int = key("What it uses with nothing to do.", default=0, most=1e15)
    per_request_bytes: int = key(
        "What each request takes, from when it comes until it is answered: those that wait as well.",
        default=0,
        most=1e15,
    )
    per_connection_bytes: int = key(
        "What each connection that it has accepted takes, as long as it is open.", default=0, most=1e15
    )
    restart_s: float | None = key(
        "How long an instance that was killed is away; none means `boot.time`.", default=None
    )
    restart_backoff: RestartBackoff | None = key(
        "How much longer restarts in a row take (Kubernetes: 10 s, twice as long each time, to 5 min: "
        "CrashLoopBackOff); none means not at all.",
        default=None,
    )

    @property
    def room_bytes(self) -> int:
        """What is left for requests and connections."""
        return self.limit_bytes - self.base_bytes

    def used_bytes(self, connections_count: float, requests_count: float) -> float:
        """Return what an instance uses with so many connections and requests."""
        filled = self.per_connection_bytes * connections_count + self.per_request_bytes * requests_count
        return self.base_bytes + filled
