"""What comes again, and how much of it is simulated? Said before anything is run, as sentences."""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.simulate.script import Script
from tidegate.world.connection_age import lowest_age_s
from tidegate.world.file.quantity import format_quantity
from tidegate.world.recurrence import turns_s
from tidegate.world.world import World

_YEAR_S = 365.0 * 86400.0


def comes_again(world: World) -> bool:
    """Whether anything in a world comes again: a trigger, or what has connected together."""
    return any(one.every_s is not None for one in world.triggers.values()) or bool(_ages_s(world))


def again_sentences(script: Script, activity: str | None = None) -> tuple[str, ...]:
    """Return a sentence for each thing that comes again: how often, and how often within the horizon.

    Parameters
    ----------
    script
        What happens.
    activity
        Which activity that is; None where it is none.
    """
    world = script.phases[0].world
    return (*_run_again(world, activity), *_turns(world), *_ages(world, script))


def _run_again(world: World, activity: str | None) -> Iterator[str]:
    """Say what an activity's chance comes to that is run again and again."""
    every_s = None if activity is None else world.activities[activity].every_s
    if every_s is not None:
        yield f"It is run every {_time(every_s)}.{_a_year(world, every_s, 1)}"


def _time(seconds: float) -> str:
    return format_quantity(round(seconds, 1), "s")


def _turns(world: World) -> Iterator[str]:
    for name, one in world.triggers.items():
        if one.every_s is None:
            continue
        count = len(turns_s(one.at_s, one.every_s, one.times_count, world.horizon_s))
        said = f"{count} of its turns are simulated" if count > 1 else "one turn of it is simulated"
        every = _time(one.every_s)
        yearly = "" if one.times_count is not None else _a_year(world, one.every_s, count)
        yield f"The trigger {name} comes again every {every}: {said}.{yearly}"


def _a_year(world: World, every_s: float, count: int) -> str:
    """Say what the acceptable probability comes to in a year, of what comes again without end."""
    acceptable = world.objectives.collapse_probability_ratio
    yearly = acceptable * _YEAR_S / every_s / count
    many = f"{yearly:,.0f}" if yearly >= 10.0 else f"{yearly:.1f}"
    return f" Not to recover in {100.0 * acceptable:.3g} % of the runs is {many} times a year."


def _ages_s(world: World) -> dict[str, tuple[float, float]]:
    """Return at which age connections of a population are closed, and how old some of them become."""
    found = {}
    for name, clients in world.clients.items():
        served = world.services[clients.service].connection_age
        ages = [one for one in (clients.connection_age, served) if one is not None]
        if ages and clients.connection != "per_request":
            latest_s = min(one.age_s * (1.0 + one.jitter_ratio) for one in ages)
            found[name] = (lowest_age_s(*ages), latest_s)
    return found


def _ages(world: World, script: Script) -> Iterator[str]:
    """Say whether what connects together comes back within the horizon."""
    for name, (age_s, latest_s) in _ages_s(world).items():
        waves_s = [one.at_s + one.spread_s for one in script.waves if one.clients == name]
        if not waves_s:
            continue
        called = world.clients[name].title or name
        said = f"The connections of {called} are closed after {_time(age_s)}: those that are made together"
        needed_s = max(waves_s) + latest_s
        if needed_s < world.horizon_s:
            yield f"{said} come back together, which is simulated."
        else:
            more = f"a horizon beyond {_time(needed_s)} would show it"
            yield f"{said} come back after the simulated time; {more}."
