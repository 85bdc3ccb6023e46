"""Is service worse again and again, although nothing collapses? That is said, and not averaged away."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tidegate.evaluate.arithmetic.again import comes_again
from tidegate.evaluate.reading.measures import Outcome, bad_bins, first_bin, judged_rows, outages
from tidegate.evaluate.reading.run_outage import Outage
from tidegate.evaluate.variants.world_case import CaseRuns
from tidegate.simulate.tables import Tables

_LEAST_COUNT = 2
_MOST_READ = 20


def spell_sentences(runs: CaseRuns) -> tuple[str, ...]:
    """Return a sentence where service is worse than usual in several separate spells, in half of the runs."""
    if not comes_again(runs.world):
        return ()
    outcomes = runs.replications.outcomes[:_MOST_READ]
    each = [_spells(runs.tables, outcome) for outcome in outcomes]
    count = int(np.median([len(spells) for spells in each]))
    if count < _LEAST_COUNT:
        return ()
    bin_s = runs.tables.bin_ns / 1e9
    longest_s = float(np.median([max((one.bins for one in spells), default=0) * bin_s for spells in each]))
    lost = float(
        np.median([_lost(runs.tables, one, spells) for one, spells in zip(outcomes, each, strict=True)])
    )
    said = f"Service is worse than usual again and again: {count} times, for up to {longest_s:.3g} s"
    return (f"{said}; {100.0 * lost:.3g} % of the requests that end meanwhile are lost.",)


def _spells(tables: Tables, outcome: Outcome) -> list[Outage]:
    """Return the spells of a run since the disturbance began."""
    first = first_bin(tables)
    return [one for one in outages(tables, outcome.run, bad_bins(tables, outcome.run)) if one.last >= first]


def _lost(tables: Tables, outcome: Outcome, spells: Sequence[Outage]) -> float:
    """Return the share of what ended in the spells that had failed, of the population that lost most."""
    rows, y = judged_rows(tables), outcome.run.populations
    bins = [b for one in spells for b in range(one.first, min(one.last + 1, outcome.run.bins_count))]
    failed, served = y.failed_count[bins][:, rows].sum(axis=0), y.served_count[bins][:, rows].sum(axis=0)
    return float((failed / np.maximum(failed + served, 1)).max(initial=0.0))
