"""What a packet filter holds, whether nftables or iptables spells it: chains of rules with selectors."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum


class Sees(Enum):
    """Which packets a selector lets a rule see."""

    ALL = "all"
    """Every packet of a TCP flow."""
    NEW = "new"
    """First packets only."""
    OLD = "old"
    """Anything but first packets."""
    PORT = "port"
    ADDRESS = "address"
    """Of a destination."""
    COMES_IN = "comes in"
    GOES_OUT = "goes out"
    """At an interface."""
    PART = "part"
    """Some, in a way that is not looked into."""


@dataclass(frozen=True, kw_only=True)
class Selector:
    """One condition of a rule.

    Parameters
    ----------
    text
        As it is written.
    sees
        What it chooses.
    values
        The ports, addresses or interfaces that it names; empty where they are not known.
    """

    text: str
    sees: Sees
    values: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Limit:
    """A limit that stands in a rule.

    Parameters
    ----------
    kind
        "rate" of packets, "count" of open flows, "recent" (by a list of sources), or "bytes".
    per_s, burst_count
        Of a rate.
    count
        Of open flows.
    is_over
        Whether the rule sees what is beyond it; else what is within.
    per_source
        Whether each source has its own.
    """

    kind: str
    per_s: float = 0.0
    burst_count: int = 0
    count: int = 0
    is_over: bool = False
    per_source: bool = False


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One rule.

    Parameters
    ----------
    text, line
        As it is written, and where.
    selectors
        What it sees.
    limit
        What it limits; None where it limits nothing.
    verdict
        "accept", "drop", "reset", "return", "jump", "goto", or "" where it decides nothing.
    goal
        The chain of a jump.
    ports_count
        Source ports that it translates to; 0 where it states none.
    """

    text: str
    line: int
    selectors: tuple[Selector, ...] = ()
    limit: Limit | None = None
    verdict: str = ""
    goal: str = ""
    ports_count: int = 0

    @property
    def sees_new(self) -> bool:
        """Whether first packets may reach what it does."""
        return all(one.sees is not Sees.OLD for one in self.selectors)


@dataclass(kw_only=True)
class Chain:
    """One chain.

    Parameters
    ----------
    name
        Its name.
    hook
        Where packets enter it by themselves; empty where others must jump there.
    policy
        What becomes of a packet that no rule decides on.
    """

    name: str
    hook: str = ""
    policy: str = "accept"
    rules: list[Rule] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class Table:
    """One table: its chains by name."""

    name: str
    chains: Mapping[str, Chain]
