"""What was read in somebody's files? One row for each number: its meaning, or why it has none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class WasRead:
    """One number of a file.

    Parameters
    ----------
    source, line
        Where it stands; line 0 where the source has no lines.
    says
        As it is written, secrets left out.
    means
        The path of the world that it became; empty where it was left out.
    value
        What the world says there, as a world file writes it.
    why
        Why it was left out, or what was reckoned of it; empty where nothing needs to be said.
    """

    source: str
    line: int
    says: str
    means: str = ""
    value: str = ""
    why: str = ""
