"""What did the gate say, and was it right? Every ruling that was given, with what became of it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tidegate.journal.entry import Entry
from tidegate.journal.fold import Story


@dataclass(frozen=True, kw_only=True)
class GivenRuling:
    """One ruling that was given.

    Parameters
    ----------
    id, at_s
        Its id, and when it was given (seconds since 1970).
    caller, about, asked_by
        By which contract, about what, and for whom it was asked.
    verdict, why, allowed_count
        What was known.
    world, activity
        Of which world that was said; empty where none knew the change.
    mode
        What the gate was set to do.
    is_through, to_count
        Whether it happened as it was asked for, and the size it was brought down to.
    override
        Why it was let through whatever was known; empty where nobody said so.
    outcome, because
        Whether it was right, by what was seen since; empty where nobody looked.
    """

    id: str
    at_s: float
    caller: str
    about: str
    asked_by: str
    verdict: str
    why: str
    allowed_count: int | None
    world: str
    activity: str
    mode: str
    is_through: bool
    to_count: int | None
    override: str
    outcome: str = ""
    because: str = ""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """How the rulings of one world and verdict came out.

    Parameters
    ----------
    world, verdict
        Which.
    given_count, through_count
        How many were given, and after how many the change happened as it was asked for.
    right_count, wrong_count, unknown_count
        How many were scored so; the rest was not looked at.
    """

    world: str
    verdict: str
    given_count: int = 0
    through_count: int = 0
    right_count: int = 0
    wrong_count: int = 0
    unknown_count: int = 0


def given_ruling(subject: str, story: Story) -> GivenRuling | None:
    """Return a ruling with what became of it; None where none was given of that id.

    Of several scores the last that was said counts.
    """
    first = next((one for one in story.entries if one.kind == "ruling.given"), None)
    if first is None:
        return None
    scores = [one.payload for one in story.entries if one.kind == "ruling.scored"]
    last = scores[-1] if scores else {}
    return _given(subject, first, outcome=_word(last, "outcome"), because=_word(last, "because"))


def tallies(given: Iterable[GivenRuling]) -> tuple[Tally, ...]:
    """Return how rulings came out, by world and verdict."""
    found: dict[tuple[str, str], Tally] = {}
    for one in given:
        key = (one.world, one.verdict)
        so_far = found.get(key, Tally(world=one.world, verdict=one.verdict))
        found[key] = replace(
            so_far,
            given_count=so_far.given_count + 1,
            through_count=so_far.through_count + one.is_through,
            right_count=so_far.right_count + (one.outcome == "right"),
            wrong_count=so_far.wrong_count + (one.outcome == "wrong"),
            unknown_count=so_far.unknown_count + (one.outcome == "unknown"),
        )
    return tuple(found[key] for key in sorted(found))


def _given(subject: str, entry: Entry, *, outcome: str, because: str) -> GivenRuling:
    said = entry.payload
    return GivenRuling(
        id=subject,
        at_s=entry.at_s,
        caller=_word(said, "caller"),
        about=_word(said, "about"),
        asked_by=_word(said, "asked_by"),
        verdict=_word(said, "verdict"),
        why=_word(said, "why"),
        allowed_count=_count(said, "allowed"),
        world=_word(said, "world"),
        activity=_word(said, "activity"),
        mode=_word(said, "mode"),
        is_through=said.get("through") is True,
        to_count=_count(said, "to"),
        override=_word(said, "override"),
        outcome=outcome,
        because=because,
    )


def _word(said: Any, key: str) -> str:
    return str(said.get(key, ""))


def _count(said: Any, key: str) -> int | None:
    found = said.get(key)
    return None if found is None else int(found)
