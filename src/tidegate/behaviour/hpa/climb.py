"""Through which sizes an autoscaler goes, and when, while its metrics want more than it may have.

Nothing waits for pods to be ready: a processor's readings may hold a step back, nothing makes one larger.
"""

from __future__ import annotations

from itertools import pairwise

from tidegate.behaviour.hpa.controller import Controller
from tidegate.behaviour.hpa.release import NEWEST, Release
from tidegate.behaviour.hpa.stride import SYNC_S, Behavior

MOST_SYNCS = 5_760
"""A day."""


def climb(
    before: int,
    after: int,
    behavior: Behavior | None,
    *,
    least_count: int = 1,
    most_count: int | None = None,
    by: Release = NEWEST,
) -> tuple[tuple[float, int], ...] | None:
    """Return each size with its time from the first sync on that changes it; None if not there within a day.

    Parameters
    ----------
    before, after
        Pods asked for before, and what the metrics want in the end, which is as far as it may go.
    behavior
        None where the object has none.
    least_count, most_count
        minReplicas and maxReplicas: a size beyond them goes there at once. They are taken to be changed where
        they would forbid `after`.
    by
        The version of Kubernetes.
    """
    grows = after > before
    most = after if grows else max(most_count or before, after)
    controller = Controller(least_count=min(least_count, after), most_count=most, behavior=behavior, by=by)
    wish = 2 * after if grows else after
    steps: list[tuple[float, int]] = []
    size = before
    for sync in range(MOST_SYNCS):
        now_s = sync * SYNC_S
        new = controller.sync(now_s, size, wish)
        if new != size:
            steps.append((now_s, new))
        size = new
        if size == after:
            first_s = steps[0][0] if steps else 0.0
            return tuple((at_s - first_s, count) for at_s, count in steps)
    return None


def largest_step(before: int, steps: tuple[tuple[float, int], ...]) -> int:
    """Return by how many pods the largest of the steps changes the size."""
    sizes = [before, *(count for _, count in steps)]
    return max((abs(b - a) for a, b in pairwise(sizes)), default=0)
