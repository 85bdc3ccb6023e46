"""The head of memory: the clock, the calendar, and where everything else stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Part, Row, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.bins import CrossingBin, PopulationBin, ServiceBin
    from tidegate.simulate.kernels.nouns.cache import Cache
    from tidegate.simulate.kernels.nouns.client import Client
    from tidegate.simulate.kernels.nouns.crossing import Crossing
    from tidegate.simulate.kernels.nouns.device import Device, OldHold
    from tidegate.simulate.kernels.nouns.event import Act, Event, Slot
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.population import Population
    from tidegate.simulate.kernels.nouns.service import Service

OUTBOX_ROWS = 512
"""Rows of each pool that one act may take, besides those that go with the world."""
ACTS_MOST = 4096
"""Acts of one happening."""


class Status(Named):
    """Why the kernel has come back."""

    RUNNING = 0
    PAUSED = 1
    FULL = 2
    ENDED = 3


class Pool(Row):
    """Rows that are taken and given back; the host adds more at the end of memory."""

    free: Column = state("Address of the first free row that was used before; 0: none.")
    following: Column = state("Address of the next row that was never used.")
    full_from: Column = state("From this address on it counts as full.")


class Head(Row):
    """The first row of memory; the host writes it before a run, and the kernels after that."""

    now_ns: Column = state("Up to when everything has happened.")
    end_ns: Column = state("Until when the kernel goes on; the host moves it.")
    sequence: Column = state("The number of the next event.")
    bin: Column = state("The number of the current time bin.")
    events_count: Column = state("Events so far.")
    bucket_shift: Column = state("A bucket of the calendar is two to this power of ns wide.")
    bucket: Column = state("The number of the current bucket.")
    beyond: Part[Slot] = state("The events beyond both wheels.")
    root: Link[Event] = state("The first event of the current bucket; 0: none.")
    wheeled_count: Column = state("Events on the wheel, beside those of the current bucket.")
    far_count: Column = state("Events on the second wheel.")
    beyond_count: Column = state("Events beyond both.")
    wheel: Link[Slot] = state("The first slot of the wheel; behind them stand those of the second wheel.")
    slots_count: Column = state("Slots of each wheel, a power of two.")
    status: Column = state("Why the kernel has come back, a `Status`.")
    look_ns: Column = state("Time between two looks at what stands.")
    looks_count: Column = state("Looks in a time bin.")
    looks_done_count: Column = state("Looks in this bin so far.")
    generation: Column = state("How often a timer was set anew.")
    epoch: Column = state("Changes of devices so far.")
    acts: Link[Act] = state("The first of the acts of this happening.")
    acts_count: Column = state("How many there are.")
    acts_done_count: Column = state("How many of them are carried out.")
    waves_end: Column = state("From this address on waves are copies, not the script's.")
    waves: Part[Pool] = state("Rows for copies of waves.")
    events: Part[Pool] = state("Rows for events.")
    exchanges: Part[Pool] = state("Rows for exchanges.")
    requests: Part[Pool] = state("Rows for requests.")
    keys_at: Column = state("Address of the streams' keys, one word a `Cause`.")
    phases_at: Column = state("Address of the parameters of every phase.")
    phase_words: Column = state("Words that each phase takes there.")
    flush_at: Column = state("Address of which caches each phase empties.")
    populations: Link[Population] = state("The first.")
    populations_count: Column = state("How many there are.")
    crossings: Link[Crossing] = state("The first.")
    crossings_count: Column = state("How many there are.")
    devices: Link[Device] = state("The first.")
    devices_count: Column = state("How many there are.")
    services: Link[Service] = state("The first.")
    services_count: Column = state("How many there are.")
    caches: Link[Cache] = state("The first.")
    caches_count: Column = state("How many there are.")
    crossing_bins: Link[CrossingBin] = state("The first crossing's counts in the current bin.")
    population_bins: Link[PopulationBin] = state("The first population's counts in the current bin.")
    service_bins: Link[ServiceBin] = state("The first service's counts in the current bin.")
    clients: Link[Client] = state("The first.")
    owners_at: Column = state("Address of the number of the population of every 64th client.")
    old_holds: Link[OldHold] = state("The first.")
    old_holds_count: Column = state("How many there are.")

    first_transfer: Link[Exchange] = state("The first answer that is a transfer; -1: none.")
    transfers_since_ns: Column = state("Up to when transfers are reckoned.")
    transfers_turn: Column = state("How often their shares were set anew.")
