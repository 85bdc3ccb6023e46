"""What is counted in a time bin: the rows of the three series that a run hands out.

What ends in `most` is the most at any look within the bin (of counts: in two looks together). Outside of
`simulate` they are known by the names in `simulate.series`.
"""

from __future__ import annotations

from tidegate.simulate.kernels.row import Column, Row, state

LATENCY_BUCKETS = 640
"""Of a latency histogram; two in a row: connect, request."""


class CrossingBin(Row):
    """Of a crossing."""

    offered_count: Column = state("Flows that first packets asked for.")
    admitted_count: Column = state("Flows let in.")
    packets_count: Column = state("Packets that came.")
    dropped_count: Column = state("Packets that found a queue full.")
    shed_count: Column = state("Flows turned away before any queue.")
    longest_delay_ns: Column = state("The longest wait at a device.")
    entries_most_ppm: Column = state("The fullest table.")
    ports_most_ppm: Column = state("The fullest range of ports.")
    offered_most_count: Column = state("The most first packets in two looks.")
    packets_most_count: Column = state("The most packets in two looks.")
    no_room_count: Column = state("Flows turned away for want of an entry or a port.")


class PopulationBin(Row):
    """Of a population."""

    fresh_count: Column = state("Demands.")
    attempts_count: Column = state("Attempts.")
    served_count: Column = state("Demands that were answered.")
    failed_count: Column = state("Demands given up.")
    unanswered_count: Column = state("Demands open at the end of the bin, deferred work included.")
    unanswered_most_count: Column = state("The most of them at any look.")
    silent_ns: Column = state("The longest time without an answer so far, though somebody waited.")
    prompt_count: Column = state("Of the demands of the bin, those answered within `Population.prompt_ns`.")
    amiss_count: Column = state("Of the demands of the bin, those answered later or given up.")
    left_count: Column = state("Of the demands of the bin, those whose client has gone.")


class ServiceBin(Row):
    """Of a service."""

    busy_count: Column = state("Requests being served at the end of the bin.")
    queued_count: Column = state("Requests that wait then.")
    served_count: Column = state("Requests served since time zero.")
    connections_count: Column = state("Connections at the end of the bin.")
    queued_most_count: Column = state("The most that waited at any look.")
    connections_most_count: Column = state("The most connections at any look.")
