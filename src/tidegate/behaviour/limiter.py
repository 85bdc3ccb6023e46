"""Whether one more may pass, given how many passed lately.

Two limiters: a token bucket by rate and burst, and the client's own throttle by what the server
accepted. What is limited, and what a refusal costs, must not live here.
"""

from __future__ import annotations

from tidegate.behaviour.instant import NANOSECONDS_PER_S, nanoseconds
from tidegate.behaviour.window import WindowCount


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

    def admit(self, now_s: float) -> bool:
        """Say whether one may pass at `now_s`, and count it if so."""
        now_ns = nanoseconds(now_s)
        full_at_ns = now_ns if self._full_at_ns is None else max(self._full_at_ns, now_ns)
        if full_at_ns - now_ns > self._slack_ns:
            return False
        self._full_at_ns = full_at_ns + self._interval_ns
        return True


class ClientThrottle:
    """A client that refuses its own requests once the server accepts too few (Google SRE).

    A request is refused with probability max(0, (requests - K accepts) / (requests + 1)), where
    requests counts all that the application wanted, and both are counted over the window. In the long
    run the server sees about K times what it accepts.

    Parameters
    ----------
    accepts_multiplier_ratio
        K, at least 1: lower refuses sooner.
    window_s
        How far back is counted; see `window` for how exactly.

    Notes
    -----
    Source: https://sre.google/sre-book/handling-overload/ , "Client-Side Throttling".
    """

    def __init__(self, accepts_multiplier_ratio: float = 2.0, window_s: float = 120.0) -> None:
        self._accepts_multiplier_ratio = accepts_multiplier_ratio
        self._requests = WindowCount(window_s)
        self._accepts = WindowCount(window_s)

    def refuse_ratio(self, now_s: float) -> float:
        """Return the probability with which a request at `now_s` is refused."""
        requests_count = self._requests.total(now_s)
        accepts_count = self._accepts.total(now_s)
        excess_count = requests_count - self._accepts_multiplier_ratio * accepts_count
        return max(0.0, excess_count / (requests_count + 1))

    def admit(self, now_s: float, u: float) -> bool:
        """Count a request and say whether it may be sent; `u` is a uniform draw in [0, 1)."""
        refused = u < self.refuse_ratio(now_s)
        self._requests.add(now_s)
        return not refused

    def accepted(self, now_s: float) -> None:
        """Count a request that the server accepted."""
        self._accepts.add(now_s)
