"""What is cut in a drill, one thing after the other, and which sites does that hit? One table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, InputError

LEAST_SITES = 2


@dataclass(frozen=True, kw_only=True)
class Cut:
    """One thing that is taken away and given back.

    Parameters
    ----------
    name
        What it is called where it is asked for.
    says
        What is gone, in a few plain words.
    sites_count
        How many sites it hits; 0 where it is something that all sites use.
    is_kill
        Whether the sites are killed, and not only cut off.
    is_between
        Whether every site is cut off from every other.
    """

    name: str
    says: str
    sites_count: int = 0
    is_kill: bool = False
    is_between: bool = False


CUTS = (
    Cut(name="mail", says="the mail server"),
    Cut(name="identity", says="who knows the customers"),
    Cut(name="database", says="the product's database"),
    Cut(name="dns", says="the name server"),
    Cut(name="peers", says="every site from every other", is_between=True),
    Cut(name="site", says="one site's network", sites_count=1),
    Cut(name="killed", says="one site, killed", sites_count=1, is_kill=True),
    Cut(name="two-sites", says="two sites' network", sites_count=2),
    Cut(name="two-killed", says="two sites, killed", sites_count=2, is_kill=True),
)
"""All that a drill can take away, in the order in which it does."""

_BY_NAME = {one.name: one for one in CUTS}


def sites_hit(cut: Cut, sites: Sequence[str]) -> tuple[str, ...]:
    """Return the sites that a cut takes away: the last ones named."""
    return tuple(sites[len(sites) - cut.sites_count :])


def chosen_cuts(names: Sequence[str], sites: Sequence[str]) -> tuple[Cut, ...]:
    """Return what is cut: all that leaves a site where none is named, else those named, in the order said.

    Raises
    ------
    InputError
        With every name that is no cut, or that would leave no site.
    """
    if not names:
        return tuple(one for one in CUTS if one.sites_count < len(sites))
    faults = []
    for name in names:
        if name not in _BY_NAME:
            faults.append(
                Fault(
                    what="is nothing a drill cuts", path="--cut", value=name[:60], allowed=", ".join(_BY_NAME)
                )
            )
        elif _BY_NAME[name].sites_count >= len(sites):
            allowed = f"at least {_BY_NAME[name].sites_count + 1} sites"
            faults.append(Fault(what="would leave no site", path="--cut", value=name, allowed=allowed))
    if faults:
        raise InputError(*faults)
    return tuple(_BY_NAME[name] for name in names)
