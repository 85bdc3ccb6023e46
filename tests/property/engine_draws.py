"""The event engine's draws, given to a simulator that is compared with it: nothing is left to chance then.

A draw depends on the seed, the run's number, what it is for and for whom, and never on the order of events;
so another simulator can be told the same ones, if it knows for whom it asks.
"""

from __future__ import annotations

from tidegate.simulate.kernels.chance import Cause
from tidegate.simulate.kernels.elementary import minus_log
from tidegate.simulate.kernels.nouns import Population
from tidegate.simulate.kernels.nouns.client import KEPT_STRIDE
from tidegate.simulate.run import stream_keys
from tidegate.simulate.tables import Tables
from tidegate.world.law import Law

MASK = (1 << 64) - 1
_BEGUN = 1 << 30  # the draw of the pause that has begun at time zero
_PLACES = 1 << 40  # draws of the way beyond those that choose devices


class EngineDraws:
    """Draws of one run of the engine.

    Parameters
    ----------
    tables
        What it runs.
    seed, replication
        Its streams.
    """

    def __init__(self, tables: Tables, *, seed: int, replication: int) -> None:
        self._keys = [int(key) for key in stream_keys(seed, replication)]
        self._first_clients = [int(first) for first in tables.population_rows[0, :, Population.first_client]]

    def _uniform(self, cause: int, entity: int, n: int) -> float:
        """Return the `n`-th draw of an entity: `kernels.chance.uniform`, written in Python."""
        x = (self._keys[cause] + entity * 0x9E3779B97F4A7C15 + n * 0xD1B54A32D192ED03) & MASK
        x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
        return (((x ^ (x >> 31)) >> 11) + 0.5) * 2.0**-53

    def _exponential_ns(self, cause: int, entity: int, n: int, mean_ns: int) -> int:
        return int(minus_log(self._uniform(cause, entity, n)) * mean_ns)

    def first_gap_ns(self, population: int, chain: int, mean_ns: int) -> int:
        """Return the time to the first arrival after the `chain`-th change of a rate."""
        return max(1, self._exponential_ns(Cause.ARRIVAL, population, (1 << 40) + chain, mean_ns))

    def gap_ns(self, population: int, number: int, mean_ns: int) -> int:
        """Return the time between two Poisson arrivals."""
        return max(1, self._exponential_ns(Cause.ARRIVAL, population, number, mean_ns))

    def client(self, population: int, number: int, clients_count: int) -> int:
        """Return which client of a population asks."""
        return min(
            int(self._uniform(Cause.SPREAD, population, number) * clients_count), max(clients_count - 1, 0)
        )

    def pause_times(self, population: int, client: int, number: int, law: Law) -> float:
        """Return how many times the mean a closed client pauses."""
        return _times(law, self._uniform(Cause.PAUSE, (population << 36) | client, number))

    def pause_left(self, population: int, client: int) -> float:
        """Return which part of a client's first pause is left at time zero."""
        return self._uniform(Cause.PAUSE, (population << 36) | client, _BEGUN)

    def device(self, attempt: tuple[int, int, int], hop: int, devices_count: int, skew_ratio: float) -> int:
        """Return the device that a new flow gets."""
        if devices_count == 1:
            return 0
        u = self._uniform(Cause.PATH, self._flow(attempt), attempt[2] * 8 + hop)
        share = (1.0 + round(skew_ratio * 1e6) * 1e-6) / devices_count
        if u < share:
            return 0
        return 1 + min(int((u - share) / (1.0 - share) * (devices_count - 1)), devices_count - 2)

    def place(self, attempt: tuple[int, int, int]) -> float:
        """Return a draw for the place of a pool that a try gets."""
        population, number, tries = attempt
        return self._uniform(Cause.PATH, (population << 36) | number, _PLACES + tries)

    def service_ns(self, attempt: tuple[int, int, int], mean_ns: int, law: Law, openings_left: int) -> int:
        """Return how long a request is served."""
        if not law.varies:
            return mean_ns
        return int(_times(law, self._uniform(Cause.SERVICE, _exchange(attempt), openings_left)) * mean_ns)

    def timeout_times(self, attempt: tuple[int, int, int], client: int | None, law: Law) -> float:
        """Return how many times the mean a time-out is."""
        population, number, _ = attempt
        if client is None:
            return _times(law, self._uniform(Cause.TIMEOUT, (population << 36) | number, 0))
        return _times(law, self._uniform(Cause.TIMEOUT, (population << 36) | client, 1))

    def drops(self, attempt: tuple[int, int, int]) -> float:
        """Return a draw for whether a connection is dropped because many have not logged in."""
        return self._uniform(Cause.LOGIN, _exchange(attempt), 0)

    def resumes(self, attempt: tuple[int, int, int]) -> float:
        """Return a draw for whether a TLS session is resumed."""
        return self._uniform(Cause.RESUME, _exchange(attempt), 0)

    def balance(self, attempt: tuple[int, int, int], number: int) -> float:
        """Return a draw for the instance that a connection gets."""
        return self._uniform(Cause.BALANCE, self._flow(attempt), number)

    def likes(self, client: tuple[int, int], instance: int) -> float:
        """Return how much a client likes an instance."""
        population, number = client
        return self._uniform(Cause.BALANCE, self._first_clients[population] + number, 2 + instance)

    def _flow(self, attempt: tuple[int, int, int]) -> int:
        if attempt[1] >= 0:
            return _exchange(attempt)
        # A connection from before the run: who keeps it.
        return (1 << 58) | (self._first_clients[attempt[0]] - 1 - attempt[1]) * KEPT_STRIDE

    def age(self, population: int, client: int, number: int, what: int) -> float:
        """Return a draw for the age of a client's `number`-th connection."""
        return self._uniform(Cause.AGE, (population << 36) | client, 4 * number + what)

    def jitter(self, attempt: tuple[int, int, int]) -> float:
        """Return a draw for the delay of the innermost layer; only those of worlds of one layer vary."""
        population, number, tries = attempt
        return self._uniform(Cause.JITTER, (population << 36) | number, tries * 8)


def _times(law: Law, u: float) -> float:
    """Return how many times the mean a draw comes to, with the engine's own logarithm."""
    return minus_log(u) if law.word == "exponential" else law.times(u)


def _exchange(attempt: tuple[int, int, int]) -> int:
    population, number, tries = attempt
    return (((population << 36) | number) << 10) | (tries & 1023)
