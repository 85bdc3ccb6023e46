"""Which validator judges which file? By the name of its target."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tidegate.adapters.validators import (
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
from tidegate.protect.config_file import ConfigFile, Validation

VALIDATORS: dict[str, Callable[[Sequence[ConfigFile]], tuple[Validation, ...]]] = {
    "nftables": nftables.validate,
    "haproxy": haproxy.validate,
    "envoy": envoy.validate,
    "nginx": nginx.validate,
    "pgbouncer": pgbouncer.validate,
    "hikaricp": hikaricp.validate,
    "sqlalchemy": sqlalchemy.validate,
    "node-postgres": node_postgres.validate,
    "sshd": sshd.validate,
    "nats": nats.validate,
    "kubernetes": kubernetes.validate,
    "grpc": grpc.validate,
    "aws": aws.validate,
}


def validate(files: Sequence[ConfigFile]) -> tuple[Validation, ...]:
    """Return what each vendor's own validator says of its files, in the order of the targets."""
    found: list[Validation] = []
    for target in dict.fromkeys(one.target for one in files):
        found += VALIDATORS[target]([one for one in files if one.target == target])
    return tuple(found)
