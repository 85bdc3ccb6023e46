"""What helps where flows that nobody ever answers fill a flow table? Hold, eviction, a limit per source.

Shortcut: clients of the world are left half of the table, and four times the new flows a second that each
of them wants on an ordinary day.
"""

from __future__ import annotations

from collections.abc import Iterator

from tidegate.evaluate.arithmetic.load import kept_connections, requests_per_s
from tidegate.evaluate.arithmetic.work import way_of
from tidegate.evaluate.variants.scope import script_of
from tidegate.protect.offer import Knob, Offer
from tidegate.world.clients import Clients
from tidegate.world.crossing import Table
from tidegate.world.world import World, WorldFile

LEAST_UNANSWERED_HOLD_S = 5.0
"""A handshake whose first packets were lost may still be answered so late."""
_LEFT = 0.5  # of the entries, for everybody else
_FAIR = 4.0
_LEAST_BURST = 10


def of_table(name: str, file: WorldFile, activity: str | None) -> list[Offer]:
    """Return what keeps such flows from filling the table of a crossing; nothing where they do not."""
    crossing = file.world.crossings[name]
    phases = script_of(file, activity).phases
    most_per_s = max(phase.world.crossings[name].unanswered_per_s for phase in phases)
    table = crossing.table
    if table is None or most_per_s == 0.0 or table.when_full.startswith("evict"):
        return []
    room = _LEFT * (table.entries_count - crossing.background.flows_count)
    if most_per_s * table.unanswered_hold_s <= room:
        return []
    offers = list(_shorter_hold(name, table, room / most_per_s))
    path = f"crossings.{name}.table.when_full"
    called = f"eviction of unanswered flows at {name}"
    offers.append(Offer(name=called, changes={path: "evict_unanswered"}, refuses=0))
    limited = crossing.admission is not None and crossing.admission.per_source_per_s is not None
    if crossing.background.unanswered_sources_count is not None and not limited:
        offers.append(_fairness(name, file.world))
    return offers


def _shorter_hold(name: str, table: Table, enough_s: float) -> Iterator[Offer]:
    path = f"crossings.{name}.table.unanswered_hold"
    shorter_s = max(LEAST_UNANSWERED_HOLD_S, enough_s)
    if shorter_s < table.unanswered_hold_s:
        hold_s = table.unanswered_hold_s
        knob = Knob(path=path, least=1.0, most=hold_s / shorter_s, scale=hold_s, grows=False)
        called = f"shorter hold of unanswered flows at {name}"
        yield Offer(name=called, changes={path: knob.value(knob.most)}, refuses=0, knob=knob)


def _fairness(name: str, world: World) -> Offer:
    """Return a limit per source before the table that leaves each client what it wants."""
    users = [one for one in world.clients.values() if name in way_of(world, one.network, one.service)]
    wanted_per_s = max((_each_per_s(world, one) for one in users), default=0.0)
    burst = max([_LEAST_BURST, *(one.pool_count for one in users if one.connection == "pool")])
    path = f"crossings.{name}.admission"
    changes: dict[str, object] = {
        f"{path}.per_source": float(f"{max(_FAIR * wanted_per_s, 1.0):.3g}"),
        f"{path}.per_source_burst": burst,
    }
    return Offer(name=f"a limit per source before the table of {name}", changes=changes, refuses=2)


def _each_per_s(world: World, clients: Clients) -> float:
    """Return the new flows a second that one client wants."""
    opens = kept_connections(clients) == 0 and clients.population_count
    return requests_per_s(world, clients) / clients.population_count if opens else 0.0
