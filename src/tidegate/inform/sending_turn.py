"""Which of several sites sends a notice, and when is it another's turn? All come to the same, without asking.

Each notice puts the sites that can send it into an order of its own (rendezvous hashing): the first sends at
once, each next one only where those before it were not heard to have sent it in their time. So nobody is
elected, and a site that is away costs a notice half a minute. Where sites are cut from each other, each part
sends what it does not hear was sent: once more for each cut, never less than once.

Time is counted from when this site heard of a notice, not from when it was planned, for clocks of sites
differ. Whoever is heard to be sending still is given its time. Sending, and clocks, must not live here.

Source: Thaler and Ravishankar, Using Name-Based Mappings to Increase Hit Rates, 1998 (highest random weight)
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from tidegate.inform.delivery import Delivery
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.journal.site_members import SiteBook

STEP_S = 30.0
"""So long each site has before it is the next one's turn."""
PATIENCE_S = 300.0
"""So much longer is waited for a site that is heard to be sending other notices, and not this one."""
Subscribed = Callable[[str], Subscription | None]
"""Gives a subscription by its id."""
CALLS = "calls"
"""What a site is able to that calls operators where nobody answers."""


def way_of(channel: str, address: str) -> str:
    """Return what a site must be able to, to send over a channel: operators' channels are known by name."""
    return f"{channel} {address}" if channel == "operators" else channel


@dataclass(frozen=True, kw_only=True)
class SendingSites:
    """The sites that keep a record together, and what each can send.

    Parameters
    ----------
    own
        One's own site.
    others
        The others that still write.
    able
        What each said that it can send, by the site; who said nothing is taken to be able to everything.
    """

    own: str
    others: tuple[str, ...] = ()
    able: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def is_alone(self) -> bool:
        """Whether there is no other site."""
        return not self.others

    def can(self, site: str, way: str) -> bool:
        """Whether a site did not say that it cannot send this way."""
        said = self.able.get(site)
        return said is None or way in said

    def is_any_able(self, way: str) -> bool:
        """Whether any site may be able to send this way."""
        return any(self.can(site, way) for site in (self.own, *self.others))

    def ranked(self, named: str, way: str) -> tuple[str, ...]:
        """Return the sites that can do something, in the order of their turns; the same at every site.

        An empty way is what every site can.
        """
        able = {site for site in (self.own, *self.others) if not way or self.can(site, way)}
        return tuple(sorted(able, key=lambda site: (_weight(named, site), site)))

    def before(self, named: str, way: str, tried_by: str = "") -> tuple[str, ...] | None:
        """Return the sites whose turn is before this one's; None where this one cannot send it.

        Whoever has tried in vain comes last: perhaps it is its own line that is down.
        """
        if self.is_alone:
            return ()
        found = self.ranked(named, way)
        if tried_by in found:
            last = found.index(tried_by) + 1
            found = (*found[last:], *found[:last])
        return found[: found.index(self.own)] if self.own in found else None


def _weight(named: str, site: str) -> bytes:
    return hashlib.sha256(f"turn\0{named}\0{site}".encode()).digest()


def sending_sites(own: str, others: Iterable[str], book: SiteBook) -> SendingSites:
    """Return who sends, as the record says."""
    able = {site: frozenset(entry.payload["ways"]) for site, entry in book.able.items()}
    return SendingSites(own=own, others=tuple(sorted(others)), able=able)


def unsendable(state: State, sites: SendingSites) -> dict[str, int]:
    """Return the ways over which no site can send what somebody waits for: how many notices are owed there.

    A way that nobody asked for is no loss; one site alone has its own words for this.
    """
    if sites.is_alone:
        return {}
    found: dict[str, int] = {}
    judged: dict[str, bool] = {}

    def is_lost(way: str) -> bool:
        if way not in judged:
            judged[way] = not sites.is_any_able(way)
        return judged[way]

    for asked in state.subscriptions():
        if asked.is_confirmed and is_lost(way := way_of(asked.channel, asked.address)):
            found.setdefault(way, 0)
    for delivery in state.deliveries.values():
        if delivery.is_owed and is_lost(way := delivery_way(delivery, state.subscription)):
            found[way] = found.get(way, 0) + 1
    return dict(sorted(found.items()))


def delivery_way(delivery: Delivery, subscription: Subscribed) -> str:
    """Return what a site must be able to, to send a notice."""
    if delivery.channel != "operators":
        return delivery.channel
    asked = subscription(delivery.subscription)
    return way_of("operators", delivery.subscription if asked is None else asked.address)


class DutyTurns:
    """Whether it is this site's turn to do what follows from the record, and each would do by itself.

    Parameters
    ----------
    sites
        Gives which sites there are, and what each can.
    clock
        Gives seconds on one clock of this site.
    """

    def __init__(self, sites: Callable[[], SendingSites], clock: Callable[[], float]) -> None:
        self._sites, self._clock = sites, clock
        self._since_s: dict[str, float] = {}

    def is_come(self, named: str, way: str = "") -> bool:
        """Whether this site does it now; others have their time from when it was first asked here."""
        before = self._sites().before(named, way)
        if not before:
            return before is not None
        now_s = self._clock()
        return now_s >= self._since_s.setdefault(named, now_s) + STEP_S * len(before)


Turn = Callable[[str, str], bool]
"""Says whether it is this site's turn to do something, by its name and what a site must be able to."""


def alone(_named: str, _way: str) -> bool:
    """Whether it is the turn of a site that is alone: always."""
    return True


class Turns:
    """The notices that are another site's to send first, and when it is this one's turn.

    Times are seconds on one clock of this site.

    Parameters
    ----------
    from_plan
        Count from when a notice was planned, and not from when it was heard of: for whoever looks only once.
    """

    def __init__(self, *, from_plan: bool = False) -> None:
        self._from_plan = from_plan
        self._since_s: dict[str, float] = {}
        self._waiting: list[tuple[float, str]] = []
        self._heard_s: dict[str, float] = {}

    def heard(self, site: str, now_s: float) -> None:
        """Say that another site was heard to have sent something, or to have tried."""
        self._heard_s[site] = now_s

    def is_come(self, delivery: Delivery, way: str, sites: SendingSites, now_s: float) -> bool:
        """Whether it is this site's turn to send a notice; if not, `due` gives it when it may be.

        Parameters
        ----------
        delivery
            The notice.
        way
            What a site must be able to.
        sites
            Who sends.
        now_s
            The time.
        """
        before = sites.before(delivery.id, way, delivery.tried_by)
        if before == ():
            self._since_s.pop(delivery.id, None)
            return True
        first_s = min(delivery.planned_s, now_s) if self._from_plan else now_s
        since_s = self._since_s.setdefault(delivery.id, first_s)
        if before is None:
            return False
        due_s = self._due_s(delivery, before, since_s)
        if due_s <= now_s:
            del self._since_s[delivery.id]
            return True
        heapq.heappush(self._waiting, (due_s, delivery.id))
        return False

    def is_still(self, delivery: Delivery, way: str, sites: SendingSites, now_s: float) -> bool:
        """Whether it is this site's turn still, just before it sends what was its turn."""
        before = sites.before(delivery.id, way, delivery.tried_by)
        if before is None:
            return False
        return delivery.next_s is None or delivery.next_s + STEP_S * len(before) <= now_s

    def due(self, now_s: float) -> list[str]:
        """Return the notices whose turn may have come; each is given once."""
        found = []
        while self._waiting and self._waiting[0][0] <= now_s:
            named = heapq.heappop(self._waiting)[1]
            if named in self._since_s:
                found.append(named)
        return found

    def all(self) -> list[str]:
        """Return all that wait, where who sends is otherwise than it was."""
        self._waiting.clear()
        return list(self._since_s)

    def forget(self, named: str) -> None:
        """Let a notice go that has ended."""
        self._since_s.pop(named, None)

    def _due_s(self, delivery: Delivery, before: tuple[str, ...], since_s: float) -> float:
        """Return when it is this site's turn: after those before it, from when they were last heard of."""
        first_s = max(since_s, delivery.next_s or 0.0) + STEP_S * len(before)
        busy_s = [
            self._heard_s[site] + STEP_S * (len(before) - place)
            for place, site in enumerate(before)
            if site in self._heard_s
        ]
        # Not for ever: whoever is heard to be sending may not hear that this one is owed.
        return min(max([first_s, *busy_s]), first_s + PATIENCE_S)
