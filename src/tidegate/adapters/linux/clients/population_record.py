"""What became of the demand of one population, bin by bin.

Counters that clients raise as things happen, and gauges read at the end of each bin. When a bin ends,
and what clients do, must not live here.
"""

from __future__ import annotations

from tidegate.rehearse.measurement import MeasuredPopulation

_COUNTERS = ("fresh", "attempts", "served", "given_up", "connected", "timed_out", "refused")
_MICROSECONDS = 6  # digits kept of a latency


class PopulationRecord:
    """The counters of the present bin, and all bins before it.

    Attributes
    ----------
    fresh, attempts, served, given_up, connected, timed_out, refused
        Counts of the present bin; see `MeasuredPopulation`.
    latencies_s, connect_latencies_s
        Times of requests served, and of connections completed, in the present bin.
    """

    __slots__ = ("_bins", *_COUNTERS, "connect_latencies_s", "latencies_s")

    def __init__(self) -> None:
        self._bins: list[tuple[dict[str, int], tuple[float, ...], tuple[float, ...]]] = []
        self._begin_bin()

    def _begin_bin(self) -> None:
        self.fresh = self.attempts = self.served = self.given_up = 0
        self.connected = self.timed_out = self.refused = 0
        self.latencies_s: list[float] = []
        self.connect_latencies_s: list[float] = []

    def end_bin(self, *, size_count: int, unanswered_count: int) -> dict[str, int]:
        """Close the present bin with what stands at its end, and begin the next.

        Returns
        -------
        dict
            What a reader who follows the run wants to know: attempts, served, unanswered.
        """
        row = {f"{name}_count": getattr(self, name) for name in _COUNTERS}
        row |= {"size_count": size_count, "unanswered_count": unanswered_count}
        self._bins.append((row, _rounded(self.latencies_s), _rounded(self.connect_latencies_s)))
        self._begin_bin()
        return {
            "attempts": row["attempts_count"],
            "served": row["served_count"],
            "unanswered": unanswered_count,
        }

    def series(self) -> MeasuredPopulation:
        """Return all bins that were closed."""
        names = [f"{name}_count" for name in (*_COUNTERS, "size", "unanswered")]
        counts = {name: tuple(row[name] for row, _, _ in self._bins) for name in names}
        return MeasuredPopulation(
            **counts,
            latencies_s=tuple(latencies_s for _, latencies_s, _ in self._bins),
            connect_latencies_s=tuple(latencies_s for _, _, latencies_s in self._bins),
        )


def _rounded(times_s: list[float]) -> tuple[float, ...]:
    return tuple(round(time_s, _MICROSECONDS) for time_s in times_s)
