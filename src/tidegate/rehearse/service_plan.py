"""How does the program that stands in for a service serve? How many at a time, how long, what when full.

Settings of the sleeping server, over time; the meaning is that of the event engine. Nothing here knows
sockets.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tidegate.rehearse.rig_steps import Command, commands, table_command
from tidegate.world.contention import Contention
from tidegate.world.law import Stretch
from tidegate.world.login import Login
from tidegate.world.service import Service

MOST_WAITING_COUNT = 1_000_000
LISTEN_MOST_COUNT = 65_000
Endpoint = tuple[str, int]
_ADDRESSES_AND_PORTS = 0x37
"""What a flow is hashed by: both addresses, protocol, both ports (FIB_MULTIPATH_HASH_FIELD of Linux)."""


@dataclass(frozen=True, kw_only=True)
class ServerSettings:
    """How a service serves, all its instances together, as behind a perfect balancer.

    Parameters
    ----------
    instances_count, concurrency_count
        Instances, and requests that each serves at a time.
    service_time_s, service_law, service_cv_ratio, service_stretches
        How long one takes: the mean, and the word and numbers of its law.
    queue_count
        Requests that can wait.
    last_first
        The last that came is served first.
    silent
        A request that finds the queue full gets no answer, rather than an error.
    abandoned_leaves
        A request whose client has gone leaves the queue.
    connections_count
        Connections accepted at a time; None without limit.
    refuse
        A connection beyond that is answered with an error, rather than left waiting.
    setup_s, resumed_setup_s, resumption_ratio
        The work of a new connection, full and resumed, and the share that resumes.
    serial_ratio, crosstalk_ratio
        How requests that an instance serves together hold each other up.
    acks_late
        A new connection's request is acknowledged by its answer, if that comes soon.
    login_s, logins_count, logins_free_count, login_drop_ratio
        Of each instance: how long a connection may take to log in, how many may be there that have not, from
        how many on further ones are closed by chance, and the share of them.
    warm_s, slowdown_ratio
        How long an instance that has come is slower than it will be (0: not at all), how many times at first.
    rule, skew_ratio
        How connections are spread over instances with queues of their own; empty: they share one.
    sick_count, sick_s, sick_answers
        How many of the first instances do not do their work, how long that takes them, and what they answer.
    room_bytes, connection_bytes, request_bytes
        What memory an instance may fill before it is killed (None: any), and what fills it.
    away_s, backoff_s, backoff_most_s
        How long one that was killed is away, and how much longer restarts in a row take (0: not at all).
    """

    instances_count: int
    concurrency_count: int
    service_time_s: float
    service_law: str
    service_cv_ratio: float
    service_stretches: tuple[Stretch, ...]
    queue_count: int
    last_first: bool
    silent: bool
    abandoned_leaves: bool
    connections_count: int | None
    refuse: bool
    setup_s: float
    resumed_setup_s: float
    resumption_ratio: float
    serial_ratio: float
    crosstalk_ratio: float
    acks_late: bool
    login_s: float | None = None
    logins_count: int | None = None
    logins_free_count: int | None = None
    login_drop_ratio: float = 0.0
    warm_s: float = 0.0
    slowdown_ratio: float = 1.0
    rule: str = ""
    skew_ratio: float = 0.0
    sick_count: int = 0
    sick_s: float = 0.0
    sick_answers: str = ""
    room_bytes: int | None = None
    connection_bytes: int = 0
    request_bytes: int = 0
    away_s: float = 0.0
    backoff_s: float = 0.0
    backoff_most_s: float = 0.0

    @property
    def workers_count(self) -> int:
        """Return how many requests are served at a time, by all instances."""
        return self.instances_count * self.concurrency_count

    @property
    def contention(self) -> Contention:
        """Return how requests that an instance serves together hold each other up."""
        return Contention(serial_ratio=self.serial_ratio, crosstalk_ratio=self.crosstalk_ratio)

    @property
    def counts_logins(self) -> bool:
        """Return whether connections that have not logged in are allowed only so many, or so long."""
        return self.login_s is not None or self.logins_count is not None

    def as_json(self) -> dict[str, Any]:
        """Return the settings by name."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class ServicePlan:
    """What stands in for a service.

    Parameters
    ----------
    name, namespace, endpoint
        What it is, where clients reach it.
    listens_at
        Where it listens: there too, or behind a proxy.
    backlog_count
        What its listening socket is told.
    settings
        From when on it serves how.
    silences
        What nftables reads while packets to it come through, and while they vanish, where that depends on
        what its instances ask as they boot; else the plan has it.
    asks, is_resolver
        Whether it asks anything of other services; whether names are asked of it.
    """

    name: str
    namespace: str
    endpoint: Endpoint
    listens_at: Endpoint
    backlog_count: int
    settings: tuple[tuple[float, ServerSettings], ...]
    silences: tuple[str, str] | None = None
    asks: bool = False
    is_resolver: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return what the sleeping server is asked."""
        return {
            "name": self.name,
            "address": self.listens_at[0],
            "port": self.listens_at[1],
            "backlog_count": self.backlog_count,
            "settings": [(at_s, settings.as_json()) for at_s, settings in self.settings],
            "silences": self.silences,
            "is_resolver": self.is_resolver,
        }


def settings_of(service: Service) -> ServerSettings:
    """Return how a service serves now."""
    instances = service.instances_count
    limit = service.peers_per_thread_count
    starved = limit is not None and instances - 1 > limit
    contention = service.contention or Contention()
    connections = service.accepted_count
    login = service.login or Login()
    return ServerSettings(
        instances_count=instances,
        concurrency_count=0 if starved else service.concurrency_count,
        service_time_s=service.service_time_s,
        service_law=service.service_law.word,
        service_cv_ratio=service.service_cv_ratio,
        service_stretches=service.service_law.stretches,
        queue_count=MOST_WAITING_COUNT if service.queue_count is None else service.queue_count,
        last_first=service.queue_order == "lifo",
        silent=service.queue_when_full == "silent",
        abandoned_leaves=service.abandoned_work == "leaves",
        connections_count=None if connections is None else connections * instances,
        refuse=service.connections_when_full == "refuse",
        setup_s=service.setup_time_s,
        resumed_setup_s=service.resumed_setup_time_s,
        resumption_ratio=service.resumption_ratio,
        serial_ratio=contention.serial_ratio,
        crosstalk_ratio=contention.crosstalk_ratio,
        acks_late=service.request_ack == "with_answer",
        login_s=login.timeout_s,
        logins_count=login.most_count,
        logins_free_count=login.drop_from_count,
        login_drop_ratio=login.drop_ratio,
        warm_s=0.0 if service.warm_up is None else service.warm_up.time_s,
        slowdown_ratio=1.0 if service.warm_up is None else service.warm_up.slowdown_ratio,
        rule="" if service.balancing is None else service.balancing.rule,
        skew_ratio=0.0 if service.balancing is None else service.balancing.skew_ratio,
        sick_count=0 if service.sick is None else service.sick.instances_count,
        sick_s=0.0 if service.sick is None else service.sick.time_s,
        sick_answers="" if service.sick is None else service.sick.answers,
        **_memory_of(service),
    )


def _memory_of(service: Service) -> dict[str, Any]:
    memory = service.memory
    if memory is None:
        return {}
    backoff = memory.restart_backoff
    return {
        "room_bytes": memory.room_bytes,
        "connection_bytes": memory.per_connection_bytes,
        "request_bytes": memory.per_request_bytes,
        "away_s": service.boot.time_s if memory.restart_s is None else memory.restart_s,
        "backoff_s": 0.0 if backoff is None else backoff.base_s,
        "backoff_most_s": 0.0 if backoff is None else backoff.most_s,
    }


def backlog_of(service: Service) -> int:
    """Return how many connections may wait to be accepted, all instances together."""
    wanted = service.accept_backlog_count * max(service.instances_count, 1)
    # The kernel lets one connection more wait than it is told.
    return min(max(wanted - 1, 0), LISTEN_MOST_COUNT)


def silence_command(
    namespace: str, address: str, port: int, *, absent: bool, datagrams: bool = False
) -> Command:
    """Return the step that lets packets to a service vanish while it has no instance, or come again."""
    names = (f"  ip daddr {address} udp dport {port} drop",) if datagrams else ()
    chain = (
        "chain input {",
        "  type filter hook input priority 0;",
        f"  ip daddr {address} tcp dport {port} drop",
        *names,
        "}",
    )
    return table_command(namespace, f"absent{port}", chain if absent else ())


def network_commands(
    namespace: str, *, linear_syns_count: int, syn_retries_count: int, stamped: bool
) -> tuple[Command, ...]:
    """Return the settings of a network: its hosts' TCP, clients' and services' alike.

    Parameters
    ----------
    namespace
        The network's.
    linear_syns_count, syn_retries_count
        How Linux sends a connection request again.
    stamped
        Whether its hosts offer time stamps. Where clients do and services do not, only a client's first
        packet carries one: by its length a device can tell it apart.
    """
    settings = (
        "net.ipv4.ip_forward=1",
        "net.ipv4.fib_multipath_hash_policy=3",
        f"net.ipv4.fib_multipath_hash_fields={_ADDRESSES_AND_PORTS}",
        "net.ipv4.ip_local_port_range='1024 65535'",
        "net.ipv4.tcp_congestion_control=reno",
        "net.ipv4.tcp_max_tw_buckets=1",
        f"net.ipv4.tcp_syn_linear_timeouts={linear_syns_count}",
        f"net.ipv4.tcp_syn_retries={syn_retries_count}",
        f"net.ipv4.tcp_timestamps={int(stamped)}",
        "net.core.somaxconn=65535",
        "net.ipv4.tcp_max_syn_backlog=65535",
    )
    return commands(namespace, f"sysctl -qw {' '.join(settings)}")
