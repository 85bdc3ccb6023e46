"""How long do requests wait for each service? Read off the runs of a case; no words.

The last of those that wait at the worst moment has its turn once as many have been answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from statistics import median

import numpy as np

from tidegate.evaluate.judging.verdict import ServiceEvidence
from tidegate.evaluate.reading.measures import Outcome, first_bin
from tidegate.simulate.tables import Tables
from tidegate.world.world import World


def service_waits(world: World, tables: Tables, outcomes: Sequence[Outcome]) -> tuple[ServiceEvidence, ...]:
    """Return what waits for each service that anybody asks.

    Parameters
    ----------
    world, tables
        What was run.
    outcomes
        Some of its runs, at least one.
    """
    found = []
    for s, name in enumerate(tables.services):
        patience_s = min(_patiences_s(world, name), default=None)
        if patience_s is None:
            continue
        waits = [_worst(tables, outcome, s) for outcome in outcomes]
        seen_s = [wait_s for _, wait_s in waits if wait_s is not None]
        found.append(
            ServiceEvidence(
                name=name,
                title=world.services[name].title or name,
                waiting_peak_count=median(count for count, _ in waits) / tables.fraction,
                wait_peak_s=median(seen_s) if 2 * len(seen_s) > len(waits) else None,
                patience_s=patience_s,
            )
        )
    return tuple(found)


def _patiences_s(world: World, name: str) -> Iterator[float]:
    """Yield the time-outs of those who ask a service: clients, calls and look-ups."""
    for clients in world.clients.values():
        if clients.service == name:
            yield clients.timeout_s
        if clients.lookup is not None and clients.lookup.service == name:
            yield clients.lookup.timeout_s
    for service in world.services.values():
        yield from (call.timeout_s for call in service.calls if call.service == name)


def _worst(tables: Tables, outcome: Outcome, s: int) -> tuple[float, float | None]:
    """Return how many wait for a service at the worst, and how long until as many were answered."""
    run, bin_s = outcome.run, tables.bin_ns / 1e9
    first = min(first_bin(tables), run.bins_count - 1)
    queued = run.services.queued_most_count[first : run.bins_count, s]
    served = run.services.served_count[first : run.bins_count, s]
    at = int(queued.argmax())
    most = int(queued[at])
    if not most:
        return 0.0, 0.0
    later = np.nonzero(served[at:] - served[max(at - 1, 0)] >= most)[0]
    return float(most), float(later[0]) * bin_s if len(later) else None
