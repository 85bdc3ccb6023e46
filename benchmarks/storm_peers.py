"""The retry storm of `retry_storm.py` as others would write it: plain Python over heapq, and SimPy.

Every model returns what it counted: requests, attempts, requests served in time, requests failed.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Generator
from random import Random
from typing import Any

import simpy

HORIZON_S = 60.0
BASE_PER_S, SPIKE_PER_S, SPIKE_FROM_S, SPIKE_TO_S = 700.0, 2500.0, 10.0, 20.0
WORKERS, SERVICE_S, PLACES = 10, 0.01, 1000
TIMEOUT_S, RETRIES, BACKOFF_S = 0.5, 3, 0.1

Counts = tuple[int, int, int, int]


def rate_per_s(now_s: float) -> float:
    """Return how many requests arrive a second."""
    return SPIKE_PER_S if SPIKE_FROM_S <= now_s < SPIKE_TO_S else BASE_PER_S


def run_heapq(seed: int) -> Counts:  # noqa: C901, PLR0912 - one loop, for speed
    """Run the storm as one loop over a heap: the fewest objects that plain Python can do with."""
    ARRIVE, BEGIN, LATE, DONE = range(4)  # noqa: N806 - constants, as locals for speed
    random = Random(seed)  # noqa: S311 - a simulation
    exponential, uniform = random.expovariate, random.random
    push, pop = heapq.heappush, heapq.heappop
    fresh = attempts = served = failed = order = 0
    idle = WORKERS
    queue: deque[tuple[list[int], int]] = deque()
    heap: list[Any] = [(exponential(BASE_PER_S), 0, ARRIVE, None, 0)]
    while heap:
        now, _, kind, request, tries = pop(heap)
        if now >= HORIZON_S:
            break
        order += 1
        if kind == ARRIVE:
            fresh += 1
            push(heap, (now + exponential(rate_per_s(now)), order, ARRIVE, None, 0))
            order += 1
            kind, request = BEGIN, [0]  # which attempt is waited for; -1: none
        if kind == BEGIN:
            attempts += 1
            request[0] = tries
            push(heap, (now + TIMEOUT_S, order, LATE, request, tries))
            order += 1
            if idle:
                idle -= 1
                push(heap, (now + exponential(1 / SERVICE_S), order, DONE, request, tries))
            elif len(queue) < PLACES:
                queue.append((request, tries))
        elif kind == LATE:
            if request[0] == tries:
                request[0] = -1
                if tries < RETRIES:
                    pause_s = uniform() * BACKOFF_S * (1 << tries)
                    push(heap, (now + pause_s, order, BEGIN, request, tries + 1))
                else:
                    failed += 1
        else:
            if request[0] == tries:
                request[0] = -1
                served += 1
            if queue:
                following, its_tries = queue.popleft()
                push(heap, (now + exponential(1 / SERVICE_S), order, DONE, following, its_tries))
            else:
                idle += 1
    return fresh, attempts, served, failed


class SimpyStorm:
    """The storm in SimPy: a process for each request and for each worker."""

    def __init__(self, seed: int, *, by_the_guide: bool) -> None:
        self.env = simpy.Environment()
        self.random = Random(seed)  # noqa: S311 - a simulation
        self.places = simpy.Store(self.env)
        self.idle = WORKERS
        self.fresh = self.attempts = self.served = self.failed = 0
        self.client = self.guide_client if by_the_guide else self.lean_client

    def run(self) -> Counts:
        """Run to the horizon."""
        self.env.process(self.arrivals())
        for _ in range(WORKERS):
            self.env.process(self.worker())
        self.env.run(until=HORIZON_S)
        return self.fresh, self.attempts, self.served, self.failed

    def arrivals(self) -> Generator[simpy.Event, Any, None]:
        while True:
            yield self.env.timeout(self.random.expovariate(rate_per_s(self.env.now)))
            self.fresh += 1
            self.env.process(self.client())

    def worker(self) -> Generator[simpy.Event, Any, None]:
        while True:
            answer = yield self.places.get()
            self.idle -= 1
            yield self.env.timeout(self.random.expovariate(1 / SERVICE_S))
            self.idle += 1
            if not answer.triggered:
                answer.succeed(value=True)

    def _send(self) -> simpy.Event:
        self.attempts += 1
        answer = self.env.event()
        if self.idle > 0 or len(self.places.items) < PLACES:
            self.places.put(answer)
        return answer

    def guide_client(self) -> Generator[simpy.Event, Any, None]:
        """One request, waiting as SimPy's guide teaches: for the answer or a time-out."""
        for tries in range(RETRIES + 1):
            answer = self._send()
            outcome = yield answer | self.env.timeout(TIMEOUT_S)
            if answer in outcome:
                self.served += 1
                return
            if tries < RETRIES:
                yield self.env.timeout(self.random.random() * BACKOFF_S * (1 << tries))
        self.failed += 1

    def lean_client(self) -> Generator[simpy.Event, Any, None]:
        """One request; the time-out itself triggers the answer, which spares SimPy a condition."""
        for tries in range(RETRIES + 1):
            answer = self._send()
            late = self.env.timeout(TIMEOUT_S)
            late.callbacks.append(lambda _, answer=answer: answer.triggered or answer.succeed(value=False))
            if (yield answer):
                self.served += 1
                return
            if tries < RETRIES:
                yield self.env.timeout(self.random.random() * BACKOFF_S * (1 << tries))
        self.failed += 1


def run_simpy(seed: int, *, by_the_guide: bool) -> Counts:
    """Run the storm in SimPy."""
    return SimpyStorm(seed, by_the_guide=by_the_guide).run()
