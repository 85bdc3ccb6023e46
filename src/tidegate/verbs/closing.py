"""Closing: an outage ends with words, for everybody who heard of its begin.

To resolve and to say so is one action. Where it was resolved without words, somebody is reminded until
they are said; customers whose cases waited for its end are told by those words, each in their own thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from tidegate.errors import CannotTellError
from tidegate.inform.draft import draft
from tidegate.inform.wording import lint
from tidegate.track.case import Case, CaseState
from tidegate.track.lifecycle import OutageEvent, OutageState
from tidegate.track.outage import Outage, Update
from tidegate.verbs.case import close, reply
from tidegate.verbs.component import UNSEEN, vouch
from tidegate.verbs.outage import Desk, Words, find_outage, move, publish, write_update


def closing_texts(desk: Desk, one: Outage) -> dict[str, str]:
    """Return what would be said of an outage that is resolved now, by language; nothing is kept."""
    ended = OutageState.EXERCISE if one.is_exercise else OutageState.RESOLVED
    return draft(replace(one, state=ended, until_s=desk.clock()), desk.speaking(one), next_s=None)


def resolve(
    desk: Desk,
    one: Outage,
    *,
    texts: Mapping[str, str] | None = None,
    at_s: float | None = None,
    because: str = "",
    despite: bool = False,
) -> Words:
    """Resolve an outage and publish its closing words: those given, or drafted ones.

    Raises
    ------
    InputError
        If it cannot be resolved in its state.
    CannotTellError
        If the words break a rule that must be kept, and `despite` is not said; then it is not resolved.
    """
    said = dict(texts or {})
    ended = replace(one, state=OutageState.RESOLVED)
    broken = (
        [found for found in lint(said, ended, desk.speaking(one), next_s=None) if found.must] if said else []
    )
    if broken and not despite:
        named = "\n".join(f"  {found.says}" for found in broken)
        raise CannotTellError(
            f"it is not resolved, for the closing words break rules that must be kept:\n{named}"
        )
    over = move(desk, one, OutageEvent.RESOLVE, at_s=at_s, because=because)
    words = write_update(desk, over, texts=said or None)
    return publish(desk, find_outage(desk.state, one.id), update=words.update, despite=despite)


def vouch_over(desk: Desk) -> None:
    """Say of components that nobody had looked at that they work, once the outage that hit them is over.

    Whoever says that an outage is over has looked at what it hit.
    """
    unseen = {one.id for one in desk.state.components() if _is_unseen(desk, one.id)}
    for one in desk.state.outages() if unseen else ():
        hit = sorted(unseen & one.touched.keys())
        if one.state is OutageState.RESOLVED and not one.is_exercise and hit:
            vouch(desk, hit, "the outage that hit it is over")
            unseen -= set(hit)


def _is_unseen(desk: Desk, component: str) -> bool:
    claims = desk.state.own_claims(component)
    return bool(claims) and all(claim.because == UNSEEN for claim in claims)


def close_over(desk: Desk) -> int:
    """Close the cases of outages that are over; those that customers reopened stay. Return how many.

    Where the public was told of an outage, its customers are told of its end first, by the closing words;
    until those are said, their cases wait. A case that is counted to it by a guess waits for a person.
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
