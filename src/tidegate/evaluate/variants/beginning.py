"""What if an activity began at another size? Then the clients that its instances are would be as many more.

A world states how many clients stand for the instances before an activity (`population` and `from`): from
another size they are in proportion, and so is what they ask for together, wherever the world says it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.variants.axis import number_at
from tidegate.simulate.staircase import count_before
from tidegate.world.world import WorldFile


def begun_at(file: WorldFile, name: str, before_count: int) -> dict[str, object]:
    """Return what is laid over a world so that an activity begins at another size.

    Parameters
    ----------
    file
        The world as it is stated.
    name
        Of an activity that has a size.
    before_count
        Instances (devices) before it.

    Returns
    -------
    dict
        Values by path of file keys: the activity's `from`, the service's instances or the crossing's
        devices, and the clients it adds in proportion, in beliefs and triggers as well. Clients of an
        activity that began at none stay as they are.
    """
    plan = file.world.activities[name]
    stated_count = count_before(file.world, plan)
    changes: dict[str, object] = {f"activities.{name}.from": before_count}
    if plan.kind == "devices":
        changes[f"crossings.{plan.crossing}.devices"] = before_count
    elif plan.service:
        changes[f"services.{plan.service}.instances"] = before_count
    if stated_count in {0, before_count}:
        return changes
    for clients in plan.clients_added:
        changes |= grown(file, clients, before_count / stated_count)
    return changes


def grown(file: WorldFile, clients: str, times: float) -> dict[str, object]:
    """Return what is laid over a world so that some clients are so many times as many, each as before."""
    own = [f"clients.{clients}.population"]
    if file.world.clients[clients].demand.kind == "open":
        own.append(f"clients.{clients}.demand.rate")
    return {path: _times(file, path, times) for path in (*own, *_elsewhere(file, own))}


def _elsewhere(file: WorldFile, paths: list[str]) -> Iterator[str]:
    """Yield where beliefs and triggers say the same numbers."""
    for name, belief in file.world.beliefs.items():
        yield from (f"beliefs.{name}.counter.{path}" for path in paths if path in belief.counter)
    for name, trigger in file.world.triggers.items():
        yield from (f"triggers.{name}.set.{path}" for path in paths if path in trigger.set)


def _times(file: WorldFile, path: str, times: float) -> object:
    """Return the number at a path so many times, with the range and basis that it has."""
    whole = path.endswith(".population")

    def scaled(value: float) -> float:
        return max(float(round(value * times)), 1.0) if whole and value > 0 else value * times

    known = file.estimates.get(path)
    if known is None:
        return scaled(number_at(file, path) or 0.0)
    said = {"basis": known.basis, "source": known.source, "measure": known.measure}
    ends = {"value": scaled(known.value), "low": scaled(known.low), "high": scaled(known.high)}
    return {**ends, **{key: text for key, text in said.items() if text}}
