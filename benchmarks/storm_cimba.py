"""The retry storm of `retry_storm.py` in cimba (models compiled by Numba on the Cimba C engine).

Two forms: everything as events on slots made beforehand (the fastest form we found), and a process
for each request and for each worker (the form its documentation teaches first). Compiled code takes
its numbers from literals and module constants.
"""

from __future__ import annotations

import time

import cimba as cb
import cimba.random as cr
import numpy as np
from storm_peers import (
    BACKOFF_S,
    BASE_PER_S,
    HORIZON_S,
    PLACES,
    RETRIES,
    SERVICE_S,
    SPIKE_FROM_S,
    SPIKE_PER_S,
    SPIKE_TO_S,
    TIMEOUT_S,
    WORKERS,
)

SLOTS = 8192  # requests under way at most (6,900 of this load)
RING = 1024  # a power of two, at least as many as places
ANSWERED, LATE = 1, 2  # what wakes a request


class Slot(cb.Model):
    """One request under way: what happens to it are events."""

    ground: cb.Ref[EventsGround]
    index: int = 0
    tries: int = 0
    serial: int = 0
    waiting: bool = False
    free_next: int = 0

    @cb.event
    def attempt(self):
        ground = self.ground
        ground.attempts += 1
        self.serial += 1
        self.waiting = True
        cb.schedule(self.timeout, TIMEOUT_S)
        token = (self.serial << 16) | self.index
        if ground.idle_count > 0:
            ground.idle_count -= 1
            worker = ground.workers[ground.idle[ground.idle_count]]
            worker.token = token
            cb.schedule(worker.done, cr.exponential(SERVICE_S))
        elif ground.tail - ground.head < PLACES:
            ground.ring[ground.tail & (RING - 1)] = token
            ground.tail += 1

    @cb.event
    def timeout(self):
        ground = self.ground
        if self.waiting:
            self.waiting = False
            if self.tries < RETRIES:
                pause_s = cr.uniform(0.0, BACKOFF_S * (1 << self.tries))
                self.tries += 1
                cb.schedule(self.attempt, pause_s)
                return
            ground.failed += 1
        self.free_next = ground.free
        ground.free = self.index


class EventsWorker(cb.Model):
    """One worker: the end of its work is an event."""

    ground: cb.Ref[EventsGround]
    index: int = 0
    token: int = 0

    @cb.event
    def done(self):
        ground = self.ground
        slot = ground.slots[self.token & 0xFFFF]
        if slot.waiting and slot.serial == self.token >> 16:
            slot.waiting = False
            ground.served += 1
        if ground.head < ground.tail:
            self.token = ground.ring[ground.head & (RING - 1)]
            ground.head += 1
            cb.schedule(self.done, cr.exponential(SERVICE_S))
        else:
            ground.idle[ground.idle_count] = self.index
            ground.idle_count += 1


class EventsGround(cb.Model):
    """The service's queue, the arrivals and the counts."""

    slots: list[Slot]
    workers: list[EventsWorker]
    ring: cb.Array[int] = cb.Array(RING)
    idle: cb.Array[int] = cb.Array(list(range(WORKERS)))
    idle_count: int = WORKERS
    head: int = 0
    tail: int = 0
    free: int = 0
    fresh: cb.Output[int]
    attempts: cb.Output[int]
    served: cb.Output[int]
    failed: cb.Output[int]

    @cb.event
    def arrive(self):
        self.fresh += 1
        slot = self.slots[self.free]
        self.free = slot.free_next
        slot.tries = 0
        cb.schedule(slot.attempt, 0.0)
        per_s = SPIKE_PER_S if SPIKE_FROM_S <= cb.now() < SPIKE_TO_S else BASE_PER_S
        cb.schedule(self.arrive, cr.exponential(1.0 / per_s))

    @cb.process
    def end(self):
        cb.schedule(self.arrive, cr.exponential(1.0 / BASE_PER_S))
        cb.hold(HORIZON_S)
        cb.end_trial()


class Request(cb.Model):
    """One request as a process; the service takes its attempts in the order in which it admitted them."""

    ground: cb.Ref[ProcessGround]
    admitted: int = 0
    begun: int = 0
    awaited: int = 0
    process: int = 0

    @cb.process
    def live(self):
        ground = self.ground
        me = cb.this_process()
        self.process = me.pointer
        for tries in range(RETRIES + 1):
            ground.attempts += 1
            if ground.idle > 0 or ground.places.length() < PLACES:
                self.admitted += 1
                self.awaited = self.admitted
                ground.places.put(self)
            me.timer_set(TIMEOUT_S, LATE)
            signal = cb.suspend()
            self.awaited = 0
            if signal == ANSWERED:
                me.timers_clear()
                ground.served += 1
                return
            if tries < RETRIES:
                cb.hold(cr.uniform(0.0, BACKOFF_S * (1 << tries)))
        ground.failed += 1


class ProcessGround(cb.Model):
    """The service's queue, its workers, the arrivals and the counts."""

    places: cb.Store[Request]
    idle: int = WORKERS
    fresh: cb.Output[int]
    attempts: cb.Output[int]
    served: cb.Output[int]
    failed: cb.Output[int]

    @cb.process(copies=WORKERS)
    def worker(self):
        while True:
            request = self.places.get()
            self.idle -= 1
            request.begun += 1
            mine = request.begun
            cb.hold(cr.exponential(SERVICE_S))
            if request.awaited == mine:
                request.awaited = 0
                cb.Process(request.process).resume(ANSWERED)
            self.idle += 1

    @cb.process
    def arrivals(self):
        while True:
            per_s = SPIKE_PER_S if SPIKE_FROM_S <= cb.now() < SPIKE_TO_S else BASE_PER_S
            cb.hold(cr.exponential(1.0 / per_s))
            self.fresh += 1
            cb.spawn(Request, ground=self)

    @cb.process
    def end(self):
        cb.hold(HORIZON_S)
        cb.end_trial()


def events_model() -> EventsGround:
    """Return the storm with all its slots."""
    ground = EventsGround()
    ground.slots = [Slot() for _ in range(SLOTS)]
    for index, slot in enumerate(ground.slots):
        slot.ground, slot.index, slot.free_next = ground, index, index + 1
    ground.workers = [EventsWorker() for _ in range(WORKERS)]
    for index, worker in enumerate(ground.workers):
        worker.ground, worker.index = ground, index
    return ground


class Cimba:
    """One form of the storm, compiled; measured over many replications and over one."""

    def __init__(self, model: cb.Model, replications: int) -> None:
        self.model, self.replications = model, replications

    def _run(self, seed: int, replications: int) -> tuple[float, np.ndarray]:
        window = cb.Window.until_idle()
        experiment = cb.Experiment(self.model, replications=replications, window=window, seed=seed)
        began_s = time.process_time()
        results = experiment.run(workers=1)[self.model]
        spent_s = time.process_time() - began_s
        columns = (results.fresh, results.attempts, results.served, results.failed)
        return spent_s, np.stack([column.values.ravel() for column in columns])

    def measure(self, seed: int) -> tuple[float, tuple[float, ...]]:
        """Return CPU seconds a replication beyond the first, and the mean counts.

        What an experiment costs once, whatever its replications, is left out: this favours cimba.
        """
        many_s, counts = self._run(seed, self.replications + 1)
        one_s, first = self._run(seed, 1)
        spent_s = (many_s - one_s) / self.replications
        beyond = (counts.sum(axis=1) - first.sum(axis=1)) / self.replications
        return spent_s, tuple(float(x) for x in beyond)
