"""Do runs that may end early end as runs to the horizon do? Counted world by world."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from nasty_worlds import nasty_world
from tidegate.evaluate.reading.measures import measure
from tidegate.evaluate.reading.run_fate import settled
from tidegate.evaluate.variants.fraction import choose_fraction
from tidegate.simulate.lower import lower
from tidegate.simulate.run import simulate
from tidegate.simulate.script import write_script
from tidegate.world.file.read import read_world
from tidegate.world.world import WorldFile

ROOT = pathlib.Path(__file__).parents[1]
SEED = 7


@dataclass(frozen=True, kw_only=True)
class Agreement:
    """How the runs of one world with one activity end, early and at the horizon.

    Parameters
    ----------
    title
        The world and its activity.
    is_certain
        Whether its calm is, so that runs may end early.
    runs_count, collapsed_count
        To the horizon.
    early_count, differing_count
        Runs that ended early, and those that ended otherwise than to the horizon.
    events_ratio
        Events until the early ends, over those to the horizon.
    """

    title: str
    is_certain: bool
    runs_count: int
    collapsed_count: int
    early_count: int
    differing_count: int
    events_ratio: float


def agreement(file: WorldFile, activity: str | None, runs_count: int) -> Agreement:
    """Run a world both ways, with the same chance, and count."""
    script, horizon_s = write_script(file, activity), file.world.horizon_s
    tables = lower(script, horizon_s=horizon_s, fraction=choose_fraction(script, horizon_s))
    with ThreadPoolExecutor(1) as executor:
        found = settled(tables, seed=SEED, executor=executor)
    collapsed = early = differing = 0
    events, spared = 0, 0
    for i in range(runs_count):
        whole = simulate(tables, seed=SEED, replication=i)
        run = whole if found is None else simulate(tables, seed=SEED, replication=i, watch=found.watch)
        ends = [measure(tables, one).collapsed for one in (whole, run)]
        collapsed += ends[0]
        early += run.status == "healed"
        differing += ends[0] != ends[1]
        events, spared = events + whole.events_count, spared + run.events_count
    return Agreement(
        title=f"{file.world.name}, {activity or 'triggers'}",
        is_certain=found is not None,
        runs_count=runs_count,
        collapsed_count=collapsed,
        early_count=early,
        differing_count=differing,
        events_ratio=spared / max(events, 1),
    )


def own_worlds() -> Iterator[tuple[WorldFile, str | None]]:
    """Yield every world of the repository with each of its activities, or with its triggers alone."""
    for folder in ("examples", "tests/published/worlds"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            if path.stem in {"record", "day"} or path.parent.name in {"gate", "copies"}:
                continue
            file = read_world(path.read_text(encoding="utf-8"), path.name)
            for activity in file.world.activities or [None]:
                yield file, activity


def random_worlds(count: int) -> Iterator[tuple[WorldFile, str | None]]:
    """Yield so many random nasty worlds."""
    seed = 0
    while count:
        file = nasty_world(seed)
        seed += 1
        if file is not None:
            count -= 1
            yield file, None
