"""A measurement: what a real network did, in the same words and time bins in which it is predicted.

The rig fills it, the comparison reads it. Every count belongs to one time bin; gauges are read at its
end. Nothing here knows how anything was measured or what was expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BIN_S = 0.1

Counts = tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class MeasuredCrossing:
    """One crossing, per time bin, all devices together.

    Parameters
    ----------
    packets_count
        Packets that came to the shared packet processor, dropped ones included.
    dropped_count
        Packets that its full queue dropped.
    shed_count
        First packets (SYN) that admission, table or ports turned away.
    backlog_packets_count
        Packets waiting, at the end of the bin.
    flows_count
        Entries of the flow table (conntrack), at the end of the bin.
    """

    packets_count: Counts
    dropped_count: Counts
    shed_count: Counts
    backlog_packets_count: Counts
    flows_count: Counts


@dataclass(frozen=True, kw_only=True)
class MeasuredPopulation:
    """One population of clients, per time bin.

    Parameters
    ----------
    size_count
        Clients, at the end of the bin.
    fresh_count, attempts_count, served_count, given_up_count
        Requests newly wanted, attempts begun, requests served, requests given up.
    connected_count
        Connections completed.
    timed_out_count, refused_count
        Attempts that ended by their time-out, or by a reset or an error answer.
    unanswered_count
        Requests wanted and not yet answered, at the end of the bin.
    latencies_s
        For each bin the times from wanting a request to its answer, of requests served in it, in seconds.
    connect_latencies_s
        For each bin the times from the first SYN of a connection to its completion.
    """

    size_count: Counts
    fresh_count: Counts
    attempts_count: Counts
    served_count: Counts
    given_up_count: Counts
    connected_count: Counts
    timed_out_count: Counts
    refused_count: Counts
    unanswered_count: Counts
    latencies_s: tuple[tuple[float, ...], ...]
    connect_latencies_s: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, kw_only=True)
class MeasuredService:
    """One service, per time bin, all instances together.

    Parameters
    ----------
    accepted_count, served_count
        Connections accepted, requests answered.
    listen_overflows_count
        Connections that a full listen queue turned away.
    listen_queue_count
        Connections waiting to be accepted, at the end of the bin.
    """

    accepted_count: Counts
    served_count: Counts
    listen_overflows_count: Counts
    listen_queue_count: Counts


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One real run.

    Parameters
    ----------
    bin_s
        Width of a time bin.
    bins_count
        Bins filled.
    crossings, populations, services
        By name in the world.
    lateness_s
        For each bin, by how much the latest timer of generator, server or sampler woke too late.
    busy_ratio
        Share of the machine's processors that was busy, over the run.
    rig_busy_ratio
        Share of one core that the rig itself (server and sampler, without the generator) used.
    """

    bin_s: float
    bins_count: int
    crossings: Mapping[str, MeasuredCrossing]
    populations: Mapping[str, MeasuredPopulation]
    services: Mapping[str, MeasuredService]
    lateness_s: tuple[float, ...]
    busy_ratio: float
    rig_busy_ratio: float
