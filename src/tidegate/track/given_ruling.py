"""What did the gate say, and was it right? Every ruling that was given, with what became of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tidegate.journal.entry import Entry
from tidegate.journal.fold import Story

_MISTAKES = {"proceed": "miss", "slow_down": "false_alarm", "stop": "false_alarm"}
_SIZES = re.compile(r"(\d{1,9}|unknown) (to|at most) (\d{1,9}|unknown)", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class AskedGrowth:
    """The one thing that was asked about, where it is one that grows from a known size to a known one."""

    address: str
    before_count: int
    after_count: int


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
    mistake
        "miss" or "false_alarm" where it was wrong and its verdict can be; else empty.
    scored_by, is_read
        Who said so: the name of a source it was read from, or of a person.
    system, sizes, anew
        Under which name of `known_as` a world knows what was to change, the sizes before and after by address
        as they are on record, and whose clients may connect anew. These and what follows are empty in what
        was said before it was taken down.
    judged, settles_s
        What was judged with all that went on at the same time, and for how long it was looked at.
    reference
        What the caller called the question.
    digest, version, evidence, runs_count, seed, numbers
        What it rests on: the world, Tidegate, the runs, and the numbers that decide with their provenance.
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
    mistake: str = ""
    scored_by: str = ""
    is_read: bool = False
    system: str = ""
    sizes: Mapping[str, str] = field(default_factory=dict)
    anew: tuple[str, ...] = ()
    judged: str = ""
    settles_s: float | None = None
    reference: str = ""
    digest: str = ""
    version: str = ""
    evidence: str = ""
    runs_count: int | None = None
    seed: int | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)

    @property
    def growth(self) -> AskedGrowth | None:
        """What grows, where that is one thing, from a known size to a known one; else None."""
        if len(self.sizes) != 1 or self.anew:
            return None
        [(address, said)] = self.sizes.items()
        found = _SIZES.fullmatch(said)
        if found is None or found[2] != "to" or "unknown" in {found[1], found[3]}:
            return None
        growth = AskedGrowth(address=address, before_count=int(found[1]), after_count=int(found[3]))
        return growth if growth.after_count > growth.before_count else None


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
    missed_count, false_alarms_count
        How many of those that were wrong called safe what failed, and unsafe what held.
    overridden_count
        How many were let through because somebody said so.
    """

    world: str
    verdict: str
    given_count: int = 0
    through_count: int = 0
    right_count: int = 0
    wrong_count: int = 0
    unknown_count: int = 0
    missed_count: int = 0
    false_alarms_count: int = 0
    overridden_count: int = 0


def given_ruling(subject: str, story: Story) -> GivenRuling | None:
    """Return a ruling with what became of it; None where none was given of that id.

    Of several scores the last that was said counts.
    """
    first = next((one for one in story.entries if one.kind == "ruling.given"), None)
    if first is None:
        return None
    scores = [one.payload for one in story.entries if one.kind == "ruling.scored"]
    by = next((one.by for one in reversed(story.entries) if one.kind == "ruling.scored"), "")
    given = _given(subject, first)
    if not scores:
        return given
    last = scores[-1]
    outcome, mistake = _word(last, "outcome"), _word(last, "mistake")
    if outcome == "wrong" and not mistake:  # a person says only that it was
        mistake = _MISTAKES.get(given.verdict, "")
    return replace(
        given, outcome=outcome, because=_word(last, "because"), mistake=mistake,
        scored_by=_word(last, "source") or by,
        is_read="source" in last,
    )  # fmt: skip


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
            missed_count=so_far.missed_count + (one.mistake == "miss"),
            false_alarms_count=so_far.false_alarms_count + (one.mistake == "false_alarm"),
            overridden_count=so_far.overridden_count + bool(one.override),
        )
    return tuple(found[key] for key in sorted(found))


def _given(subject: str, entry: Entry) -> GivenRuling:
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
        system=_word(said, "system"),
        sizes=dict(said.get("sizes", {})),
        anew=tuple(said.get("anew", ())),
        judged=_word(said, "judged"),
        settles_s=said.get("settles"),
        reference=_word(said, "reference"),
        digest=_word(said, "digest"),
        version=_word(said, "version"),
        evidence=_word(said, "evidence"),
        runs_count=_count(said, "runs"),
        seed=_count(said, "seed"),
        numbers=dict(said.get("numbers", {})),
    )


def _word(said: Any, key: str) -> str:
    return str(said.get(key, ""))


def _count(said: Any, key: str) -> int | None:
    found = said.get(key)
    return None if found is None else int(found)
