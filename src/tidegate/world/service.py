"""A service: what answers, how much it can serve, what it calls, and what watches it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.world.boot import Boot
from tidegate.world.clients import ClientLimit, Clients
from tidegate.world.connection_age import ConnectionAge
from tidegate.world.contention import Contention
from tidegate.world.field import key
from tidegate.world.instance import Balancing, Sick, WarmUp
from tidegate.world.instance_memory import Memory, RestartBackoff
from tidegate.world.law import EXPONENTIAL, FIXED, Law
from tidegate.world.login import Login
from tidegate.world.opening import Opening
from tidegate.world.protocol import PROTOCOLS, UNKNOWN
from tidegate.world.retry import NO_RETRY, RetryPolicy
from tidegate.world.scaler import Autoscaler


@dataclass(frozen=True, kw_only=True)
class Cache:
    """A cache beside a call: what is in it need not be called for."""

    hit_ratio: float = key("Share of lookups it answers when warm.", least=0.0, most=1.0)
    keys_count: int = key("Distinct keys of equal popularity it holds when warm.", default=10000, least=1)
    fill: str = key(
        "look_aside: filled only by an answer that came within the caller's time-out; "
        "read_through: filled by every answer.",
        default="look_aside",
        allowed=("look_aside", "read_through"),
    )
    flush: bool = key("While true the cache is emptied once (set by a trigger).", default=False)


@dataclass(frozen=True, kw_only=True)
class ConnectionPool:
    """Connections that each instance of a service keeps for one of its calls."""

    most_count: int = key(
        "Connections one instance has at most; a request that finds none free waits for one while it holds "
        "its place (HikariCP: maximumPoolSize; SQLAlchemy: pool_size + max_overflow; node-postgres: max).",
        least=1,
        most=100000,
    )
    least_count: int | None = key(
        "Of these, how many are never closed for being idle (HikariCP: minimumIdle; SQLAlchemy: pool_size); "
        "none means all where they are opened eagerly, else 0.",
        default=None,
    )
    opened: str = key(
        "eager: an instance opens `least` connections as it starts (HikariCP); lazy: each as it is first "
        "needed (SQLAlchemy, node-postgres).",
        default="lazy",
        allowed=("lazy", "eager"),
    )
    wait_s: float | None = key(
        "Who waits longer for a connection fails, and the time-out begins with the connection (HikariCP: "
        "connectionTimeout; SQLAlchemy: pool_timeout); none means that the call's time-out counts the wait.",
        default=None,
        above=True,
    )
    idle_timeout_s: float | None = key(
        "A connection beyond `least` that is idle for so long is closed (HikariCP: idleTimeout; "
        "node-postgres: idleTimeoutMillis); none means never.",
        default=None,
        above=True,
    )

    @property
    def kept_count(self) -> int:
        """How many are never closed for being idle."""
        given = self.least_count
        return (self.most_count if self.opened == "eager" else 0) if given is None else given


@dataclass(frozen=True, kw_only=True)
class Call:
    """A call that a request makes on another service while it holds its place."""

    service: str = key("The service called.", names="services")
    timeout_s: float = key("The caller gives up after this.", default=1.0, above=True)
    timeout_law: Law = key(
        "How time-outs of single calls vary about `timeout`, their mean; left out, it is that of what was "
        "seen.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    request_size_bytes: int | None = key(
        "Size of each request; none means that of the service.", default=None, most=1e9
    )
    answer_size_bytes: int | None = key(
        "Size of each answer; none means that of the service.", default=None, most=1e15
    )
    connection: str = key(
        "A new connection for each call, or kept-alive ones.",
        default="keep_alive",
        allowed=("per_request", "keep_alive"),
    )
    pool: ConnectionPool | None = key(
        "The connections that each instance keeps for it; none means one for each place (`concurrency`), "
        "opened as the instance starts.",
        default=None,
    )
    on_connect: tuple[Opening, ...] = key(
        "What the caller asks first on each new connection, as a log-in.", default=()
    )
    retry: RetryPolicy = key("How the call is tried again.", default=NO_RETRY)
    cache: Cache | None = key("What may answer instead.", default=None)
    limit: ClientLimit | None = key(
        "The limit that each calling instance keeps by itself; none means it calls whenever it wants to.",
        default=None,
    )
    connection_age: ConnectionAge | None = key(
        "How old the caller lets a kept connection become; none means any age. It makes another when it next "
        "calls.",
        default=None,
    )


@dataclass(frozen=True, kw_only=True)
class Pooler:
    """What makes a service a connection pooler before the one that it calls (PgBouncer)."""

    mode: str = key(
        "session: a client's connection holds a server connection as long as it lives; transaction, "
        "statement: while its request is served.",
        default="transaction",
        allowed=("session", "transaction", "statement"),
    )
    most_count: int = key(
        "Server connections that one instance opens at most (PgBouncer: default_pool_size, or "
        "max_db_connections).",
        least=1,
        most=100000,
    )
    reserve_count: int = key(
        "Further ones when those are taken (PgBouncer: reserve_pool_size); `connections` are its clients'.",
        default=0,
        most=100000,
    )
    wait_s: float | None = key(
        "A request that waits longer for a server connection fails (PgBouncer: query_wait_timeout, 120 s as "
        "it comes); none means that the call's time-out counts the wait. Not beside `balancing`: there it is "
        "in its instance's queue until its client gives up.",
        default=None,
        above=True,
    )
    idle_timeout_s: float | None = key(
        "A server connection that is idle for so long is closed, for modes transaction and statement "
        "(PgBouncer: server_idle_timeout).",
        default=600.0,
        above=True,
    )

    @property
    def open_count(self) -> int:
        """Server connections of one instance, the reserve included."""
        return self.most_count + self.reserve_count


@dataclass(frozen=True, kw_only=True)
class StartupProbe:
    """The checks of an instance that has just started: until one passes, no others are made."""

    interval_s: float = key(
        "Between two checks; the first comes so long after the start.", default=10.0, above=True
    )
    failures_count: int = key(
        "Failures in a row that start the instance anew: so many intervals it has to boot.",
        default=3,
        least=1,
        most=10000,
    )


@dataclass(frozen=True, kw_only=True)
class HealthProbe:
    """A regular check of each instance (or a heartbeat, or a lease) and what failing it does."""

    network: str = key("Where the prober stands.", names="networks")
    interval_s: float = key("Between two checks of one instance.", default=10.0, above=True)
    timeout_s: float = key("A check fails after this.", default=1.0, above=True)
    timeout_law: Law = key(
        "How time-outs of single checks vary about `timeout`, their mean (an interpreter that pauses, a busy "
        "prober); left out, it is that of what was seen.",
        default=FIXED,
        allowed=("fixed", "exponential", "uniform"),
    )
    failures_count: int = key("Failures in a row that act.", default=3, least=1, most=1000)
    successes_count: int = key("Successes in a row that undo an ejection.", default=2, least=1, most=1000)
    on_failure: str = key(
        "eject: no requests go to it until it passes; restart: it is down for the boot time and its "
        "connections break; drop_sessions: its connections break (a lost lease).",
        default="eject",
        allowed=("eject", "restart", "drop_sessions"),
    )
    panic_ratio: float = key(
        "If fewer than this share would be left, nothing is ejected.", default=0.0, most=1.0
    )
    busy_fails: bool = key(
        "Whether the check queues with the requests (fails when they wait) and makes their calls, or not.",
        default=True,
    )
    initial_delay_s: float | None = key(
        "How long after its start an instance is not checked, its boot time included. Where that is over "
        "before it takes requests, checks (`restart`) of an instance that still boots restart it. none "
        "means until it takes requests.",
        default=None,
    )
    startup: StartupProbe | None = key(
        "What must pass before an instance that has started is checked otherwise, for `restart`.",
        default=None,
    )
    restart_backoff: RestartBackoff | None = key(
        "How long restarts in a row wait (Kubernetes: 10 s, twice as long each time, to 5 min), for "
        "`restart`; none means not at all.",
        default=None,
    )


@dataclass(frozen=True, kw_only=True)
class Service:
    """What answers requests."""

    network: str = key("The network its instances stand in.", names="networks")
    title: str = key("What people call it.", default="")
    public: str = key(
        "What customers call it, where they know it: then it is shown on the public site.", default=""
    )
    protocol: str = key(
        "What it speaks; `protect` writes only what holds for it. unknown: told by a port in `known_as`, or "
        "by a name such as `orders_postgres`, where that leaves no doubt.",
        default=UNKNOWN,
        allowed=PROTOCOLS,
    )
    instances_count: int = key("Instances that take requests.", default=1, least=0)
    standby_count: int = key(
        "Instances that run beside those and take no requests, not yet or no longer: they keep the "
        "connections of their calls. An activity with `surge` sets it while old and new overlap.",
        default=0,
        least=0,
    )
    addresses_count: int = key(
        "Addresses it is reached at; source ports are counted for each (`crossings.*.ports`).",
        default=1,
        least=1,
    )
    concurrency_count: int = key("Requests one instance serves at a time.", default=1, least=1)
    service_time_s: float = key("Mean time to serve one request.", default=0.001)
    service_law: Law = key(
        "How service times vary about `service_time`, their mean; left out, it is that of what was seen.",
        default=EXPONENTIAL,
        allowed=("exponential", "fixed", "lognormal", "uniform"),
    )
    service_cv_ratio: float = key(
        "Standard deviation over mean, for law `lognormal`.", default=1.0, most=10.0
    )
    contention: Contention | None = key(
        "How much longer a request takes beside others that its instance serves at the time, those that wait "
        "for a call included; none means no longer. Fitted to a load test, or to two of its points: how long "
        "a request takes alone, and with n at a time.",
        default=None,
    )
    balancing: Balancing | None = key(
        "How connections or requests are spread over its instances; none: they share one queue, as behind a "
        "perfect balancer, and a pooler's (`pooler`) one pool. Not together with `login`.",
        default=None,
    )
    sick: Sick | None = key("Instances that do not do their work; needs `balancing`.", default=None)
    warm_up: WarmUp | None = key("How much slower an instance is at first.", default=None)
    memory: Memory | None = key(
        "The memory that an instance may use, and what fills it; needs `balancing`. none means that it never "
        "runs out.",
        default=None,
    )
    queue_count: int | None = key(
        "Requests that can wait, over all instances, not counting those being served; none means 1,000,000. "
        "With `balancing` each instance has its equal share of it, of the most there are in the run.",
        default=None,
    )
    queue_order: str = key("First or last come, first served.", default="fifo", allowed=("fifo", "lifo"))
    queue_when_full: str = key(
        "silent: the request vanishes and the client waits out its time-out; visible: an error at once.",
        default="visible",
        allowed=("silent", "visible"),
    )
    retry_after_s: float | None = key(
        "After how long a visible refusal (full queue, or connections with `refuse`) asks clients to come "
        "back (HTTP's Retry-After); none means it does not say. Clients heed it as their retry layers say.",
        default=None,
        above=True,
    )
    when_down: str = key(
        "What meets a request when no instance takes any. refuse: an error at once (a reset, or a balancer "
        "without a target); wait: it waits in the queue until an instance is there; silent: it vanishes; "
        "by_cause: silent where no instance is there, refuse where one was killed (`memory`), wait where all "
        "that are there are paused or ejected.",
        default="by_cause",
        allowed=("by_cause", "refuse", "wait", "silent"),
    )
    abandoned_work: str = key(
        "Whether a request whose client has gone is served all the same or leaves the queue.",
        default="served",
        allowed=("served", "leaves"),
    )
    request_ack: str = key(
        "at_once: a new connection's request is acknowledged by a packet of its own, as Linux does; "
        "with_answer: by the answer, if that comes within 40 ms, as with HAProxy (tcp-smart-accept).",
        default="at_once",
        allowed=("at_once", "with_answer"),
    )
    connections_count: int | None = key(
        "Connections one instance accepts at a time (PostgreSQL: max_connections); none means without limit.",
        default=None,
        least=1,
    )
    reserved_connections_count: int = key(
        "How many of these it keeps for others than the clients and callers of this world (PostgreSQL: "
        "superuser_reserved_connections, 3 as it comes, and reserved_connections).",
        default=0,
    )
    connections_when_full: str = key(
        "backlog: further connections wait to be accepted; refuse: an error at once.",
        default="backlog",
        allowed=("backlog", "refuse"),
    )
    accept_backlog_count: int = key(
        "Connections one instance lets wait to be accepted; beyond it SYNs are dropped.",
        default=4096,
        least=1,
    )
    login: Login | None = key(
        "What connections are allowed that have not logged in; none: any number, for any time. Not together "
        "with `balancing` (nor, so, with `memory`): it is counted where all instances share one queue.",
        default=None,
    )
    setup_time_s: float = key("Work of a new connection with a full TLS handshake.", default=0.0)
    resumed_setup_time_s: float = key("Work of a new connection with a resumed TLS session.", default=0.0)
    resumption_ratio: float = key(
        "Share of new connections that resume; lost for clients of restarted instances.",
        default=0.0,
        most=1.0,
    )
    handshake_size_bytes: int = key(
        "What it sends to a new connection of a full TLS handshake, its certificates above all (a chain has "
        "2kB to 6kB); it takes of `crossings.*.bandwidth`.",
        default=0,
        most=1e6,
    )
    resumed_handshake_size_bytes: int = key(
        "What it sends of the handshake where the session is resumed.", default=0, most=1e6
    )
    request_size_bytes: int = key(
        "Size of a request, which takes of `crossings.*.bandwidth`; 0B: it is as small as a packet's head.",
        default=0,
        most=1e9,
    )
    answer_size_bytes: int = key(
        "Size of an answer; above 64KiB it is a transfer that shares what others leave of links, whose "
        "packets take of `crossings.*.forwarding` by arithmetic alone. Health checks have none.",
        default=0,
        most=1e15,
    )
    connection_age: ConnectionAge | None = key(
        "How old it lets a kept connection become, whoever keeps it; none means any age. Connections from "
        "before the run have all ages, as after a long time; what reconnects together comes back together.",
        default=None,
    )
    calls: tuple[Call, ...] = key("What one request calls, in order.", default=())
    pooler: Pooler | None = key(
        "What it pools, where it is a connection pooler: its one call names the database, and `connections` "
        "are its clients' (PgBouncer: max_client_conn). With `balancing` each instance has its own server "
        "connections, and who finds none free there waits in its queue; else those of all are one pool.",
        default=None,
    )
    boot: Boot = key("How an instance starts.", factory=Boot)
    health_probes: tuple[HealthProbe, ...] = key("What watches its instances.", default=())
    autoscaler: Autoscaler | None = key("What adds instances by itself.", default=None)
    peers_per_thread_count: int | None = key(
        "If every instance keeps a thread for every other: threads one instance may have.",
        default=None,
        least=1,
    )
    known_as: Mapping[str, str] = key("Its names outside Tidegate, by system.", factory=dict)

    def pool_count(self, pool: ConnectionPool | None) -> int:
        """Return the connections that one instance has for a call at most: no more than it has places."""
        if pool is None:
            return self.concurrency_count
        return max(pool.kept_count, min(pool.most_count, self.concurrency_count))

    @property
    def saves_by_resumption(self) -> bool:
        """Whether a connection that resumes a TLS session costs less than one that does not."""
        saves = self.setup_time_s > self.resumed_setup_time_s
        return saves or self.handshake_size_bytes > self.resumed_handshake_size_bytes

    @property
    def accepted_count(self) -> int | None:
        """Connections that one instance accepts of ordinary clients at a time; None without a limit.

        A pooler in session mode takes no more than it has server connections; the others wait.
        """
        if self.connections_count is None:
            return None
        ordinary_count = max(self.connections_count - self.reserved_connections_count, 0)
        if self.pooler is not None and self.holds_sessions:
            return min(ordinary_count, self.pooler.open_count)
        return ordinary_count

    @property
    def waiting_count(self) -> int:
        """Connections that one instance lets wait to be accepted."""
        if self.holds_sessions and self.connections_count is not None:
            return self.connections_count - (self.accepted_count or 0)
        return self.accept_backlog_count

    @property
    def refuses_more(self) -> bool:
        """Whether connections beyond those that it accepts are refused, and do not wait."""
        return self.connections_when_full == "refuse" and not self.holds_sessions

    @property
    def is_silent(self) -> bool:
        """Whether it answers nobody, not even by a refusal: no instance is there, nor comes by itself."""
        gone = self.instances_count == 0 and self.autoscaler is None
        return gone and self.when_down in {"silent", "by_cause"}

    @property
    def holds_sessions(self) -> bool:
        """Whether it gives each connection of a client a server connection of its own."""
        return self.pooler is not None and self.pooler.mode == "session"

    @property
    def crowded_time_s(self) -> float:
        """Mean time to serve one request where an instance serves as many as it can at a time."""
        law = self.contention
        return self.service_time_s * (1.0 if law is None else law.stretch_ratio(self.concurrency_count))


def sizes_bytes(asking: Clients | Call, service: Service) -> tuple[int, int]:
    """Return how large requests and answers are of those who ask a service: their own sizes, or its."""
    there, back = asking.request_size_bytes, asking.answer_size_bytes
    return (
        service.request_size_bytes if there is None else there,
        service.answer_size_bytes if back is None else back,
    )
