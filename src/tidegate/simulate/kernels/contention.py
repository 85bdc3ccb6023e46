"""How much longer does a request take beside others? The Universal Scalability Law (Gunther 2007).

Shortcut: how long a request takes is decided as a worker takes it, by how many are served then; who comes or
goes meanwhile does not change it. The instances of a service have equally many.
"""

from __future__ import annotations

from tidegate.simulate.kernels.compile import njit
from tidegate.simulate.kernels.nouns import Service


@njit()
def stretched(work_ns: int, service: Service, workers_count: int) -> int:
    """Return how long so much work takes beside all that the service is busy with, this request included.

    `workers_count` is what the service can be busy with; of the run, which may be a part of the world.
    """
    each = service.busy_count * service.contended_count / workers_count
    others = max(each - 1.0, 0.0)
    return int(work_ns * (1.0 + (service.serial_ppb + service.crosstalk_ppb * each) * others * 1e-9))
