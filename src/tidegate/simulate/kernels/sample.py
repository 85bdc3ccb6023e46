"""What is looked at and counted at even times: how full, how many wait, and the end of a time bin."""

from __future__ import annotations

from tidegate.simulate.kernels.compile import Memory, njit
from tidegate.simulate.kernels.device import counts_of
from tidegate.simulate.kernels.instance import (
    answered_count,
    connected_count,
    serving_count,
    waiting_count,
)
from tidegate.simulate.kernels.nouns import Crossing, Device, Head
from tidegate.simulate.kernels.port_block import block_ports, ports_of


@njit()
def _fullest_block(device: Device, m: Memory) -> int:
    """How full the fullest block of a device is, in millionths."""
    head = Head(m, 0)
    fullest = 0
    for source in range(device.block_sources_count):
        for s in range(head.services_count):
            taken = m[device.ports_at + source * head.services_count + s]
            if taken > 0:
                ports = block_ports(device, head.services.on(s), source, m)
                fullest = max(fullest, taken * 1000000 // ports)
    return fullest


@njit()
def _look_at_crossing(crossing: Crossing, m: Memory) -> None:
    """Note a crossing's fullest table and port range, and its busiest second (two looks together)."""
    head = Head(m, 0)
    counts = counts_of(crossing, m)
    for i in range(crossing.devices_count + crossing.added_count):
        device = head.devices.on(crossing.first_device_number + i)
        if device.table_count > 0:
            full = device.entries_count * 1000000 // device.table_count
            counts.entries_most_ppm = max(counts.entries_most_ppm, full)
        if device.block_least_count > 0:
            counts.ports_most_ppm = max(counts.ports_most_ppm, _fullest_block(device, m))
        elif device.ports_count > 0:
            for s in range(head.services_count):
                ports = ports_of(device, head.services.on(s))
                full = m[device.ports_at + s] * 1000000 // ports
                counts.ports_most_ppm = max(counts.ports_most_ppm, full)
    offered = counts.offered_count - crossing.looked_offered_count
    packets = counts.packets_count - crossing.looked_packets_count
    counts.offered_most_count = max(counts.offered_most_count, offered + crossing.last_offered_count)
    counts.packets_most_count = max(counts.packets_most_count, packets + crossing.last_packets_count)
    crossing.last_offered_count, crossing.last_packets_count = offered, packets
    crossing.looked_offered_count, crossing.looked_packets_count = counts.offered_count, counts.packets_count


@njit()
def _look_at_population(i: int, t: int, m: Memory) -> None:
    """Note how many wait, and for how long nobody has been answered although somebody waited."""
    head = Head(m, 0)
    population = head.populations.on(i)
    counts = head.population_bins.on(i)
    waiting = population.unanswered_count + population.backlog_count
    counts.unanswered_most_count = max(counts.unanswered_most_count, waiting)
    if counts.served_count > population.looked_served_count:
        population.silent_since_ns = -1
    elif waiting > 0 or counts.failed_count > population.looked_failed_count:
        if population.silent_since_ns < 0:
            population.silent_since_ns = t - head.look_ns
        counts.silent_ns = t - population.silent_since_ns
    population.looked_served_count, population.looked_failed_count = counts.served_count, counts.failed_count


@njit()
def _look_at_service(i: int, m: Memory) -> None:
    """Note a service's longest queue and most connections."""
    head = Head(m, 0)
    service = head.services.on(i)
    counts = head.service_bins.on(i)
    counts.queued_most_count = max(counts.queued_most_count, waiting_count(service))
    counts.connections_most_count = max(counts.connections_most_count, connected_count(service))


@njit()
def sample(t: int, m: Memory) -> None:
    """Look at what stands; every so many looks a time bin is closed.

    A bin may be as wide as the horizon asks for. Looks are not, so that no peak depends on it.
    """
    head = Head(m, 0)
    for i in range(head.crossings_count):
        _look_at_crossing(head.crossings.on(i), m)
    for i in range(head.services_count):
        _look_at_service(i, m)
    for i in range(head.populations_count):
        _look_at_population(i, t, m)
    head.looks_done_count += 1
    if head.looks_done_count == head.looks_count:
        head.looks_done_count = 0
        _close_bin(m)


@njit()
def _close_bin(m: Memory) -> None:
    """Note what stands at the end of a bin, and begin the next."""
    head = Head(m, 0)
    for i in range(head.crossings_count):
        crossing = head.crossings.on(i)
        crossing.looked_offered_count, crossing.looked_packets_count = 0, 0
        counts = counts_of(crossing, m)
        crossing.before_offered_count += counts.offered_count
        crossing.before_packets_count += counts.packets_count
    for i in range(head.services_count):
        service = head.services.on(i)
        seen = head.service_bins.on(i)
        seen.busy_count = serving_count(service)
        seen.queued_count = waiting_count(service)
        seen.served_count = answered_count(service)
        seen.connections_count = connected_count(service)
    for i in range(head.populations_count):
        population = head.populations.on(i)
        head.population_bins.on(i).unanswered_count = population.unanswered_count + population.backlog_count
        population.looked_served_count, population.looked_failed_count = 0, 0
    head.bin += 1
    head.crossing_bins = head.crossing_bins.on(head.crossings_count)
    head.population_bins = head.population_bins.on(head.populations_count)
    head.service_bins = head.service_bins.on(head.services_count)
