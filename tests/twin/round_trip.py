"""How long one end waits before it sends again, by its first round trip (RFC 6298, RFC 8985, Linux).

What has been sent twice tells no round trip (Karn). Without one the probe comes after a second, and the
time-out is three.
"""

from __future__ import annotations

LEAST_TIME_OUT_NS = 200_000_000
TICKS_NS = 2_000_000
# Linux rounds such timers up to ticks of 64 ms: half of it on average.
FIRST_PROBE_NS = 1_032_000_000
FALLBACK_NS = 3_032_000_000


class RoundTrip:
    """What one end of a connection knows of the way there and back."""

    def __init__(self) -> None:
        self.took_ns: int | None = None
        self._sent_ns = 0
        self._sent_count = 0

    @property
    def time_out_ns(self) -> int:
        """After how long data are sent again."""
        if self.took_ns is None:
            return FALLBACK_NS
        return self.took_ns + max(2 * self.took_ns, LEAST_TIME_OUT_NS)

    def probe_ns(self, *, is_alone: bool) -> int:
        """After how long the last of what was sent is sent once more.

        Two round trips, and 200 ms if nothing else is under way, or the time-out if that is sooner.
        """
        if self.took_ns is None:
            return FIRST_PROBE_NS
        return min(self.time_out_ns, 2 * self.took_ns + (LEAST_TIME_OUT_NS if is_alone else TICKS_NS))

    def parted(self) -> RoundTrip:
        """Return what is known from now on apart from it: as much as is known by now."""
        other = RoundTrip()
        other.took_ns, other._sent_ns, other._sent_count = self.took_ns, self._sent_ns, self._sent_count
        return other

    def sent(self, now_ns: int) -> None:
        """Something leaves for the first time."""
        self._sent_ns, self._sent_count = now_ns, 1

    def sent_again(self) -> None:
        """It leaves once more."""
        self._sent_count += 1

    def came(self, now_ns: int) -> None:
        """It is acknowledged: the first round trip, if there was none."""
        if self.took_ns is None and self._sent_count == 1:
            self.took_ns = now_ns - self._sent_ns
