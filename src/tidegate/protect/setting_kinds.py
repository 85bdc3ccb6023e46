"""Which keys of a world are protective settings, and what does each of them do? A table, no logic.

A key that is not here (a service time, a population) describes what is, and nobody can configure it away.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

ANY = "*"
"""A step that stands for any name or index."""


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of protective setting.

    Parameters
    ----------
    pattern
        Its path of file keys; `*` stands for a name or an index.
    title
        What people call it.
    does
        What it does, with `{value}` in place of the number.
    where
        Where it is set if no target writes it.
    """

    pattern: str
    title: str
    does: str
    where: str


_SET = {
    "crossings.": "set at the device, or in a proxy before the services",
    "services.*.autoscaler.": "set in whatever scales the service",
    "services.": "set in the service itself",
    "activities.": "set in the plan of the activity itself",
    "clients.": "set in the client's own code or library",
}
"""Where a kind is set that does not say so itself, by how its path begins."""


def _kind(pattern: str, title: str, does: str, where: str = "") -> Kind:
    by_place = next(words for begins, words in _SET.items() if pattern.startswith(begins))
    return Kind(pattern=pattern, title=title, does=does, where=where or by_place)


_CALL_POOL = "set in the calling service's own pool (HikariCP: {}; SQLAlchemy: {}; node-postgres: {})"
_OWN_LIMIT = "set in the client itself (client-go: QPS and Burst of its rest.Config)"
_OWN_WAIT = "set in the client itself (client-go: the deadline of the context that waits)"
_ADMISSION = "crossings.*.admission."
_LAYER = "clients.*.retry.layers.*."
_SCALER = "services.*.autoscaler."
_REACTION = "activities.*.reactions.*."

KINDS: tuple[Kind, ...] = (
    _kind(_ADMISSION + "rate", "admission rate", "each device lets in at most {value} new flows"),
    _kind(_ADMISSION + "burst", "admission burst", "{value} new flows may come at once beyond the rate"),
    _kind(_ADMISSION + "concurrent", "concurrent flows", "each device holds at most {value} open flows"),
    _kind(_ADMISSION + "on_excess", "drop or refuse", "what is too much: {value}"),
    _kind(_ADMISSION + "per_source", "fairness", "one client opens at most {value} new flows"),
    _kind(_ADMISSION + "per_source_burst", "fairness burst", "one client may open {value} at once"),
    _kind("crossings.*.queue_packets", "queue cap", "at most {value} packets wait in one device"),
    _kind("crossings.*.queue_when_full", "full queue", "a full queue is {value}"),
    _kind("crossings.*.table.entries", "flow table", "one device keeps {value} flows"),
    _kind("crossings.*.table.when_full", "full flow table", "a full flow table does this: {value}"),
    _kind("crossings.*.table.unanswered_hold", "hold-down", "an unanswered SYN keeps its entry for {value}"),
    _kind("crossings.*.table.closed_hold", "hold-down", "a closed flow keeps its entry for {value}"),
    _kind("crossings.*.table.idle_timeout", "idle timer", "a silent flow is forgotten after {value}"),
    _kind(
        "crossings.*.ports.per_destination",
        "ports",
        "each destination gets {value} source ports",
        "set at the device, with more addresses (Cloud NAT: min-ports-per-vm)",
    ),
    _kind(
        "crossings.*.ports.block.least",
        "ports of a source",
        "each source has a block of {value} ports",
        "set at the device, with more addresses (Cloud NAT: min-ports-per-vm; Azure: outbound rule)",
    ),
    _kind(
        "crossings.*.ports.block.most",
        "ports of a source",
        "a source's block of ports grows to {value}",
        "set at the device, with more addresses (Cloud NAT: max-ports-per-vm)",
    ),
    _kind("crossings.*.ports.when_full", "no port free", "without a free port a flow meets this: {value}"),
    _kind(
        "crossings.*.ports.hold",
        "port hold-down",
        "a port stays taken for {value} after its flow",
        "set at the device (Cloud NAT: tcp-time-wait-timeout)",
    ),
    _kind(
        "crossings.*.ports.unanswered_hold",
        "port hold-down",
        "the port of an unanswered flow stays taken for {value}",
        "set at the device (Cloud NAT: tcp-transitory-idle-timeout)",
    ),
    _kind(
        "crossings.*.bandwidth",
        "capacity",
        "one device carries {value} in each direction",
        "ordered from whoever provides the devices",
    ),
    _kind(
        "crossings.*.devices",
        "capacity",
        "{value} devices share the flows",
        "ordered from whoever provides the devices",
    ),
    _kind(
        "services.*.instances",
        "capacity",
        "{value} instances take requests",
        "set in the service's own deployment",
    ),
    _kind(
        "services.*.concurrency",
        "requests at a time",
        "an instance serves {value} requests at a time",
        "set in the service itself (threads, workers), or as a limit on what a proxy before it has under way",
    ),
    _kind(
        "services.*.peers_per_thread",
        "thread limit",
        "an instance may have {value} threads for its peers",
        "set in each instance's system (threads-max, pids limit, ulimit -u), less what else it runs",
    ),
    _kind(
        "services.*.calls.*.retry",
        "retry policy",
        "calls are tried again as {value}",
        "set in the calling service's own client library",
    ),
    _kind(
        "services.*.boot.calls.*.retry",
        "retry policy",
        "what an instance asks for as it starts is tried again as {value}",
        "set in what starts the service",
    ),
    _kind(
        "services.*.boot.calls.*.timeout",
        "time-out",
        "what an instance asks for as it starts is given up after {value}",
        "set in what starts the service",
    ),
    _kind(
        "services.*.calls.*.pool.most",
        "pool of a call",
        "each instance opens at most {value} connections for this call",
        _CALL_POOL.format("maximumPoolSize", "pool_size + max_overflow", "max"),
    ),
    _kind(
        "services.*.calls.*.pool.least",
        "pool of a call",
        "each instance keeps {value} of them even when idle",
        _CALL_POOL.format("minimumIdle", "pool_size", "min"),
    ),
    _kind(
        "services.*.calls.*.pool.wait",
        "wait for a connection",
        "who finds no connection waits {value} and fails then",
        _CALL_POOL.format("connectionTimeout", "pool_timeout", "connectionTimeoutMillis"),
    ),
    _kind(
        "services.*.calls.*.pool.idle_timeout",
        "idle connections",
        "a connection that is idle for {value} is closed",
        _CALL_POOL.format("idleTimeout", "max_overflow beyond pool_size", "idleTimeoutMillis"),
    ),
    _kind(
        "services.*.calls.*.pool.opened",
        "pool of a call",
        "its connections are opened like this: {value}",
        _CALL_POOL.format("initializationFailTimeout, minimumIdle", "always lazy", "always lazy"),
    ),
    _kind(
        "services.*.pooler.most",
        "server connections",
        "each pooler opens at most {value} server connections",
        "set in the pooler itself (PgBouncer: default_pool_size, with max_db_connections as the cap of all)",
    ),
    _kind(
        "services.*.pooler.reserve",
        "server connections",
        "and {value} more when those are taken",
        "set in the pooler itself (PgBouncer: reserve_pool_size)",
    ),
    _kind(
        "services.*.pooler.mode",
        "pooling mode",
        "a server connection is held for each {value}",
        "set in the pooler itself (PgBouncer: pool_mode)",
    ),
    _kind(
        "services.*.pooler.wait",
        "wait for a connection",
        "who finds no server connection waits {value} and fails then",
        "set in the pooler itself (PgBouncer: query_wait_timeout)",
    ),
    _kind(
        "services.*.connections",
        "connections",
        "an instance accepts at most {value} connections",
        "set in the service itself (PostgreSQL: max_connections, Redis: maxclients)",
    ),
    _kind("services.*.connections_when_full", "full service", "further connections meet this: {value}"),
    _kind(
        "services.*.login.timeout",
        "log-in time",
        "a connection has {value} to log in",
        "set in the service itself (sshd: LoginGraceTime; nats-server: authorization { timeout } in seconds; "
        "PostgreSQL: authentication_timeout)",
    ),
    _kind(
        "services.*.login.most",
        "connections before log-in",
        "an instance keeps at most {value} connections that have not logged in",
        "set in the service itself (sshd: the last number of MaxStartups)",
    ),
    _kind(
        "services.*.login.drop_from",
        "connections before log-in",
        "from {value} connections on that have not logged in an instance drops some",
        "set in the service itself (sshd: the first number of MaxStartups)",
    ),
    _kind(
        "services.*.login.drop",
        "connections before log-in",
        "an instance drops {value} of the connections from there on",
        "set in the service itself (sshd: the second number of MaxStartups)",
    ),
    _kind(
        "services.*.memory.limit",
        "memory",
        "an instance may use {value}",
        "set where its instances are described (Kubernetes: resources.limits.memory)",
    ),
    _kind("services.*.accept_backlog", "accept backlog", "{value} connections may wait to be accepted"),
    _kind(
        "services.*.queue",
        "queue cap",
        "at most {value} requests wait, over all instances",
        "set in the service itself, or in a proxy of its own before it",
    ),
    _kind("services.*.queue_when_full", "full queue", "a full queue is {value}"),
    _kind(
        "services.*.health_probes.*.initial_delay",
        "initial delay of checks",
        "an instance that starts is not checked for {value}",
        "set where its checks are (Kubernetes: livenessProbe.initialDelaySeconds, or a startupProbe that "
        "lets it start for as long)",
    ),
    _kind(
        "services.*.health_probes.*.busy_fails",
        "check of its own",
        "the check waits with the requests and makes their calls: {value}",
        "set where its checks are: let them ask a path that answers by itself, with nobody else's help "
        "(Kubernetes: a path of its own for livenessProbe)",
    ),
    _kind(_SCALER + "also.signal", "second signal", "the scaler reads this as well: {value}"),
    _kind(_SCALER + "also.target", "second target", "the scaler steers each instance to {value} of that"),
    _kind(_SCALER + "metrics.fallback", "fallback", "without readings the scaler goes to {value} instances"),
    _kind(_SCALER + "least", "fewest instances", "the scaler keeps at least {value} instances"),
    _kind(_SCALER + "most", "most instances", "the scaler goes to at most {value} instances"),
    _kind(_SCALER + "step", "scaling step", "the scaler adds at most {value} of the instances at once"),
    _kind(_SCALER + "step_instances", "scaling step", "… or {value} instances, whichever is more"),
    _kind(_SCALER + "step_choice", "scaling step", "of its two steps the {value} counts"),
    _kind(_SCALER + "step_period", "scaling period", "what it adds counts against its steps for {value}"),
    _kind(_SCALER + "scale_up_delay", "scale-up delay", "instances come {value} after the need"),
    _kind(_SCALER + "interval", "scaling period", "the scaler decides once every {value}"),
    _kind(_SCALER + "tolerance", "scaling tolerance", "the scaler ignores deviations below {value}"),
    _kind(_SCALER + "scale_down_delay", "scale-down delay", "instances are kept {value} after the need"),
    _kind(
        "services.*.balancing.removal_lag",
        "removal lag",
        "an instance that has gone is used for {value} more and no longer",
        "set in whatever withdraws endpoints; or an instance serves on for as long (preStop)",
    ),
    _kind(
        "activities.*.to",
        "goal",
        "the activity goes to {value} and no further",
    ),
    _kind(
        "activities.*.at_once_most",
        "starts at once",
        "at most {value} start at a time, the next when one is ready",
    ),
    _kind("activities.*.batches", "batches", "the change is made in {value} steps"),
    _kind("activities.*.surge", "successors", "{value} more start before the old ones stop"),
    _kind("activities.*.pause", "pause", "a step begins {value} after the one before"),
    _kind(
        _REACTION + "spread",
        "reconnect spread",
        "clients reconnect spread over {value}",
        "set in the client, or in whatever tells clients of new endpoints",
    ),
    _kind(
        "activities.*.reactions",
        "reconnect spread",
        "clients do this as the activity goes on: {value}",
        "set in the client, or in whatever tells clients of new endpoints",
    ),
    _kind(
        _REACTION + "spread_by_lookup",
        "reconnect spread",
        "reconnection spread by name expiry: {value}",
        "set where names are kept: how long an answer holds",
    ),
    _kind(
        "services.*.connection_age.jitter",
        "age's jitter",
        "a connection's greatest age is scattered by ± {value}",
        "set in the service itself (gRPC scatters by 10 % of its own accord)",
    ),
    _kind(
        "services.*.calls.*.connection_age.jitter",
        "age's jitter",
        "a connection's greatest age is scattered by ± {value}",
        "set in the calling service's own pool (HikariCP scatters maxLifetime by itself)",
    ),
    _kind(
        "services.*.calls.*.connection_age.age",
        "connections' age",
        "a connection is closed once it is {value} old",
    ),
    _kind(
        "clients.*.connection_age.age",
        "connections' age",
        "a connection is closed once it is {value} old",
    ),
    _kind(
        "clients.*.connection_age.jitter",
        "age's jitter",
        "a connection's greatest age is scattered by ± {value}",
        "set in the client's own pool",
    ),
    _kind("clients.*.timeout", "time-out", "an attempt is given up after {value}"),
    _kind("clients.*.connect_timeout", "connect time-out", "connecting is given up after {value}"),
    _kind(
        "clients.*.connection",
        "reuse of connections",
        "connections are opened like this: {value}",
        "set in the client's own code or library: keep a connection and use it again",
    ),
    _kind(
        "clients.*.reset_at_most_every",
        "least time between resets",
        "a client closes an overdue connection at most once in {value}",
        "set in the client's own code: it notes when it last closed its connections (kubernetes#107781)",
    ),
    _kind(
        "clients.*.pool",
        "pool",
        "one client keeps {value} connections",
        "set in the client's own pool (HikariCP: maximumPoolSize; SQLAlchemy: pool_size + max_overflow; "
        "node-postgres: max); what several pools of one client keep counts together",
    ),
    _kind(
        "clients.*.start_spread",
        "start spread",
        "clients that appear start spread over {value}",
        "set where the new clients are started, a few at a time",
    ),
    *(
        _kind(f"{begins}limit.{key}", "own limit", does, where)
        for begins in ("clients.*.", "services.*.calls.*.")
        for key, does, where in (
            ("rate", "it lets itself ask at most {value}", _OWN_LIMIT),
            ("burst", "after a rest it lets itself ask {value} at once", _OWN_LIMIT),
            ("longest_wait", "who would wait for a turn longer than {value} fails at once", _OWN_WAIT),
        )
    ),
    _kind("clients.*.retry", "retry policy", "clients try again as {value}"),
    _kind(_LAYER + "attempts", "attempts", "a request is tried {value} times at most"),
    _kind(_LAYER + "retries", "retries", "a request is tried again {value} times at most"),
    _kind(_LAYER + "retries_on", "retried failures", "only these failures are tried again: {value}"),
    _kind(_LAYER + "backoff", "back-off", "the pause before a retry grows so: {value}"),
    _kind(_LAYER + "base", "back-off", "the first pause before a retry is {value}"),
    _kind(_LAYER + "multiplier", "back-off", "each further pause is {value} times as long"),
    _kind(_LAYER + "cap", "back-off", "no pause is longer than {value}"),
    _kind(_LAYER + "floor", "back-off", "no pause is shorter than {value}"),
    _kind(_LAYER + "jitter", "jitter", "the pauses are scattered so: {value}"),
    _kind("services.*.calls.*.retry.layers.*.jitter", "jitter", "the pauses are scattered so: {value}"),
    _kind(_LAYER + "jitter_width", "jitter", "the pauses are scattered by ± {value}"),
    _kind(_LAYER + "deadline", "deadline", "no retry starts later than {value} after the first attempt"),
    _kind(_LAYER + "budget.tokens", "retry budget", "the budget holds {value} tokens when full"),
    _kind(_LAYER + "budget.cost", "retry budget", "a retry takes {value} tokens"),
    _kind(_LAYER + "budget.per_request", "retry budget", "each first attempt pays in {value} tokens"),
    _kind(_LAYER + "budget.per_success", "retry budget", "each success pays in {value} tokens"),
    _kind(_LAYER + "budget.fill", "retry budget", "{value} tokens come back by themselves"),
    _kind(_LAYER + "budget.floor", "retry budget", "{value} of the tokens must remain after a retry"),
    _kind(_LAYER + "budget.scope", "retry budget", "the budget belongs to each {value}"),
    _kind(_LAYER + "breaker.failure", "breaker", "it opens when {value} of the calls fail"),
    _kind(_LAYER + "breaker.window", "breaker", "the share is taken over {value}"),
    _kind(_LAYER + "breaker.least_calls", "breaker", "below {value} calls it stays closed"),
    _kind(_LAYER + "breaker.open", "breaker", "once open it lets nothing through for {value}"),
    _kind(_LAYER + "breaker.scope", "breaker", "the breaker belongs to each {value}"),
)


@cache
def _by_steps() -> dict[tuple[str, ...], Kind]:
    return {tuple(kind.pattern.split(".")): kind for kind in KINDS}


def canonical(path: str) -> str:
    """Return a path as this package writes it: retry layers always below `layers`."""
    steps = path.split(".")
    if len(steps) > 3 and steps[0] == "clients" and steps[2] == "retry" and steps[3].isdecimal():
        steps.insert(3, "layers")
    return ".".join(steps)


def kind_of(path: str) -> Kind | None:
    """Return which kind of protective setting a canonical path leads to; None where it is none."""
    steps = path.split(".")
    known = _by_steps()
    plain = [steps[0], ANY, *(ANY if step.isdecimal() else step for step in steps[2:])]
    return known.get(tuple(plain))


def kind_at(path: str) -> Kind:
    """Return which kind of protective setting a canonical path leads to; it must be one."""
    found = kind_of(path)
    assert found is not None, f"{path} is no protective setting"
    return found
