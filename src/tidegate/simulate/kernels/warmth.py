"""How much slower a service works because instances have just come.

Shortcut: those that warm up together are one group, of the mean of their ages; where instances share a queue
each request takes what it takes in the mean over all instances.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.nouns import Service


@njit()
def freshen(service: Service, count: int, t: int) -> None:
    """So many instances have just come, beside those that are still warming up."""
    if t - service.fresh_since_ns >= service.warm_ns:
        service.fresh_count = 0
    before = service.fresh_count
    service.fresh_count = before + count
    if count > 0:
        age = (t - service.fresh_since_ns) * before // service.fresh_count
        service.fresh_since_ns = t - age


@njit()
def notice(service: Service, there: int, t: int) -> None:
    """Look at how many instances are there: those that were not before have just come."""
    if there > service.there_count and t > 0:
        freshen(service, there - service.there_count, t)
    service.fresh_count = min(service.fresh_count, there)
    service.there_count = there


@njit()
def slowed_ns(service: Service, there: int, mean_ns: int, t: int) -> int:
    """What a mean time of service is now."""
    age = t - service.fresh_since_ns
    if service.fresh_count == 0 or age >= service.warm_ns:
        return mean_ns
    share = service.fresh_count * (service.warm_ns - age) / (max(there, 1) * service.warm_ns)
    return int(mean_ns * (1.0 + service.slowdown_ppm * 1e-6 * min(share, 1.0)))
