"""Which chains that go on in two ways has somebody looked into? Read off what trusted sites said.

A fork stays on record for ever. That somebody has seen it only ends that everybody is asked to look.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tidegate.journal.chain_name import site_of
from tidegate.journal.entry import Entry


@dataclass(frozen=True, kw_only=True)
class ForkSeen:
    """That somebody looked into a chain that goes on in two ways.

    Parameters
    ----------
    by
        Who.
    site
        The site at which it was said.
    at_s
        When, in seconds since 1970.
    because
        What was found, or done.
    """

    by: str
    site: str
    at_s: float
    because: str


def forks_seen(trusted: Iterable[Entry], forked: Mapping[str, int], own: str) -> dict[str, ForkSeen]:
    """Return who looked last into each chain that forks.

    Parameters
    ----------
    trusted
        What trusted sites said of sites, in order.
    forked
        The first number that stands twice, by chain: who looked at a later one has not seen this one.
    own
        The site that asks.
    """
    return {
        one.subject: ForkSeen(
            by=one.by, site=site_of(one.site), at_s=one.said_s, because=one.payload["because"]
        )
        for one in trusted
        if one.kind == "site.fork_seen"
        and one.subject in forked
        and one.payload["number"] <= forked[one.subject]
        # Whoever wrote as a site twice could say in its name that all is well: nobody else believes it.
        and (site_of(one.site) == own or site_of(one.site) != site_of(one.subject))
    }
