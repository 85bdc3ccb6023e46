"""What does an Envoy bootstrap file limit, in the words of a world? Reading only.

A count for each instance lets the excess wait, one for a whole cluster closes it at once.

Shortcut: a limit on the connections of a whole cluster is taken as an equal share of each instance; a count
for each instance as what one worker thread makes of it, because a bootstrap file does not say how many there
are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from tidegate.errors import InputError
from tidegate.protect.adopted import Findings
from tidegate.protect.config_file import identifier
from tidegate.protect.targets.envoy_cluster import MOST
from tidegate.protect.targets.share import devices_before
from tidegate.world.file.faults import Path
from tidegate.world.file.tree import Places, read_tree

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)s", re.ASCII)
_WHOLE = re.compile(r"\d{1,12}", re.ASCII)
_BUCKETS = (".filters.network.local_ratelimit.", ".filters.listener.local_ratelimit.")
_COUNTS = {
    ".connection_limit.v3.ConnectionLimit": "max_connections",
    ".downstream_connections.v3.DownstreamConnectionsConfig": "max_active_downstream_connections",
}
_REQUESTS = (".filters.http.local_ratelimit.", ".adaptive_concurrency.", ".admission_control.", ".fault.")
_PER_WORKER = "each worker thread but the first may open one connection more: a world has no key for it"
_CAP_TIMES = 10  # of the first pause, where no cap is stated


def interpret(text: str, source: str, findings: Findings) -> None:
    """Give `findings` every limit on connections and every retry policy that the file holds."""
    try:
        tree = read_tree(text, source)
    except InputError as error:
        findings.take(error.faults)
        return
    findings.take(tree.faults)
    named = re.search(r"crossings\.([^\s.]+)\.", text)
    reading = _Reading(findings, tree.places, named[1] if named else "")
    if not isinstance(tree.document, Mapping):
        findings.fault(1, "is no Envoy configuration", allowed="static_resources, …")
        return
    for path, part in _parts(tree.document, ()):
        if "cluster" in part and path[-1:] == ("route",):  # of requests, with or without retries
            reading.routes[str(part["cluster"])] = _listener(tree.document, path)
    for path, part in _parts(tree.document, ()):
        reading.take(path, part, tree.document)


def _parts(here: Any, path: Path) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """Give every mapping of a tree with its path, the outer ones first."""
    if isinstance(here, Mapping):
        yield path, here
        for key, value in here.items():
            yield from _parts(value, (*path, key))
    elif isinstance(here, list):
        for index, value in enumerate(here):
            yield from _parts(value, (*path, index))


class _Reading:
    """Reads one part after the other."""

    def __init__(self, findings: Findings, places: Places, named: str) -> None:
        self._findings = findings
        self._places = places
        self._named = named
        self.routes: dict[str, str] = {}
        """The listener whose requests go to a cluster, by the cluster's name."""

    def take(self, path: Path, part: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
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
        if "retry_policy" in part and "cluster" in part:
            self._route(path, part, whole)

    def _line(self, path: Path) -> int:
        return self._places.find(path).line

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
                if isinstance(one, Mapping) and "max_connections" in one:
                    count = self._whole(here, one, "max_connections")
                    if count is not None and 0 < count < MOST:
                        self._connections(here, str(part.get("name", "")), count, shared=shared)

    def _connections(self, path: Path, cluster: str, count: int, *, shared: bool) -> None:
        line = self._line((*path, "max_connections"))
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

    def _beside(self, cluster: str) -> str:
        """Return the clients beside which the proxy stands, if requests to a cluster are theirs."""
        subjects = self._findings.subjects
        written = self.routes.get(cluster, "").removeprefix("tg_")
        meant = next((name for name in subjects.world.clients if written and identifier(name) == written), "")
        return meant or (subjects.clients if cluster in self.routes else "")

    def _pool(self, clients: str, count: int, line: int) -> None:
        words = f"max_connections: {count}"
        if self._findings.subjects.world.clients[clients].connection == "pool":
            self._findings.found(f"clients.{clients}.pool", count, words, line)
        else:
            self._findings.ignore(line, words, f"{clients} keep no pool in the world")

    def _route(self, path: Path, part: Mapping[str, Any], whole: Mapping[str, Any]) -> None:
        """Read the time-outs and retries of the clients beside which the proxy stands."""
        policy = part["retry_policy"]
        if not isinstance(policy, Mapping):
            self._findings.fault(self._line((*path, "retry_policy")), "is not a mapping")
            return
        listener = _listener(whole, path)
        name = self._findings.clients(self._line(path), listener.removeprefix("tg_"), identifier)
        here = (*path, "retry_policy")
        retries = self._whole(here, policy, "num_retries") if "num_retries" in policy else 1
        if not name or retries is None:
            return
        line = self._line(here)
        if "per_try_timeout" in policy:
            timeout_s = self._seconds(here, policy, "per_try_timeout")
            if timeout_s:
                words = f"per_try_timeout: {policy['per_try_timeout']}"
                self._findings.found(f"clients.{name}.timeout", float(timeout_s), words, line)
        self._layer(here, policy, name, retries)
        if "timeout" in part:
            deadline_s = self._seconds(path, part, "timeout")
            if deadline_s:
                path_to = f"clients.{name}.retry.layers.0.deadline"
                self._findings.found(
                    path_to, float(deadline_s), f"timeout: {part['timeout']}", self._line(path)
                )

    def _layer(self, path: Path, policy: Mapping[str, Any], name: str, retries: int) -> None:
        backoff = policy.get("retry_back_off", {"base_interval": "0.025s"})
        if not isinstance(backoff, Mapping):
            self._findings.fault(self._line((*path, "retry_back_off")), "is not a mapping")
            return
        within = (*path, "retry_back_off")
        base_s = self._seconds(within, backoff, "base_interval")
        stated = "max_interval" in backoff
        cap_s = self._seconds(within, backoff, "max_interval") if stated else (base_s or 0) * _CAP_TIMES
        if not base_s or not cap_s:
            return
        values = {
            "attempts": retries + 1,
            "backoff": "exponential",
            "base": float(base_s),
            "multiplier": 2.0,
            "cap": float(cap_s),
            "jitter": "full",
        }
        words = f"num_retries: {retries}, {backoff.get('base_interval')} to {float(cap_s):g}s"
        self._findings.layer(name, values, words, self._line(path))
        if "retry_budget" in policy:
            self._findings.ignore(
                self._line(path), "retry_budget", "a share of requests, not a bucket of tokens"
            )


def _listener(whole: Mapping[str, Any], path: Path) -> str:
    """Return the name of the listener within which a path lies; empty where it lies in none."""
    here: Any = whole
    name = ""
    for step in path:
        here = here[step]
        if isinstance(here, Mapping) and "filter_chains" in here:
            name = str(here.get("name", ""))
    return name
