"""Outage: keep the record of what is broken, and find the words for it.

One use case a function: each reads the state, appends entries, and returns the outage as it is then.
Where the journal is kept and what time it is are given by the caller; so console, API and command line
do exactly the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Protocol

from tidegate.errors import CannotTellError, Fault, FaultKind, InputError
from tidegate.inform.draft import Setting, draft, next_promise_s
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.state import State
from tidegate.inform.translations import ON_RECORD, disturbed, with_world
from tidegate.inform.wording import Finding, lint
from tidegate.journal.entry import Draft, Entry, new_id
from tidegate.track.affected import components_hit, scope
from tidegate.track.lifecycle import OutageEvent, possible
from tidegate.track.outage import Outage
from tidegate.track.seen_edits import with_seen
from tidegate.world.file.nearest_name import listed, nearest

if TYPE_CHECKING:
    from tidegate.world.world import World

_UNTITLED = "an outage needs a title, or a cause that the world knows"
_NO_TITLE = Fault(what=_UNTITLED, kind="statement", path="title")


class Journal(Protocol):
    """Where entries go."""

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Append entries, all or none; durable when it returns."""


class Nowhere:
    """A journal that takes nothing: for records that are only read."""

    def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
        """Refuse.

        Raises
        ------
        InputError
            Always.
        """
        kinds = ", ".join(sorted({draft.kind for draft in drafts}))
        raise InputError(Fault(what="this record can only be read", kind="statement", value=kinds))


@dataclass(kw_only=True)
class Desk:
    """What somebody needs who keeps the record.

    Parameters
    ----------
    journal
        Where entries go.
    state
        Everything said so far.
    by
        Who works here.
    clock
        Gives the seconds since 1970 (UTC).
    entropy
        Gives 16 random bytes.
    world
        The world, where there is one.
    setting
        How we speak.
    read
        How much of the outage they work on was on the page before them: the last number, by chain; None where
        nobody knows, and all that is here counts.
    """

    journal: Journal
    state: State
    by: str
    clock: Callable[[], float]
    entropy: Callable[[], bytes]
    world: World | None = None
    setting: Setting = field(default_factory=Setting)
    read: Mapping[str, int] | None = None

    def say(self, drafts: Sequence[Draft]) -> None:
        """Append entries and take them into the state."""
        for entry in self.journal.append(self.edits(drafts)):
            self.state.take(entry)

    def edits(self, drafts: Sequence[Draft]) -> Sequence[Draft]:
        """Return what is to be appended: where others keep the record too, with what had been seen."""
        if not self.state.sites.names_others:
            return drafts
        return [with_seen(draft, self.state.story(draft.subject), self.read) for draft in drafts]

    def speaking(self, one: Outage) -> Setting:
        """Return how we speak of an outage: as we began to, with the titles on record and those of today."""
        called = {**one.titles, **titles(self.world, self.state), **self.setting.titles}
        spoken = with_world(self.setting.translations, self.world)
        begun = one.told[-1].texts if one.told else {}
        languages = dict.fromkeys((*self.setting.languages, *(name for name in begun if name in LANGUAGES)))
        return replace(self.setting, titles=called, translations=spoken, languages=tuple(languages))


def titles(world: World | None, state: State) -> dict[str, str]:
    """Return what people call components and segments, by their names."""
    found: dict[str, str] = {}
    if world is not None:
        for nouns in (world.services, world.segments, world.tooling):
            found.update({name: noun.title for name, noun in nouns.items() if noun.title})
        found.update({name: _crossing_title(world, name) for name in world.crossings})
    found.update({one.id: one.title for one in state.components()})
    return found


def _crossing_title(world: World, name: str) -> str:
    ends = (world.networks[end].title or end for end in world.crossings[name].between)
    return LANGUAGES[ON_RECORD].between.format(*ends)


def find_outage(state: State, name: str) -> Outage:
    """Return the outage of an id or of the beginning of one.

    An empty name means the only open outage, or the latest where all are over.

    Raises
    ------
    InputError
        If there is none, or more than one.
    """
    known = state.outages()
    exact = state.outage(name)
    found = [exact] if exact else [one for one in known if one.id.startswith(name)]
    if not name:
        found = [one for one in known if one.is_open] or list(known[:1])
    if len(found) == 1:
        return found[0]
    ids = [one.id for one in (found or known)]
    what = "more than one outage fits" if found else "there is no such outage"
    kind: FaultKind = "statement" if found else "absent"
    raise InputError(Fault(what=what, kind=kind, value=name, allowed=listed(ids), nearest=nearest(name, ids)))


@dataclass(frozen=True, kw_only=True)
class Report:
    """What somebody, or something, says is broken.

    Parameters
    ----------
    title
        What to call it; empty where the cause's own title is meant.
    since_s
        When it began, in seconds since 1970; None for now.
    cause
        A crossing or service of the world, or any words where there is no world.
    components
        Status by component; laid over what the cause implies.
    segments
        Customer segments affected; where none are given, those the cause implies.
    source, certainty
        What noticed it, and how sure we are.
    is_exercise, is_private
        It is a drill, and one of which nobody but operators ever hears.
    """

    title: str = ""
    since_s: float | None = None
    cause: str = ""
    components: Mapping[str, str] = field(default_factory=dict)
    segments: Sequence[str] = ()
    source: str = "operator"
    certainty: str = "observed"
    is_exercise: bool = False
    is_private: bool = False


def open_outage(desk: Desk, report: Report) -> Outage:
    """Open an outage; with a world, the cause says who and what is affected.

    Raises
    ------
    InputError
        With every fault.
    """
    since_s = desk.clock() if report.since_s is None else report.since_s
    about = _about(desk, report)
    title = report.title or str(about.get("called", ""))
    about.pop("called", None)
    if not title:
        raise InputError(_NO_TITLE)
    subject = new_id(b"outage\0" + desk.entropy())
    payload = {"title": title, "since_s": since_s, "source": report.source, "certainty": report.certainty}
    payload |= about
    payload |= {"exercise": True} if report.is_exercise else {}
    payload |= {"private": True} if report.is_exercise and report.is_private else {}
    desk.say([Draft(kind="outage.opened", subject=subject, payload=payload, by=desk.by, at_s=since_s)])
    return find_outage(desk.state, subject)


def report_faults(desk: Desk, report: Report) -> tuple[Fault, ...]:
    """Return everything for which an outage would not be opened, each fault with the field that it is in."""
    faults = [] if report.title or (report.cause and desk.world is not None) else [_NO_TITLE]
    try:
        _about(desk, report)
    except InputError as error:
        faults += [fault if fault.path else replace(fault, path="cause") for fault in error.faults]
    return tuple(faults)


def _about(desk: Desk, report: Report) -> dict[str, object]:
    """Return the fields of an outage that follow from its cause and what was said besides."""
    about: dict[str, object] = {"cause": report.cause} if report.cause else {}
    components, segments = dict(report.components), report.segments
    if desk.world is not None and report.cause:
        found = scope(desk.world, report.cause)
        hit = components_hit(found, desk.state.components())
        components = {**{name: status.value for name, status in hit.items()}, **components}
        about["sees"] = dict(found.sees)
        about["keeps"] = dict(found.keeps)
        about["does"] = dict(found.does)
        about["dark"] = [one.name for one in found.tooling]
        called = titles(desk.world, desk.state)
        about["because"] = f"the world's dependency graph, from {called.get(report.cause, report.cause)}"
        about["called"] = disturbed(called.get(report.cause, report.cause), ON_RECORD)
        used = (report.cause, *components, *(one.name for one in (*found.segments, *found.tooling)))
        about["titles"] = {name: called[name] for name in used if name in called}
        segments = segments or [one.name for one in found.segments]
    if desk.world is not None and segments:
        _check_segments(desk.world, segments)
    return {**about, "components": components, "segments": list(segments)}


def _check_segments(world: World | None, segments: Iterable[str]) -> None:
    known = world.segments if world is not None else {}
    faults = [
        Fault(
            what="is no segment of the world",
            value=name,
            allowed=listed(known),
            nearest=nearest(name, known),
        )
        for name in segments
        if name not in known
    ]
    if faults:
        raise InputError(*faults)


def move(
    desk: Desk,
    one: Outage,
    event: OutageEvent,
    *,
    at_s: float | None = None,
    because: str = "",
    into: str = "",
    besides: Sequence[Draft] = (),
) -> Outage:
    """Pass an outage into another state, and say what goes with that in the same moment.

    Resolving an exercise ends the exercise.

    Raises
    ------
    InputError
        If that cannot happen in its state.
    """
    if one.is_exercise and event is OutageEvent.RESOLVE:
        event = OutageEvent.END_EXERCISE
    can = possible(one.state)
    if event not in can:
        allowed = ", ".join(other.value for other in can) or "nothing any more"
        what = f"an outage that is {one.state.value} cannot meet this"
        raise InputError(Fault(what=what, kind="statement", value=event.value, allowed=allowed))
    payload = {"event": event.value}
    payload |= {"because": because} if because else {}
    payload |= {"into": into} if into else {}
    moved = Draft(kind="outage.moved", subject=one.id, payload=payload, by=desk.by, at_s=at_s)
    desk.say([*besides, moved])
    return find_outage(desk.state, one.id)


def merge(desk: Desk, one: Outage, into: Outage, *, at_s: float | None = None, because: str = "") -> Outage:
    """Merge an outage into another, which takes over its components and segments; return the other.

    Raises
    ------
    InputError
        If they are the same, or the other is merged itself.
    """
    if one.id == into.id or into.into:
        raise InputError(
            Fault(what="cannot take in this outage", value=into.id, allowed="another, not merged")
        )
    move(desk, one, OutageEvent.MERGE, at_s=at_s, because=because, into=into.id)
    payload: dict[str, object] = {
        "components": {name: status.value for name, status in {**one.components, **into.components}.items()},
        "segments": sorted({*one.segments, *into.segments}),
        "sees": {**one.sees, **into.sees},
        "keeps": {**one.keeps, **into.keeps},
        "does": {**one.does, **into.does},
        "dark": sorted({*one.dark, *into.dark}),
        "titles": {**one.titles, **into.titles},
    }
    if one.since_s < into.since_s:
        payload["since_s"] = one.since_s
    desk.say([Draft(kind="outage.changed", subject=into.id, payload=payload, by=desk.by)])
    return find_outage(desk.state, into.id)


@dataclass(frozen=True, kw_only=True)
class Words:
    """Words that are ready.

    Parameters
    ----------
    outage
        The outage they are about.
    update
        The update's id.
    texts
        The words, by language.
    next_s
        When the next update is promised, in seconds since 1970; None for no promise.
    findings
        Which rules of wording they do not keep.
    """

    outage: Outage
    update: str
    texts: Mapping[str, str]
    next_s: float | None
    findings: tuple[Finding, ...]

    @property
    def may_be_public(self) -> bool:
        """Whether no rule stands against them that must be kept."""
        return not any(finding.must for finding in self.findings)


def write_update(
    desk: Desk,
    one: Outage,
    *,
    texts: Mapping[str, str] | None = None,
    lead: str = "",
    advice: str = "",
    next_s: float | None = None,
) -> Words:
    """Draft words from what is known, or take given ones; check them, and keep them as a draft.

    Parameters
    ----------
    desk, one
        Where we work, and the outage.
    texts
        Whole words by language, instead of drafted ones.
    lead, advice
        What to say first, and what to do meanwhile, in drafted ones; advice stands until other is given.
    next_s
        When to speak next; None for the usual cadence.
    """
    if advice and advice != one.advice:
        desk.say([Draft(kind="outage.changed", subject=one.id, payload={"advice": advice}, by=desk.by)])
        one = find_outage(desk.state, one.id)
    now_s = desk.clock()
    setting = desk.speaking(one)
    promise_s = next_promise_s(one, now_s) if next_s is None else next_s
    words = dict(texts) if texts else draft(one, setting, next_s=promise_s, lead=lead)
    findings = lint(words, one, setting, next_s=promise_s)
    update = new_id(b"update\0" + desk.entropy())
    payload: dict[str, object] = {"update": update, "texts": words}
    payload |= {} if promise_s is None else {"next_s": promise_s}
    payload |= {"made": True} if not texts and not lead and next_s is None else {}
    desk.say([Draft(kind="update.drafted", subject=one.id, payload=payload, by=desk.by)])
    fresh = find_outage(desk.state, one.id)
    return Words(outage=fresh, update=update, texts=words, next_s=promise_s, findings=findings)


def publish(desk: Desk, one: Outage, *, update: str = "", segment: str = "", despite: bool = False) -> Words:
    """Publish a draft: the one named, or the latest that still fits; it confirms nothing.

    Parameters
    ----------
    desk, one
        Where we work, and the outage.
    update
        The draft's id or the beginning of it.
    segment
        The customer segment it is for alone; empty where it is for everybody.
    despite
        Publish words that break a rule that must be kept.

    Raises
    ------
    InputError
        If there is no such draft or segment.
    CannotTellError
        If the words break a rule that must be kept, and `despite` is not said.
    """
    drafts = [held for held in one.drafts if held.id.startswith(update)] if update else [*one.waiting]
    if not drafts:
        if not update:
            what, allowed = "no draft waits that is still so", "a new one (outage update)"
            raise InputError(Fault(what=what, kind="statement", allowed=allowed))
        known = listed([held.id for held in one.drafts])
        raise InputError(Fault(what="there is no such draft", kind="absent", value=update, allowed=known))
    if segment and segment not in one.segments:
        _check_segments(desk.world, [segment])
    chosen = drafts[-1]
    findings = lint(chosen.texts, one, desk.speaking(one), next_s=chosen.next_s)
    words = Words(outage=one, update=chosen.id, texts=chosen.texts, next_s=chosen.next_s, findings=findings)
    if not words.may_be_public and not despite:
        broken = "\n".join(f"  {finding.says}" for finding in findings if finding.must)
        raise CannotTellError(f"the words are not public, for they break rules that must be kept:\n{broken}")
    payload: dict[str, object] = {"update": chosen.id, "texts": dict(chosen.texts)}
    payload |= {} if chosen.next_s is None else {"next_s": chosen.next_s}
    payload |= {"segment": segment} if segment else {}
    desk.say([Draft(kind="update.published", subject=one.id, payload=payload, by=desk.by)])
    return words


def change(desk: Desk, one: Outage, *, components: Mapping[str, str], at_s: float | None = None) -> Outage:
    """Say that components are otherwise from a time on.

    Raises
    ------
    InputError
        If a status is unknown.
    """
    payload = {"components": dict(components)}
    desk.say([Draft(kind="outage.changed", subject=one.id, payload=payload, by=desk.by, at_s=at_s)])
    return find_outage(desk.state, one.id)


def tried(desk: Desk, one: Outage, *, what: str, effect: str = "", at_s: float | None = None) -> Outage:
    """Keep what somebody did about it, and what it did."""
    payload = {"what": what, **({"effect": effect} if effect else {})}
    desk.say([Draft(kind="outage.tried", subject=one.id, payload=payload, by=desk.by, at_s=at_s)])
    return find_outage(desk.state, one.id)


def overdue(state: State, now_s: float) -> tuple[Outage, ...]:
    """Return the outages whose promised update did not come: each is an alarm."""
    return tuple(one for one in state.outages() if one.is_overdue(now_s))
