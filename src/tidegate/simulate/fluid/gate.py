"""Which share of new flows a crossing lets in: admission, flow table and ports.

Each limit foresees, once a step, how many new flows it has room for. Nothing here knows the
packets, which wait in the crossing's station whether their flow is new or not.

Shortcuts: tables and ports begin empty, so that what a day has filled fills again first; a look-up is one
flow, whatever its queries; blocks of ports are as large as they grow from the start, and all who ask of a
service share theirs; flows that nobody answers hold nothing in a table that evicts such.
"""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from tidegate.simulate.fluid.station import Station

if TYPE_CHECKING:
    from tidegate.simulate.fluid.brake import Purse
    from tidegate.world.crossing import Crossing


class Bucket:
    """A token bucket that new flows pay from."""

    __slots__ = ("burst_count", "rate_per_s", "tokens_count")

    def __init__(self, rate_per_s: float, burst_count: float) -> None:
        self.rate_per_s = rate_per_s
        self.burst_count = self.tokens_count = burst_count

    def change(self, rate_per_s: float, burst_count: float) -> None:
        """Take on another rate and burst; tokens above the burst are lost."""
        self.rate_per_s, self.burst_count = rate_per_s, burst_count
        self.tokens_count = min(self.tokens_count, burst_count)


class Holding:
    """A number of places that flows take and give back later (a table, or ports to one service)."""

    __slots__ = ("addresses_count", "held_count", "places_count", "refuses", "returns", "sources_count")

    def __init__(self, steps_count: int) -> None:
        self.addresses_count = 1
        self.held_count = 0.0
        self.places_count = inf
        self.refuses = False
        self.returns = [0.0] * steps_count
        self.sources_count = 0.0

    def room(self, step: int) -> float:
        """Free the places due in this step and say how many are left."""
        self.held_count = max(0.0, self.held_count - self.returns[step])
        return max(0.0, self.places_count - self.held_count)

    def give_back(self, count: float, step: int) -> None:
        """Note that `count` places come free in `step`; beyond the run they never do."""
        if step < len(self.returns):
            self.returns[step] += count


class Gate:
    """One crossing: its processors and everything a new flow must pass before them.

    All devices are taken to be as busy as the busiest, so the crossing is one big device of
    ``devices / (1 + skew)`` times the size.

    Attributes
    ----------
    due_flows
        New flows that will arrive in each step, as far as is known.
    shed_ratio, refused_ratio
        Shares of this step's new flows that vanish, and that are refused with a reset.
    forward_work_s, setup_work_s
        Processor time of a packet of a known flow, and of a flow's first packet.
    sources
        The limits per client, pooled by stream.
    strays_count
        Flows of nobody that this step's limits let in.
    """

    __slots__ = (
        "_known_flows",
        "admission",
        "arrived_flows",
        "bare",
        "closed_hold_s",
        "concurrent",
        "due_flows",
        "flows_taken",
        "forward",
        "forward_work_s",
        "lost_packets",
        "name",
        "ports",
        "ports_hold_s",
        "ports_unanswered_hold_s",
        "refused_ratio",
        "resets",
        "round_trip_s",
        "scale",
        "setup",
        "setup_work_s",
        "shed_ratio",
        "sources",
        "standing",
        "standing_count",
        "strays_count",
        "surprise_flows",
        "table",
        "unanswered_hold_s",
        "visible",
        "world",
    )

    def __init__(self, name: str, world: Crossing, steps_count: int, step_s: float) -> None:
        self.name = name
        self.forward = Station(steps_count, step_s)
        self.setup = self.forward
        self.table = Holding(steps_count)
        self.concurrent = Holding(steps_count)
        self.ports: dict[str, Holding] = {}
        self.admission: Bucket | None = None
        self.sources: dict[str, Purse] = {}
        self.due_flows = [0.0] * steps_count
        self.arrived_flows = self.surprise_flows = self._known_flows = self.flows_taken = 0.0
        self.shed_ratio = self.refused_ratio = self.lost_packets = self.standing_count = 0.0
        self.strays_count = 0.0
        self.standing: dict[str, float] = {}
        self.change(world)

    def change(self, world: Crossing) -> None:
        """Take on the numbers of `world` (a phase begins)."""
        steps_count, step_s = len(self.due_flows), self.forward.step_s
        self.world = world
        self.scale = scale = world.devices_count / (1.0 + world.skew_ratio)
        self.round_trip_s = world.round_trip_s
        self.forward_work_s = 0.0 if world.forwarding_per_s is None else 1.0 / world.forwarding_per_s
        self.setup_work_s = self.forward_work_s if world.setup_per_s is None else 1.0 / world.setup_per_s
        self.forward_work_s, self.setup_work_s = world.beside_unanswered(
            self.forward_work_s, self.setup_work_s
        )
        self.visible = world.queue_when_full == "visible"
        limited = world.forwarding_per_s is not None or (
            world.setup_per_s is not None and world.setup_processor == "shared"
        )
        self.forward.capacity_ratio = scale if limited else None
        self.forward.places_count = world.queue_packets_count * scale
        if world.setup_processor == "separate" and world.setup_per_s is not None:
            if self.setup is self.forward:
                self.setup = Station(steps_count, step_s)
            self.setup.capacity_ratio = scale
            self.setup.places_count = world.queue_packets_count * scale
        else:
            self.setup = self.forward
        self._change_limits(scale)
        admission = world.admission
        limits = (world.table, world.ports, admission)
        self.bare = all(limit is None for limit in limits)

    def _change_limits(self, scale: float) -> None:
        world = self.world
        self.closed_hold_s = self.unanswered_hold_s = 0.0
        self.table.places_count = inf
        if world.table is not None:
            self.table.places_count = world.table.entries_count * scale
            self.table.refuses = world.table.when_full == "refuse"
            self.closed_hold_s = world.table.closed_hold_s if world.table.when_full != "evict" else 0.0
            self.unanswered_hold_s = world.table.unanswered_hold_s
        self.ports_hold_s = world.ports.hold_s if world.ports is not None else 0.0
        self.ports_unanswered_hold_s = world.unanswered_port_hold_s
        for ports in self.ports.values():
            self._change_ports(ports)
        admission = world.admission
        self.resets = admission is not None and admission.on_excess == "reset"
        self.concurrent.places_count = inf
        if admission is not None and admission.concurrent_count is not None:
            self.concurrent.places_count = admission.concurrent_count * scale
        if admission is None or admission.rate_per_s is None:
            self.admission = None
        elif self.admission is None:
            self.admission = Bucket(admission.rate_per_s * scale, admission.burst_count * scale)
        else:
            self.admission.change(admission.rate_per_s * scale, admission.burst_count * scale)

    def _change_ports(self, ports: Holding) -> None:
        limit = self.world.ports
        ports.places_count = inf
        if limit is not None:
            each = limit.per_destination_count * limit.usable_ratio
            if limit.block is not None:
                most = max(limit.block.most_count or 0, limit.block.least_count)
                each = min(each, most * ports.sources_count)
            ports.places_count = each * ports.addresses_count * self.scale
        ports.refuses = limit is not None and limit.when_full == "refuse"

    def ports_to(self, service: str, addresses_count: int) -> Holding:
        """Return the ports for flows to `service`, which has so many addresses."""
        if service not in self.ports:
            self.ports[service] = Holding(len(self.due_flows))
            self.ports[service].addresses_count = addresses_count
            self._change_ports(self.ports[service])
        return self.ports[service]

    def share_ports(self, sources_count: dict[str, float]) -> None:
        """Say how many sources have ports towards each service."""
        for service, ports in self.ports.items():
            ports.sources_count = sources_count.get(service, 0.0)
            self._change_ports(ports)

    def begin(self, step: int, standing: dict[str, float]) -> None:
        """Foresee what this step's arrivals meet; `standing` flows to each service stay open."""
        background = self.world.background
        station = self.forward
        if background.packets_per_s:
            packets = background.packets_per_s * self.scale * station.step_s
            station.due_count[step] += packets
            station.due_work_s[step] += packets * self.forward_work_s
        station.begin(step)
        if background.packets_per_s:
            kept = packets * (1.0 - station.loss_ratio)
            station.arrived_count += packets
            station.arrived_work_s += packets * self.forward_work_s
            station.taken_count += kept
            station.taken_work_s += kept * self.forward_work_s
        if self.setup is not station:
            self.setup.begin(step)
        self.surprise_flows = max(0.0, self.arrived_flows - self._known_flows)
        self._known_flows = self.due_flows[step]
        self.arrived_flows = self.flows_taken = 0.0
        self.lost_packets = 0.0
        self.standing = standing
        self.standing_count = sum(standing.values()) + background.flows_count * self.scale
        if not self.bare:
            for source in self.sources.values():
                source.step(0.0, station.step_s)
            self._limit(step, self._known_flows + self.surprise_flows)

    @property
    def _strays_per_s(self) -> float:
        """New flows a second that nobody answers, as far as the limits of their sources let them in."""
        crossing, limit = self.world, self.world.admission
        per_s, sources = crossing.background.unanswered_per_s, crossing.background.unanswered_sources_count
        if limit is not None and limit.per_source_per_s is not None and sources is not None:
            per_s = min(per_s, sources * limit.per_source_per_s / crossing.devices_count)
        return per_s * self.scale

    def _limit(self, step: int, flows: float) -> None:
        """Split this step's new flows into those that vanish, are refused, and pass."""
        self.shed_ratio = self.refused_ratio = 0.0
        came = self._strays_per_s * self.forward.step_s
        room, strays = self._admit(step, flows, came)
        passed = 1.0
        if flows > room:
            passed = room / flows
            if self.resets:
                self.refused_ratio = 1.0 - passed
            else:
                self.shed_ratio = 1.0 - passed
        for ports in self.ports.values():
            ports.room(step)
        all_came = self.world.background.unanswered_per_s * self.scale * self.forward.step_s
        turned = all_came - strays if self.resets else 0.0
        room = self._hold_strays(step, strays, flows * passed)
        if flows > 0.0 and flows * passed > room:
            blocked = passed - max(room, 0.0) / flows
            if self.table.refuses:
                self.refused_ratio += blocked
            else:
                self.shed_ratio += blocked
        if self.table.refuses:
            turned += strays - self.strays_count
        if turned > 0.0:
            self._reset(turned)

    def _admit(self, step: int, flows: float, strays: float) -> tuple[float, float]:
        """Return how many flows of the world's, and of nobody, admission lets in.

        Each flow has the same chance, whoever sends it.
        """
        room = max(0.0, self.concurrent.room(step) - self.standing_count)
        if strays > 0.0 and self.world.table is not None:
            share = min(1.0, room / (flows + strays))
            room, strays = flows * share if share < 1.0 else room - strays, strays * share
        if self.admission is not None:
            bucket = self.admission
            filled = bucket.tokens_count + bucket.rate_per_s * self.forward.step_s
            paid = min(filled, min(flows, room) + strays)
            bucket.tokens_count = min(bucket.burst_count, filled - paid)
            if strays > 0.0:
                share = min(1.0, filled / (flows + strays))
                filled, strays = flows * share, strays * share
            room = min(room, filled)
        return room, strays

    def _hold_strays(self, step: int, strays: float, flows: float) -> float:
        """Let flows of nobody take entries; return how many of the world's flows find one beside them."""
        room = self.table.room(step) - self.standing_count
        self.strays_count = strays
        if strays <= 0.0 or self.world.table is None:
            return room
        share = min(1.0, max(room, 0.0) / (flows + strays))
        back = step + round(self.unanswered_hold_s / self.forward.step_s)
        if not self.world.table.when_full.startswith("evict"):  # there they make room for all who come
            self.strays_count = strays * share
            self.table.held_count += self.strays_count
            self.table.give_back(self.strays_count, back)
        self.concurrent.held_count += self.strays_count
        self.concurrent.give_back(self.strays_count, back)
        return flows * share

    def _reset(self, strays: float) -> None:
        """Send resets to so many flows of nobody: packets that pass the processor, for which nobody waits."""
        station = self.forward
        station.arrived_count += strays
        station.arrived_work_s += strays * self.forward_work_s
        kept = strays * (1.0 - station.loss_ratio)
        station.taken_count += kept
        station.taken_work_s += kept * self.forward_work_s
