"""What is known of one outage? It, its words, its states, and what was tried, changed and corrected.

How it is read from its story in the journal is in `track.outage_story`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tidegate.track.alert import SeenAlert
from tidegate.track.component import IMPACT, Status, worst
from tidegate.track.hands import Hands
from tidegate.track.lifecycle import OPEN, OutageEvent, OutageState


@dataclass(frozen=True, kw_only=True)
class Update:
    """Words on an outage.

    Parameters
    ----------
    id
        Its id.
    at_s
        When it was published, or drafted; seconds since 1970.
    by
        Who spoke.
    state
        The outage's state at that moment.
    texts
        The words, by language.
    next_s
        When the next update is promised; None where nothing is promised.
    segment
        The segment it is for; empty where it is for everybody.
    components
        Status of each affected component at that moment.
    is_made
        It was made from the record, and nobody wrote at it.
    """

    id: str
    at_s: float
    by: str
    state: OutageState
    texts: Mapping[str, str]
    next_s: float | None = None
    segment: str = ""
    components: Mapping[str, Status] = field(default_factory=dict)
    is_made: bool = False

    def text(self, language: str = "en") -> str:
        """Return its words in a language, or in English, or in whichever there is."""
        return self.texts.get(language) or self.texts.get("en") or next(iter(self.texts.values()), "")


@dataclass(frozen=True, kw_only=True)
class Move:
    """A change of state.

    Parameters
    ----------
    event, state
        What happened, and the state after it.
    at_s, said_s
        When it was so, and when it was said; seconds since 1970.
    by, because
        Who said so, and why.
    """

    event: OutageEvent
    state: OutageState
    at_s: float
    said_s: float
    by: str
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Tried:
    """Something that was done about an outage, and what it did; times as in `Move`."""

    what: str
    effect: str
    at_s: float
    by: str
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What was said about a field; times as in `Move`.

    Parameters
    ----------
    name, value
        The field and what it was said to be.
    is_correction
        It was never otherwise: what was said before was wrong.
    """

    name: str
    value: object
    at_s: float
    said_s: float
    by: str
    is_correction: bool
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Outage:
    """Something that is, or was, broken.

    Parameters
    ----------
    id, title
        Its id and what people call it.
    state
        Where it stands.
    since_s, until_s
        When it began and ended, in seconds since 1970; None while it lasts.
    opened_s, changed_s
        When we first and last said something of it.
    source, certainty
        What noticed it, and how sure we are.
    is_exercise, is_private
        It is a drill, and one of which nobody but operators ever hears.
    cause, because
        What it comes from, and why that is held to be so.
    components
        Status of each affected component, now: operational where the outage is over.
    touched
        The worst status each component had.
    unconfirmed
        What signals say of components that is worse, while no person has said that it is so.
    segments, sees, keeps, does
        The customer segments affected, what each loses, what goes on for it, what it can do meanwhile.
    advice
        What everybody can do meanwhile, as an operator says; empty where nobody did.
    dark
        Tooling that goes down with it.
    titles
        What people call these components, segments and tools, by their names.
    hands
        In whose hands it is.
    into
        The outage it was merged into; empty where it was not.
    updates, drafts
        What was published, and what waits to be.
    moves, tried, changes, notes
        Its states, what was done about it, everything said of its fields, notes for operators.
    alerts, ceased
        The names of the alerts that are counted to it, and of those that no longer fire.
    seen
        These alerts, in the order in which they began.
    conflicts
        What was said but could not happen, as sentences.
    """

    id: str
    title: str
    state: OutageState
    since_s: float
    until_s: float | None
    opened_s: float
    changed_s: float
    source: str
    certainty: str
    is_exercise: bool
    is_private: bool
    cause: str
    because: str
    components: Mapping[str, Status]
    touched: Mapping[str, Status]
    unconfirmed: Mapping[str, Status]
    segments: tuple[str, ...]
    sees: Mapping[str, str]
    keeps: Mapping[str, str]
    does: Mapping[str, str]
    advice: str
    dark: tuple[str, ...]
    titles: Mapping[str, str]
    hands: Hands
    into: str
    updates: tuple[Update, ...]
    drafts: tuple[Update, ...]
    moves: tuple[Move, ...]
    tried: tuple[Tried, ...]
    changes: tuple[Change, ...]
    notes: tuple[tuple[float, str], ...]
    alerts: frozenset[str]
    ceased: frozenset[str]
    seen: tuple[SeenAlert, ...]
    conflicts: tuple[str, ...]

    @property
    def holder(self) -> str:
        """Who has it in hand; empty for nobody."""
        return self.hands.holder

    @property
    def is_open(self) -> bool:
        """Whether something is still wrong."""
        return self.state in OPEN

    @property
    def impact(self) -> str:
        """none, minor, major or critical: the worst any of its components was; "unknown" until one is said.

        That no component is named is no sign that none is hit.
        """
        return IMPACT[worst(self.touched.values())] if self.touched else "unknown"

    @property
    def promise_s(self) -> float | None:
        """When the next update is promised; None where none is owed."""
        return self.told[-1].next_s if self.told and self.is_open else None

    @property
    def told(self) -> tuple[Update, ...]:
        """What was published for everybody: words for one customer segment are no answer to the others."""
        return tuple(update for update in self.updates if not update.segment)

    @property
    def waiting(self) -> tuple[Update, ...]:
        """The drafts that still fit: written after the last public words, none of an end that is not there.

        Words that were drafted while it lasted are untrue once it is over, and the other way round.
        """
        said_s = self.told[-1].at_s if self.told else 0.0
        return tuple(one for one in self.drafts if one.at_s >= said_s and (one.state in OPEN) is self.is_open)

    @property
    def is_left_open(self) -> bool:
        """Whether it is over and the last public words say that it lasts: nobody was told of its end."""
        is_over = not self.is_open and not self.into
        return is_over and bool(self.told) and self.told[-1].state in OPEN

    def is_overdue(self, now_s: float) -> bool:
        """Whether a promised update did not come."""
        return self.promise_s is not None and now_s > self.promise_s
