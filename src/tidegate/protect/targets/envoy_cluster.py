"""How does Envoy name the instances of a service, without the limits that it sets by itself? Text only."""

from __future__ import annotations

from tidegate.protect.config_file import identifier
from tidegate.protect.targets.behind import Ends

MOST = 2**32 - 1
"""The greatest count Envoy takes: no limit."""

_WITHOUT = f"max_connections: {MOST}, max_pending_requests: {MOST}, max_requests: {MOST}, max_retries: {MOST}"


def cluster(name: str, ends: Ends, breakers: list[str]) -> list[str]:
    """Return the cluster of one service, without the limits that Envoy sets by itself."""
    word = identifier(name)
    lines = [
        f"  - name: tg_{word}",
        "    type: STATIC",
        "    connect_timeout: 5s",
        "    circuit_breakers:",
        "      # Envoy's own limits (1,024 connections, requests and pending) would bind unasked.",
        "      thresholds:",
        f"      - {{{_WITHOUT}}}",
        *breakers,
        "    load_assignment:",
        f"      cluster_name: tg_{word}",
        "      endpoints:",
        "      - lb_endpoints:",
    ]
    for address in ends.instances(name):
        host, port = split(address)
        lines.append(
            f"        - endpoint: {{address: {{socket_address: {{address: {host}, port_value: {port}}}}}}}"
        )
    return lines


def split(address: str) -> tuple[str, int]:
    """Return host and port of an address; every interface where it names none."""
    host, _, port = address.rpartition(":")
    return f'"{host.strip("[]") or "0.0.0.0"}"', int(port)  # noqa: S104  as asked: where clients reach the service
