"""Which connections do the instances of a caller keep for a call? Places, counted instance by instance.

The same meaning as in the event engine (`simulate/kernels/instance_pool.py`): an instance has as many places
as it may have connections; some of these are opened as it starts, and some are closed when they rest.
"""

from __future__ import annotations

from dataclasses import dataclass

from tidegate.simulate.rows import Row


@dataclass(frozen=True, kw_only=True)
class InstancePlaces:
    """The places of a call's connections.

    Parameters
    ----------
    each_count, kept_count
        Places of one instance, and how many of them are never closed for being idle.
    opened
        "at_once": all as the instance comes; "eager": those that are kept; "lazy": each as it is needed.
    wait_s
        Who waits longer for a place fails; None: the call's time-out counts the wait.
    idle_timeout_s
        After how long another connection is closed; None: never.
    """

    each_count: int
    kept_count: int
    opened: str
    wait_s: float | None = None
    idle_timeout_s: float | None = None

    def is_kept(self, index: int) -> bool:
        """Whether the connection of a place is never closed for being idle."""
        return self.idle_timeout_s is None or index % self.each_count < self.kept_count

    def is_opened(self, index: int) -> bool:
        """Whether an instance opens the connection of a place as it comes."""
        if self.opened == "at_once":
            return True
        return self.opened == "eager" and index % self.each_count < self.kept_count

    def is_made_again(self, *, stood: bool) -> bool:
        """Whether a connection that is broken is made again at once, where it `stood`."""
        return self.opened == "at_once" or (self.opened == "eager" and stood)


def places_of(row: Row) -> InstancePlaces | None:
    """Return the places of a call that keeps connections; None where a row is no such call."""
    if row.kind != "call" or row.clients.connection == "per_request" or row.service is None:
        return None
    pool = row.pool
    each_count = max(row.service.pool_count(pool), 1)
    if pool is None:
        return InstancePlaces(each_count=each_count, kept_count=each_count, opened="at_once")
    return InstancePlaces(
        each_count=each_count,
        kept_count=pool.kept_count,
        opened=pool.opened,
        wait_s=pool.wait_s,
        idle_timeout_s=pool.idle_timeout_s,
    )
