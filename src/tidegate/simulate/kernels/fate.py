"""What becomes of a demand, counted in the time bin in which it began."""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.nouns import Head, PopulationBin, Request
from tidegate.simulate.kernels.nouns.request import Ended


@njit()
def count_fate(request: Request, code: int, t: int, m: Memory) -> None:
    """Count what became of a demand in the bin in which it began."""
    head, population = Head(m, 0), request.population
    back = head.bin - min(request.since_ns // (head.look_ns * head.looks_count), head.bin)
    counts = PopulationBin(m, head.population_bins.on(-back * head.populations_count).at + population.in_bin)
    if code == Ended.LEFT:
        counts.left_count += 1
    elif code == Ended.WELL and t - request.since_ns <= population.prompt_ns:
        counts.prompt_count += 1
    else:
        counts.amiss_count += 1
