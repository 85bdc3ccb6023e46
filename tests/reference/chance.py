"""The reference's own random streams, one a cause; they share nothing with the event engine's."""

from __future__ import annotations

import math
import random

from tidegate.world.law import Law
from tidegate.world.service import Service


class Chance:
    """All draws of one run.

    Parameters
    ----------
    seed
        Chooses the streams.
    """

    def __init__(self, seed: int) -> None:
        causes = ("arrival", "client", "service", "jitter", "pause", "path", "timeout")
        self._streams = {cause: random.Random(f"{seed}/{cause}") for cause in causes}  # noqa: S311

    def exponential_ns(self, cause: str, mean_ns: int) -> int:
        """Return an exponential time of the given mean, at least a nanosecond."""
        return max(1, int(self._streams[cause].expovariate(1.0) * mean_ns))

    def first_gap_ns(self, population: str, mean_ns: int) -> int:
        """Return the time to the first arrival after the rate of `population` was set."""
        del population
        return self.exponential_ns("arrival", mean_ns)

    def client(self, population_count: int) -> int:
        """Return which client of an open population asks."""
        return self._streams["client"].randrange(max(1, population_count))

    def jitter(self) -> float:
        """Return a uniform draw for a retry's delay."""
        return self._streams["jitter"].random()

    def device(self, devices_count: int, skew_ratio: float) -> int:
        """Return the device that a new flow gets; the first gets `skew_ratio` more than its equal share."""
        stream = self._streams["path"]
        if devices_count == 1 or stream.random() < (1.0 + skew_ratio) / devices_count:
            return 0
        return stream.randrange(1, devices_count)

    def times(self, cause: str, law: Law) -> float:
        """Return how many times its mean a time of a law is."""
        return law.times(1.0 - self._streams[cause].random())

    def part(self) -> float:
        """Return which part of a first pause is left."""
        return self._streams["pause"].random()

    def service_ns(self, service: Service) -> int:
        """Return how long a worker of `service` is busy with one request."""
        mean_ns = service.service_time_s * 1e9
        if service.service_law.word == "fixed":
            return round(mean_ns)
        if service.service_law.word != "lognormal":
            return int(self.times("service", service.service_law) * mean_ns)
        stream = self._streams["service"]
        variance = math.log1p(service.service_cv_ratio**2)
        return int(mean_ns * stream.lognormvariate(-0.5 * variance, math.sqrt(variance)))
