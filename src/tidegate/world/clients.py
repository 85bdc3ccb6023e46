"""Clients: a population of equal clients of one service, and how they behave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.connection_age import ConnectionAge
from tidegate.world.field import key
from tidegate.world.law import EXPONENTIAL, FIXED, Law
from tidegate.world.opening import Opening, given_up_after_s, own_openings
from tidegate.world.retry import NO_RETRY, RetryPolicy


@dataclass(frozen=True, kw_only=True)
class Demand:
    """What the clients want."""

    kind: str = key(
        "open: requests come at a rate whatever happens to earlier ones; closed: each client thinks, "
        "asks, and waits; once: each client wants one success when it appears, and is judged by whether it "
        "has it in the end; none: connections only.",
        default="closed",
        allowed=("open", "closed", "once", "none"),
    )
    rate_per_s: float = key("Requests a second of the whole population (open).", default=0.0)
    think_s: float = key("Mean pause between answer and next request (closed).", default=1.0)
    think_law: Law = key(
        "How such pauses vary about `think`, their mean; left out, it is that of what was seen. fixed: who "
        "is answered together asks together again.",
        default=EXPONENTIAL,
        allowed=("exponential", "fixed", "uniform"),
    )
    arrivals: str = key("Poisson or evenly paced (open).", default="poisson", allowed=("poisson", "paced"))
    unserved: str = key(
        "lost: a request given up is gone; deferred: it is kept and offered again later.",
        default="lost",
        allowed=("lost", "deferred"),
    )
    drain_per_s: float = key(
        "How fast deferred requests are offered again, of the whole population.", default=0.0
    )


@dataclass(frozen=True, kw_only=True)
class Lookup:
    """Name resolution before a connection: traffic of its own, through its own path."""

    service: str = key("The resolver.", names="services")
    ttl_s: float = key("How long an answer is kept by each client; zero means asked each time.", default=60.0)
    queries_count: int = key("Queries a lookup sends (A, AAAA, search list).", default=1, least=1, most=16)
    timeout_s: float = key("A query is tried again after this.", default=5.0, above=True)
    timeout_law: Law = key(
        "How time-outs of single look-ups vary about `timeout`, their mean, the same for all tries of one; "
        "left out, it is that of what was seen.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    tries_count: int = key("Tries before the lookup fails.", default=2, least=1, most=100)

    @property
    def longest_s(self) -> float:
        """How long a look-up can last."""
        return self.tries_count * self.timeout_s * self.timeout_law.longest_times


@dataclass(frozen=True, kw_only=True)
class ClientLimit:
    """A limit that a client keeps by itself, before it sends: what is too much waits for its turn.

    While an attempt waits no time-out runs, as in Kubernetes' client-go (QPS and burst).
    """

    rate_per_s: float = key("Attempts a second.", above=True)
    burst_count: int = key("Attempts at once after a rest.", default=1, least=1)
    longest_wait_s: float | None = key(
        "An attempt that would wait longer fails at once; none: it waits as long as it takes.", default=None
    )


@dataclass(frozen=True, kw_only=True)
class Clients:
    """A population of equal clients of one service."""

    network: str = key("The network they stand in.", names="networks")
    service: str = key("The service they use.", names="services")
    title: str = key("What people call them.", default="")
    population_count: int = key("Clients.", default=1, least=0)
    start_spread_s: float = key(
        "Clients that appear at once (a trigger raises the population) start spread over this.", default=0.0
    )
    demand: Demand = key("What they want.", factory=Demand)
    lookup: Lookup | None = key("Name resolution; none means addresses are known.", default=None)
    request_size_bytes: int | None = key(
        "Size of each request; none means that of the service.", default=None, most=1e9
    )
    answer_size_bytes: int | None = key(
        "Size of each answer; none means that of the service.", default=None, most=1e15
    )
    connection: str = key(
        "per_request: a new connection each time; keep_alive: one kept open per client; "
        "pool: several kept open per client.",
        default="per_request",
        allowed=("per_request", "keep_alive", "pool"),
    )
    pool_count: int = key("Connections per client, for `pool`.", default=1, least=1, most=100000)
    timeout_s: float = key("An attempt is given up after this.", default=1.0, above=True)
    timeout_law: Law = key(
        "How time-outs vary about `timeout`, their mean; left out, it is that of what was seen.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    timeout_per: str = key(
        "Whether each request has a time-out of its own, for all its attempts, or each client.",
        default="request",
        allowed=("request", "client"),
    )
    timeout_clock: str = key(
        "Whether the time-out starts when the connection is begun or when the request is sent.",
        default="connect",
        allowed=("connect", "send"),
    )
    connect_timeout_s: float | None = key(
        "A connection not established is given up after this, for clock `send`; none means `timeout`.",
        default=None,
        above=True,
    )
    after_timeout: str = key(
        "Whether a kept connection whose request timed out is torn down and rebuilt, or kept.",
        default="rebuild",
        allowed=("rebuild", "keep"),
    )
    on_connect: tuple[Opening, ...] = key(
        "What a client asks first on each new connection, whatever made it connect: a list, a log-in, a "
        "registration. A client that connects with nothing else to ask has then had its answer.",
        default=(),
    )
    reset_at_most_every_s: float = key(
        "A client closes a kept connection because an answer is overdue this often at most; one that is "
        "overdue sooner leaves it open: what is asked first is waited for, the rest is asked again on it.",
        default=0.0,
    )
    spare_connections_count: int = key(
        "Connections opened for each attempt that is given up after it was connected, with nothing asked on "
        "them: Node's `fetch` opens one. A device counts them like any other.",
        default=0,
        least=0,
        most=100,
    )
    spare_hold_s: float = key(
        "Such a connection is closed this long after it was begun (undici: 4 s).", default=4.0, above=True
    )
    idle_connect_every_s: float | None = key(
        "Every so often a client tries to make a kept connection that it has not got, although it has "
        "nothing to ask (a pool that fills itself); none: it connects only to ask.",
        default=None,
        above=True,
    )
    connection_age: ConnectionAge | None = key(
        "How old they let a kept connection become; none means any age. Their service may have its own: "
        "the lower one counts.",
        default=None,
    )
    reopen: str = key(
        "What follows when a kept connection was closed because of its age. at_once: another is made then, "
        "with a request (a stream that is subscribed anew); as_needed: with the next request.",
        default="at_once",
        allowed=("at_once", "as_needed"),
    )
    late_replies: str = key(
        "Whether an answer that comes after the time-out is ignored or accepted.",
        default="ignored",
        allowed=("ignored", "accepted"),
    )
    syn: str = key(
        "The operating system's own retransmission of a connection request, by catalogue name.",
        default="linux",
    )
    limit: ClientLimit | None = key(
        "The limit that each client keeps by itself; none means it sends whenever it wants to.", default=None
    )
    retry: RetryPolicy = key("How they try again.", default=NO_RETRY)
    known_as: Mapping[str, str] = key("Their names outside Tidegate, by system.", factory=dict)

    @property
    def openings(self) -> tuple[Opening, ...]:
        """What its new connections carry first."""
        return own_openings(self.on_connect, self.service)

    @property
    def errands(self) -> tuple[Opening, ...]:
        """What is asked of other services before it connects."""
        return tuple(one for one in self.on_connect if one.is_errand_from(self.service))

    @property
    def longest_timeout_s(self) -> float:
        """The longest of its time-outs, which may vary."""
        return self.timeout_s * self.timeout_law.longest_times

    @property
    def longest_attempt_s(self) -> float:
        """How long an attempt can last: what its connection carries first, and what it is made for."""
        return self.longest_timeout_s + given_up_after_s(self.on_connect, self.longest_timeout_s)
