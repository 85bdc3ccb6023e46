"""Sites as lines of a terminal, and as JSON: who they are, their keys, and how far each is known here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tidegate.journal.fork_seen import ForkSeen
from tidegate.journal.moment import moment_text
from tidegate.journal.received import ChainEnd
from tidegate.journal.site_members import Member, Members
from tidegate.present.record.outage_text import span_text


@dataclass(frozen=True, kw_only=True)
class Left:
    """What a site left last where sites leave things for each other.

    Parameters
    ----------
    at_s
        When, in seconds since 1970.
    age_s
        How long ago that is.
    place
        Where.
    is_lasting
        Whether it still means that the site is there.
    """

    at_s: float
    age_s: float
    place: str
    is_lasting: bool


def entries_text(count: int) -> str:
    """Return so many entries, in words."""
    return f"{count:,} {'entry' if count == 1 else 'entries'}"


def site_lines(
    members: Members, ends: Mapping[str, tuple[ChainEnd, ...]], heard: Mapping[str, float],
    left: Mapping[str, Left],
) -> Iterator[str]:  # fmt: skip
    """Yield a line for each site, one for each of its chains, and one for each chain that forks.

    Parameters
    ----------
    members
        Whom a site works with.
    ends
        Where each chain ends there, by the site that writes it.
    heard
        When a server there noted last that it heard each, in seconds since 1970.
    left
        What each left last where sites leave things for each other.
    """
    writing = {one.name for one in members.others}
    for member in members.by_name.values():
        where = f" at {member.address}" if member.address else ""
        yield f"{member.name}  {_standing(member, members)}{where}"
        yield f"  key    {member.key}"
        if member.name in writing:
            yield f"  heard  {_heard_words(heard.get(member.name))}"
        if member.name in writing and member.name in left:
            yield f"  left   {_left_words(left[member.name])}"
        for end in ends.get(member.name, ()):
            last = members.cut.get(end.chain)
            cut = "" if last is None else f", and no further than {last:,}"
            yield f"  chain  {end.label}: {entries_text(end.number)}{cut}"
    for chain, number in members.forked.items():
        yield f"Chain {chain} goes on in two ways from entry {number:,} on: somebody wrote as its site twice."
        yield f"  {_seen_words(chain, members.fork_seen.get(chain))}"
    if not members.others:
        yield "No other site is named: `tidegate site join`."


def sites_json(
    members: Members, ends: Mapping[str, tuple[ChainEnd, ...]], heard: Mapping[str, float],
    left: Mapping[str, Left],
) -> dict[str, Any]:  # fmt: skip
    """Return the same for machines; null is what nobody noted, or looked into."""
    return {
        "site": members.own,
        "sites": [
            {
                "name": member.name,
                "standing": _standing(member, members),
                "address": member.address,
                "public_key": member.key,
                "heard": moment_text(heard[member.name]) if member.name in heard else None,
                "left": _left_json(left.get(member.name)),
                "chains": [
                    {"chain": end.label, "entries": end.number, "hash": end.hash}
                    for end in ends.get(member.name, ())
                ],
            }
            for member in members.by_name.values()
        ],
        "forked": [
            {"chain": chain, "number": number, "seen": _seen_json(members.fork_seen.get(chain))}
            for chain, number in members.forked.items()
        ],
    }


def _seen_words(chain: str, seen: ForkSeen | None) -> str:
    if seen is None:
        return f"Nobody has said that they looked into it: `tidegate site seen {chain} --because …`."
    return f"{seen.by} at site {seen.site} looked into it at {moment_text(seen.at_s)}: {seen.because}"


def _seen_json(seen: ForkSeen | None) -> dict[str, str] | None:
    if seen is None:
        return None
    return {"by": seen.by, "site": seen.site, "at": moment_text(seen.at_s), "because": seen.because}


def _heard_words(at_s: float | None) -> str:
    if at_s is None:
        return "not that a server here noted it"
    return f"last at {moment_text(at_s)}, as the server here noted"


def _left_words(left: Left) -> str:
    age = f"{span_text(left.age_s)} old" if left.age_s >= 1.0 else "just now"
    late = "" if left.is_lasting else ", which is late: it may not be there any more"
    return f"its last word in {left.place} is {age}, of {moment_text(left.at_s)}{late}"


def _left_json(left: Left | None) -> dict[str, Any] | None:
    if left is None:
        return None
    return {"at": moment_text(left.at_s), "in": left.place, "lasting": left.is_lasting}


def _standing(member: Member, members: Members) -> str:
    if member.name == members.own:
        return "this site"
    if member.is_retired:
        return f"retired{f': {member.because}' if member.because else ''}"
    return "imported history" if member.is_history else "another site"
