"""How are other sites doing, as an operator and the public must know it? Read off what is exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from tidegate.inform.site.apart import TOGETHER, Apart
from tidegate.journal.chain_name import site_of
from tidegate.journal.site_members import Member, Members
from tidegate.present.console.frame import Alarm
from tidegate.present.console.sites import SiteSeen, SitesSeen
from tidegate.present.record.outage_text import span_text
from tidegate.server.duties.exchanging import AWAY_S, Exchanging
from tidegate.server.duties.peer_standing import PeerStanding
from tidegate.server.peers.conversations import Conversations
from tidegate.server.site_record import Record

FORK_TOLD_S = 86_400.0
"""So long after a chain was found to fork it is said on every page; in the record it stays."""
CLOCK_AHEAD_S = 60.0
"""How far this machine's clock may be ahead of all others that are heard before that is said."""
_MOST_SAID = 3


class SitesWatch:
    """Says how other sites are doing.

    Parameters
    ----------
    record
        The record.
    members
        Gives whom this site works with.
    exchanging
        What asks the other sites.
    conversations
        Those in which they ask this one.
    """

    def __init__(
        self, record: Record, *, members: Callable[[], Members], exchanging: Exchanging,
        conversations: Conversations,
    ) -> None:  # fmt: skip
        self._record, self._journal = record, record.journal
        self._members, self._exchanging, self._conversations = members, exchanging, conversations
        self._walls: dict[str, tuple[float, float]] = {}

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """What everybody must see first."""
        return tuple(Alarm(says=says) for says in self._alarms())

    def _alarms(self) -> Iterator[str]:
        members, exchanging = self._members(), self._exchanging
        for chain in self._lately_forked(members):
            if chain in members.fork_seen:
                continue
            site = site_of(chain)
            yield f"Chain {chain} goes on in two ways: somebody wrote as site {site} twice."
        for site, (chain, number) in self._conversations.contradicted.items():
            yield (
                f"Two machines write as site {site}: under entry {number} of chain {chain} one says what is "
                "here, the other something else. One of them runs on a copied folder: stop it."
            )
        yield from self._refusing(members)
        for name in exchanging.away():
            one = exchanging.standing[name]
            if not one.is_refusing:
                yield _unheard_words(one, exchanging.ago_s(one.latest_s, since=one))
        for name, why in self.refused()[:_MOST_SAID]:
            yield f"Not taken from site {name}: {why}."
        unheard_s = self._unheard_s(members)
        if unheard_s > AWAY_S:
            ago = span_text(unheard_s)
            yield f"No other site has asked this one for {ago}: what is said here stays here."
        ahead_s = self.clock_ahead_s()
        if ahead_s >= CLOCK_AHEAD_S:
            yield f"This machine's clock is {span_text(ahead_s)} ahead of every other site's."

    def apart(self) -> Apart:
        """Return what this site may not have heard of others, as its public pages say it."""
        members, exchanging = self._members(), self._exchanging
        away = tuple(
            (name, self._wall_s(f"{name} reached", exchanging.standing[name].latest_s))
            for name in exchanging.away()
        )
        lately = self._lately_forked(members)
        forked = {site_of(chain) for chain in lately if chain not in members.fork_seen}
        looked_into = {site_of(chain) for chain in lately} - forked
        is_parted = self._is_parted(members)
        if not (away or lately or is_parted):
            return TOGETHER
        return Apart(
            own=members.own, away=away, forked=tuple(sorted(forked)), forks_seen=tuple(sorted(looked_into)),
            is_parted=is_parted,
        )  # fmt: skip

    def _refusing(self, members: Members) -> Iterator[str]:
        """Yield who does not work with this site, or no longer, as it says itself or stands in the record."""
        last = self._own_cut(members)
        if members.is_retired:
            after = "more that it says" if last is None else f"that it says after entry {last:,}"
            yield f"This site was retired: other sites take nothing {after}."
        for one in self._others(members):
            if one.is_refusing:
                why = "it was retired there" if one.is_parting else "it was retired there, or never joined"
                yield f"Site {one.name} no longer takes in what this site says: {why}."

    def _own_cut(self, members: Members) -> int | None:
        """Return after which entry a trusted site retired this one; None where that is not known here.

        A fork stops a chain too, but then its site goes on in another, and that is said elsewhere.
        """
        chain = self._journal.chain()
        return None if chain in members.forked else members.own_cut.get(chain)

    def _is_parted(self, members: Members) -> bool:
        """Whether no other site takes in what this one says, as far as it can ask them."""
        asked, away = [one for one in self._others(members) if one.url], self._exchanging.away()
        is_refused_by_all = bool(asked) and all(one.is_refusing and one.name in away for one in asked)
        return is_refused_by_all or members.is_retired

    def is_retired(self) -> bool:
        """Whether this site was retired, as stands in the record or as a site said that no longer hears it.

        Not where all refuse it without their key's word: who was never joined takes cases as before.
        """
        members = self._members()
        return members.is_retired or any(one.is_parting for one in self._others(members))

    def _others(self, members: Members) -> list[PeerStanding]:
        standing = self._exchanging.standing
        return [standing[one.name] for one in members.others if one.name in standing]

    def refused(self) -> list[tuple[str, str]]:
        """Return each site that hands over what is not taken, with why."""
        return [
            (name, why) for name, one in sorted(self._exchanging.standing.items())
            for why in _refusals(one)
        ]  # fmt: skip

    def clock_ahead_s(self) -> float:
        """Return how far this clock is ahead of every other that is heard; 0 where it is not."""
        exchanging = self._exchanging
        heard = [
            one.ahead_s for one in list(exchanging.standing.values())
            if one.heard_s is not None and exchanging.ago_s(one.heard_s) <= AWAY_S
        ]  # fmt: skip
        return max(0.0, min(heard)) if heard else 0.0

    def seen(self) -> SitesSeen:
        """Return how all sites are doing."""
        members, journal = self._members(), self._journal
        away = set(self._exchanging.away())
        others = [
            self._seen(one, is_away=one.name in away) for one in members.by_name.values()
            if one.name != members.own and not one.is_history
        ]  # fmt: skip
        return SitesSeen(
            own=members.own, chain=journal.chain(), others=others, forked=members.forked,
            fork_seen=members.fork_seen,
        )  # fmt: skip

    def _seen(self, member: Member, *, is_away: bool) -> SiteSeen:
        if member.is_retired:
            return SiteSeen(name=member.name, because=member.because)
        name = member.name
        one = self._exchanging.standing.get(name) or PeerStanding(name=name, url="")
        ours = self._journal.heads()
        theirs = {end.label: end.number for end in one.ends}
        lacking_count = behind_count = None
        if one.heard_s is not None and self._exchanging.ago_s(one.heard_s) <= AWAY_S:
            lacking_count = sum(max(0, number - ours.get(label, 0)) for label, number in theirs.items())
        if theirs and (lacking_count is not None or is_away):
            behind_count = sum(max(0, number - theirs.get(label, 0)) for label, number in ours.items())
        why = one.why if one.url else "it is not asked from here: nobody said where"
        is_relayed = bool(why) and one.relayed_s is not None and not is_away
        return SiteSeen(
            name=name, heard_s=self._wall_s(f"{name} heard", one.heard_s),
            asked_s=self._wall_s(f"{name} asked", self._conversations.asked_s.get(name)), why=why,
            is_away=is_away,
            lacking_count=lacking_count, behind_count=behind_count,
            ahead_s=one.ahead_s, refused=_refusals(one), is_relayed=is_relayed,
            left_s=self._wall_s(f"{name} left", one.left_s) if why and not is_relayed else None,
            left_in=one.left_in,
        )  # fmt: skip

    def _wall_s(self, what: str, at_s: float | None) -> float | None:
        """Return a time on the clock that only grows in seconds since 1970; it stays what it was once."""
        if at_s is None:
            return None
        known = self._walls.get(what)
        if known is None or known[0] != at_s:
            known = at_s, self._record.clock() - self._exchanging.ago_s(at_s)
            self._walls[what] = known
        return known[1]

    def _unheard_s(self, members: Members) -> float:
        """Return for how long no other site has asked this one; 0 where there is none.

        Nor where one leaves things for it: by the same way it takes what this one leaves.
        """
        exchanging = self._exchanging
        if not members.others or any(map(exchanging.has_left, self._others(members))):
            return 0.0
        asked_s, standing = self._conversations.asked_s, exchanging.standing
        return min(
            exchanging.ago_s(asked_s.get(one.name), since=standing.get(one.name)) for one in members.others
        )

    def _lately_forked(self, members: Members) -> list[str]:
        now_s = self._record.clock()
        return [chain for chain, at_s in members.forked_s.items() if now_s - at_s < FORK_TOLD_S]


def _unheard_words(one: PeerStanding, ago_s: float) -> str:
    why = one.why or "it answers late"
    if not one.url:
        why = "it is not asked from here, and no site that is heard says that it hears it"
    if one.latest_s is None:
        return f"Site {one.name} has not been heard yet, in {span_text(ago_s)}: {why}."
    return f"Site {one.name} has not been heard for {span_text(ago_s)}: {why}."


def _refusals(one: PeerStanding) -> tuple[str, ...]:
    withheld = (f"its secrets: {one.withheld}",) if one.withheld else ()
    unproven = (one.unproven,) if one.unproven else ()
    return (*(str(damage) for damage in one.refused.values()), *withheld, *unproven)
