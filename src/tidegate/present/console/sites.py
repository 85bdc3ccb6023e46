"""How are the sites of this record doing, as seen from here? One page for operators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tidegate.journal.fork_seen import ForkSeen
from tidegate.present.console.fields import Fields
from tidegate.present.console.frame import SITES, Reader, console_page, section
from tidegate.present.report.markup import Html, tag
from tidegate.present.site.escaped import line


@dataclass(frozen=True, kw_only=True)
class SiteSeen:
    """Another site as seen from here; times in seconds since 1970, None for not since the start.

    Parameters
    ----------
    name
        Its name.
    heard_s, asked_s
        When it answered last, and when it asked here last.
    why
        Why it does not answer; empty where it does.
    is_away
        Whether it has not been heard for a while, by whichever way.
    is_relayed
        Whether it does not answer, and what it has comes by way of another site.
    lacking_count, behind_count
        How many entries it had that are not here, and how many are here that it had not; None where that is
        not known, as of a site that is not heard itself. Where it is away, the second is at most so many.
    ahead_s
        How far this site's clock is ahead of its; negative for behind.
    refused
        What it hands over that is not taken, and why, as sentences.
    left_s, left_in
        When it left something last where sites leave things for each other, and where; None where it is heard
        otherwise, or left nothing.
    because
        Why it was retired; None where it was not.
    """

    name: str
    heard_s: float | None = None
    asked_s: float | None = None
    why: str = ""
    is_away: bool = False
    is_relayed: bool = False
    lacking_count: int | None = 0
    behind_count: int | None = 0
    ahead_s: float = 0.0
    refused: Sequence[str] = ()
    left_s: float | None = None
    left_in: str = ""
    because: str | None = None


@dataclass(frozen=True, kw_only=True)
class SitesSeen:
    """All sites as seen from this one.

    Parameters
    ----------
    own, chain
        This site, and the chain that it writes.
    others
        The other sites, retired ones as well.
    forked
        The first number that stands twice, by chain.
    fork_seen
        Who looked into a chain that forks, by chain.
    """

    own: str
    chain: str
    others: Sequence[SiteSeen]
    forked: Mapping[str, int] = field(default_factory=dict)
    fork_seen: Mapping[str, ForkSeen] = field(default_factory=dict)


FORK_SEEN = f"{SITES}/seen"
CLOCK_TOLD_S = 2.0
"""From such a difference on two clocks are said to differ."""
_HEADS = ("Site", "Heard", "Asked us", "Not here yet", "Not there yet", "Its clock")


def sites_page(reader: Reader, seen: SitesSeen) -> str:
    """Return the page."""
    writing = [one for one in seen.others if one.because is None]
    head = "No other site works with this one"
    if writing:
        heard_count = sum(not one.is_away for one in writing)
        head = f"{heard_count} of {len(writing)} other sites are heard"
    parts = [tag("h1", head), tag("p", _own_words(seen), class_="quiet")]
    if writing:
        rows = [_row(reader, one) for one in writing]
        parts.append(section("Other sites", _table(rows)))
    wrong = [tag("li", one) for one in _refused(writing)]
    wrong += [_unseen(reader, seen, chain) for chain in seen.forked if chain not in seen.fork_seen]
    if wrong:
        parts.append(section("What is wrong", tag("ul", *wrong, class_="states")))
    if seen.fork_seen:
        found = (_looked_into(reader, seen, chain) for chain in seen.fork_seen)
        parts.append(section("Looked into", tag("ul", *found, class_="states")))
    retired = [one for one in seen.others if one.because is not None]
    if retired:
        left = [f"{one.name}{f': {one.because}' if one.because else ''}" for one in retired]
        parts.append(section("Retired", tag("ul", *(tag("li", line(one)) for one in left))))
    return console_page(reader, "Sites", *parts, here=SITES)


def _own_words(seen: SitesSeen) -> str:
    if seen.chain == seen.own:
        return f"This is site {seen.own}."
    return (
        f"This is site {seen.own}. It writes in a later chain, {seen.chain}, since a copy of its folder was "
        "put back, its key was changed, or its chain forked: nothing that it said before is said again."
    )


def _table(rows: Sequence[Html]) -> Html:
    top = tag("tr", *(tag("th", head, scope="col") for head in _HEADS))
    table = tag("table", tag("thead", top), tag("tbody", *rows))
    return tag(
        "div", table, class_="scroll stack wraps", tabindex="0", role="region", aria_label="Other sites"
    )


def _row(reader: Reader, one: SiteSeen) -> Html:
    heard = [reader.when(one.heard_s) if one.heard_s is not None else "not since the start"]
    if one.is_relayed:
        heard.append(" and since then by way of another site" if one.heard_s is not None else
                     ", but by way of another site")  # fmt: skip
    if one.left_s is not None:
        heard += ["; by way of ", line(one.left_in), ", its last word there at ", reader.when(one.left_s)]
    if one.why:
        heard += [" ", tag("span", line(one.why), class_="late" if one.is_away else "quiet")]
    cells = (
        heard,
        [reader.when(one.asked_s) if one.asked_s is not None else "not since the start"],
        [_count_words(one.lacking_count)],
        ["at most " if one.is_away and one.behind_count else "", _count_words(one.behind_count)],
        [_clock_words(one.ahead_s) if one.heard_s is not None else "unknown"],
    )
    values = (tag("td", *cell, data_head=head) for cell, head in zip(cells, _HEADS[1:], strict=True))
    return tag("tr", tag("th", line(one.name), scope="row"), *values)


def _count_words(count: int | None) -> str:
    return "unknown" if count is None else f"{count:,}"


def _clock_words(ahead_s: float) -> str:
    if abs(ahead_s) < CLOCK_TOLD_S:
        return "as here"
    return f"{abs(ahead_s):,.0f} s {'behind' if ahead_s > 0 else 'ahead of'} ours"


def _refused(sites: Sequence[SiteSeen]) -> Iterator[str]:
    for one in sites:
        for why in one.refused:
            yield f"Not taken from {one.name}: {why}"


def _fork_words(seen: SitesSeen, chain: str) -> str:
    return (
        f"Chain {chain} goes on in two ways from entry {seen.forked[chain]:,} on: somebody wrote as its site "
        "twice. Both are kept, and nothing more is taken of it; the site goes on in another chain."
    )


def _unseen(reader: Reader, seen: SitesSeen, chain: str) -> Html:
    """Return a fork into which nobody looked, and the form that says that somebody did."""
    if not reader.may_act:
        return tag("li", _fork_words(seen, chain))
    fields = Fields(reader, FORK_SEEN, chain=chain)
    wanted = fields.entry(
        f"What did you find about chain {chain}, or do?", "because", required=True,
        hint="It stays listed here, with your name, and is no alarm any more.",
    )  # fmt: skip
    way = fields.form(wanted, button="I looked into it", quiet=True)
    return tag("li", _fork_words(seen, chain), way)


def _looked_into(reader: Reader, seen: SitesSeen, chain: str) -> Html:
    one = seen.fork_seen[chain]
    who, found = f"{one.by} at site {one.site} looked into it at", tag("b", line(one.because))
    return tag("li", _fork_words(seen, chain), " ", line(who), " ", reader.when(one.at_s), ": ", found)
