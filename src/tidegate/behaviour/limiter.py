"""Whether one more may pass, given how many passed lately.

A token bucket by rate and burst. What is limited, and what a refusal costs, must not live here.
"""

from __future__ import annotations

from tidegate.behaviour.instant import NANOSECONDS_PER_S, nanoseconds


class RateLimiter:
    """A token bucket, kept as one number (the generic cell rate algorithm, GCRA); starts full.

    The number is the time at which the bucket would be full again; each one that passes moves it on by
    one interval, 1/rate. From idle `burst_count` pass at once, then one an interval.

    Parameters
    ----------
    rate_per_s
        Greatest lasting rate, above 0. The interval is a whole number of nanoseconds, so the rate
        kept differs by a share of at most rate / 2e9 (0.05 % at 1 M/s).
    burst_count
        How many pass at once from idle, at least 1.

    Notes
    -----
    Source: ITU-T I.371 (2004), annex A.
    """

    def __init__(self, rate_per_s: float, burst_count: int) -> None:
        self._interval_ns = round(NANOSECONDS_PER_S / rate_per_s)
        self._slack_ns = (burst_count - 1) * self._interval_ns
        self._full_at_ns: int | None = None

    def wait_s(self, now_s: float, longest_s: float | None = None) -> float | None:
        """Take the next turn and return how long it is until then; None, and no turn, where that is too long.

        Turns are given in the order in which they are asked for.

        Parameters
        ----------
        now_s
            When it is asked for.
        longest_s
            The longest wait; None for any.
        """
        now_ns = nanoseconds(now_s)
        full_at_ns = now_ns if self._full_at_ns is None else max(self._full_at_ns, now_ns)
        wait_ns = max(full_at_ns - now_ns - self._slack_ns, 0)
        if longest_s is not None and wait_ns > nanoseconds(longest_s):
            return None
        self._full_at_ns = full_at_ns + self._interval_ns
        return wait_ns / NANOSECONDS_PER_S

    def admit(self, now_s: float) -> bool:
        """Say whether one may pass at `now_s`, and count it if so."""
        now_ns = nanoseconds(now_s)
        full_at_ns = now_ns if self._full_at_ns is None else max(self._full_at_ns, now_ns)
        if full_at_ns - now_ns > self._slack_ns:
            return False
        self._full_at_ns = full_at_ns + self._interval_ns
        return True
