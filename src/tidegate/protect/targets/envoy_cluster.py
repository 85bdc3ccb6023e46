"""How does Envoy name the instances of a service, without the limits that it sets by itself? Text only."""

from __future__ import annotations

from collections.abc import Sequence

from tidegate.protect.config_file import identifier
from tidegate.protect.targets.behind import Ends

MOST = 2**32 - 1
"""The greatest count Envoy takes: no limit."""

_REST = f"max_pending_requests: {MOST}, max_requests: {MOST}, max_retries: {MOST}"


def cluster(
    name: str,
    ends: Ends,
    breakers: Sequence[str],
    *,
    connections_count: int = MOST,
    comments: Sequence[str] = (),
) -> list[str]:
    """Return the cluster of one service, without the limits that Envoy sets by itself.

    Parameters
    ----------
    name, ends
        The service, and where its instances are.
    breakers
        Further lines of its circuit breakers.
    connections_count
        Connections to all of its instances together.
    comments
        Where that number comes from.
    """
    word = identifier(name)
    lines = [
        f"  - name: tg_{word}",
        "    type: STATIC",
        "    connect_timeout: 5s",
        "    circuit_breakers:",
        "      # Envoy's own limits (1,024 connections, requests and pending) would bind unasked.",
        "      thresholds:",
        *(f"      {line}" for line in comments),
        f"      - {{max_connections: {connections_count}, {_REST}}}",
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
