"""Closing: an outage ends with words, for everybody who heard of its begin.

To resolve and to say so is one action. Where it was resolved without words, somebody is reminded until
they are said; customers whose cases waited for its end are told by those words, each in their own thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tidegate.errors import CannotTellError
from tidegate.inform.draft import draft
from tidegate.inform.sending_turn import Turn, alone
from tidegate.inform.wording import Finding, lint
from tidegate.journal.entry import Draft
from tidegate.track.alert import SeenAlert
from tidegate.track.case import Case, CaseState
from tidegate.track.component import RANK, Status, last_of
from tidegate.track.correlate import meant
from tidegate.track.firing import still_firing
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.track.outage import Outage, Update
from tidegate.verbs.record.case import close, reply
from tidegate.verbs.record.component import UNSEEN, claimed
from tidegate.verbs.record.outage import Desk, Words, find_outage, move, publish, write_update

FIRES = "an alert that means it still fires although its outage is over"
"""Why a component is not known to work once the outage that hit it is over."""
MOST_NAMED = 5
_OVER = "the outage that hit it is over"
_CEASED = "the alerts that meant it have ceased, and the outage that hit it is over"


def closing_texts(desk: Desk, one: Outage) -> dict[str, str]:
    """Return what would be said of an outage that is resolved now, by language; nothing is kept."""
    ended = OutageState.EXERCISE if one.is_exercise else OutageState.RESOLVED
    return draft(replace(one, state=ended, until_s=desk.clock()), desk.speaking(one), next_s=None)


def closing_findings(desk: Desk, one: Outage, texts: Mapping[str, str]) -> tuple[Finding, ...]:
    """Return the rules of wording that words do not keep with which an outage would end."""
    return lint(texts, replace(one, state=OutageState.RESOLVED), desk.speaking(one), next_s=None)


def end(
    desk: Desk,
    one: Outage,
    *,
    at_s: float | None = None,
    because: str = "",
    despite_alerts: bool = False,
) -> Outage:
    """Say that an outage is over, and with the same words of the record what that says of what it hit.

    Raises
    ------
    InputError
        If it cannot be resolved in its state.
    CannotTellError
        If alerts of it still fire, and `despite_alerts` is not said; then it is not resolved.
    """
    _mind_alerts(desk, one, despite_alerts=despite_alerts)
    besides: list[Draft] = []
    if not one.is_exercise:
        doubted = _meant(desk, still_firing(one, desk.state.outages()))
        unseen = {name for name in one.touched if _is_unseen(desk, name)}
        trusted = sorted(name for name in doubted if _is_trusted(desk, name))
        besides += claimed(desk, sorted(unseen - doubted), Status.OPERATIONAL, _OVER)
        besides += claimed(desk, trusted, Status.UNKNOWN, FIRES)
    return move(desk, one, OutageEvent.RESOLVE, at_s=at_s, because=because, besides=besides)


def _mind_alerts(desk: Desk, one: Outage, *, despite_alerts: bool) -> None:
    firing = still_firing(one, desk.state.outages())
    if not firing or despite_alerts or one.is_exercise:
        return
    named = "\n".join(f"  {seen.summary or 'an alert without words'}" for seen in firing[:MOST_NAMED])
    count = f"{len(firing):,} alerts still fire" if len(firing) > 1 else "1 alert still fires"
    raise CannotTellError(
        f"it is not resolved, for {count}; say that it is over although they fire (--despite-alerts, "
        f"despite_alerts, or the box to tick), or wait until they cease:\n{named}"
    )


def resolve(
    desk: Desk,
    one: Outage,
    *,
    texts: Mapping[str, str] | None = None,
    at_s: float | None = None,
    because: str = "",
    despite: bool = False,
    despite_alerts: bool = False,
) -> Words:
    """Resolve an outage and publish its closing words: those given, or drafted ones.

    Raises
    ------
    InputError
        If it cannot be resolved in its state.
    CannotTellError
        If the words break a rule that must be kept, and `despite` is not said, or if its alerts still fire,
        and `despite_alerts` is not said; then it is not resolved.
    """
    said = dict(texts or {})
    broken = [found for found in closing_findings(desk, one, said) if found.must] if said else []
    if broken and not despite:
        named = "\n".join(f"  {found.says}" for found in broken)
        raise CannotTellError(
            f"it is not resolved, for the closing words break rules that must be kept:\n{named}"
        )
    over = end(desk, one, at_s=at_s, because=because, despite_alerts=despite_alerts)
    words = write_update(desk, over, texts=said or None)
    return publish(desk, find_outage(desk.state, one.id), update=words.update, despite=despite)


def vouch_over(desk: Desk) -> None:
    """Say of components that nobody had looked at that they work, once the outage that hit them is over.

    Whoever says that an outage is over has looked at what it hit: save what an alert still means that fires.
    Once that ceases, it works as well. Outages that are resolved here have this said with their end.
    """
    declared = [one.id for one in desk.state.components()]
    unseen = {name for name in declared if _is_unseen(desk, name)}
    kept = {name for name in declared if _is_kept(desk, name)}
    if not unseen and not kept:
        return
    outages = desk.state.outages()
    over = [one for one in outages if one.state is OutageState.RESOLVED and not one.is_exercise]
    doubted = _meant(desk, [seen for one in over for seen in still_firing(one, outages)])
    hit = {name for one in over for name in one.touched}
    drafts = claimed(desk, sorted(unseen & hit - doubted), Status.OPERATIONAL, _OVER)
    drafts += claimed(desk, sorted(kept - doubted), Status.OPERATIONAL, _CEASED)
    if drafts:
        desk.say(drafts)


def _meant(desk: Desk, seen: Sequence[SeenAlert]) -> set[str]:
    """Return the declared components that alerts mean."""
    declared, bindings = desk.state.components(), desk.state.bindings()
    return {name for one in seen for name in meant(one.labels, desk.world, declared, bindings)}


def _is_trusted(desk: Desk, component: str) -> bool:
    """Whether nothing worse is said of a component by hand than that it is not known to work."""
    said = last_of(desk.state.own_claims(component), "manual")
    return said is None or RANK[said.status] < RANK[Status.UNKNOWN]


def _is_kept(desk: Desk, component: str) -> bool:
    """Whether a component is not known to work for the one reason that an alert still fired."""
    said = last_of(desk.state.own_claims(component), "manual")
    return said is not None and said.because == FIRES


def _is_unseen(desk: Desk, component: str) -> bool:
    claims = desk.state.own_claims(component)
    return bool(claims) and all(claim.because == UNSEEN for claim in claims)


def close_over(desk: Desk, *, is_turn: Turn = alone) -> int:
    """Close the cases of outages that are over; those that customers reopened stay. Return how many.

    Where the public was told of an outage, its customers are told of its end first, by the closing words;
    until those are said, their cases wait. A case that is counted to it by a guess waits for a person.
    `is_turn` says whether it is this site that does so.
    """
    closed_count = 0
    for one in desk.state.outages():
        if one.state is not OutageState.RESOLVED or one.is_left_open:
            continue
        done = [
            case
            for case in desk.state.cases.values()
            if case.is_open
            and case.outage == one.id
            and not case.is_guessed
            and case.state is not CaseState.REOPENED
        ]
        if done and not is_turn(f"close {one.id}", ""):
            continue
        if done and one.told:
            _tell(desk, done, one.told[-1])
        closed_count += close(desk, done, "the outage is over")
    return closed_count


def _tell(desk: Desk, cases: list[Case], words: Update) -> None:
    """Answer cases with the closing words, each in its customer's language where they are in it."""
    own = desk.setting.languages[0]
    by_text: dict[str, list[Case]] = {}
    for case in cases:
        by_text.setdefault(words.text(case.language or own), []).append(case)
    for text, asked in by_text.items():
        reply(desk, asked, text)
