"""How do HAProxy, nginx and Envoy stand in for a service? Their configuration, as text.

Each answers every request by itself and at once, with one thread. Nothing here starts them.

Shortcut: they answer in no time, so a service whose time or concurrency matters needs the sleeping server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tidegate.errors import Fault
from tidegate.rehearse.service_plan import MOST_WAITING_COUNT, ServerSettings
from tidegate.world.file.overlay import overlay
from tidegate.world.world import WorldFile

KINDS = ("haproxy", "nginx", "envoy")
AT_ONCE_S = 0.001
"""A service time up to this counts as none."""

FILE = "server.yaml"
"""What the configuration is written to; Envoy goes by the ending, the others do not care."""

ACKNOWLEDGES: Mapping[str, str] = {"haproxy": "with_answer", "nginx": "at_once", "envoy": "at_once"}
"""How a server acknowledges requests (`request_ack` of a service); the sleeping one does as it is told."""

ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "haproxy": ("-db", "-f", FILE),
    "nginx": ("-e", "stderr", "-p", ".", "-c", FILE),
    "envoy": ("--disable-hot-restart", "--concurrency", "1", "-l", "error", "--config-path", FILE),
}
"""What each is started with, in the directory that holds `FILE`."""


def cannot_stand_in(
    kind: str, service: str, settings: tuple[ServerSettings, ...], *, checked: bool
) -> Iterator[Fault]:
    """Yield what a service does that a named server cannot do for it."""
    path = f"services.{service}"
    if len(settings) > 1:
        yield Fault(what=f"cannot be rehearsed with {kind}: a service that changes while it runs", path=path)
    first = settings[0]
    if checked:
        yield Fault(what=f"cannot be rehearsed with {kind}: health checks", path=f"{path}.health_probes")
    if first.service_time_s + first.setup_s > AT_ONCE_S:
        yield Fault(
            what=f"cannot be rehearsed with {kind}, which answers at once",
            path=f"{path}.service_time",
            value=f"{first.service_time_s:g} s",
            allowed="at most 1 ms, or the sleeping server",
        )
    if first.counts_logins:
        yield Fault(what=f"cannot be rehearsed with {kind}: limits before log-in", path=f"{path}.login")
    if first.queue_count < MOST_WAITING_COUNT:
        yield Fault(what=f"cannot be rehearsed with {kind}: a limited queue", path=f"{path}.queue")
    if first.connections_count is not None and (kind != "haproxy" or first.refuse):
        yield Fault(
            what=f"cannot be rehearsed with {kind}: this limit of connections", path=f"{path}.connections"
        )


def as_served_by(kind: str, file: WorldFile) -> WorldFile:
    """Return the world with the habits on the wire of whoever answers in it."""
    way = ACKNOWLEDGES.get(kind)
    if way is None:
        return file
    return overlay(file, {f"services.{name}.request_ack": way for name in file.world.services})


def server_text(
    kind: str, address: str, port: int, *, backlog_count: int, connections_count: int | None
) -> str:
    """Return the configuration of a named server.

    Parameters
    ----------
    kind
        One of `KINDS`.
    address, port
        Where it listens.
    backlog_count
        Connections that may wait to be accepted.
    connections_count
        Connections it accepts at a time; HAProxy alone can be told.
    """
    if kind == "haproxy":
        return _haproxy(address, port, backlog_count, connections_count)
    if kind == "nginx":
        return _nginx(address, port, backlog_count)
    return _envoy(address, port, backlog_count)


def _haproxy(address: str, port: int, backlog_count: int, connections_count: int | None) -> str:
    limit = f"  maxconn {connections_count}\n" if connections_count is not None else ""
    return (
        "global\n  maxconn 9000\n  nbthread 1\n"
        "defaults\n  mode http\n  timeout client 1h\n  timeout http-request 1h\n"
        f"frontend service\n  bind {address}:{port} backlog {max(backlog_count, 1)}\n{limit}"
        '  http-request return status 200 content-type text/plain string "ok"\n'
    )


def _nginx(address: str, port: int, backlog_count: int) -> str:
    folders = "".join(f"  {kind}_temp_path {kind};\n" for kind in ("client_body", "proxy", "fastcgi"))
    folders += "".join(f"  {kind}_temp_path {kind};\n" for kind in ("uwsgi", "scgi"))
    return (
        "daemon off;\nmaster_process off;\nuser root;\npid nginx.pid;\nerror_log stderr crit;\n"
        "worker_rlimit_nofile 20000;\nevents { worker_connections 19000; }\n"
        f"http {{\n{folders}  access_log off;\n  keepalive_timeout 1h;\n  keepalive_requests 1000000000;\n"
        f"  server {{\n    listen {address}:{port} backlog={max(backlog_count, 1)};\n"
        '    location / { return 200 "ok"; }\n  }\n}\n'
    )


def _envoy(address: str, port: int, backlog_count: int) -> str:
    return f"""\
static_resources:
  listeners:
  - address: {{socket_address: {{address: {address}, port_value: {port}}}}}
    tcp_backlog_size: {max(backlog_count, 1)}
    enable_reuse_port: false
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3\
.HttpConnectionManager
          stat_prefix: service
          route_config:
            virtual_hosts:
            - name: all
              domains: ["*"]
              routes:
              - match: {{prefix: /}}
                direct_response: {{status: 200, body: {{inline_string: ok}}}}
          http_filters:
          - name: router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
"""
