"""What does the journal say, all taken together? The one state behind console, site, notices and cases.

It is folded from entries in any order, and read through the nouns of `track` and `inform`. Entries of
kinds that are not known here (a newer site's) are counted and otherwise left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from tidegate.inform.delivery import Delivery
from tidegate.inform.subscription import Subscription, subscription
from tidegate.journal.clock import START, Stamp
from tidegate.journal.entry import Entry
from tidegate.journal.entry_kinds import KINDS
from tidegate.journal.fold import Stories, Story
from tidegate.journal.site_members import SiteBook
from tidegate.track.case import Case
from tidegate.track.component import Claim, Component, Status, claims, component, effective
from tidegate.track.given_ruling import GivenRuling, given_ruling
from tidegate.track.maintenance import Maintenance, maintenance
from tidegate.track.outage import Outage
from tidegate.track.outage_story import outage

_Noun = TypeVar("_Noun")
PRIVATE_KINDS = ("case.", "delivery.", "subscription.", "account.")
"""How kinds of entries begin of which no word is ever public."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """Who may do what here; secrets are kept elsewhere."""

    name: str
    role: str
    is_ended: bool


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Something somebody decided, for a reason; times in seconds since 1970."""

    id: str
    what: str
    because: str
    about: str
    by: str
    at_s: float


class _Shelf(Generic[_Noun]):
    """Nouns that are read from their stories when asked for, and again only after a new entry."""

    def __init__(self, read: Callable[[str, Story], _Noun | None]) -> None:
        self.stories = Stories()
        self._read = read
        self._known: dict[str, tuple[int, _Noun | None]] = {}

    def get(self, subject: str) -> _Noun | None:
        story = self.stories.by_subject.get(subject)
        if story is None:
            return None
        known = self._known.get(subject)
        if known is None or known[0] != len(story.entries):
            known = self._known[subject] = (len(story.entries), self._read(subject, story))
        return known[1]

    def __iter__(self) -> Iterator[_Noun]:
        for subject in sorted(self.stories.by_subject):
            found = self.get(subject)
            if found is not None:
                yield found


class State:
    """Everything a journal says, folded.

    Attributes
    ----------
    cases
        The cases, by id.
    deliveries
        The notices owed and done, by id.
    sites
        What was said of sites: who they are, and whom they name.
    latest
        The latest moment that was said.
    heads
        The number of each site's last entry that may be told, by the site's name. Private entries do not
        count: a site that lacks some of those tells readers the same.
    entries_count, unknown_count
        How many entries were taken, and how many of them are of kinds that are not known here.
    """

    def __init__(self) -> None:
        self.cases: dict[str, Case] = {}
        self.deliveries: dict[str, Delivery] = {}
        self.sites = SiteBook()
        self.latest: Stamp = START
        self.heads: dict[str, int] = {}
        self.entries_count = 0
        self.unknown_count = 0
        self._outages = _Shelf(outage)
        self._components = _Shelf(component)
        self._maintenance = _Shelf(maintenance)
        self._subscriptions = _Shelf(subscription)
        self._accounts = _Shelf(_account)
        self._decisions = _Shelf(_decision)
        self._bindings = _Shelf(_binding)
        self._rulings = _Shelf(given_ruling)
        outages = self._outages.stories.take
        by_noun: Mapping[str, Callable[[Entry], None]] = {
            "outage": outages,
            "update": outages,
            "alert": outages,
            "case": self._take_case,
            "delivery": self._take_delivery,
            "component": self._components.stories.take,
            "maintenance": self._maintenance.stories.take,
            "subscription": self._subscriptions.stories.take,
            "account": self._accounts.stories.take,
            "decision": self._decisions.stories.take,
            "binding": self._bindings.stories.take,
            "ruling": self._rulings.stories.take,
            "site": self.sites.take,
        }
        self._takers = {
            (kind.name, version): by_noun[kind.name.partition(".")[0]]
            for kind in KINDS.values()
            for version in range(1, kind.version + 1)
        }

    def take(self, entry: Entry) -> None:
        """Add one entry; each comes once, in any order."""
        self.entries_count += 1
        self.latest = max(self.latest, entry.stamp)
        if not entry.kind.startswith(PRIVATE_KINDS):
            self.heads[entry.site] = max(self.heads.get(entry.site, 0), entry.number)
        taker = self._takers.get((entry.kind, entry.version))
        if taker is None:
            self.unknown_count += 1
        else:
            taker(entry)

    def take_all(self, entries: Iterable[Entry]) -> State:
        """Add entries, and return this state."""
        for entry in entries:
            self.take(entry)
        return self

    # -- outages --------------------------------------------------------------------------------

    def outage(self, subject: str) -> Outage | None:
        """Return an outage; None where there is none of that id."""
        return self._outages.get(subject)

    def outage_as_said(self, subject: str, said_s: float) -> Outage | None:
        """Return an outage as it had been told by `said_s`, in seconds since 1970."""
        story = self._outages.stories.by_subject.get(subject)
        return None if story is None else outage(subject, story, said_s=said_s)

    def outages(self) -> tuple[Outage, ...]:
        """Return all outages, the latest beginning first."""
        return tuple(sorted(self._outages, key=lambda one: (-one.since_s, one.id)))

    def story(self, subject: str) -> tuple[Entry, ...]:
        """Return everything that was said of an outage, in the order of all sites."""
        found = self._outages.stories.by_subject.get(subject)
        return () if found is None else tuple(found.entries)

    def rulings(self) -> tuple[GivenRuling, ...]:
        """Return all that the gate said, in the order in which it was."""
        return tuple(sorted(self._rulings, key=lambda one: (one.at_s, one.id)))

    # -- components and maintenance -------------------------------------------------------------

    def components(self) -> tuple[Component, ...]:
        """Return the components that are shown, in their order."""
        shown = (one for one in self._components if not one.is_retired)
        return tuple(sorted(shown, key=lambda one: (one.position, one.title, one.id)))

    def maintenance(self) -> tuple[Maintenance, ...]:
        """Return all planned work, by its first beginning."""
        return tuple(sorted(self._maintenance, key=lambda one: (one.starts_s, one.id)))

    def own_claims(self, subject: str) -> tuple[Claim, ...]:
        """Return what was claimed of a component itself, whatever outages and maintenance say."""
        story = self._components.stories.by_subject.get(subject)
        return () if story is None else claims(story)

    def claims(self, subject: str, now_s: float) -> tuple[Claim, ...]:
        """Return everything that speaks for a component's status at `now_s`."""
        found = list(self.own_claims(subject))
        for one in self._outages:
            status = one.components.get(subject)
            if one.is_open and not one.is_exercise and status is not None:
                found.append(Claim(source="outage", status=status, at_s=one.since_s, because=one.id))
        for work in self._maintenance:
            if subject in work.components and work.is_active(now_s):
                status = Status.MAINTENANCE
                found.append(Claim(source="maintenance", status=status, at_s=now_s, because=work.id))
        return tuple(found)

    def status(self, subject: str, now_s: float) -> Status:
        """Return how a component is at `now_s`, in seconds since 1970."""
        return effective(self.claims(subject, now_s), now_s)

    # -- the others -----------------------------------------------------------------------------

    def subscription(self, subject: str) -> Subscription | None:
        """Return a subscription; None where there is none of that id."""
        return self._subscriptions.get(subject)

    def subscriptions(self) -> tuple[Subscription, ...]:
        """Return all subscriptions, by id."""
        return tuple(self._subscriptions)

    def accounts(self) -> tuple[Account, ...]:
        """Return all accounts, by name."""
        return tuple(self._accounts)

    def decisions(self) -> tuple[Decision, ...]:
        """Return the decision log, the earliest first."""
        return tuple(sorted(self._decisions, key=lambda one: (one.at_s, one.id)))

    def bindings(self) -> dict[tuple[str, str], str]:
        """Return which component alerts with a label mean, by the label's name and value."""
        return {(label, value): component for label, value, component in self._bindings if component}

    def _take_case(self, entry: Entry) -> None:
        case = self.cases.get(entry.subject)
        if case is None:
            case = self.cases[entry.subject] = Case(entry.subject)
        case.take(entry)

    def _take_delivery(self, entry: Entry) -> None:
        delivery = self.deliveries.get(entry.subject)
        if delivery is None:
            delivery = self.deliveries[entry.subject] = Delivery(entry.subject)
        delivery.take(entry)


def _account(_subject: str, story: Story) -> Account | None:
    declared = [entry for entry in story.entries if entry.kind == "account.declared"]
    if not declared:
        return None
    last = declared[-1].payload
    return Account(name=last["name"], role=last["role"], is_ended=story.entries[-1].kind == "account.ended")


def _binding(_subject: str, story: Story) -> tuple[str, str, str]:
    last = story.entries[-1].payload
    return last["label"], last["value"], last["component"]


def _decision(subject: str, story: Story) -> Decision | None:
    entry = story.entries[0]
    payload = entry.payload
    return Decision(
        id=subject,
        what=payload["what"],
        because=payload.get("because", ""),
        about=payload.get("about", ""),
        by=entry.by,
        at_s=entry.at_s,
    )
