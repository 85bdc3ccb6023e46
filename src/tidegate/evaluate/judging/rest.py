"""One thing that an answer rests on: a belief, or a number with a range. A noun only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Rest:
    """One thing the answer rests on, with what it could change.

    Parameters
    ----------
    path
        The belief's name, or the path of the number.
    says
        The belief as a sentence, or the number with its range in the file's own units.
    kind
        "belief" or "number".
    basis, source, measure
        Where it comes from and how to find out.
    effect_ratio
        By how much the probability of collapse changes between its two ends, 0 to 1.
    flips
        Whether that would change the verdict.
    probed
        Whether `tidegate probe` can measure it: what a client does, seen from outside.
    name
        What people call the number; empty for a belief.
    safe_end, unsafe_end
        The end of its range towards which the activity is safe, and the other one, as a world file writes
        them; both empty where that is not known, and for a belief.
    """

    path: str
    says: str
    kind: str
    basis: str
    source: str
    measure: str
    effect_ratio: float
    flips: bool
    probed: bool = False
    name: str = ""
    safe_end: str = ""
    unsafe_end: str = ""
