"""What does arithmetic say of a script before anything is run? The limits it exceeds, and what is nearest.

A stock is judged in every phase of the script, since more than there may be are wanted at once; what closed
flows hold only as far as a phase lasts long enough to fill it. A rate is judged before anything happens and
as it stands at last: a while of too much is for the runs to judge. So is a while in which no more is wanted
than before or after and there is less of it, as while instances restart. How long nobody is answered,
because no instance is there, and how long a service lets clients log in that come together, are limits too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tidegate.evaluate.arithmetic import countable, throughput, turns
from tidegate.evaluate.arithmetic.bandwidth import at_links
from tidegate.evaluate.arithmetic.connecting import login_limits
from tidegate.evaluate.arithmetic.downtime import dark_limits
from tidegate.evaluate.arithmetic.filling import at_memories
from tidegate.evaluate.arithmetic.forgotten import at_tables
from tidegate.evaluate.arithmetic.held import Held
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.arithmetic.load import streams
from tidegate.evaluate.arithmetic.sick_share import sick_limits
from tidegate.simulate.script import Phase, Script
from tidegate.world.world import World


def _stocks(phases: Sequence[Phase]) -> list[tuple[Limit, ...]]:
    """Return what stands at one time in each phase, beside what may."""
    asked = [streams(phase.world) for phase in phases]
    strays = [
        {
            name: crossing.unanswered_per_s * crossing.devices_count
            for name, crossing in phase.world.crossings.items()
            if crossing.unanswered_per_s
        }
        for phase in phases
    ]
    silent = [
        frozenset(name for name, service in phase.world.services.items() if service.is_silent)
        for phase in phases
    ]
    held = Held([phase.at_s for phase in phases], asked, strays, silent)
    return [
        (
            *countable.at_services(phase.world, asked[i]),
            *at_memories(phase.world, asked[i]),
            *countable.at_crossings(
                phase.world,
                asked[i],
                closed=partial(held.most_count, i),
                ports=partial(held.most_ports_count, i),
                unanswered=partial(held.most_unanswered_count, i),
            ),
        )
        for i, phase in enumerate(phases)
    ]


def rates(world: World) -> tuple[Limit, ...]:
    """Return what is asked each second in a world, beside what can be done."""
    asked = streams(world)
    return (
        *throughput.at_services(world, asked),
        *throughput.at_heaviest(world, asked),
        *throughput.at_pools(world, asked),
        *throughput.at_call_pools(world, asked),
        *turns.at_limits(world, asked),
        *throughput.at_crossings(world, asked),
        *at_links(world, asked),
        *at_tables(world),
    )


def limits(script: Script) -> tuple[Limit, ...]:
    """Return every limit of a script, each as it stands where it is pressed hardest, the latest of equals."""
    first, last = script.phases[0].world, script.phases[-1].world
    stocks = _stocks(script.phases)
    today = {_key(one): one.wanted for one in (*stocks[0], *rates(first)) if one.is_exceeded}
    found: dict[tuple[str, str], Limit] = {}
    for limit in (*stocks[0], *_meanwhile(stocks), *stocks[-1], *rates(last)):
        before = found.get(_key(limit))
        if before is None or limit.pressure_ratio >= before.pressure_ratio:
            found[_key(limit)] = replace(limit, today_wanted=today.get(_key(limit), 0.0))
    return (*found.values(), *dark_limits(script), *login_limits(script), *sick_limits(script))


def _meanwhile(stocks: Sequence[Sequence[Limit]]) -> Iterator[Limit]:
    """Yield what stands between the first phase and the last, save where only less of it is there."""
    ends = [{_key(limit): limit for limit in stocks[i]} for i in (0, -1)]
    for limit in (limit for phase in stocks[1:-1] for limit in phase):
        usual = [end[_key(limit)] for end in ends if _key(limit) in end]
        is_less = all(limit.allowed < one.allowed for one in usual)
        if not is_less or all(limit.wanted > one.wanted for one in usual):
            yield limit


def _key(limit: Limit) -> tuple[str, str]:
    """Return what stays the same of a limit from phase to phase."""
    return limit.path, limit.destination


def exceeded(script: Script) -> tuple[Limit, ...]:
    """Return the limits that a script exceeds, however long everybody waits."""
    return tuple(limit for limit in limits(script) if limit.is_exceeded)


def exceeded_limits(script: Script) -> tuple[str, ...]:
    """Return, as clauses, the limits that a script exceeds."""
    return tuple(limit.clause for limit in exceeded(script))


def late_limits(script: Script) -> tuple[str, ...]:
    """Return, as clauses, the limits that are exceeded only while nobody waits: answers become late."""
    return tuple(limit.clause for limit in limits(script) if limit.is_late)


def exactly_full(script: Script) -> tuple[Limit, ...]:
    """Return the stocks that a script comes to and does not exceed: nothing is left of them."""
    return tuple(
        limit for limit in limits(script) if limit.kind == "stock" and 0 < limit.wanted == limit.allowed
    )


def nearest(script: Script) -> Limit | None:
    """Return the limit that is pressed hardest; None where there is none."""
    return max(limits(script), key=lambda limit: limit.pressure_ratio, default=None)
