"""A rehearsal: what was predicted, what a real network did, and how the two agree. Values only.

Nothing here knows how it is shown or kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tidegate.evaluate.judging.verdict import Series
from tidegate.rehearse.agreement import Agreement
from tidegate.rehearse.course import Key
from tidegate.rehearse.outcome import Outcome
from tidegate.rehearse.prediction import Prediction
from tidegate.rehearse.scale import Rehearsable

CANNOT_SHOW = (
    "hardware with several queues and processors: each device is one processor with one queue",
    "a vendor's slow path: setting up a flow costs what the world says, or what this kernel takes",
    "distance: nothing here is further away than the next process",
    "the vendor's own device: its limits and timers are those that the world states",
)
"""What no rehearsal on one machine can validate, as clauses."""


@dataclass(frozen=True, kw_only=True)
class RealRun:
    """One valid run on a real network.

    Parameters
    ----------
    outcome
        How it ended.
    series
        By owner and quantity, in the prediction's time bins and units.
    lateness_s
        By how much the latest timer of the rig woke too late.
    busy_ratio, rig_busy_ratio
        Share of the machine that was busy, and share of one core that the rig itself used.
    """

    outcome: Outcome
    series: Mapping[Key, Series]
    lateness_s: float
    busy_ratio: float
    rig_busy_ratio: float


@dataclass(frozen=True, kw_only=True)
class Rehearsal:
    """What came of a rehearsal.

    Parameters
    ----------
    world, title, activity, activity_title
        What was rehearsed.
    digest
        Which world it was, whatever it is called.
    protections
        What was tried on it, as ``path=value``.
    rehearsable
        The world at the size it was rehearsed, and what is not in it.
    server, seed
        What answered, and which random streams.
    prediction
        Made before the first run.
    runs
        The valid runs in order.
    spoiled
        Why each run that was thrown away could not be trusted.
    agreement
        How they compare.
    tidegate_version
        Whose prediction it was.
    """

    world: str
    title: str
    activity: str
    activity_title: str
    digest: str
    protections: tuple[str, ...]
    rehearsable: Rehearsable
    server: str
    seed: int
    prediction: Prediction
    runs: tuple[RealRun, ...]
    spoiled: tuple[str, ...]
    agreement: Agreement
    tidegate_version: str
