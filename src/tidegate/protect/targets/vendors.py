"""Which targets are there, and whose configuration is a text? Names and their two functions each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.protect.adopted import Adopted, Subjects
from tidegate.protect.config_file import Addresses, Written
from tidegate.protect.protection import Protection
from tidegate.protect.targets import (
    aws,
    envoy,
    grpc,
    haproxy,
    hikaricp,
    kubernetes,
    nats,
    nftables,
    nginx,
    node_postgres,
    pgbouncer,
    sqlalchemy,
    sshd,
)
from tidegate.world.file.nearest_name import nearest
from tidegate.world.world import WorldFile


@dataclass(frozen=True, kw_only=True)
class Target:
    """One vendor.

    Parameters
    ----------
    name
        What people call it.
    title
        What it configures.
    write
        A protection of a world to its files.
    read
        A text, its name and what it is about to what it says.
    looks_like
        What a text of it holds.
    has_parts
        Whether a text of it may hold settings for different callers, of which one is chosen.
    is_plain
        Whether what a text of it holds is nobody else's: then words that others share with it count for
        nothing.
    """

    name: str
    title: str
    write: Callable[[Protection, WorldFile, Addresses | None], Written]
    read: Callable[[str, str, Subjects], Adopted]
    looks_like: re.Pattern[str]
    has_parts: bool = False
    is_plain: bool = False


def _target(
    name: str,
    title: str,
    module: object,
    looks_like: str,
    *,
    has_parts: bool = False,
    is_plain: bool = False,
) -> Target:
    return Target(
        name=name,
        title=title,
        write=module.write,  # type: ignore[attr-defined]
        read=module.read,  # type: ignore[attr-defined]
        looks_like=re.compile(looks_like, re.MULTILINE),
        has_parts=has_parts,
        is_plain=is_plain,
    )


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        _target(
            nftables.TARGET,
            "a Linux router or NAT device: packet filter, flow table, timers",
            nftables,
            r"^\s*(add\s+)?(table|chain|rule)\s+(ip|ip6|inet|\S+\s*\{)|^\s*flush ruleset|^-?net[./]netfilter"
            r"|^\s*\{\s*\"nftables\"\s*:|^\*filter\s*$|^(iptables\s+)?-[AI]\s+[A-Z]+\s",
        ),
        _target(
            haproxy.TARGET,
            "a TCP proxy in front of services: process limits, sources, queues",
            haproxy,
            r"^(frontend|backend|listen)[ \t]+[\w.-]|^(defaults|global)[ \t]*([\w.-]+[ \t]*)?(#.*)?$",
        ),
        _target(
            envoy.TARGET,
            "a TCP proxy in front of services, or an HTTP proxy beside a client",
            envoy,
            r"^\s*\{?\s*\"?(static_resources|staticResources|dynamic_resources|dynamicResources"
            r"|overload_manager|overloadManager)\"?\s*:"
            r"|envoy\.admin\.v3\.\w+ConfigDump"
            r"|\"@type\"\s*:\s*\"type\.googleapis\.com/envoy\.config\.(cluster|listener|route)\.v3\.",
            is_plain=True,
        ),
        _target(
            nginx.TARGET,
            "a TCP proxy in front of services: open connections",
            nginx,
            r"^\s*(stream|http|events|server|upstream\s+\S+)\s*\{"
            r"|^\s*(limit_req|limit_conn|limit_req_zone|limit_conn_zone|worker_connections)\s[^;{}]*;",
        ),
        _target(
            pgbouncer.TARGET,
            "a pooler of PostgreSQL connections: at a service, or beside a client",
            pgbouncer,
            r"^\s*\[(databases|pgbouncer)\]",
            is_plain=True,
        ),
        _target(
            hikaricp.TARGET,
            "the pool of a Java program's data source, also of Spring Boot",
            hikaricp,
            r"^\s*(spring\.datasource\.hikari\.\S+|(?i:maximum-?pool-?size|minimum-?idle))\s*[=:]"
            r"|^\s*hikari\s*:\s*(#.*)?$|^\s*poolName\s*[=:]",
        ),
        _target(
            sqlalchemy.TARGET,
            "the pool of SQLAlchemy's engine in a Python program",
            sqlalchemy,
            r"\bcreate_(async_)?engine\(|[\"']?\b(max_overflow|pool_timeout|pool_recycle)\b[\"']?\s*[:=]",
        ),
        _target(
            node_postgres.TARGET,
            "node-postgres' pool in a Node program",
            node_postgres,
            r"\bnew\s+(pg\.)?Pool\(|\b(connectionTimeoutMillis|idleTimeoutMillis)\b[\"']?\s*:",
        ),
        _target(
            sshd.TARGET,
            "an OpenSSH server: connections before log-in",
            sshd,
            r"^\s*(?i:MaxStartups|LoginGraceTime|PermitRootLogin|AuthorizedKeysFile|PasswordAuthentication)\b",
        ),
        _target(
            nats.TARGET,
            "a NATS server: its clients' connections, and their log-in",
            nats,
            r"^\s*(max_conn(ection)?s?|authorization|jetstream|leafnodes)\s*[:={]"
            r"|^\s*listen\s*[:=]\s*[\"']?[\w.\[\]:]*:-?\w+|^\s*(cluster|accounts)\s*[:=]?\s*\{",
        ),
        _target(
            kubernetes.TARGET,
            "the pace of a HorizontalPodAutoscaler; read are policies of meshes and gateways too",
            kubernetes,
            r"^\s*\"?kind\"?\s*:\s*\"?(HorizontalPodAutoscaler|DestinationRule|VirtualService|HTTPRoute|GRPCRoute"
            r"|ServiceProfile)|(retry|timeout)\.linkerd\.io/",
            is_plain=True,
        ),
        _target(
            grpc.TARGET,
            "a gRPC client's service config",
            grpc,
            r"(?i)\"(methodConfig|retryThrottling)\"\s*:|\"retry_params\"\s*:",
            has_parts=True,
            is_plain=True,
        ),
        _target(
            aws.TARGET,
            "an AWS SDK's shared config file and environment",
            aws,
            r"^\s*\[(default|profile\s+\S+)\]|^\s*(export\s+)?AWS_[A-Z_]+=",
            has_parts=True,
        ),
    )
}
"""By name, in the order in which they are tried."""


def named(name: str) -> Target:
    """Return the target of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    found = TARGETS.get(name.lower())
    if found is None:
        near = nearest(name, TARGETS)
        raise InputError(Fault(what="is no target", value=name, nearest=near, allowed=", ".join(TARGETS)))
    return found


def guessed(text: str, source: str) -> Target:
    """Return the target whose configuration a text is.

    Raises
    ------
    InputError
        If it looks like none, or like several.
    """
    alike = [target for target in TARGETS.values() if target.looks_like.search(text)]
    plain = [target for target in alike if target.is_plain]
    alike = plain if len(plain) == 1 else alike
    if len(alike) != 1:
        allowed = f"--as with one of {', '.join(TARGETS)}"
        if not alike:
            raise InputError(
                Fault(what="looks like no configuration that is known", value=source, allowed=allowed)
            )
        names = ", ".join(target.name for target in alike)
        raise InputError(Fault(what="looks like several", kind="ambiguous", value=names, allowed=allowed))
    return alike[0]
