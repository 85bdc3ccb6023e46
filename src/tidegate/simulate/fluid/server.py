"""A service as workers with a queue, and the calls its requests make while they hold a worker.

Nothing here knows how a call travels: a call is the demand of a stream of its own.

Shortcuts: an instance takes requests when its boot time is over, whatever became of its boot calls; what
waits for a service that is down waits, whether it would vanish or not, until its client gives up; a wish to
be left alone (`retry_after`) is not heard; where requests hold each other up (`contention`), their calls
are stretched as their own work is.
"""

from __future__ import annotations

from math import exp, expm1
from typing import TYPE_CHECKING

from tidegate.simulate.fluid.station import Station

if TYPE_CHECKING:
    from tidegate.simulate.fluid.stream import Stream
    from tidegate.world.service import Cache, Service

_MEMORY_S = 0.5


class Link:
    """One call of a service: its stream, its cache, and how it has lately gone.

    Attributes
    ----------
    takes_s, success_ratio
        Mean time of a call as far as it goes beyond the cache, and the share that succeeds.
    miss_ratio
        Share of requests that need the call.
    places_count
        Connections of all pools for it; None where each place has one.
    """

    __slots__ = (
        "_done",
        "_ok",
        "cache",
        "least_s",
        "miss_ratio",
        "places_count",
        "stream",
        "success_ratio",
        "takes_s",
        "warm_ratio",
    )

    def __init__(self, stream: Stream, cache: Cache | None, least_s: float) -> None:
        self.stream, self.cache, self.least_s = stream, cache, least_s
        self.takes_s, self.success_ratio, self.warm_ratio = least_s, 1.0, 1.0
        self._done = self._ok = 0.0
        self.miss_ratio = 1.0
        self.places_count: float | None = None
        self.renew(0.0, 0.0)

    def change(self, cache: Cache | None) -> None:
        """Take on the numbers of a new phase; a flush empties the cache."""
        if cache is not None and cache.flush and not (self.cache is not None and self.cache.flush):
            self.warm_ratio = 0.0
        self.cache = cache

    def renew(self, step_s: float, patience_s: float) -> None:
        """Follow what the stream has done in the last step."""
        stream = self.stream
        fade = exp(-step_s / _MEMORY_S)
        self._ok = self._ok * fade + stream.served_count
        self._done = self._done * fade + stream.served_count + stream.given_up_count
        if self._done > 0.0:
            self.success_ratio = self._ok / self._done
        rate_per_s = self._done / _MEMORY_S
        if rate_per_s > 0.0:
            self.takes_s = min(max(self.least_s, stream.unanswered_count / rate_per_s), patience_s)
        cache = self.cache
        if cache is None:
            return
        filling = stream.served_count if cache.fill == "look_aside" else stream.answered_count
        self.warm_ratio += (1.0 - self.warm_ratio) * -expm1(-filling / cache.keys_count)
        self.miss_ratio = 1.0 - cache.hit_ratio * self.warm_ratio


class Server:
    """One service.

    Attributes
    ----------
    calls_s, calls_ok_ratio
        How long a request holds its worker for calls, and the share whose calls all succeed.
    stretch_ratio
        How many times as long as alone a request takes now, beside the others that are served.
    """

    __slots__ = (
        "_contention",
        "_instances_count",
        "addresses_count",
        "calls_ok_ratio",
        "calls_s",
        "leaves",
        "links",
        "name",
        "service_s",
        "silent",
        "station",
        "stretch_ratio",
        "visible",
        "workers_count",
    )

    def __init__(self, name: str, world: Service, steps_count: int, step_s: float) -> None:
        self.name = name
        self.station = Station(steps_count, step_s)
        self.links: list[Link] = []
        self.calls_s, self.calls_ok_ratio = 0.0, 1.0
        self.stretch_ratio = 1.0
        self.change(world)

    def change(self, world: Service) -> None:
        """Take on the numbers of `world` (a phase begins)."""
        workers = world.instances_count * world.concurrency_count
        self._contention, self._instances_count = world.contention, world.instances_count
        if world.contention is None:
            self.stretch_ratio = 1.0
        self.workers_count = float(workers)
        self.station.capacity_ratio = workers / self.stretch_ratio
        places = 1e6 if world.queue_count is None else float(world.queue_count)
        if world.accepted_count is not None:
            room = world.accepted_count + world.waiting_count
            places = min(places, float(max(room * world.instances_count - workers, 0)))
        refuses = world.instances_count == 0 and world.when_down == "refuse"
        self.station.places_count = 0.0 if refuses else places
        self.visible = refuses or world.queue_when_full == "visible"
        self.addresses_count = world.addresses_count
        self.silent = world.is_silent
        self.leaves = world.abandoned_work == "leaves"
        self.service_s = world.service_time_s

    @property
    def makes_calls(self) -> bool:
        """Whether its requests need anything of other services."""
        return bool(self.links)

    def call(self, step: int, count: float) -> None:
        """Let so many requests make their calls in a step, as far as no cache spares them."""
        for link in self.links:
            link.stream.fresh_at[step] += count * link.miss_ratio

    def crowd(self) -> None:
        """Follow how many are served: so much longer each of them takes."""
        law, station = self._contention, self.station
        if law is None or not self._instances_count or station.capacity_ratio is None:
            return
        workers = station.capacity_ratio * self.stretch_ratio
        served = min(station.busy_ratio * self.stretch_ratio, workers)
        self.stretch_ratio = law.stretch_ratio(served / self._instances_count)
        station.capacity_ratio = workers / self.stretch_ratio

    def renew(self, step_s: float) -> None:
        """Follow the calls."""
        self.calls_s, self.calls_ok_ratio = 0.0, 1.0
        for link in self.links:
            link.renew(step_s, 60.0)
            self.calls_s += link.miss_ratio * link.takes_s
            self.calls_ok_ratio *= 1.0 - link.miss_ratio * (1.0 - link.success_ratio)
        self.station.capacity_ratio = self._with_a_connection() / self.stretch_ratio

    def _with_a_connection(self) -> float:
        """Return how many workers can be busy: the others wait for a connection of a pool."""
        workers, held_s = self.workers_count, self.service_s + self.calls_s
        for link in self.links:
            call_s = link.miss_ratio * link.takes_s
            if link.places_count is not None and call_s > 0.0:
                workers = min(workers, link.places_count * held_s / call_s)
        return workers
