"""Which protective settings could help an activity at all? Sums over the world, nothing is run.

What real networks teach stands here once: the excess is dropped and not answered, because an answer
passes the same device and keeps it down; a limit per source is never offered against a surge, because
many sources' first SYNs pass it; and a queue that takes longer to pass than clients wait is a trap, so
it is cut to a part of their time-out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from tidegate.evaluate.margin import MARGIN_RATIO
from tidegate.world.clients import Clients
from tidegate.world.crossing import EXCHANGE_PACKETS
from tidegate.world.graph import route
from tidegate.world.world import World, WorldFile

QUEUE_OF_TIMEOUT = 0.25  # of the shortest time-out: what a queue may cost
TRAP_OF_TIMEOUT = 0.5
_RATES = (0.7, 0.5)  # of what a device can set up
_GROWS = ("exponential", "decorrelated")
_SPREADS = 20.0  # times as planned
_LEAST_SPREAD_S = 20.0


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One setting, or a few that only make sense together.

    Parameters
    ----------
    name
        What people call it.
    changes
        Values by path.
    refuses
        How much work it may turn away: 0 none, 1 what would wait too long, 2 what is too much.
    """

    name: str
    changes: Mapping[str, object]
    refuses: int


def together(kept: Sequence[Offer]) -> dict[str, object]:
    """Return the overlay of several offers."""
    changes: dict[str, object] = {}
    for offer in kept:
        changes |= offer.changes
    return changes


def cost_of(kept: Sequence[Offer]) -> float:
    """Return what a set asks for: few parts come first; of as many, those that turn nobody away."""
    return 100.0 * len(kept) + sum(offer.refuses for offer in kept)


def sets_of(offers: Sequence[Offer], *, most_count: int) -> list[tuple[Offer, ...]]:
    """Return every set of at most so many offers that do not set the same thing twice, the least first."""
    sets = [kept for size in range(1, most_count + 1) for kept in combinations(offers, size)]
    distinct = [kept for kept in sets if len(together(kept)) == sum(len(one.changes) for one in kept)]
    return sorted(distinct, key=cost_of)


def _through(world: World, crossing: str) -> list[Clients]:
    """Return the populations whose way leads through a crossing."""
    return [
        clients
        for clients in world.clients.values()
        if crossing in (route(world, clients.network, world.services[clients.service].network) or ())
    ]


def _surely_per_s(name: str, file: WorldFile, capacity_per_s: float) -> float:
    """Return what a device surely sets up: with margin, where that rests on a number that is assumed."""
    costs = (f"crossings.{name}.{key}" for key in ("forwarding", "setup"))
    assumed = any(path in file.estimates and file.estimates[path].basis == "assumed" for path in costs)
    per_s = capacity_per_s / file.world.crossings[name].devices_count
    return per_s * (1.0 - MARGIN_RATIO) if assumed else per_s


def _of_crossing(name: str, file: WorldFile, steady_per_s: float) -> list[Offer]:
    world, crossing = file.world, file.world.crossings[name]
    users = _through(world, name)
    if not users or crossing.forwarding_per_s is None:
        return []
    offers = []
    timeout_s = min(clients.timeout_s for clients in users)
    left_per_s = max(crossing.forwarding_per_s - crossing.background.packets_per_s, 1.0)
    queue = crossing.queue_packets_count
    cap = max(int(left_per_s * timeout_s * QUEUE_OF_TIMEOUT), 10)
    if queue / left_per_s > TRAP_OF_TIMEOUT * timeout_s:
        offers.append(
            Offer(name=f"queue cap of {name}", changes={f"crossings.{name}.queue_packets": cap}, refuses=1)
        )
        queue = cap
    capacity = crossing.flow_capacity_per_s
    if capacity is None or crossing.admission is not None:
        return offers
    device_per_s = _surely_per_s(name, file, capacity)
    for share in _RATES:
        rate = float(f"{device_per_s * share:.3g}")
        # A limit below what passes on any day would itself be the outage.
        if rate * crossing.devices_count > (1.0 + MARGIN_RATIO) * (1.0 + crossing.skew_ratio) * steady_per_s:
            path = f"crossings.{name}.admission"
            burst = max(5, min(round(rate / 10), queue // (2 * EXCHANGE_PACKETS)))
            changes = {f"{path}.rate": rate, f"{path}.burst": burst, f"{path}.on_excess": "drop"}
            offers.append(Offer(name=f"admission at {name}, {rate:g}/s a device", changes=changes, refuses=2))
    return offers


def _of_service(name: str, world: World) -> list[Offer]:
    service = world.services[name]
    users = [clients for clients in world.clients.values() if clients.service == name]
    workers = service.instances_count * service.concurrency_count
    if not users or not workers or service.service_time_s <= 0.0:
        return []
    timeout_s = min(clients.timeout_s for clients in users)
    per_s = workers / service.service_time_s
    # No stated queue is no stated trap; where one is stated it is judged by its time to pass.
    if service.queue_count is None or service.queue_count / per_s <= TRAP_OF_TIMEOUT * timeout_s:
        return []
    cap = max(int(per_s * timeout_s * QUEUE_OF_TIMEOUT), 1)
    changes = {f"services.{name}.queue": cap, f"services.{name}.queue_when_full": "visible"}
    return [Offer(name=f"queue cap of {name}", changes=changes, refuses=1)]


def _of_clients(world: World, activity: str | None) -> list[Offer]:
    offers = []
    for name, clients in world.clients.items():
        if any(layer.backoff not in _GROWS or layer.jitter == "none" for layer in clients.retry.layers):
            changes: dict[str, object] = {f"clients.{name}.retry": "exponential-full-jitter"}
            offers.append(Offer(name=f"back-off of {name}", changes=changes, refuses=0))
    if activity is None:
        return offers
    plan = world.activities[activity]
    # The last client comes half-way to the horizon, so that what becomes of it is seen.
    most_s = max(world.horizon_s - plan.at_s - (plan.batches_count - 1) * plan.pause_s, 0.0) / 2
    for i, reaction in enumerate(plan.reactions):
        spread_s = min(max(_SPREADS * reaction.spread_s, _LEAST_SPREAD_S), most_s)
        if spread_s <= reaction.spread_s:
            continue
        path = f"activities.{activity}.reactions.{i}.spread"
        offers.append(
            Offer(name=f"reconnect spread of {reaction.clients}", changes={path: spread_s}, refuses=0)
        )
    if plan.clients_added:
        before_s = world.clients[plan.clients_added].start_spread_s
        path = f"clients.{plan.clients_added}.start_spread"
        spread_s = min(max(_SPREADS * before_s, _LEAST_SPREAD_S), most_s)
        if spread_s > before_s:
            offers.append(
                Offer(name=f"start spread of {plan.clients_added}", changes={path: spread_s}, refuses=0)
            )
    return offers


def offers_for(file: WorldFile, activity: str | None, steady_per_s: Mapping[str, float]) -> tuple[Offer, ...]:
    """Return what could help: settings of clients, of services, of devices.

    What a belief that was never measured puts in doubt is not offered: nobody can rely on setting it.

    Parameters
    ----------
    file, activity
        The world, and what is to be made safe.
    steady_per_s
        New flows a second that each crossing carries on an ordinary day.
    """
    world = file.world
    found: list[Offer] = []
    for name in world.crossings:
        found += _of_crossing(name, file, steady_per_s.get(name, 0.0))
    for name in world.services:
        found += _of_service(name, world)
    found += _of_clients(world, activity)
    doubted = [
        path for belief in world.beliefs.values() if belief.basis != "measured" for path in belief.counter
    ]
    return tuple(
        offer
        for offer in found
        if not any(
            mine.startswith(path) or path.startswith(mine) for mine in offer.changes for path in doubted
        )
    )
