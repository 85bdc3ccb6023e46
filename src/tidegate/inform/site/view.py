"""What may the public see of the state? The one filter under every output of a site.

Pages, JSON, feeds, calendar and badges are made of a `PublicView` and of nothing else. It holds no
field that could carry something private: notes, what was tried, drafts, reasons, people, alerts, cases,
contacts, subscriptions, accounts and decisions have no place here. Words for one customer segment are
in that segment's own view only. How anything looks must not live here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageState
from tidegate.track.summary import Words
from tidegate.track.uptime import Span

_UNCOUNTED = (OutageState.FALSE_ALARM, OutageState.MERGED, OutageState.EXERCISE)


@dataclass(frozen=True, kw_only=True)
class PublicComponent:
    """A component as the public sees it.

    Parameters
    ----------
    name
        Its name in addresses: letters, digits, hyphens and underscores.
    code
        Its id in the Statuspage API: twelve letters and digits.
    title, group, region, describes
        What people call it, the group and region it is shown in, what it is.
    status
        How it is.
    changed_s, declared_s
        When that last changed and when it was first declared, in seconds since 1970.
    """

    name: str
    code: str
    title: str
    group: str
    region: str
    describes: str
    status: Status
    changed_s: float
    declared_s: float


@dataclass(frozen=True, kw_only=True)
class PublicUpdate:
    """Words that were published; times in seconds since 1970.

    Parameters
    ----------
    id
        Its id.
    at_s, next_s
        When it was published, and when the next one was promised; None for no promise.
    state
        The outage's state at that moment.
    texts
        The words, by language.
    is_for_segment
        They are for the readers of this segment's page alone.
    changes
        Name, status before and status after of each component that changed with it.
    """

    id: str
    at_s: float
    next_s: float | None
    state: OutageState
    texts: Mapping[str, str]
    is_for_segment: bool
    changes: tuple[tuple[str, Status, Status], ...]


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A customer segment hit by an outage: what it is called, what it loses and what goes on for it."""

    title: str
    sees: str
    keeps: str


@dataclass(frozen=True, kw_only=True)
class PublicOutage:
    """An outage as the public sees it; times in seconds since 1970.

    Parameters
    ----------
    id, title, state
        Its id, what people call it, where it stands.
    since_s, until_s, changed_s
        When it began and ended (None while it lasts), and when we last said something of it in public.
    certainty
        "observed", "likely" or "possible".
    impact
        "none", "minor", "major" or "critical"; "unknown" where it is not known yet.
    is_open, is_exercise
        Whether something is still wrong; whether it is a drill.
    components, touched
        Status of each affected component now, and the worst it was, by its name in addresses.
    titles
        What people call these components, by the same names.
    declared
        Which of these are components of the site, with a page of their own.
    segments
        Who is affected.
    updates
        What was said, the earliest first.
    moves
        Each state it passed into, and when that was so.
    corrections
        When something said of it was corrected.
    into
        The outage it is part of; empty where it is one by itself.
    spans
        When each component was not operational, by its name in addresses.
    words
        How soon and how regularly we spoke.
    """

    id: str
    title: str
    state: OutageState
    since_s: float
    until_s: float | None
    changed_s: float
    certainty: str
    impact: str
    is_open: bool
    is_exercise: bool
    components: Mapping[str, Status]
    touched: Mapping[str, Status]
    titles: Mapping[str, str]
    declared: frozenset[str]
    segments: tuple[Affected, ...]
    updates: tuple[PublicUpdate, ...]
    moves: tuple[tuple[OutageState, float], ...]
    corrections: tuple[float, ...]
    into: str
    spans: Mapping[str, tuple[Span, ...]]
    words: Words

    @property
    def promise_s(self) -> float | None:
        """When the next update is promised; None where none is owed."""
        return self.updates[-1].next_s if self.updates and self.is_open else None

    @property
    def counts(self) -> bool:
        """Whether it is an outage of its own: no drill, no false alarm, not part of another."""
        return not self.is_exercise and self.state not in _UNCOUNTED


@dataclass(frozen=True, kw_only=True)
class PublicWork:
    """Planned work as the public sees it; times in seconds since 1970.

    Parameters
    ----------
    id, title, describes
        Its id, what people call it, what is done.
    components
        Name and title of each component it touches.
    windows
        Begin and end of each time it takes place, in order; of cancelled work, when it would have begun.
    planned_s, changes_count
        When its plan was last changed, and how often it was.
    is_cancelled
        It will not take place.
    """

    id: str
    title: str
    describes: str
    components: tuple[tuple[str, str], ...]
    windows: tuple[tuple[float, float], ...]
    planned_s: float
    changes_count: int
    is_cancelled: bool


@dataclass(frozen=True, kw_only=True)
class PublicView:
    """Everything that one audience may see.

    Parameters
    ----------
    now_s, until_s
        When this was so, and until when it may be believed; seconds since 1970.
    components
        The components, in their order.
    outages
        The outages the public was told of, the latest beginning first.
    works
        Planned work, by its first beginning.
    segment
        Whose own view this is: what people call the segment; empty for everybody's.
    """

    now_s: float
    until_s: float
    components: tuple[PublicComponent, ...]
    outages: tuple[PublicOutage, ...]
    works: tuple[PublicWork, ...]
    segment: str = ""

    @property
    def open_outages(self) -> tuple[PublicOutage, ...]:
        """The outages in which something is still wrong, drills excepted; the worst first."""
        order = ("critical", "major", "unknown", "minor", "none")
        found = [one for one in self.outages if one.is_open and not one.is_exercise]
        return tuple(sorted(found, key=lambda one: order.index(one.impact)))
