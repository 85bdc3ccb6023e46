"""What is there before anything happens? Flows held down, ports not yet free, names known, as after a day.

Kept connections are not here: they stand one by one (`kernels.engine`). What goes on before anything
happens is reckoned from the first phase's demand, as long as everybody is answered.

Shortcuts: a closed client's cycle is its pause, two round trips and the time of service; no retries, no
boots; what a saturated service leaves unserved does not come again.
"""

from __future__ import annotations

import numpy as np

from tidegate.simulate.kernels.nouns import Device, OldHold
from tidegate.simulate.policies import NS
from tidegate.simulate.rows import Row
from tidegate.simulate.scene import Scene, time_ns
from tidegate.simulate.source import sources_of_clients
from tidegate.simulate.tables import Ints, blank, table_of
from tidegate.world.connection_age import lowest_age_s
from tidegate.world.crossing import Crossing

_GOLDEN = 0.6180339887498949  # its multiples lie evenly and in no order


class SteadyFlows:
    """Requests and new flows a second of every population in the first phase, at the size of the run.

    Parameters
    ----------
    scene
        What is lowered.
    """

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._rows = scene.rows[0]
        self._arriving: dict[str, float] = {}

    def requests_per_s(self, row: Row) -> float:
        """Return how often a population asks, kept connections or not."""
        demand = row.clients.demand
        if row.kind == "open":
            return demand.rate_per_s * self._scene.fraction
        if row.kind == "closed":
            world = self._scene.worlds[0]
            way_s = sum(world.crossings[name].round_trip_s for name in row.route)
            service_s = world.services[row.clients.service].service_time_s
            cycle_s = demand.think_s + 2.0 * way_s + service_s + _opening_s(row, way_s, service_s)
            wanted_per_s = self._scene.clients_count(row) / max(cycle_s, 1e-9)
            return min(wanted_per_s, self._capacity_per_s(row.clients.service))
        if row.kind == "call":
            asked_per_s = min(self._served_per_s(row.owner), self._capacity_per_s(row.owner))
            return asked_per_s * (1.0 - (row.cache.hit_ratio if row.cache else 0.0))
        if row.kind in {"lookup", "errand"}:
            return self._asked_first_per_s(row)
        if row.kind == "probe" and row.probe is not None:
            return self._scene.clients_count(row) / row.probe.interval_s
        return 0.0

    def flows_per_s(self, row: Row) -> float:
        """Return how many flows a population sets up a second at each device on its way."""
        if row.kind in {"open", "closed", "call"} and row.clients.connection != "per_request":
            return self._renewed_per_s(row)
        sockets = 1
        if row.kind == "lookup":
            asked = self._scene.worlds[0].clients[row.owner].lookup
            sockets = (asked.queries_count + 1) // 2 if asked is not None else 1
        return self.requests_per_s(row) * sockets

    def _renewed_per_s(self, row: Row) -> float:
        """Return how many kept connections are made anew each second, because they are too old."""
        service = self._scene.worlds[0].services[row.clients.service]
        age_s = lowest_age_s(row.clients.connection_age, service.connection_age)
        return self._scene.slots_count(row) / age_s

    def _served_per_s(self, service: str) -> float:
        if service not in self._arriving:
            self._arriving[service] = sum(
                self.requests_per_s(row)
                for row in self._rows.values()
                if row.clients.service == service and row.kind in {"open", "closed", "call"}
            )
        return self._arriving[service]

    def _capacity_per_s(self, name: str) -> float:
        service = self._scene.worlds[0].services[name]
        places = service.instances_count * service.concurrency_count * self._scene.fraction
        return places / service.service_time_s if service.service_time_s > 0.0 else np.inf

    def each_asks_per_s(self, row: Row) -> float:
        """Return how often one client of a population needs a name: for each new connection."""
        return self.flows_per_s(row) / max(self._scene.clients_count(row), 1)

    def _asked_first_per_s(self, row: Row) -> float:
        if row.kind == "lookup":
            return self._lookups_per_s(row)
        return self.flows_per_s(self._rows[row.owner])

    def _lookups_per_s(self, row: Row) -> float:
        owner = self._rows[row.owner]
        asked = self._scene.worlds[0].clients[row.owner].lookup
        each_per_s = self.each_asks_per_s(owner)
        known_s = asked.ttl_s if asked is not None else 0.0
        return self._scene.clients_count(owner) * each_per_s / (1.0 + each_per_s * known_s)


def _opening_s(row: Row, way_s: float, service_s: float) -> float:
    """Return how long each request waits for what its connection carries first."""
    if row.clients.connection != "per_request":
        return 0.0
    return sum(
        one.requests_count * (way_s + (service_s if one.service_time_s is None else one.service_time_s))
        for one in row.clients.openings
    )


def old_holds(scene: Scene, device_rows: Ints) -> Ints:
    """Return what each device holds down at time zero, as rows of `OldHold`."""
    flows, world = SteadyFlows(scene), scene.worlds[0]
    entries: dict[int, float] = {}
    ports: dict[tuple[int, int], float] = {}
    for row in scene.rows[0].values():
        per_s = flows.flows_per_s(row)
        for name in row.route if per_s > 0.0 else ():
            first = int(scene.first_device[scene.crossings.index(name)])
            shares = _shares(world.crossings[name])
            for i, share in enumerate(shares):
                d = first + i
                to = (d, scene.services.index(row.clients.service))
                entry_ns, port_ns = device_rows[0, d, [Device.closed_hold_ns, Device.port_hold_ns]].tolist()
                entries[d] = entries.get(d, 0.0) + per_s * share * float(entry_ns) / NS
                ports[to] = ports.get(to, 0.0) + per_s * share * float(port_ns) / NS
    tables, ranges = device_rows[0, :, Device.table_count], device_rows[0, :, Device.ports_count]
    strays = _strays(scene)
    for d, held in strays.items():  # beside what closed flows hold: where not all fit, each has its share
        ratio = min(1.0, int(tables[d]) / (held + entries.get(d, 0.0)))
        strays[d], entries[d] = held * ratio, entries.get(d, 0.0) * ratio
    rows = [_old_hold(d, -1, int(held)) for d, held in entries.items() if tables[d] >= 0]
    rows += [_old_hold(d, -1, int(held), is_unanswered=True) for d, held in strays.items()]
    blocks = device_rows[0, :, Device.block_least_count]
    rows += [_old_hold(d, s, int(held)) for (d, s), held in ports.items() if ranges[d] >= 0 and not blocks[d]]
    if blocks.any():
        rows += _old_blocks(scene, flows, device_rows)
    holds: Ints = table_of(OldHold, [row for row in rows if row.left_count > 0])
    return holds


def old_strays(scene: Scene, device_rows: Ints) -> Ints:
    """Return what each device holds at time zero of flows that nobody answers, and of nothing else."""
    tables = device_rows[0, :, Device.table_count]
    held = {d: min(int(count), int(tables[d])) for d, count in _strays(scene).items()}
    rows = [_old_hold(d, -1, count, is_unanswered=True) for d, count in held.items() if count > 0]
    holds: Ints = table_of(OldHold, rows)
    return holds


def _old_blocks(scene: Scene, flows: SteadyFlows, device_rows: Ints) -> list[OldHold]:
    """Return the ports held down in the blocks of each source: as many for each client of a population."""
    sources, world = sources_of_clients(scene), scene.worlds[0]
    held: dict[tuple[int, int, int], float] = {}
    for j, name in enumerate(scene.names):
        row = scene.rows[0].get(name)
        if row is None or flows.flows_per_s(row) == 0.0:
            continue
        first = int(scene.first_client[scene.names.index(row.owner) if row.kind == "lookup" else j])
        count = max(scene.clients_count(row), 1)
        mine, many = np.unique(sources[first : first + count], return_counts=True)
        for crossing in row.route:
            k = scene.crossings.index(crossing)
            for i, share in enumerate(_shares(world.crossings[crossing])):
                d = int(scene.first_device[k]) + i
                if not device_rows[0, d, Device.block_least_count]:
                    continue
                each = (
                    flows.flows_per_s(row)
                    * share
                    * float(device_rows[0, d, Device.port_hold_ns])
                    / NS
                    / count
                )
                for source, clients in zip(mine.tolist(), many.tolist(), strict=True):
                    to = (d, scene.services.index(row.clients.service), source)
                    held[to] = held.get(to, 0.0) + each * clients
    # What is a fraction for each source is whole ones for some of them.
    ends = np.rint(np.cumsum([0.0, *held.values()])).astype(np.int64)
    return [
        _old_hold(d, s, int(count), source) for (d, s, source), count in zip(held, np.diff(ends), strict=True)
    ]


def _strays(scene: Scene) -> dict[int, float]:
    """Return what flows that nobody answers hold at each device with a table, as long as it has room."""
    held: dict[int, float] = {}
    for name, first in zip(scene.crossings, scene.first_device, strict=False):
        crossing = scene.worlds[0].crossings[name]
        if crossing.table is not None and crossing.unanswered_per_s > 0.0:
            each = crossing.unanswered_per_s * scene.fraction * crossing.table.unanswered_hold_s
            held |= {int(first) + i: each for i in range(crossing.devices_count)}
    return held


def _old_hold(
    device: int, service: int, left_count: int, source: int = 0, *, is_unanswered: bool = False
) -> OldHold:
    row = blank(OldHold)
    row.device, row.service, row.left_count, row.source = device, service, left_count, source
    row.is_unanswered = is_unanswered
    return row


def _shares(crossing: Crossing) -> list[float]:
    """Return the share of the flows that each device gets."""
    busiest, others_count = crossing.busiest_share_ratio, crossing.devices_count - 1
    return [busiest, *([(1.0 - busiest) / max(others_count, 1)] * others_count)]


def names_until_ns(scene: Scene) -> Ints:
    """Return until when each client's name is good: names were resolved at all moments before the run."""
    until = np.zeros(int(scene.first_client[-1]), dtype=np.int64)
    flows = SteadyFlows(scene)
    for j, name in enumerate(scene.names):
        row = scene.rows[0].get(name)
        if row is None or row.clients.lookup is None:
            continue
        each_per_s = flows.each_asks_per_s(row)
        if each_per_s > 0.0:
            count = scene.slots[j]
            turn = (np.arange(count) * _GOLDEN) % 1.0
            pause_s = 1.0 / each_per_s
            left_s = turn * (row.clients.lookup.ttl_s + pause_s) - pause_s
            first = int(scene.first_client[j])
            until[first : first + count] = np.maximum(left_s, 0.0) * time_ns(1.0)
    return until
