"""Every error Tidegate raises on purpose, sorted by who must act.

::

    TidegateError
    ├── InputError        you: mend the file or the command line   (exit 2)
    ├── CannotTellError   you: measure or supply what is missing   (exit 4)
    ├── RigError          you: give this machine what it lacks     (exit 4)
    └── InternalError     us: a promise of the code was broken     (exit 1)

Nothing here knows how an error is shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tidegate.exit_codes import ExitCode


class TidegateError(Exception):
    """Something went wrong that Tidegate foresaw."""

    exit_code = ExitCode.OUR_FAULT


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where in a source text something stands.

    Parameters
    ----------
    source
        Name of the file or input ("command line" where there is no file).
    line, column
        Counted from 1; 0 where the source has no lines.
    """

    source: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


FaultKind = Literal["value", "absent", "ambiguous", "statement"]
"""What a fault is about.

"value": the value, or what stands at the path, is wrong, and `what` is said of it ("is no status").
"absent": nothing goes by the name that the value is ("there is no such case").
"ambiguous": what stands there fits more than one thing and does not say which ("looks like several").
"statement": no one value is wrong; `what` is a sentence of its own ("an answer needs words").
"""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that is wrong with an input.

    Parameters
    ----------
    what
        The fault as a sentence without its value ("unknown key"). People read it; programs read `kind`.
    kind
        What the fault is about.
    path
        Dotted path of file keys, such as ``crossings.edge.forwarding``.
    value
        The value as written, shortened; empty where there is none.
    allowed
        What would be accepted.
    nearest
        The nearest valid name, where a name was mistyped.
    place
        Where it stands.
    """

    what: str
    kind: FaultKind = "value"
    path: str = ""
    value: str = ""
    allowed: str = ""
    nearest: str = ""
    place: Place | None = None

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        path = f"{self.path}: " if self.path else ""
        value = f" ({self.value})" if self.value else ""
        nearest = f"; did you mean {self.nearest}?" if self.nearest else ""
        allowed = f"; allowed: {self.allowed}" if self.allowed else ""
        return f"{where}{path}{self.what}{value}{nearest}{allowed}"


class InputError(TidegateError):
    """The input is wrong; carries every fault found, not only the first."""

    exit_code = ExitCode.BAD_INPUT

    def __init__(self, *faults: Fault) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class CannotTellError(TidegateError):
    """The question is well formed, but there is no honest answer yet."""

    exit_code = ExitCode.CANNOT_TELL


class RigError(TidegateError):
    """The machine cannot carry it out, or the run was spoiled; the message is one clear line."""

    exit_code = ExitCode.CANNOT_TELL


class InternalError(TidegateError):
    """A promise of the code itself was broken; please report it."""
