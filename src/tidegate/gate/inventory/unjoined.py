"""Which sources show nothing in common, and by what would they? What is between those is a guess.

A world of two sources that do not join has what one asks and what the other lists as two things: the first
has no known limit, the second nobody who asks it. So it is said, with what could make them one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import chain

from tidegate.gate.inventory.seen_thing import Seen

FLOWS = "records of flows"
"""What the name of what recorded flows show begins with."""
_AT = "at "
_MOST_NAMED = 3
_BY_ADDRESSES = (
    "addresses: of the pods (`kubectl get pods -A -o json`, which has status.podIP) or the cluster's "
    "Services, and flows recorded before they are translated"
)
_BY_NAMES = "a name that both show: of a Service or workload, a host with its port, or a resource's id"


def unjoined(seen: Sequence[Seen], sources: Sequence[str]) -> Iterator[str]:
    """Yield a sentence for each source that shares nothing with the others.

    Parameters
    ----------
    seen
        What all sources show, before what is one thing is joined.
    sources
        What each source is called; the source of a thing begins with it.
    """
    owned: dict[str, list[Seen]] = defaultdict(list)
    for one in seen:
        source = max((each for each in sources if one.source.startswith(each)), key=len, default="")
        if source and one.section != "crossings":  # a way between networks is found by these, not by a name
            owned[source].append(one)
    groups = _groups(owned)
    for group in groups[1:]:
        first, other = groups[0][0], group[0]
        yield (
            f"{_named(groups[0])} and {_named(group)} show nothing in common: what one asks and what the "
            "other has are two things in this world, and a verdict about them rests on guesses. "
            f"{_hint(owned[first], owned[other], first, other)}"
        )


def _named(group: Sequence[str]) -> str:
    rest = len(group) - _MOST_NAMED
    return " with ".join(group[:_MOST_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def _groups(owned: dict[str, list[Seen]]) -> list[list[str]]:
    """Return sources that share names, directly or by others; the first group shows the most."""
    names = {
        source: {name for one in found for name in chain(one.names, *(ask.names for ask in one.asks))}
        for source, found in owned.items()
    }
    groups: list[list[str]] = []
    for source in owned:
        near = [one for one in groups if any(names[source] & names[each] for each in one)]
        groups = [one for one in groups if one not in near] + [[*chain(*near), source]]
    return sorted(groups, key=lambda one: -sum(len(owned[each]) for each in one))


def _hint(one: Sequence[Seen], other: Sequence[Seen], source: str, other_source: str) -> str:
    """Return by what two sources would join: two addresses that may be of one thing, else kinds of names."""
    for (asking, by), (listing, of) in (((one, source), (other, other_source)),
                                        ((other, other_source), (one, source))):  # fmt: skip
        asked, had = _asked_hosts(asking), _own_hosts(listing)
        if asked and had:
            return (
                f"If {', '.join(asked[:_MOST_NAMED])} (asked in {by}) is {' or '.join(had[:_MOST_NAMED])} "
                f"(in {of}), they join once both show one address with its port"
            )
    is_flows = any(each.startswith(FLOWS) for each in (source, other_source))
    return f"They join by {_BY_ADDRESSES if is_flows else _BY_NAMES}"


def _asked_hosts(seen: Sequence[Seen]) -> list[str]:
    shown = {name for one in seen for name in one.names}
    asked = (name for one in seen for ask in one.asks for name in ask.names if name not in shown)
    return _hosts(asked)


def _own_hosts(seen: Sequence[Seen]) -> list[str]:
    asked = {name for one in seen for ask in one.asks for name in ask.names}
    return _hosts(name for one in seen if not asked & one.names for name in sorted(one.names))


def _hosts(names: Iterator[str]) -> list[str]:
    return list(
        dict.fromkeys(name.removeprefix(_AT).replace(" ", ":") for name in names if name.startswith(_AT))
    )
