"""Every code that a command can end with, and what it means: one table for all verbs.

The help, the reference and the README show this table; nothing else states a code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum
from typing import Self


class ExitCode(IntEnum):
    """What a command ends with, from 0 to 130; a shell reads the number, a person the meaning."""

    meaning: str
    """What the code says of the answer, as a clause."""

    HOLDS = 0, "it holds"
    OUR_FAULT = 1, "our own fault; please report it"
    BAD_INPUT = 2, "bad input: every fault is named with its place"
    CONDITIONS = 3, "it holds under conditions"
    CANNOT_TELL = 4, "cannot tell, and what would tell is named"
    DOES_NOT_HOLD = 5, "it does not hold"
    INTERRUPTED = 130, "interrupted; no report was written"  # 128 and SIGINT, as shells have it

    def __new__(cls, code: int, meaning: str) -> Self:
        """Make a number that knows what it means."""
        made = int.__new__(cls, code)
        made._value_ = code
        made.meaning = meaning
        return made


OF_VERDICT: Mapping[str, ExitCode] = {
    "proceed": ExitCode.HOLDS,
    "slow_down": ExitCode.CONDITIONS,
    "protect_first": ExitCode.CONDITIONS,
    "cannot_tell": ExitCode.CANNOT_TELL,
    "stop": ExitCode.DOES_NOT_HOLD,
}
"""What each verdict ends with, from the mildest verdict to the worst."""
