"""Have all instances that start got what they ask for as they boot? Else what was planned is not there.

Who is served meanwhile by those that were there before does not show that the others never come. Those of
which few start at a time are counted as they start (`Run.not_started_count`).
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.parameters import boot_requests_count
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables


def unbooted_count(tables: Tables, run: Run) -> int:
    """Return how many boot requests of the script have no answer by the end, though they had time."""
    served_count = run.populations.served_count[: run.bins_count].sum(axis=0)
    return int(np.maximum(boot_requests_count(tables) - served_count, 0).sum())
