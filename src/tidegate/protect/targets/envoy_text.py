"""What does an Envoy bootstrap file limit, in the words of a world? Reading only.

A count for each instance lets the excess wait, one for a whole cluster closes it at once.

Shortcut: a limit on the connections of a whole cluster is taken as an equal share of each instance; a count
for each instance as what one worker thread makes of it, because a bootstrap file does not say how many there
are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from tidegate.errors import InputError
from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets import envoy_routes
from tidegate.protect.targets.envoy_cluster import MOST
from tidegate.protect.targets.envoy_tree import Spelt, above, listener_of, listeners, parts
from tidegate.protect.targets.share import devices_before
from tidegate.world.file.faults import Path
from tidegate.world.file.pruned import pruned
from tidegate.world.file.tree import read_tree

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_BUCKETS = (".filters.network.local_ratelimit.", ".filters.listener.local_ratelimit.")
_COUNTS = {
    ".connection_limit.v3.ConnectionLimit": "max_connections",
    ".downstream_connections.v3.DownstreamConnectionsConfig": "max_active_downstream_connections",
}
_REQUESTS = (".filters.http.local_ratelimit.", ".adaptive_concurrency.", ".admission_control.", ".fault.")
_UNUSED = {
    "max_connection_duration": "how long a connection may stay: a world has no key for it",
    "max_requests_per_connection": "how many requests a connection carries: a world has no key for it",
    "max_connect_attempts": "is the TCP proxy's own trying again at another instance",
    "idle_timeout": "when idle connections are closed: a world has no key for it",
    "stream_idle_timeout": "how long a request may be silent: a world has no key for it",
    "hedge_policy": "a world has no key for attempts in parallel",
}
_THRESHOLDS = {
    "max_pending_requests": "how many requests wait for a connection: a world has no key for it",
    "max_requests": "limits requests in progress, not connections",
    "max_retries": "limits retries in progress, which a world has no key for",
    "retry_budget": "a share of requests, not a bucket of tokens",
    "max_connection_pools": "limits pools, not connections",
}
_NOT_LIMITS = frozenset({
    "transport_socket", "transportSocket", "metadata", "filter_metadata", "filterMetadata", "access_log",
    "accessLog", "tracing", "typed_per_filter_config", "typedPerFilterConfig", "dynamic_endpoint_configs",
    "dynamicEndpointConfigs", "static_endpoint_configs", "staticEndpointConfigs", "dynamic_active_secrets",
    "dynamicActiveSecrets", "static_secrets", "staticSecrets", "endpoints", "health_checks", "healthChecks",
    "transport_socket_matches", "transportSocketMatches", "request_headers_to_add", "response_headers_to_add",
})  # fmt: skip
"""Of a large dump: whom a cluster leads to, its keys and logs."""
_MOST_VALUES = 500_000
_OF_A_CLUSTER = frozenset({"load_assignment", "eds_cluster_config", "circuit_breakers", "cluster_type"})
_DISCOVERY = frozenset({"STATIC", "STRICT_DNS", "LOGICAL_DNS", "EDS", "ORIGINAL_DST"})
_SHOWN_COUNT = 4
_USUAL = (
    "Envoy itself limits each such cluster to 1,024 connections, 1,024 requests that wait, 1,024 requests "
    "and 3 retries in progress; say so in the world (`services.*.connections`) where that binds"
)
_INSTEAD = (
    "one part of the dump is enough: `/config_dump?name_regex=CLUSTER`, "
    "`?resource=dynamic_active_clusters` or `?resource=dynamic_route_configs`"
)
_ELSEWHERE = "stand elsewhere; `config_dump` of its admin interface prints all of them"
_RUNTIME_MOST = "overload.global_downstream_max_connections"
_BY_RUNTIME = (
    "a limit of the process that its runtime states, which may change while it runs: "
    "`admission.concurrent` of a world where it binds"
)
_OFF = "is switched off (runtime_enabled) unless the runtime says otherwise: it limits nothing"
_PER_WORKER = "each worker thread but the first may open one connection more: a world has no key for it"


def interpret(text: str, source: str, findings: Findings) -> None:
    """Give `findings` every limit on connections and every retry policy that the file holds."""
    try:
        tree = read_tree(pruned(text, _NOT_LIMITS), source, most_nodes=_MOST_VALUES, instead=_INSTEAD)
    except InputError as error:
        findings.take(error.faults)
        return
    findings.take(tree.faults)
    named = re.search(r"crossings\.([^\s.]+)\.", text)
    if not isinstance(tree.document, Mapping):
        findings.fault(1, "is no Envoy configuration", allowed="static_resources, …")
        return
    spelt = Spelt(tree.document, tree.places)
    reading = _Reading(findings, spelt, named[1] if named else "")
    for path, part in parts(spelt.document):
        if not reading.is_off(path, part):
            reading.take(path, part)
    reading.tell_silent()
    envoy_routes.interpret(spelt, findings)


class _Reading:
    """Reads one part after the other."""

    def __init__(self, findings: Findings, spelt: Spelt, named: str) -> None:
        self._findings = findings
        self._spelt = spelt
        self._named = named
        self._listeners = listeners(spelt.document)
        self._routes = envoy_routes.listeners_by_cluster(spelt.document)
        found = [(path, part) for path, part in parts(spelt.document) if _is_cluster(part)]
        self._clusters = {str(part.get("name", "")) for _, part in found}
        self._silent = [(path, part) for path, part in found if not _says_connections(part)]

    def is_off(self, path: Path, part: Mapping[str, Any]) -> bool:
        """Whether a part limits nothing unless the runtime says otherwise; that is told."""
        kind, flag = str(part.get("@type", "")), part.get("runtime_enabled")
        limits = any(one in kind for one in _BUCKETS) or kind.endswith(tuple(_COUNTS))
        off = limits and isinstance(flag, Mapping) and str(flag.get("default_value")) == "false"
        if off:
            self._findings.ignore(self._line(path), kind.rpartition(".")[2], _OFF)
        return off

    def take(self, path: Path, part: Mapping[str, Any]) -> None:
        """Give what the part limits to the findings."""
        kind = str(part.get("@type", ""))
        if any(one in kind for one in _BUCKETS):
            self._bucket(path, part)
        for ending, key in _COUNTS.items():
            if kind.endswith(ending):
                self._concurrent(path, part, key)
        if any(one in kind for one in _REQUESTS):
            self._findings.ignore(self._line(path), kind.rpartition(".")[2], "limits requests, not new flows")
        if "circuit_breakers" in part:
            self._breakers(path, part)
        if "outlier_detection" in part:
            line = self._line((*path, "outlier_detection"))
            self._findings.ignore(
                line, "outlier_detection", "takes an instance out after failures of requests"
            )
        most = str(part.get("global_downstream_max_connections", part.get(_RUNTIME_MOST, "")))
        if most:
            words = f"global_downstream_max_connections: {most}"
            self._findings.ignore(self._line(path), words, _BY_RUNTIME)
        for key, why in _UNUSED.items():
            if key in part and not isinstance(part[key], list):
                self._findings.ignore(self._line((*path, key)), f"{key}: {_shown(part[key])}", why)

    def tell_silent(self) -> None:
        """Tell the limits that Envoy sets by itself, where clusters say nothing of them."""
        if self._silent:
            names = [str(part.get("name", "")) for _, part in self._silent]
            more = f" and {len(names) - _SHOWN_COUNT} more" if len(names) > _SHOWN_COUNT else ""
            words = f"no max_connections of {', '.join(names[:_SHOWN_COUNT])}{more}"
            self._findings.ignore(self._line(self._silent[0][0]), words, _USUAL)
        if "dynamic_resources" in self._spelt.document:
            line = self._line(("dynamic_resources",))
            self._findings.ignore(line, "dynamic_resources", _ELSEWHERE)

    def _line(self, path: Path) -> int:
        return self._spelt.line(path)

    def _part(self, path: Path) -> str:
        """Return why a limit of a listener does not hold for all that comes in; empty where it does."""
        listener = listener_of(self._spelt.document, path)
        if len(self._listeners) > 1 and listener:
            return f"holds for listener {listener} only, one of {len(self._listeners)}"
        chosen = any(
            one["filter_chain_match"] for one in above(self._spelt.document, path, "filter_chain_match")
        )
        return "holds for what its filter_chain_match chooses only" if chosen else ""

    def _whole(self, path: Path, part: Mapping[str, Any], key: str) -> int | None:
        text = part.get(key, "")
        if not isinstance(text, str) or not _WHOLE.fullmatch(text):
            self._findings.fault(self._line((*path, key)), f"{key} is no whole number", value=str(text))
            return None
        return int(text)

    def _seconds(self, path: Path, part: Mapping[str, Any], key: str) -> Fraction | None:
        text = part.get(key, "")
        found = _DURATION.fullmatch(text) if isinstance(text, str) else None
        if found is None:
            line = self._line((*path, key))
            self._findings.fault(line, f"{key} is no duration", value=str(text), allowed="such as 0.05s")
            return None
        return Fraction(found[1])

    def _bucket(self, path: Path, part: Mapping[str, Any]) -> None:
        bucket = part.get("token_bucket")
        path = (*path, "token_bucket")
        if not isinstance(bucket, Mapping):
            self._findings.fault(self._line(path), "states no token_bucket")
            return
        partial = self._part(path)
        if partial:
            self._findings.ignore(self._line(path), "local_ratelimit", partial)
            return
        most = self._whole(path, bucket, "max_tokens")
        count = self._whole(path, bucket, "tokens_per_fill") if "tokens_per_fill" in bucket else 1
        interval_s = self._seconds(path, bucket, "fill_interval")
        crossing = self._findings.crossing(self._line(path), self._named, str)
        if not most or not count or not interval_s or not crossing:
            return
        line, at = self._line(path), f"crossings.{crossing}.admission."
        words = f"{count} every {bucket['fill_interval']}, at most {most}"
        # A bucket never holds more than its size, however much is poured in.
        rate = float(Fraction(min(count, most)) / interval_s)
        if self._findings.stricter(at + "rate", rate, words, line):
            self._findings.found(at + "burst", most, words, line)
            self._findings.found(at + "on_excess", "reset", words, line)

    def _concurrent(self, path: Path, part: Mapping[str, Any], key: str) -> None:
        count = self._whole(path, part, key)
        partial = self._part(path)
        if partial:
            self._findings.ignore(self._line((*path, key)), f"{key}: {count}", partial)
            return
        crossing = self._findings.crossing(self._line(path), self._named, str)
        if count and crossing:
            at, words, line = f"crossings.{crossing}.admission.", f"{key}: {count}", self._line((*path, key))
            if self._findings.stricter(at + "concurrent", count, words, line):
                self._findings.found(at + "on_excess", "reset", words, line)

    def _breakers(self, path: Path, part: Mapping[str, Any]) -> None:
        """Read the limits on the connections of one cluster."""
        breakers = part["circuit_breakers"]
        if not isinstance(breakers, Mapping):
            self._findings.fault(self._line((*path, "circuit_breakers")), "is not a mapping")
            return
        for key, shared in (("per_host_thresholds", False), ("thresholds", True)):
            listed = breakers.get(key)
            for index, one in enumerate(listed if isinstance(listed, list) else []):
                here = (*path, "circuit_breakers", key, index)
                if not isinstance(one, Mapping):
                    continue
                priority = str(one.get("priority", "DEFAULT"))
                self._beside_connections(here, one)
                if priority != "DEFAULT":
                    words = ", ".join(f"{name}: {_shown(value)}" for name, value in one.items())
                    self._findings.ignore(
                        self._line(here), words, f"for requests of priority {priority} only"
                    )
                elif "max_connections" in one:
                    count = self._whole(here, one, "max_connections")
                    if count is not None and 0 < count < MOST:
                        self._connections(here, str(part.get("name", "")), count, shared=shared)

    def _connections(self, path: Path, cluster: str, count: int, *, shared: bool) -> None:
        line = self._line((*path, "max_connections"))
        partial = self._no_service(cluster)
        if partial:
            self._findings.ignore(line, f"max_connections: {count}", partial)
            return
        beside = self._beside(cluster) if shared else ""
        if beside:
            self._pool(beside, count, line)
            return
        service = self._findings.service(line, cluster.removeprefix("tg_"), identifier)
        if not service:
            return
        world = self._findings.subjects.world
        instances = world.services[service].instances_count
        each = count // max(instances, 1) if shared else count
        each *= devices_before(world, service, self._named or self._findings.subjects.crossing)
        at, words = f"services.{service}.", f"max_connections: {count}"
        if not shared:
            self._findings.ignore(line, f"per_host_thresholds: {words}", _PER_WORKER)
        if each >= 1 and self._findings.stricter(at + "connections", each, words, line):
            self._findings.found(at + "connections_when_full", "refuse" if shared else "backlog", words, line)

    def _beside_connections(self, path: Path, thresholds: Mapping[str, Any]) -> None:
        """Tell the limits that are no limits on connections."""
        for key, why in _THRESHOLDS.items():
            stated = str(thresholds.get(key, MOST))
            if (
                not (_WHOLE.fullmatch(stated) and int(stated) >= MOST)
                and str(thresholds.get("priority", "DEFAULT")) == "DEFAULT"
            ):
                self._findings.ignore(self._line((*path, key)), f"{key}: {_shown(thresholds[key])}", why)

    def _no_service(self, cluster: str) -> str:
        """Return why a cluster is none of the services, nor what the clients use; empty where it is."""
        names = map(identifier, self._findings.subjects.world.services)
        known = cluster.removeprefix("tg_") in names or cluster in self._routes
        if known or len(self._clusters) < 2:
            return ""
        return f"holds for cluster {cluster} only, one of {len(self._clusters)}; no service is called so"

    def _beside(self, cluster: str) -> str:
        """Return the clients beside which the proxy stands, if requests to a cluster are theirs."""
        subjects = self._findings.subjects
        written = self._routes.get(cluster, "").removeprefix("tg_")
        meant = next((name for name in subjects.world.clients if written and identifier(name) == written), "")
        return meant or (subjects.clients if cluster in self._routes else "")

    def _pool(self, clients: str, count: int, line: int) -> None:
        words = f"max_connections: {count}"
        if self._findings.subjects.world.clients[clients].connection == "pool":
            self._findings.found(f"clients.{clients}.pool", count, words, line)
        else:
            self._findings.ignore(line, words, f"{clients} keep no pool in the world")


def _is_cluster(part: Mapping[str, Any]) -> bool:
    return bool(_OF_A_CLUSTER & set(part)) or ("name" in part and str(part.get("type")) in _DISCOVERY)


def _says_connections(part: Mapping[str, Any]) -> bool:
    """Whether a cluster states how many connections it may have."""
    breakers = part.get("circuit_breakers")
    listed = breakers.get("thresholds") if isinstance(breakers, Mapping) else None
    return any(
        isinstance(one, Mapping) and "max_connections" in one and one.get("priority", "DEFAULT") == "DEFAULT"
        for one in (listed if isinstance(listed, list) else [])
    )


def _shown(value: object) -> str:
    """Return a value on one line, a part as an ellipsis."""
    return str(value) if isinstance(value, str | int | float) else "…"
