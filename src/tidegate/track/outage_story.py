"""What does an outage's story in the journal say? It is read as it is, or as it had been said by a time.

The story is walked once in the order of all sites, so sites that hold the same entries see the same
outage. What cannot happen in a state (two sites resolved it at once) is kept and named, not lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tidegate.journal.entry import Entry
from tidegate.journal.fold import Story
from tidegate.track.alert import SeenAlert, seen_alert
from tidegate.track.component import Status, worst
from tidegate.track.hands import Hands
from tidegate.track.lifecycle import OPEN, OutageEvent, OutageState, next_state
from tidegate.track.outage import Change, Move, Outage, Tried, Update


class _Reading:
    """An outage while its story is read."""

    def __init__(self, subject: str) -> None:
        self.id = subject
        self.state = OutageState.EMERGING
        self.fields: dict[str, object] = {"title": subject, "since_s": None}
        self.opened: Entry | None = None
        self.touched: dict[str, Status] = {}
        self.unconfirmed: dict[str, Status] = {}
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
        self.is_parted = False  # by somebody: no rule merges it again

    @property
    def components(self) -> dict[str, Status]:
        """Status of each component as far as it has been said."""
        found = self.fields.get("components", {})
        assert isinstance(found, dict)
        return found

    @property
    def titles(self) -> dict[str, str]:
        """What people call the names used so far."""
        found = self.fields.get("titles", {})
        assert isinstance(found, dict)
        return found

    def open(self, entry: Entry) -> None:
        if self.opened is None:
            self.opened = entry
        self.set(entry)

    def set(self, entry: Entry) -> None:
        """Take over what an entry says of the outage's fields from its time on.

        What a signal says of components that the public was told of waits until a person says it.
        """
        if entry.payload.get("unconfirmed", False):
            for name, status in _components(entry.payload.get("components", {})).items():
                self.unconfirmed[name] = worst((self.unconfirmed.get(name, status), status))
            return
        for name, value in entry.payload.items():
            if name in _FIELDS:
                held = _FIELDS[name](value)
                if name == "components":
                    assert isinstance(held, dict)
                    self._touch(held, corrected=False)
                    held = {**self.components, **held}
                self._take(entry, name, held)

    def correct(self, entry: Entry) -> None:
        """Take over what an entry says was so all along.

        Its reason is why what was said before was wrong. What followed from a cause that was wrong is gone
        with it: why it was held to be the cause, and what goes down with it.
        """
        payload = entry.payload
        held = {
            name: _FIELDS[name](value)
            for name, value in payload.items()
            if name in _FIELDS and name != "because"
        }
        if "cause" in held:
            follows = {"dark": held.pop("dark", ()), "because": ""}
            self.fields |= {**follows, "titles": {**self.titles, **held.pop("titles", {})}}
        if "evidence" in payload:
            self.fields["because"] = payload["evidence"]
        if "components" in held:
            self._touch(held["components"], corrected=True)
        for name, value in held.items():
            self._take(entry, name, value)

    def _take(self, entry: Entry, name: str, held: object) -> None:
        self.fields[name] = held
        self.changes.append(
            Change(
                name=name, value=held, at_s=entry.at_s, said_s=entry.said_s, by=entry.by,
                is_correction=entry.kind == "outage.corrected",
                because=str(entry.payload.get("because", "")),
            )
        )  # fmt: skip

    def _touch(self, statuses: Mapping[str, Status], *, corrected: bool) -> None:
        for name in statuses:
            self.unconfirmed.pop(name, None)
        if corrected:  # what was never so did not touch anything
            self.touched = {name: was for name, was in self.touched.items() if name in statuses}
            self.touched.update(statuses)
            return
        for name, status in statuses.items():
            self.touched[name] = worst((self.touched.get(name, status), status))

    def move(self, entry: Entry) -> None:
        event, is_by_rule = OutageEvent(entry.payload["event"]), entry.payload.get("rule", False)
        after = next_state(self.state, event)
        if is_by_rule and (after is None or (event is OutageEvent.MERGE and self.is_parted)):
            return  # another site kept the same rule, or somebody knows better
        if after is None:
            self.conflicts.append(f"{entry.by} said {event.value} while it was {self.state.value}")
            return
        self.is_parted |= event is OutageEvent.SPLIT and not is_by_rule
        was_open, self.state = self.state in OPEN, after
        if after in OPEN:
            self.until_s = None
        elif was_open:
            self.until_s = entry.at_s
            self.unconfirmed.clear()
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
            is_made=entry.payload.get("made", False),
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


_FIELDS: Mapping[str, Callable[..., Any]] = {
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
    "outage.corrected": _Reading.correct,
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
        is_private=opened.payload.get("private", False),
        cause=str(held.get("cause", "")),
        because=str(held.get("because", "")),
        components=dict(reading.components)
        if reading.state in OPEN
        else dict.fromkeys(reading.components, Status.OPERATIONAL),
        touched=dict(reading.touched),
        unconfirmed=dict(reading.unconfirmed),
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
