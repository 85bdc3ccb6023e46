"""Do clients that want one success each have it in the end? Else a run has not gone well, whoever is served.

Shortcut: who has given up is done, and disturbs no more; such a one counts only where nobody else is judged.
"""

from __future__ import annotations

import math

from tidegate.evaluate.reading.run_outage import DEEP_SHARE, FAILED_SHARE, LEAST_FAILURES
from tidegate.evaluate.reading.unhindered import response_ns
from tidegate.simulate.parameters import Populations
from tidegate.simulate.run import Run
from tidegate.simulate.tables import Tables


def wanting_rows(tables: Tables, run: Run, calm_bins: int) -> list[int]:
    """Return the rows of kind "once" of which too many clients go without their one success.

    Too many are more than 5 % that still want it through all of the last calm although they had time; and,
    where all populations are of that kind, a fifth of those that ended without it.

    Parameters
    ----------
    tables, run
        What was run and what came of it.
    calm_bins
        How many bins a calm lasts.
    """
    populations, y = Populations(tables), run.populations
    late = run.bins_count - calm_bins
    rows = populations.of_kinds({"once"})
    if late < 0 or not rows:
        return []
    alone = not populations.of_kinds({"open", "closed", "none"})
    found = []
    for j in rows:
        clients_count = (populations.clients_count[:, j] * populations.stride_count[:, j]).max()
        waiting_count = y.unanswered_count[late : run.bins_count, j].min()
        response_bins = math.ceil(response_ns(tables, -1, j) / tables.bin_ns)
        had_time = late - response_bins > int(tables.disturbed_until_ns // tables.bin_ns)
        waits = had_time and waiting_count > FAILED_SHARE * clients_count
        if waits or (alone and _many_failed(run, j)):
            found.append(j)
    return found


def _many_failed(run: Run, j: int) -> bool:
    y = run.populations.bins(end=run.bins_count).row(j)
    failed_count, served_count = int(y.failed_count.sum()), int(y.served_count.sum())
    return failed_count >= LEAST_FAILURES and failed_count > DEEP_SHARE * (failed_count + served_count)
