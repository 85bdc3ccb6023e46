"""How does an Envoy beside a client keep its retries, time-outs and connections in bounds? Writing only."""

from __future__ import annotations

from tidegate.protect.config_file import Draft, identifier, short
from tidegate.protect.protection import Element
from tidegate.protect.targets.behind import Ends
from tidegate.protect.targets.envoy_cluster import MOST, cluster
from tidegate.protect.targets.retry_layer import Innermost
from tidegate.protect.targets.speaking import holds, unsure
from tidegate.world.retry import RetryLayer

_TYPE = "type.googleapis.com/envoy.extensions.filters."
_SPEAKS = ("http", "grpc")
_ON = "connect-failure,refused-stream,reset,gateway-error"
_PORT = 15001
_JITTER = "Envoy always scatters its pauses over the whole delay (full jitter)"
_KEYS = ("timeout", "pool", "retry")


def write(draft: Draft, ends: Ends, name: str) -> None:
    """Write the proxy that stands beside each client of one population, if there is anything to say."""
    if not draft.has(*(f"clients.{name}.{key}" for key in _KEYS)):
        return
    if not holds(draft, name, _SPEAKS, "an Envoy that keeps a client in bounds is an HTTP proxy"):
        return
    inner = Innermost(draft, name)
    route = _route(inner)
    pool = inner.own("pool") if inner.clients.connection == "pool" else None
    if pool is not None:
        draft.note(
            f"{pool.path} is exact with one worker thread (envoy --concurrency 1): each of Envoy's worker "
            "threads opens one connection at least."
        )
    draft.refuse(f"clients.{name}.connect_timeout", "is the client's own, not its sidecar's")
    inner.finish()
    if not inner.comments:
        return
    file_name = f"{identifier(name)}.envoy.yaml"
    lines = [
        f"# For each of the clients {short(name)} (world {short(draft.world.name)}).",
        f"# They send HTTP to port {_PORT} of the same host.",
        f"# Check it: envoy --mode validate --disable-hot-restart -c {file_name}",
        f"# Run it:   envoy --concurrency 1 -c {file_name}" if pool else f"# Run it:   envoy -c {file_name}",
        "static_resources:",
        "  listeners:",
        f"  - name: tg_{identifier(name)}",
        f"    address: {{socket_address: {{address: 127.0.0.1, port_value: {_PORT}}}}}",
        "    filter_chains:",
        "    - filters:",
        "      - name: envoy.filters.network.http_connection_manager",
        "        typed_config:",
        f'          "@type": {_TYPE}network.http_connection_manager.v3.HttpConnectionManager',
        f"          stat_prefix: tg_{identifier(name)}",
        "          http_filters:",
        "          - name: envoy.filters.http.router",
        f'            typed_config: {{"@type": {_TYPE}http.router.v3.Router}}',
        "          route_config:",
        "            virtual_hosts:",
        f"            - name: tg_{identifier(name)}",
        '              domains: ["*"]',
        "              routes:",
        "              - match: {prefix: /}",
        "                route:",
        *(f"                  # {text}" for text in inner.comments),
        f"                  cluster: tg_{identifier(inner.clients.service)}",
        *(f"                  {line}" for line in route),
        "  clusters:",
        *_cluster(ends, inner.clients.service, pool),
    ]
    unsure(draft, name, _SPEAKS)
    draft.add(file_name, "\n".join(lines) + "\n")


def _route(inner: Innermost) -> list[str]:
    """Return the time-outs and the retry policy of the route."""
    layer = inner.layer
    inner.own("timeout")
    attempts = inner.attempts_count
    lines = [f"timeout: {_deadline(inner)}"]
    if layer is None or attempts == 1:
        inner.said("attempts", "retries")
        return [f"timeout: {duration(inner.clients.timeout_s)}"]
    if attempts is None:
        inner.refuse("retries", "Envoy counts retries; without limit is not to be said")
        inner.refuse("attempts", "Envoy counts retries; without limit is not to be said")
        attempts = 3
    else:
        inner.said("attempts", "retries")
    lines += [
        "retry_policy:",
        f"  retry_on: {_ON}",
        f"  num_retries: {attempts - 1}",
        f"  per_try_timeout: {duration(inner.clients.timeout_s)}",
        "  retry_back_off:",
        f"    base_interval: {duration(max(layer.base_s, 0.001))}",
        f"    max_interval: {duration(max(layer.cap_s, layer.base_s, 0.001))}",
    ]
    _backoff(inner, layer)
    return lines


def _backoff(inner: Innermost, layer: RetryLayer) -> None:
    if layer.base_s >= 0.001:
        inner.said("base")
    else:
        inner.refuse("base", "Envoy waits at least 1 ms")
    if layer.cap_s >= layer.base_s:
        inner.said("cap")
    else:
        inner.refuse("cap", "Envoy takes no cap below the first pause")
    inner.fixed("backoff", "exponential", "Envoy's pauses always grow exponentially")
    inner.fixed("multiplier", 2.0, "Envoy's pauses always double")
    inner.fixed("jitter", "full", _JITTER)
    inner.fixed("budget", None, "Envoy's retry budget is a share of active requests, not a bucket of tokens")
    inner.fixed("breaker", None, "Envoy's outlier detection ejects instances; it does not open for all")
    for path in ("budget", "breaker"):
        for element in inner.draft.below(f"{inner.at}retry.layers.0.{path}"):
            inner.draft.refuse(element.path, f"Envoy's own {path} is another one")


def _deadline(inner: Innermost) -> str:
    deadline_s = None if inner.layer is None else inner.layer.deadline_s
    if deadline_s is None:
        return "0s"
    inner.said("deadline")
    return duration(deadline_s)


def _cluster(ends: Ends, service: str, pool: Element | None) -> list[str]:
    return cluster(service, ends, [], connections_count=MOST if pool is None else pool.value)


def duration(value_s: float) -> str:
    """Return a time as protobuf writes it, to the nanosecond."""
    return f"{value_s:.9f}".rstrip("0").rstrip(".") + "s"
