"""What did operators' actions bring? Service before and after each of them, from one run's record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tidegate.evaluate.reading.run_record import Record, Sample
from tidegate.simulate.script import Script

WINDOW_S = 600.0


@dataclass(frozen=True, kw_only=True)
class Done:
    """One action of an operator, as the world states it.

    Parameters
    ----------
    name, title
        The trigger.
    since_s
        When it was taken, from the start of the disturbance.
    before_ratio, after_ratio
        Requests served in the ten minutes before it, and in the second half of the ten minutes after it
        (or of the time up to the next action), over the usual.
    """

    name: str
    title: str
    since_s: float
    before_ratio: float
    after_ratio: float


def operators_actions(script: Script, rows: Iterable[Sample]) -> tuple[Done, ...]:
    """Return what each action of an operator brought, in order of time."""
    world, record = script.phases[0].world, Record(rows)
    served = [0.0] * len(record.times_s)
    for name, clients in world.clients.items():
        if clients.demand.kind != "once":
            for i, value in enumerate(record.of("clients", name, "served_per_s")):
                served[i] += value
    from_s = script.disturbed_from_s
    usual = _mean(record, served, from_s / 3.0, from_s)
    acted = sorted((t.at_s, name) for name, t in world.triggers.items() if t.by_operator)
    found = []
    for i, (at_s, name) in enumerate(acted):
        next_s = acted[i + 1][0] if i + 1 < len(acted) else record.times_s[-1]
        end_s = min(at_s + WINDOW_S, next_s, record.times_s[-1])
        before = _mean(record, served, max(at_s - WINDOW_S, from_s), at_s)
        after = _mean(record, served, 0.5 * (at_s + end_s), end_s)
        found.append(
            Done(
                name=name,
                title=world.triggers[name].title or name,
                since_s=at_s - from_s,
                before_ratio=before / usual if usual else 0.0,
                after_ratio=after / usual if usual else 0.0,
            )
        )
    return tuple(found)


def _mean(record: Record, values: Sequence[float], from_s: float, until_s: float) -> float:
    chosen = [v for at_s, v in zip(record.times_s, values, strict=True) if from_s < at_s <= until_s]
    return sum(chosen) / len(chosen) if chosen else 0.0
