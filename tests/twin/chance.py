"""What chance decides in a run; who draws is told by what it is for and for whom."""

from __future__ import annotations

from typing import Protocol

from tidegate.world.law import Law


class Chance(Protocol):
    """The draws of one run. A try is named by population, number of the request, number of the try."""

    def first_gap_ns(self, population: int, chain: int, mean_ns: int) -> int:
        """Return the time to the first arrival after a rate was set for the `chain`-th time, from 0."""

    def gap_ns(self, population: int, number: int, mean_ns: int) -> int:
        """Return the time between two Poisson arrivals."""

    def client(self, population: int, number: int, clients_count: int) -> int:
        """Return which client has the `number`-th demand of a population."""

    def pause_times(self, population: int, client: int, number: int, law: Law) -> float:
        """Return how many times the mean a closed client pauses for the `number`-th time."""

    def pause_left(self, population: int, client: int) -> float:
        """Return which part of a client's first pause is left at time zero."""

    def device(self, attempt: tuple[int, int, int], hop: int, devices_count: int, skew_ratio: float) -> int:
        """Return which device of the `hop`-th crossing a new flow gets."""

    def place(self, attempt: tuple[int, int, int]) -> float:
        """Return a uniform draw for the place of a pool that a try gets."""

    def service_ns(self, attempt: tuple[int, int, int], mean_ns: int, law: Law, openings_left: int) -> int:
        """Return how long a request is served; each that a connection carries first has its own draw."""

    def drops(self, attempt: tuple[int, int, int]) -> float:
        """Return a uniform draw for whether a connection is dropped because many have not logged in."""

    def resumes(self, attempt: tuple[int, int, int]) -> float:
        """Return a uniform draw for whether a TLS session is resumed."""

    def balance(self, attempt: tuple[int, int, int], number: int) -> float:
        """Return the `number`-th uniform draw for the instance that a connection gets."""

    def likes(self, client: tuple[int, int], instance: int) -> float:
        """Return how much a client, by population and number, likes an instance."""

    def age(self, population: int, client: int, number: int, what: int) -> float:
        """Return a uniform draw for the `number`-th connection of a client, from 1."""

    def timeout_times(self, attempt: tuple[int, int, int], client: int | None, law: Law) -> float:
        """Return how many times the mean a time-out is: of a client if it is given, else of a request."""

    def jitter(self, attempt: tuple[int, int, int]) -> float:
        """Return a uniform draw for the delay of the innermost layer."""
