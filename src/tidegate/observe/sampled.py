"""What came of one series since it was looked at before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Sampled:
    """Some samples of one series.

    Parameters
    ----------
    labels
        Its labels, its name among them as ``__name__``.
    samples
        Times, in seconds since 1970, and values, in order of time.
    place
        Of which noun they were asked; empty where that is to be seen from the labels.
    path
        Of which number they were asked by its expression; empty where they were not.
    is_evaluated
        Whether they are values of an expression, which its source goes on showing for a step or so.
    is_past
        Whether they are means of quarters of an hour of the past, each at its end: what is usual
        by time of day.
    lacking
        That their source has nothing of the kind, as a clause; then there are none.
    """

    labels: Mapping[str, str]
    samples: Sequence[tuple[float, float]]
    place: str = ""
    path: str = ""
    is_evaluated: bool = False
    is_past: bool = False
    lacking: str = ""
