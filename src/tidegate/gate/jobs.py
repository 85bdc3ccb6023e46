"""How many pods does a job start at once, and how often? CronJob, Job and KEDA's ScaledJob; numbers only.

Sources: Kubernetes' API reference (parallelism and completions, 1 as they come), KEDA's ScaledJob
specification (at most 100 jobs as it comes, each with its own parallelism).

Shortcut: a job's pods ask like pods that stay; that they end is not described. Turns that may overlap
(concurrencyPolicy Allow) count together where a deadline says how long one may last; else that is told.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tidegate.gate.schedule import every_s

if TYPE_CHECKING:
    from tidegate.gate.manifest_text import Manifest

_KEDA_MOST = 100


def most_pods(workload: Manifest) -> int:
    """Return how many pods may run at once."""
    each = workload.whole(("spec", "parallelism"), 1, least=0)
    if workload.find(("spec", "completions")) is not None:
        each = min(each, workload.whole(("spec", "completions"), each, least=1))
    if workload.kind == "ScaledJob":
        return each * workload.whole(("spec", "maxReplicaCount"), _KEDA_MOST, least=1)
    return each


def overlapping(workload: Manifest) -> tuple[int, str]:
    """Return how many turns of a CronJob may run at once, and a sentence where nobody says how many.

    Parameters
    ----------
    workload
        With its job where a Deployment has its pods.
    """
    if workload.kind != "CronJob" or workload.text(("spec", "concurrencyPolicy")) in {"Forbid", "Replace"}:
        return 1, ""
    _, turn_s = schedule_of(workload)
    last_s = workload.whole(("spec", "activeDeadlineSeconds"), 0)
    if last_s and turn_s:
        many = math.ceil(last_s / turn_s)
        said = f"Its turns may overlap (concurrencyPolicy Allow, {last_s} s each at most): {many} at once."
        return many, said if many > 1 else ""
    return (
        1,
        "Its turns may overlap (concurrencyPolicy Allow), and nothing says how long one lasts: one counts.",
    )


def schedule_of(workload: Manifest) -> tuple[str, float | None]:
    """Return a CronJob's schedule with the mean time between its turns; None where it is not understood."""
    schedule = workload.text(("spec", "schedule")) if workload.kind == "CronJob" else ""
    return schedule, every_s(schedule) if schedule else None


def cron_triggers(scaler: Manifest) -> tuple[tuple[str, float | None], ...]:
    """Return what each cron trigger of a ScaledObject does, in words, and how often it begins."""
    found = []
    for index in range(len(scaler.items(("spec", "triggers")))):
        here = ("spec", "triggers", index)
        if scaler.look((*here, "type")) == "cron":
            words = {key: scaler.text((*here, "metadata", key)) for key in _CRON}
            zone = f" ({words['timezone']})" if words["timezone"] else ""
            says = f"asks for {words['desiredReplicas']} from {words['start']} to {words['end']}{zone}"
            scaler.find((*here, "type"))
            found.append((says, every_s(words["start"])))
    return tuple(found)


_CRON = ("timezone", "start", "end", "desiredReplicas")
