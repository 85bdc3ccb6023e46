"""The random streams of one population: one for each cause, so that no cause disturbs another.

The sequence of each stream depends on the seed alone; what the network does only decides how much of it
is used.
"""

from __future__ import annotations

import random

from tidegate.world.law import EXPONENTIAL, Law


class Chance:
    """All draws of one population.

    Parameters
    ----------
    seed
        Chooses the streams.
    population
        Whose they are.
    """

    def __init__(self, seed: int, population: str) -> None:
        def stream(cause: str) -> random.Random:
            return random.Random(f"{seed}/{population}/{cause}")  # noqa: S311 - draws, not secrets

        self._stream = stream
        self._arrival, self._pause = stream("arrival"), stream("pause")
        self._client, self._jitter = stream("client"), stream("jitter")
        self._age = stream("age")
        self._patience = stream("patience")

    def jitter(self) -> float:
        """Return a uniform draw in [0, 1) for a retry's delay."""
        return self._jitter.random()

    def age(self) -> float:
        """Return a uniform draw in [0, 1) for how old a connection is, or becomes."""
        return self._age.random()

    def patience(self, client: int | None) -> float:
        """Return a uniform draw in (0, 1] for the time-out of a request, or of a client by its number."""
        stream = self._patience if client is None else self._stream(f"patience/{client}")
        return 1.0 - stream.random()

    def gap_s(self, mean_s: float) -> float:
        """Return an exponential time between two arrivals."""
        return self._arrival.expovariate(1.0) * mean_s

    def pause_s(self, mean_s: float, law: Law = EXPONENTIAL, *, has_begun: bool = False) -> float:
        """Return a pause; of one that has begun, what is left of it."""
        if law.word == "exponential":
            return self._pause.expovariate(1.0) * mean_s
        left = self._pause.random() if has_begun else 1.0
        return law.times(1.0 - self._pause.random()) * left * mean_s

    def client(self, count: int) -> int:
        """Return which of `count` clients asks."""
        return self._client.randrange(max(1, count))
