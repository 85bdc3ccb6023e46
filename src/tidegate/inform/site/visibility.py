"""How does the state become what the public may see? The filter itself, one noun after the other.

Every field is copied by name; nothing of the state is passed on whole. An outage is public once it was
confirmed or words about it were published; one that only emerges colours nothing before that.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from math import inf

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.spoken import SpokenOutages
from tidegate.inform.site.view import (
    Affected,
    PublicComponent,
    PublicOutage,
    PublicUpdate,
    PublicView,
    PublicWork,
)
from tidegate.inform.state import State
from tidegate.journal.entry import new_id
from tidegate.track.component import Claim, Component, Status, effective, full_title
from tidegate.track.lifecycle import PUBLIC, OutageState
from tidegate.track.maintenance import Maintenance
from tidegate.track.outage import Outage, Update
from tidegate.track.summary import summary
from tidegate.track.uptime import outage_spans

PAST_S = 90 * 86_400.0
AHEAD_S = 180 * 86_400.0
DAY_S = 86_400.0
MOST_WINDOWS_COUNT = 100

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_CODE = re.compile(r"[a-z0-9]{12}", re.ASCII)
_SAID_OF = PUBLIC - {OutageState.RESOLVED}


def name_of(subject: str) -> str:
    """Return an id as it stands in addresses: itself where that is safe, otherwise a name made of it."""
    return subject if _NAME.fullmatch(subject) else new_id(b"name\0" + subject.encode())


def code_of(subject: str) -> str:
    """Return an id as the Statuspage API has it: twelve lower-case letters and digits."""
    return subject if _CODE.fullmatch(subject) else new_id(b"code\0" + subject.encode())


def shown_names(one: Outage, declared: Container[str]) -> frozenset[str]:
    """Return which of an outage's components the public may see: those that are declared.

    An outage names services of the world too, which are nobody's but ours. A record of the past names what
    it was published with.
    """
    return frozenset(name for name in one.touched if name in declared or one.source == "record")


def is_public(one: Outage, segment: str = "") -> bool:
    """Whether the public, or besides it a segment, was told: it was confirmed, or words are out.

    Of a private exercise nobody is told but operators, whatever is said of it.
    """
    if one.is_private:
        return False
    said = any(update.segment in {"", segment} for update in one.updates)
    return said or (not one.is_exercise and any(move.state in _SAID_OF for move in one.moves))


class Shown:
    """What was shown of each outage that is over: it need not be worked out at every publication.

    Holds while neither what the outage is, nor what its components and segments are called, changes.

    Attributes
    ----------
    spoken
        The same for what was shown in each language.
    """

    def __init__(self) -> None:
        self.spoken = SpokenOutages()
        self._called: object = None
        self._kept: dict[tuple[str, str], tuple[Outage, PublicOutage, bool]] = {}

    def of(
        self, one: Outage, titles: Mapping[str, str], setting: SiteSetting, now_s: float, segment: str
    ) -> PublicOutage:
        """Return an outage as an audience sees it."""
        called = (titles, setting.segments)
        if called != self._called:
            self._called = called
            self._kept.clear()
        kept = self._kept.get((one.id, segment))
        # An outage is the same noun until something new is said of it; a promise may still fall due.
        if kept is not None and kept[0] is one and kept[2]:
            return kept[1]
        made = _outage(one, titles, setting, now_s, segment)
        is_final = not one.is_open and all(said.next_s is None or said.next_s < now_s for said in one.updates)
        self._kept[(one.id, segment)] = (one, made, is_final)
        return made


def public_view(
    state: State, setting: SiteSetting, now_s: float, segment: str = "", shown_before: Shown | None = None
) -> PublicView:
    """Return what an audience may see at `now_s`, in seconds since 1970.

    Parameters
    ----------
    state
        Everything.
    setting
        How the site calls things, and how long it may be believed.
    now_s
        The moment of the publication.
    segment
        The segment whose own view is wanted; empty for everybody's.
    shown_before
        Remembers what was worked out; it changes how long this takes and nothing else.
    """
    kept = Shown() if shown_before is None else shown_before
    told = [one for one in state.outages() if is_public(one, segment)]
    declared = state.components()
    titles = {one.id: full_title(one) for one in declared}
    outages = tuple(kept.of(one, titles, setting, now_s, segment) for one in told)
    works = tuple(_work(one, titles, now_s) for one in state.maintenance())
    statuses = _statuses(state, [one for one in told if one.is_open and not one.is_exercise], now_s)
    hit: dict[str, list[PublicOutage]] = {}
    for shown in outages:
        for name in shown.spans:
            hit.setdefault(name, []).append(shown)
    return PublicView(
        now_s=now_s,
        until_s=now_s + setting.valid_s,
        components=tuple(
            _component(one, statuses[one.id], hit.get(name_of(one.id), ()), now_s) for one in declared
        ),
        outages=outages,
        works=works,
        segment=setting.segments.get(segment, segment),
    )


def _statuses(state: State, told: Sequence[Outage], now_s: float) -> Mapping[str, Status]:
    """Return how each component is, by what the public was told of and what is claimed of itself."""
    active = [work for work in state.maintenance() if work.is_active(now_s)]
    found = {}
    for one in state.components():
        claims = list(state.own_claims(one.id))
        claims += [
            Claim(source="outage", status=outage.components[one.id], at_s=outage.since_s)
            for outage in told
            if one.id in outage.components
        ]
        claims += [
            Claim(source="maintenance", status=Status.MAINTENANCE, at_s=now_s)
            for work in active
            if one.id in work.components
        ]
        found[one.id] = effective(claims, now_s)
    return found


def _component(one: Component, status: Status, hit: Sequence[PublicOutage], now_s: float) -> PublicComponent:
    name = name_of(one.id)
    marks = [mark for shown in hit for span in shown.spans[name] for mark in span[:2] if mark <= now_s]
    return PublicComponent(
        name=name,
        code=code_of(one.id),
        title=one.title,
        group=one.group,
        region=one.region,
        describes=one.describes,
        status=status,
        changed_s=max([one.declared_s, *marks]),
        declared_s=one.declared_s,
    )


def _outage(
    one: Outage, titles: Mapping[str, str], setting: SiteSetting, now_s: float, segment: str
) -> PublicOutage:
    updates = [update for update in one.updates if update.segment in {"", segment}]
    shown = shown_names(one, titles)
    moves = [(move.state, move.at_s) for move in one.moves if move.state is not OutageState.EMERGING]
    spoken = replace(one, updates=tuple(updates))
    corrected = sorted({change.said_s for change in one.changes if change.is_correction})
    # What alerts, notes and attempts add is said to nobody; the last public word is.
    said_how = summary(spoken, now_s).words
    said = [one.opened_s, *(move.said_s for move in one.moves), *(update.at_s for update in updates)]
    return PublicOutage(
        id=name_of(one.id),
        title=one.title,
        state=one.state,
        since_s=one.since_s,
        until_s=one.until_s,
        changed_s=max([*said, *corrected]),
        certainty=one.certainty,
        impact=one.impact,
        is_open=one.is_open,
        is_exercise=one.is_exercise,
        components={name_of(name): status for name, status in one.components.items() if name in shown},
        touched={name_of(name): status for name, status in one.touched.items() if name in shown},
        titles={name_of(name): titles.get(name, one.titles.get(name, name)) for name in shown},
        declared=frozenset(name_of(name) for name in one.touched if name in titles),
        segments=tuple(_affected(one, setting)),
        updates=tuple(_updates(updates, shown)),
        moves=tuple(moves),
        corrections=tuple(corrected),
        into=name_of(one.into) if one.into else "",
        # What lasts has no end yet: pages that do not show the time need not be made again.
        spans={name_of(name): outage_spans(name, [one], inf) for name in shown},
        words=replace(said_how, longest_gap_s=None) if one.is_open else said_how,
    )


def _affected(one: Outage, setting: SiteSetting) -> Iterator[Affected]:
    for name in one.segments:
        title = setting.segments.get(name, one.titles.get(name, name))
        yield Affected(title=title, sees=one.sees.get(name, ""), keeps=one.keeps.get(name, ""))


def _updates(updates: Sequence[Update], shown: Container[str]) -> Iterator[PublicUpdate]:
    before: Mapping[str, Status] = {}
    for update in updates:
        changes = [
            (name_of(name), before.get(name, Status.OPERATIONAL), status)
            for name, status in update.components.items()
            if name in shown and before.get(name, Status.OPERATIONAL) is not status
        ]
        yield PublicUpdate(
            id=name_of(update.id),
            at_s=update.at_s,
            next_s=update.next_s,
            state=update.state,
            texts=dict(update.texts),
            is_for_segment=bool(update.segment),
            changes=tuple(changes),
        )
        before = update.components


def _work(one: Maintenance, titles: Mapping[str, str], now_s: float) -> PublicWork:
    today_s = now_s - now_s % DAY_S  # whole days, so that the calendar does not change every minute
    windows: list[tuple[float, float]] = []
    for window in one.windows(today_s - PAST_S, today_s + AHEAD_S):
        windows.append(window)
        if len(windows) == MOST_WINDOWS_COUNT:
            break
    if one.is_cancelled:
        windows = [(one.starts_s, one.starts_s + one.lasts_s)]
    return PublicWork(
        id=name_of(one.id),
        title=one.title,
        describes=one.describes,
        components=tuple((name_of(name), titles.get(name, name)) for name in one.components),
        windows=tuple(windows),
        planned_s=one.planned_s,
        changes_count=one.changes_count,
        is_cancelled=one.is_cancelled,
    )
