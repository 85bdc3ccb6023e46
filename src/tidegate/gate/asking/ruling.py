"""What may be, as far as is known now? A verdict with the size that is safe, and when to ask again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

Word = Literal["proceed", "slow_down", "stop", "cannot_tell"]


class Mode(StrEnum):
    """What the gate does about a change that it finds unsafe."""

    PREVIEW = "preview"
    """Lets everything through, says nothing to who asks, and writes down what it would have said."""
    ADVISE = "advise"
    """Lets everything through, and says what it thinks of it."""
    ENFORCE = "enforce"
    """Holds up what is not safe."""


class OnDoubt(StrEnum):
    """What is done about a change of which nothing can be told, where unsafe ones are held up."""

    ALLOW = "allow"
    DENY = "deny"


@dataclass(frozen=True, kw_only=True)
class Policy:
    """How the gate is set.

    Parameters
    ----------
    mode, on_doubt
        As their words say.
    """

    mode: Mode = Mode.PREVIEW
    on_doubt: OnDoubt = OnDoubt.ALLOW


@dataclass(frozen=True, kw_only=True)
class Grounds:
    """What a ruling was given on, for the record.

    Parameters
    ----------
    digest
        Of the world.
    judged
        What was judged, with all that went on at the same time.
    settles_s
        For how long what comes of it was looked at.
    runs_count, seed
        How many runs were made, and from which seed; 0 and None where none were.
    numbers
        The numbers of the world that decide, by path: each with where it comes from.
    """

    digest: str
    judged: str
    settles_s: float
    runs_count: int = 0
    seed: int | None = None
    numbers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Ruling:
    """What is known of an intent.

    Parameters
    ----------
    verdict
        "proceed": it was proven safe; "slow_down": a smaller step was; "stop": none was; "cannot_tell".
    why
        A sentence for people.
    allowed_count
        The greatest size that was proven safe to go to now, of an intent with one size; None without one.
    again_in_s
        After how long to ask again: for the next step, or for an answer that is being worked out; None where
        that changes nothing.
    world, activity
        Of which world that is said, and of which of its activities; empty where no world knows the change.
    evidence
        What was proven and how, as a clause; empty without one.
    grounds
        What it was given on; None where no world knows the change.
    """

    verdict: Word
    why: str
    allowed_count: int | None = None
    again_in_s: float | None = None
    world: str = ""
    activity: str = ""
    evidence: str = ""
    grounds: Grounds | None = None

    @property
    def settles_s(self) -> float:
        """How long a step takes there until it is over, in seconds; 0 where no world knows the change."""
        return 0.0 if self.grounds is None else self.grounds.settles_s

    def holds_up(self, policy: Policy) -> bool:
        """Return whether the change is not to happen as it was asked for."""
        if policy.mode is not Mode.ENFORCE or self.verdict == "proceed":
            return False
        return self.verdict != "cannot_tell" or policy.on_doubt is OnDoubt.DENY

    @property
    def headline(self) -> str:
        """The verdict in a line, as a caller shows it to people."""
        word = self.verdict.replace("_", " ").upper()
        return f"Tidegate: {word} · {self.why}"
