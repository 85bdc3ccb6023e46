"""What would fit where a limit is exceeded by arithmetic? The largest size, a smaller pool, hold, the limit.

Each is found by halving on the sums alone, the others left as they are; nothing is run.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from functools import partial

from tidegate.errors import InputError
from tidegate.evaluate.arithmetic.exceeded import exceeded
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.remedy import Setting
from tidegate.evaluate.variants.axis import number_at
from tidegate.evaluate.variants.scope import script_of
from tidegate.simulate.staircase import count_before
from tidegate.world.file.called import called
from tidegate.world.file.overlay import overlay
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at
from tidegate.world.world import WorldFile

_LEAST_HOLD_S = 60
"""For so long Linux on the other side keeps a closed connection: what is forgotten sooner can come back."""


_MANY = 10_000.0  # from which on the last figures of a sum say nothing


def fits(file: WorldFile, activity: str | None) -> tuple[Setting, ...]:
    """Return settings each of which alone keeps every limit; none where none is exceeded or none helps.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    """
    over = exceeded(script_of(file, activity))
    if not over:
        return ()

    def keeps(changes: Mapping[str, object]) -> bool:
        try:
            return not exceeded(script_of(overlay(file, changes), activity))
        except InputError:
            return False  # a world that contradicts itself is no way out

    found = [*_sizes(file, activity, keeps), *_pools(file, keeps), *_holds(file, over, keeps)]
    found += _raised(file, over, keeps)
    return tuple(
        Setting(
            path=path,
            value=written(path, value),
            now=now_text(file, path),
            name=called(path, file.world),
        )
        for path, value in found
    )


def fits_where_it_decides(
    file: WorldFile, activity: str | None, *, condition: str, otherwise: WorldFile
) -> tuple[Setting, ...]:
    """Return what would fit as believed; where that is no question, with the belief wrong that decides.

    What that belief itself says is no setting then.

    Parameters
    ----------
    file, activity
        The world, and what happens in it.
    condition, otherwise
        The name of the belief that the verdict hangs on, empty where it hangs on none, and the world with it
        wrong. It need not stand in the world.
    """
    found = fits(file, activity)
    if found or not condition:
        return found
    belief = file.world.beliefs.get(condition)
    said = {} if belief is None else belief.counter  # an unwritten back-off is none of the world's
    return tuple(one for one in fits(otherwise, activity) if one.path not in said)


def now_text(file: WorldFile, path: str) -> str:
    """Return the number that stands at a path, as a world file writes it; empty where none does."""
    now = number_at(file, path)
    return "" if now is None else written(path, now)


def written(path: str, value: float) -> str:
    """Return a number as a world file writes it at a path."""
    slot = slot_at(path)
    return format_quantity(float(value), slot.shape.unit if slot is not None else "count")


def _greatest(holds: Callable[[int], bool], low: int, high: int) -> int | None:
    """Return the greatest number from `low` to below `high` that holds; None where `low` does not."""
    if high <= low or not holds(low):
        return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low


def _sizes(
    file: WorldFile, activity: str | None, keeps: Callable[[Mapping[str, object]], bool]
) -> Iterator[tuple[str, float]]:
    """Yield how far the activity may go."""
    plan = file.world.activities[activity] if activity is not None else None
    if plan is None or plan.kind != "scale" or plan.to_count is None:
        return
    path = f"activities.{activity}.to"
    before = count_before(file.world, plan)
    size = _greatest(lambda count: keeps({path: count}), before, plan.to_count)
    if size:
        yield path, size


def _pools(file: WorldFile, keeps: Callable[[Mapping[str, object]], bool]) -> Iterator[tuple[str, float]]:
    """Yield the smaller pool of each population, and of each call, that would fit by itself."""
    for name, clients in file.world.clients.items():
        path = f"clients.{name}.pool"
        if clients.connection == "pool":
            pool = _greatest(lambda count, path=path: keeps({path: count}), 1, clients.pool_count)  # type: ignore[misc]
            if pool is not None:
                yield path, pool
    for name, service in file.world.services.items():
        for i, call in enumerate(service.calls):
            pool = None
            if service.pooler is not None:
                path = f"services.{name}.pooler.most"
                pool = _greatest(lambda count, path=path: keeps({path: count}), 1, service.pooler.most_count)  # type: ignore[misc]
            elif call.pool is not None:
                path = f"services.{name}.calls.{i}.pool.most"
                most = service.pool_count(call.pool)
                at_most = partial(pool_of_at_most, file, path)
                pool = _greatest(lambda count, at_most=at_most: keeps(at_most(count)), 1, most)  # type: ignore[misc]
            if pool is not None:
                yield path, pool


def pool_of_at_most(file: WorldFile, path: str, count: int) -> Mapping[str, object]:
    """Return the overlay that lets a call's pool, whose `most` is at `path`, have so many connections."""
    _, name, _, index, *_ = path.split(".")
    pool = file.world.services[name].calls[int(index)].pool
    changes: dict[str, object] = {path: count}
    if pool is not None and pool.least_count is not None and pool.least_count > count:
        changes[path.removesuffix("most") + "least"] = count
    return changes


def _holds(
    file: WorldFile, over: tuple[Limit, ...], keeps: Callable[[Mapping[str, object]], bool]
) -> Iterator[tuple[str, float]]:
    """Yield for how long a table may keep entries, or a port may stay taken, where those run out."""
    for limit in over:
        crossing = file.world.crossings.get(limit.place)
        held: list[tuple[str, int, float]] = []
        if limit.path.endswith(".table.entries") and crossing is not None and crossing.table is not None:
            held.append(("table.unanswered_hold", 1, crossing.table.unanswered_hold_s))
            held.append(("table.closed_hold", _LEAST_HOLD_S, crossing.table.closed_hold_s))
        elif ".ports." in limit.path and crossing is not None and crossing.ports is not None:
            held.append(("ports.hold", _LEAST_HOLD_S, crossing.ports.hold_s))
            held.append(("ports.unanswered_hold", 1, crossing.unanswered_port_hold_s))
        for key, least_s, now_s in held:
            path = f"crossings.{limit.place}.{key}"
            hold_s = _greatest(lambda count, path=path: keeps({path: count}), least_s, int(now_s))  # type: ignore[misc]
            if hold_s is not None:
                yield path, hold_s


def _figures(path: str, value: float) -> int:
    """Return a number as it is told: of many bytes or entries three figures and no less, else the whole."""
    slot = slot_at(path)
    if slot is None or value < (1000.0 if slot.shape.unit == "bytes" else _MANY):
        return int(value)
    step: int = 10 ** (math.floor(math.log10(value)) - 2)
    return math.ceil(value / step) * step


def _raised(
    file: WorldFile, over: tuple[Limit, ...], keeps: Callable[[Mapping[str, object]], bool]
) -> Iterator[tuple[str, float]]:
    """Yield the limit itself, as high as it has to be, where only one stands in the way."""
    if len({limit.path for limit in over}) > 1:
        return
    limit = max(over, key=lambda one: one.pressure_ratio)
    now = number_at(file, limit.path)
    if now is None or limit.allowed <= 0:
        return
    least = _figures(limit.path, (now - limit.beside) * limit.needed / limit.allowed + limit.beside)
    for value in (least, least + 1, round(1.05 * least) + 1):
        if keeps({limit.path: value}):
            yield limit.path, value
            return
