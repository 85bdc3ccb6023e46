"""Devices: what they can do and hold, and what they hold at this moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Part, Row, parameter, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.service import Service


class WhenFull(Named):
    """What a first packet meets where there is no entry or port left."""

    DROP = 0
    REFUSE = 1
    EVICT = 2
    EVICT_UNANSWERED = 3


class SetUp(Named):
    """What becomes of a first packet."""

    DONE = 0
    LOST = 1
    REFUSED = 2


class Held(Named):
    """What the end of a hold-down is told; of a port the service's number stands above the lowest bit.

    Of flows that nobody answers their number stands from `MANY_SHIFT` on, where several end together; of a flow
    of the world's it is 0.
    """

    CLOSED = 0
    PORT = 1
    UNANSWERED = 2
    MANY_SHIFT = 2


class Place(Row):
    """A train of packets in a device's list."""

    exchange: Link[Exchange] = state("Whose packets they are; -1: nobody waits for them any more.")
    packet: Column = state("The packets, packed as in `packet`.")


class PortBlock(Row):
    """The ports that one source has at a device: for each address of a destination so many."""

    ports_count: Column = state("How many; 0: it has none so far.")
    is_growing: Column = state("1: more are on their way.")


class Lane(Row):
    """One direction of a device's link."""

    free_from_ns: Column = state("Until when it is busy with packets.")
    passed_bytes: Column = state("What packets brought since the last mark.")
    mark_ns: Column = state("When that was reckoned last.")
    used_per_s: Column = state("Bytes a second that packets brought then.")
    transfers_count: Column = state("Transfers that share what packets leave.")
    share_per_s: Column = state("Bytes a second that each gets.")
    slowed_count: Column = state("Transfers that are slowed by nothing else more than by this.")
    pipe_ns: Column = state("How long the way there and back of such a transfer takes.")
    carried_bytes: Column = state("What packets and transfers brought since the scaler's last decision.")


class Device(Row):
    """A device. One with a list (`list_at`, else 0) has room for `places_count` trains in it."""

    forward_ns: Column = parameter("How long the processor takes for a packet; 0: no time.")
    setup_ns: Column = parameter("How long setting up a flow takes; 0: no time.")
    is_shared: Column = parameter("1: one processor sets up and forwards; 0: set-up has one of its own.")
    queue_count: Column = parameter("Packets that wait at most.")
    is_visible: Column = parameter("1: first packets that find the queue full are refused; 0: they vanish.")
    table_count: Column = parameter("Entries of its flow table; -1: it has none.")
    when_table_full: Column = parameter("What a first packet meets then, a `WhenFull`.")
    unanswered_hold_ns: Column = parameter("For so long the entry of a flow that was never answered is kept.")
    closed_hold_ns: Column = parameter("For so long the entry of a closed flow is kept.")
    ports_count: Column = parameter("Ports towards one address of a service; -1: it needs none.")
    when_ports_full: Column = parameter("What a first packet meets then, a `WhenFull`.")
    port_hold_ns: Column = parameter("For so long the port of a closed flow is kept.")
    unanswered_port_hold_ns: Column = parameter("For so long that of a flow that was never answered is kept.")
    admit_ns: Column = parameter("Time between two first packets let in; 0: no limit.")
    admit_burst_ns: Column = parameter("By so much that limit may be overdrawn.")
    concurrent_count: Column = parameter("Open flows let in at a time; -1: no limit.")
    resets_excess: Column = parameter("1: what is not let in is refused; 0: it vanishes.")
    source_ns: Column = parameter("Time between two first packets let in from one client; 0: no limit.")
    source_burst_ns: Column = parameter("By so much that limit may be overdrawn.")
    sources_at: Column = parameter("Address of each client's time as `admit_from_ns`, one word a client.")
    ports_at: Column = parameter("Address of the ports in use, one word a service.")
    idle_timeout_ns: Column = parameter("After so long an idle flow is forgotten.")
    is_tracking: Column = parameter("1: it keeps flows: it has a table, ports, or a limit of open flows.")
    list_at: Column = parameter("Address of its list of waiting packets; 0: it has none.")
    places_count: Column = parameter("How many trains the list has room for.")

    block_least_count: Column = parameter("Ports of a source's block at first; 0: all sources share them.")
    block_most_count: Column = parameter("Ports to which a block grows.")
    block_growth_ns: Column = parameter("How long it takes until a block is doubled.")
    blocks_at: Column = parameter("Address of the block of its first source.")
    block_sources_at: Column = parameter("Address of the number of each client's source, one word a client.")
    block_sources_count: Column = parameter("How many sources there are.")

    stray_ns: Column = parameter("Time between two groups of flows that nobody answers; 0: none come.")
    strays_count: Column = parameter("How many flows such a group is.")
    stray_source_ns: Column = parameter("Time between two that the limits of their sources let in; 0: all.")
    stray_source_burst_ns: Column = parameter("By so much those limits may be overdrawn.")

    byte_ps: Column = parameter("How long its link takes for a byte, in picoseconds; 0: no time.")
    link_wait_ns: Column = parameter("For so long at most packets wait for the link.")

    stated_forward_ns: Column = parameter("How long a packet takes before any scaler has done anything.")
    stated_setup_ns: Column = parameter("How long setting up a flow takes then.")
    stated_byte_ps: Column = parameter("How long a byte takes then.")

    free_from_ns: Column = state("Until when its processor is busy, where it has no list.")
    setup_free_from_ns: Column = state("Until when a set-up processor of its own is busy.")
    entries_count: Column = state("Entries in use, held down ones included.")
    held_count: Column = state("Entries of closed flows that are held down.")
    evicted_count: Column = state("Hold-downs of closed flows, still to end, whose entry is gone already.")
    admit_from_ns: Column = state("From when on a first packet is let in without overdrawing.")
    open_count: Column = state("Flows that are open.")
    first_place: Column = state("Which place of its list is the first.")
    trains_count: Column = state("Trains in its list.")
    packets_count: Column = state("Packets in its list.")
    openings_count: Column = state("Flows that the packets in its list ask for.")
    unanswered_count: Column = state("Entries held down of flows that were never answered.")
    forgotten_count: Column = state("Hold-downs of unanswered flows, still to end, whose entry is gone.")

    in_blocks_count: Column = state("Ports that are in blocks.")
    away_epoch: Column = state("The epoch in which it went last; 0: it never did.")
    stray_chain: Column = state("Which chain of groups is in force: a changed rate begins a new one.")
    stray_source_from_ns: Column = state("From when on their sources' limits let one in.")
    stray_open_count: Column = state("How many of those are open, as a limit of open flows counts them.")

    there: Part[Lane] = state("Its link in the direction in which the crossing is stated.")
    back: Part[Lane] = state("Its link in the other.")


class OldHold(Row):
    """What a device holds down from before the run: so many, which end one after the other."""

    device: Link[Device] = parameter("Which device.")
    service: Link[Service] = parameter("Towards which service ports are held; -1: entries are.")
    source: Column = parameter("In which source's block those ports are; 0 where there are no blocks.")
    is_unanswered: Column = parameter("1: entries of flows that were never answered; 0: of closed ones.")
    left_count: Column = state("How many are left.")
    gap_ns: Column = state("Time between two ends, known as the run begins.")
