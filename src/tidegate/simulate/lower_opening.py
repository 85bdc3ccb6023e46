"""What do new connections carry first? One row for each request, the last of them first.

Every number stands in the world, every meaning in `kernels.opening`.
"""

from __future__ import annotations

from tidegate.simulate.kernels.nouns import Carried
from tidegate.simulate.rows import Row
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.tables import blank

Openings = list[Carried]


def openings_of(scene: Scene, phase: int, row: Row, table: Openings) -> tuple[int, int]:
    """Add what a population's new connections carry first in a phase: where that begins, and how many."""
    clients, first = row.clients, len(table)
    stretch = scene.workers(clients.service, scene.worlds[phase].services[clients.service]).stretch_ratio
    for opening in reversed(clients.openings):
        one = blank(Carried)
        one.work_ns = -1
        if opening.service_time_s is not None:
            one.work_ns = time_ns(opening.service_time_s * stretch)
        one.timeout_ns = 0 if opening.timeout_s is None else time_ns(opening.timeout_s)
        table += [one] * opening.requests_count
    return (first, len(table) - first) if len(table) > first else (-1, 0)
