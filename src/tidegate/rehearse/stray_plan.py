"""How do flows come to a device that nobody ever answers? From where, to where, how many, and who counts.

They are real first packets from addresses that no client has to addresses at which nobody is, in the two
networks that the device joins. What is said of them here are addresses and texts for nftables; who sends them
(`adapters/linux/clients/strays`) must not live here.

Shortcut: those that came before the start are entered into the device's table as what is left of them then,
each with the rest of its time, instead of being sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tidegate.rehearse.ground import Ground
from tidegate.rehearse.rig_steps import Command, table_command
from tidegate.simulate.script import Script
from tidegate.world.graph import route
from tidegate.world.world import World

MOST_STRAYS_PER_S = 4000.0
"""What one process sends evenly beside everything else."""

PLACES_COUNT = 64 * 256
"""Addresses in each network for those who ask in vain, and for nobody: a quarter of its own."""

_FIRST = 64 * 256
_OLD_PORT, _NOBODYS_PORT = 999, 9


@dataclass(frozen=True, kw_only=True)
class StrayPlan:
    """What comes to one device.

    Parameters
    ----------
    device, namespace, interface
        The device, the namespace from which they come, and by which of its interfaces.
    from_number, to_number
        The networks' numbers: the second parts of the addresses.
    rates
        From when on so many come a second, from so many sources (None: from all there are).
    """

    device: str
    namespace: str
    interface: str
    from_number: int
    to_number: int
    rates: tuple[tuple[float, float, int | None], ...]

    def as_json(self) -> dict[str, Any]:
        """Return what their sender is asked."""
        return asdict(self)


def stray_plans(ground: Ground, script: Script) -> Iterator[StrayPlan]:
    """Yield what comes to each device that is there, and that anything comes to at any time."""
    for device in ground.devices:
        number = ground.devices_of(device.crossing).index(device)
        rates: list[tuple[float, float, int | None]] = []
        for phase in script.phases:
            crossing = phase.world.crossings[device.crossing]
            background = crossing.background
            there = number < crossing.devices_count
            now = background.unanswered_per_s if there else 0.0, background.unanswered_sources_count
            if not rates or rates[-1][1:] != now:
                rates.append((phase.at_s, *now))
        if any(per_s > 0.0 for _, per_s, _ in rates):
            here, there_link = device.links
            yield StrayPlan(
                device=device.namespace,
                namespace=here.site.namespace,
                interface=here.network_interface,
                from_number=here.site.number,
                to_number=there_link.site.number,
                rates=tuple(rates),
            )


def place_of(network_number: int, n: int) -> str:
    """Return the `n`-th of a network's addresses for those that nobody answers."""
    at = _FIRST + n % PLACES_COUNT
    return f"10.{network_number}.{at // 256}.{at % 256}"


def prefix_of(network_number: int) -> str:
    """Return all those addresses of a network."""
    return f"{place_of(network_number, 0)}/18"


def counting_commands(plan: StrayPlan) -> tuple[Command, ...]:
    """Return the tables by which a device counts them, and by which they vanish where nobody is.

    `asked` come to it, `sent` go on to its processor, `turned` are resets to those that a limit turns away.
    """
    theirs = f"ip daddr {prefix_of(plan.to_number)}"
    lines = ["counter asked { }", "counter sent { }", "counter turned { }"]
    for name, hook, rule in (
        ("come", "filter hook forward priority -30", f'{theirs} counter name "asked"'),
        ("leave", "filter hook postrouting priority 299", f'{theirs} counter name "sent"'),
        (
            "answer",
            "filter hook output priority 0",
            f'ip daddr {prefix_of(plan.from_number)} counter name "turned"',
        ),
    ):
        lines += [f"chain {name} {{", f"  type {hook};", f"  {rule}", "}"]
    return (table_command(plan.device, "strays", lines),)


def vanishing_command(place: str, network_number: int) -> Command:
    """Return the table by which a network loses what comes for nobody."""
    rule = f"ip daddr {prefix_of(network_number)} drop"
    chain = ["chain come {", "  type filter hook prerouting priority -300;", f"  {rule}", "}"]
    return table_command(place, "nobody", chain)


def old_flows_commands(
    ground: Ground, world: World, plans: Sequence[StrayPlan], *, from_s: float
) -> Iterator[Command]:
    """Yield the steps that enter, `from_s` before the start, what those before it left in tables."""
    for plan in plans:
        device = next(one for one in ground.devices if one.namespace == plan.device)
        table = world.crossings[device.crossing].table
        count = _old_count(world, device.crossing)
        if table is None or count == 0:
            continue
        entries = []
        for i in range(count):
            port = _OLD_PORT - i // PLACES_COUNT
            here, there = place_of(plan.from_number, i), place_of(plan.to_number, i)
            flow = f"{here} . {port} . {there} . {_NOBODYS_PORT}"
            left_s = from_s + (i + 0.5) * table.unanswered_hold_s / count
            entries.append(f"{flow} timeout {max(1, round(1000 * left_s))}ms")
        text = f"add element ip flows entries {{ {', '.join(entries)} }}\n"
        yield Command(place=device.namespace, words="nft -f -", text=text)


def _old_count(world: World, name: str) -> int:
    """Return of how many a device still has the entries as the rehearsal begins: they end evenly over a hold.

    Connections that stand have theirs first.
    """
    crossing = world.crossings[name]
    if crossing.table is None:
        return 0
    held = int(crossing.background.unanswered_per_s * crossing.table.unanswered_hold_s)
    free = max(crossing.table.entries_count - crossing.background.flows_count, 1)
    return max(min(held, free - _standing_count(world, name)), 0)


def _standing_count(world: World, crossing: str) -> int:
    """Return how many connections stand across a crossing from the start, at most."""
    count = 0
    for clients in world.clients.values():
        way = route(world, clients.network, world.services[clients.service].network) or ()
        if crossing in way and clients.connection != "per_request":
            count += clients.population_count * (clients.pool_count if clients.connection == "pool" else 1)
    for service in world.services.values():
        for call in service.calls:
            way = route(world, service.network, world.services[call.service].network) or ()
            if crossing in way and call.pool is not None:
                count += service.instances_count * call.pool.most_count
    return count
