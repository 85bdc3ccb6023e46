"""How does Envoy write a protection of a crossing, or of the clients beside which it stands? Write and read.

Its token bucket and its count for the whole process hold whatever the number of worker threads. Its count for
a whole cluster is looked at before it is raised: what several workers let in at the same moment may exceed it
(4 of 3 in one of some ten tries with eight). Its count for each instance does not hold at all: a worker that
has no connection to an instance always opens one, so that N + workers - 1 may be open; and what finds that
count full is neither refused nor closed, it waits. Beyond the other limits Envoy accepts and closes; it
cannot drop a connection request, and it has no limit for each source at this level.
"""

from __future__ import annotations

import math
from fractions import Fraction

from tidegate.protect.adopted import Adopted, Findings, Subjects
from tidegate.protect.config_file import Addresses, Draft, Written, comments, identifier, short
from tidegate.protect.protection import Protection
from tidegate.protect.targets import envoy_sidecar, envoy_text
from tidegate.protect.targets.behind import Ends, proxied
from tidegate.protect.targets.envoy_cluster import MOST, cluster, split
from tidegate.protect.targets.share import asked, each_device_count, most_instances
from tidegate.world.crossing import Admission
from tidegate.world.world import WorldFile

TARGET = "envoy"
_BELONGS = "is not the business of Envoy; give it to the client, the device before it or the scaler"
_NO_DROP = "Envoy accepts the excess and closes it; it cannot drop a connection request"
_NO_QUEUE = "a TCP proxy has no requests to queue; what Envoy calls pending are connections being opened"
_NOT_EACH = (
    "Envoy refuses at once only by a count for all instances together; its count for each instance lets the "
    "excess wait (backlog). Put one Envoy before each instance, or let the excess wait"
)
_LEAST_FILL_S = Fraction(1, 20)  # Envoy fills a bucket at most every 50 ms
_CONNECTIONS = ("connections", "connections_when_full")
_MILLIS = 1000
_TRIED = 400
_TYPE = "type.googleapis.com/envoy.extensions."


def write(protection: Protection, file: WorldFile, addresses: Addresses | None = None) -> Written:
    """Return a configuration for each crossing, and one for each population of clients.

    Parameters
    ----------
    protection
        What is to be said.
    file
        The world it protects.
    addresses
        Where proxies listen and instances stand.
    """
    draft = Draft(TARGET, protection, file, stands_before=True)
    ends = Ends(draft, addresses)
    done: set[str] = set()
    for name in draft.world.crossings:
        behind = tuple(one for one in proxied(draft, name) if one not in done)
        connections = [f"services.{one}.{key}" for one in behind for key in _CONNECTIONS]
        for service in behind:
            for key in ("queue", "queue_when_full"):
                draft.refuse(f"services.{service}.{key}", _NO_QUEUE)
        if behind and draft.has(f"crossings.{name}.admission", *connections):
            _Device(draft, ends, name, behind).write()
            done.update(behind)
    for name in protection.subjects("clients"):
        envoy_sidecar.write(draft, ends, name)
    return draft.written(_BELONGS)


class _Device:
    """The configuration of one crossing."""

    def __init__(self, draft: Draft, ends: Ends, name: str, behind: tuple[str, ...]) -> None:
        self._draft = draft
        self._ends = ends
        self._name = name
        self._behind = behind
        self._at = f"crossings.{name}.admission."
        self._admission = draft.world.crossings[name].admission or Admission()
        self._counted: list[str] = []
        """Services whose connections are limited."""
        self._waits: list[str] = []
        """Those of them before which the excess waits."""

    def write(self) -> None:
        """Write it."""
        for key in ("per_source", "per_source_burst"):
            self._draft.refuse(self._at + key, "Envoy has no limit for each source of connections")
        bucket, overload = self._bucket(), self._overload()
        self._excess(limited=bool(bucket or overload))
        clusters = [line for service in self._behind for line in self._cluster(service)]
        listeners = [line for service in self._behind for line in self._listener(service, bucket)]
        if not (bucket or overload or self._counted):
            return
        file_name = f"{identifier(self._name)}.envoy.yaml"
        lines = [
            f"# Protection of the crossing {short(self._name)} (world {short(self._draft.world.name)}).",
            f"# Check it: envoy --mode validate --disable-hot-restart -c {file_name}",
            f"# Run it:   envoy --concurrency 1 -c {file_name}"
            if self._waits
            else f"# Run it:   envoy -c {file_name}",
            "static_resources:",
            "  listeners:",
            *listeners,
            "  clusters:",
            *clusters,
            *overload,
        ]
        self._draft.add(file_name, "\n".join(lines) + "\n")
        devices = self._draft.world.crossings[self._name].devices_count
        each = f" on each of the {devices} devices" if devices > 1 else ""
        self._draft.note(f"Run one Envoy process{each}: every limit holds for one process.")

    def _excess(self, *, limited: bool) -> None:
        path = self._at + "on_excess"
        if not limited:
            self._draft.refuse(path, "there is no limit whose excess it would be")
        elif self._admission.on_excess == "reset":
            self._draft.say(path)
            self._draft.note(
                "A refused connection costs the device its set-up and its close, and can keep it down."
            )
        else:
            self._draft.refuse(path, _NO_DROP)

    def _bucket(self) -> list[str]:
        """Return the filter that limits new connections a second, shared by all listeners."""
        rate, burst = self._draft.find(self._at + "rate"), self._draft.find(self._at + "burst")
        per_s = self._admission.rate_per_s
        if per_s is None:
            self._draft.refuse(self._at + "rate", "no limit is the absence of a filter: remove the old one")
            self._draft.refuse(self._at + "burst", "there is no rate it would belong to")
        excess = self._draft.find(self._at + "on_excess")
        if (rate is None and burst is None and excess is None) or per_s is None:
            return []
        count, interval_s, exact = _fill(per_s, self._admission.burst_count)
        if count > MOST:
            self._draft.refuse(self._at + "rate", "Envoy cannot fill a bucket that fast")
            self._draft.refuse(self._at + "burst", "there is no rate it would belong to")
            return []
        for element in (rate, burst):
            if element is not None:
                self._draft.say(element.path)
        if rate is not None and not exact:
            self._draft.rounded(rate, f"{count} every {_seconds(interval_s)}")
        tokens = max(count, min(self._admission.burst_count, MOST))
        if burst is not None and tokens != self._admission.burst_count:
            self._draft.rounded(burst, f"{tokens}, what comes in at one filling,")
        return [
            *comments(rate, burst, excess),
            "- name: envoy.filters.network.local_ratelimit",
            "  typed_config:",
            f'    "@type": {_TYPE}filters.network.local_ratelimit.v3.LocalRateLimit',
            f"    stat_prefix: tg_{identifier(self._name)}",
            "    # One bucket for all listeners.",
            f"    share_key: tg_{identifier(self._name)}",
            "    token_bucket:",
            f"      max_tokens: {tokens}",
            f"      tokens_per_fill: {count}",
            f"      fill_interval: {_seconds(interval_s)}",
        ]

    def _overload(self) -> list[str]:
        """Return the limit on open connections of the whole process."""
        element = self._draft.find(self._at + "concurrent")
        count = self._admission.concurrent_count
        excess = self._draft.find(self._at + "on_excess")
        if count is None:
            self._draft.refuse(
                self._at + "concurrent", "no limit is the absence of a monitor: remove the old one"
            )
        if (element is None and excess is None) or count is None:
            return []
        self._draft.say(self._at + "concurrent")
        return [
            "overload_manager:",
            "  resource_monitors:",
            *(f"  {line}" for line in comments(element, excess)),
            "  - name: envoy.resource_monitors.global_downstream_max_connections",
            "    typed_config:",
            f'      "@type": {_TYPE}resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
            f"      max_active_downstream_connections: {count}",
        ]

    def _listener(self, service: str, bucket: list[str]) -> list[str]:
        word = identifier(service)
        host, port = split(self._ends.listen(service))
        return [
            f"  - name: tg_{word}",
            f"    address: {{socket_address: {{address: {host}, port_value: {port}}}}}",
            "    filter_chains:",
            "    - filters:",
            *(f"      {line}" for line in bucket),
            "      - name: envoy.filters.network.tcp_proxy",
            "        typed_config:",
            f'          "@type": {_TYPE}filters.network.tcp_proxy.v3.TcpProxy',
            f"          stat_prefix: tg_{word}",
            f"          cluster: tg_{word}",
        ]

    def _cluster(self, name: str) -> list[str]:
        found = each_device_count(self._draft, self._name, name)
        elements = asked(self._draft, name)
        at = f"services.{name}.connections"
        refuses = self._draft.world.services[name].connections_when_full == "refuse"
        why = ""
        if found is not None and found > MOST:
            why = f"Envoy counts to {MOST:,} at most"
        elif found is not None and refuses and not self._alone(name):
            why = _NOT_EACH
        if found is None or why:
            for path in (at, f"{at}_when_full"):
                self._draft.refuse(path, why)
            return cluster(name, self._ends, [])
        for element in elements:
            self._draft.say(element.path)
        self._counted.append(name)
        if refuses:
            self._draft.note(
                f"{at}: the limit is exact with one worker thread (envoy --concurrency 1); with W of them "
                f"what comes at the same moment may exceed it by W - 1."
            )
            return cluster(name, self._ends, [], connections_count=found, comments=comments(*elements))
        self._waits.append(name)
        self._draft.note(
            f"{at}: the excess waits in Envoy, established to the client already, until the client gives up. "
            f"The limit is exact with one worker thread (envoy --concurrency 1); with W of them an instance "
            f"may get W - 1 connections more."
        )
        breakers = [
            *(f"      {line}" for line in comments(*elements)),
            "      per_host_thresholds:",
            f"      - max_connections: {found}",
        ]
        return cluster(name, self._ends, breakers)

    def _alone(self, name: str) -> bool:
        """Whether one instance is all there is behind the cluster, and all there will be."""
        return most_instances(self._draft.world, name) <= 1 and len(self._ends.instances(name)) == 1


def _fill(per_s: float, burst_count: int) -> tuple[int, Fraction, bool]:
    """Return how many tokens come in at which interval, and whether that is exactly the rate.

    Fewer tokens at shorter intervals are smoother; never more than the burst where that is possible,
    because a bucket that is full takes no more. Envoy leaves away what an interval has beyond whole
    milliseconds, and would let in more than is claimed: so intervals are whole, and rather longer.
    """
    rate = Fraction(per_s).limit_denominator(10**6)
    exactly = float(rate) == per_s
    least = max(1, math.ceil(rate * _LEAST_FILL_S))
    best, best_ratio = (least, Fraction(0)), Fraction(0)
    for count in range(least, max(least, min(burst_count, least + _TRIED)) + 1):
        interval_s = Fraction(math.ceil(count / rate * _MILLIS), _MILLIS)
        ratio = count / rate / interval_s
        if ratio > best_ratio:
            best, best_ratio = (count, interval_s), ratio
        if ratio == 1:
            break
    return *best, exactly and best_ratio == 1


def _seconds(value_s: Fraction) -> str:
    whole, millis = divmod(int(value_s * _MILLIS), _MILLIS)
    return f"{whole}.{millis:03d}".rstrip("0").rstrip(".") + "s"


def read(text: str, source: str, subjects: Subjects) -> Adopted:
    """Return what an Envoy configuration says about a crossing, services behind it, and clients beside it.

    Parameters
    ----------
    text
        A bootstrap file in YAML or JSON.
    source
        Its name.
    subjects
        What is meant where the text does not say so.

    Raises
    ------
    InputError
        With every fault of the text, each with its line.
    """
    findings = Findings(TARGET, source, subjects)
    envoy_text.interpret(text, source, findings)
    return findings.adopted()
