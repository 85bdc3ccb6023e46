"""What is known of one outage? Read from its story in the journal, as it is or as it was said by then.

The story is walked once in the order of all sites, so sites that hold the same entries see the same
outage. What cannot happen in a state (two sites resolved it at once) is kept and named, not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from tidegate.journal.entry import Entry
from tidegate.journal.fold import Story
from tidegate.track.alert import SeenAlert, seen_alert
from tidegate.track.component import IMPACT, Status, worst
from tidegate.track.hands import Hands
from tidegate.track.lifecycle import OPEN, OutageEvent, OutageState, next_state


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
    """

    id: str
    at_s: float
    by: str
    state: OutageState
    texts: Mapping[str, str]
    next_s: float | None = None
    segment: str = ""
    components: Mapping[str, Status] = field(default_factory=dict)

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
    is_exercise
        It is a drill.
    cause, because
        What it comes from, and why that is held to be so.
    components
        Status of each affected component, now: operational where the outage is over.
    touched
        The worst status each component had.
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
    cause: str
    because: str
    components: Mapping[str, Status]
    touched: Mapping[str, Status]
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


class _Reading:
    """An outage while its story is read."""

    def __init__(self, subject: str) -> None:
        self.id = subject
        self.state = OutageState.EMERGING
        self.fields: dict[str, object] = {"title": subject, "since_s": None}
        self.opened: Entry | None = None
        self.touched: dict[str, Status] = {}
        self.until_s: float | None = None
        self.hands = Hands()
        self.into = ""
        self.updates: list[Update] = []
        self.drafts: dict[str, Update] = {}
        self.moves: list[Move] = []
        self.tried: list[Tried] = []
        self.changes: list[Change] = []
        self.notes: list[tuple[float, str]] = []
        self.alerts: dict[str, SeenAlert] = {}
        self.conflicts: list[str] = []

    @property
    def components(self) -> dict[str, Status]:
        """Status of each component as far as it has been said."""
        found = self.fields.get("components", {})
        assert isinstance(found, dict)
        return found

    def open(self, entry: Entry) -> None:
        if self.opened is None:
            self.opened = entry
        self.set(entry)

    def set(self, entry: Entry) -> None:
        """Take over what an entry says of the outage's fields."""
        payload = entry.payload
        for name, value in payload.items():
            if name not in _FIELDS:
                continue
            held = _FIELDS[name](value)
            if name == "components":
                assert isinstance(held, dict)
                kept = {} if entry.kind == "outage.corrected" else self.components
                held = {**kept, **held}
                self._touch(held, corrected=entry.kind == "outage.corrected")
            self.fields[name] = held
            self.changes.append(
                Change(
                    name=name, value=held, at_s=entry.at_s, said_s=entry.said_s, by=entry.by,
                    is_correction=entry.kind == "outage.corrected", because=str(payload.get("because", "")),
                )
            )  # fmt: skip

    def _touch(self, statuses: Mapping[str, Status], *, corrected: bool) -> None:
        if corrected:  # what was never so did not touch anything
            self.touched = {name: was for name, was in self.touched.items() if name in statuses}
            self.touched.update(statuses)
            return
        for name, status in statuses.items():
            self.touched[name] = worst((self.touched.get(name, status), status))

    def move(self, entry: Entry) -> None:
        event = OutageEvent(entry.payload["event"])
        after = next_state(self.state, event)
        if after is None:
            self.conflicts.append(f"{entry.by} said {event.value} while it was {self.state.value}")
            return
        was_open, self.state = self.state in OPEN, after
        if after in OPEN:
            self.until_s = None
        elif was_open:
            self.until_s = entry.at_s
        self.into = str(entry.payload.get("into", "")) if after is OutageState.MERGED else ""
        because = str(entry.payload.get("because", ""))
        self.moves.append(
            Move(event=event, state=after, at_s=entry.at_s, said_s=entry.said_s, by=entry.by, because=because)
        )

    def speak(self, entry: Entry) -> None:
        update = Update(
            id=entry.payload["update"],
            at_s=entry.at_s,
            by=entry.by,
            state=self.state,
            texts=entry.payload["texts"],
            next_s=entry.payload.get("next_s"),
            segment=entry.payload.get("segment", ""),
            components=dict(self.components),
        )
        if entry.kind == "update.drafted":
            self.drafts[update.id] = update
            return
        self.drafts.pop(update.id, None)
        if all(update.id != said.id for said in self.updates):  # two sites released the same draft
            self.updates.append(update)

    def attempt(self, entry: Entry) -> None:
        payload = entry.payload
        self.tried.append(
            Tried(
                what=payload["what"], effect=payload.get("effect", ""), at_s=entry.at_s, by=entry.by,
                source=payload.get("source", ""),
            )
        )  # fmt: skip

    def note(self, entry: Entry) -> None:
        self.notes.append((entry.at_s, entry.payload["text"]))

    def alert(self, entry: Entry) -> None:
        key = entry.payload["fingerprint"]
        self.alerts[key] = seen_alert(entry.payload, self.alerts.get(key))

    def hold(self, entry: Entry) -> None:
        self.hands = self.hands.taken(entry)


def _components(value: Mapping[str, str]) -> dict[str, Status]:
    return {name: Status(status) for name, status in value.items()}


_FIELDS: Mapping[str, Callable[..., object]] = {
    "title": str,
    "since_s": float,
    "cause": str,
    "because": str,
    "certainty": str,
    "components": _components,
    "segments": tuple,
    "sees": dict,
    "keeps": dict,
    "does": dict,
    "advice": str,
    "dark": tuple,
    "titles": dict,
}

_PLURALS = {"segments": tuple, "sees": dict, "keeps": dict, "does": dict, "dark": tuple, "titles": dict}
_TAKE: Mapping[str, Callable[[_Reading, Entry], None]] = {
    "outage.opened": _Reading.open,
    "outage.changed": _Reading.set,
    "outage.corrected": _Reading.set,
    "outage.moved": _Reading.move,
    "outage.tried": _Reading.attempt,
    "outage.noted": _Reading.note,
    "outage.held": _Reading.hold,
    "outage.asked": _Reading.hold,
    "outage.called": _Reading.hold,
    "alert.seen": _Reading.alert,
    "update.drafted": _Reading.speak,
    "update.published": _Reading.speak,
}


def outage(subject: str, story: Story, *, said_s: float | None = None) -> Outage | None:
    """Return an outage from its story; None where nobody opened it.

    Parameters
    ----------
    subject
        Its id.
    story
        All entries on it.
    said_s
        Read only what had been said by then, in seconds since 1970; None for everything.
    """
    entries = story.entries if said_s is None else story.said_by(said_s)
    reading = _Reading(subject)
    for entry in entries:
        if entry.kind in _TAKE:
            _TAKE[entry.kind](reading, entry)
    return None if reading.opened is None else _outage(reading, reading.opened, entries[-1].said_s)


def _outage(reading: _Reading, opened: Entry, changed_s: float) -> Outage:
    held = reading.fields
    return Outage(
        id=reading.id,
        title=str(held["title"]),
        state=reading.state,
        since_s=held["since_s"],  # type: ignore[arg-type]
        until_s=reading.until_s,
        opened_s=opened.said_s,
        changed_s=changed_s,
        source=opened.payload["source"],
        certainty=str(held.get("certainty", "observed")),
        is_exercise=opened.payload.get("exercise", False),
        cause=str(held.get("cause", "")),
        because=str(held.get("because", "")),
        components=dict(reading.components)
        if reading.state in OPEN
        else dict.fromkeys(reading.components, Status.OPERATIONAL),
        touched=dict(reading.touched),
        advice=str(held.get("advice", "")),
        **{name: held.get(name, kind()) for name, kind in _PLURALS.items()},  # type: ignore[arg-type]
        hands=reading.hands,
        into=reading.into,
        updates=tuple(reading.updates),
        drafts=tuple(reading.drafts.values()),
        moves=tuple(reading.moves),
        tried=tuple(sorted(reading.tried, key=lambda tried: tried.at_s)),
        changes=tuple(reading.changes),
        notes=tuple(sorted(reading.notes)),
        alerts=frozenset(reading.alerts),
        ceased=frozenset(key for key, one in reading.alerts.items() if not one.is_firing),
        seen=tuple(sorted(reading.alerts.values(), key=lambda one: (one.starts_s, one.key))),
        conflicts=tuple(reading.conflicts),
    )
