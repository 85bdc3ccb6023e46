"""Populations: everything that sends requests, each with its policy, its way and its clients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Part, Row, parameter, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.cache import Cache
    from tidegate.simulate.kernels.nouns.carried import Carried
    from tidegate.simulate.kernels.nouns.client import Client
    from tidegate.simulate.kernels.nouns.crossing import Crossing
    from tidegate.simulate.kernels.nouns.effect import Effect
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.request import Request
    from tidegate.simulate.kernels.nouns.service import Service


class Kind(Named):
    """What makes a population ask: its clients' own demand up to `NONE`, something else from `CALL` on."""

    OPEN = 0
    CLOSED = 1
    ONCE = 2
    NONE = 3
    CALL = 4
    LOOKUP = 5
    PROBE = 6
    BOOT = 7
    SPARE = 8
    IDLE = 9
    ERRAND = 10


class Direct(Named):
    """Whether requests meet their service without a crossing (coarse), and whether a loss is foreseen."""

    NO = 0
    AT_ONCE = 1
    FORESEEN = 2
    """The end of a lost attempt is known as it begins."""


class Opening(Named):
    """How the pools of a caller's instances open connections."""

    AT_ONCE = 0
    """No pool of instances: whoever comes connects, and free places are met by chance."""
    LAZY = 1
    EAGER = 2


class Way(Row):
    """The crossings that a population's packets pass, in order, seen from the client."""

    crossing_1: Link[Crossing] = parameter("The nearest to the client.")
    crossing_2: Link[Crossing] = parameter("The second, where there are so many hops.")
    crossing_3: Link[Crossing] = parameter("The third, where there are so many hops.")
    crossing_4: Link[Crossing] = parameter("The fourth, where there are so many hops.")


MOST_HOPS = Way.SIZE


class Stack(Row):
    """Free places of a pool; the one given back last is taken first."""

    first: Link[Client] = state("The place on top; -1 where none is free.", start=-1)
    places_count: Column = state("How many there are.")


class Population(Row):
    """A population: what its clients do, and where they stand."""

    kind: Column = parameter("What makes it ask, a `Kind`.")
    service: Link[Service] = parameter("Whom it asks.")
    clients_count: Column = parameter("Its clients, those of added instances left out.")
    first_client: Link[Client] = parameter("The first of its clients, or of its pool's places.")
    interval_ns: Column = parameter("Mean time between two open demands, checks or knocks of all; 0: none.")
    is_paced: Column = parameter("1: that time is always the same; 0: it is exponential.")
    think_ns: Column = parameter("Mean pause of a closed client.")
    timeout_ns: Column = parameter("After so long an attempt is given up.")
    prompt_ns: Column = parameter("A demand that is answered later is not answered in time.")
    clock_at_send: Column = parameter("1: the time-out counts from sending the request, 0: from connecting.")
    connect_timeout_ns: Column = parameter("After so long connecting is given up; as the time-out if alike.")
    is_kept: Column = parameter("1: connections are kept for the next request.")
    policy: Column = parameter("How it tries again: see `nouns.policy`.")
    syn_at: Column = parameter("Address of the times of its SYNs after the first, in ns.", into="syn")
    syns_count: Column = parameter("How many times stand there; 0: no SYN is sent again.")
    hops_count: Column = parameter("How many crossings it passes.")
    way: Part[Way] = parameter("Which crossings those are.")
    one_way_ns: Column = parameter("How long a packet is on its way beside what devices take.")
    lookup: Link[Population] = parameter(
        "Which population asks for its service's name; -1: the name is known."
    )
    ttl_ns: Column = parameter("For so long a resolved name is good (of a look-up).")
    queries_count: Column = parameter("Queries that one look-up sends; 0 of any other request.")
    is_deferred: Column = parameter("1: work given up is kept and offered again later.")
    drain_ns: Column = parameter("Time between two pieces of deferred work offered again; 0: never.")
    keeps_late: Column = parameter("1: after a time-out the connection is kept all the same.")
    accepts_late: Column = parameter("1: an answer after the time-out still counts.")
    coarse_count: Column = parameter("Packets that pass as one job (coarse); 0: packet by packet.")
    is_pooled: Column = parameter("1: its clients are the places of a pool, taken as they are needed.")
    cache: Link[Cache] = parameter("What may answer a call instead; -1: nothing.")
    effect: Link[Effect] = parameter("What a failed health check does; -1: it is no health check.")
    is_apart: Column = parameter("1: a health check that is answered apart from the requests.")
    places_each_count: Column = parameter("Places of the pool that each client has; 1 without a pool.")
    is_datagram: Column = parameter("1: it asks without a connection.")
    number: Column = parameter("Its number among populations.")
    in_bin: Column = parameter("Where its counts begin in the row of counts of a bin, in words.")
    latency_at: Column = parameter("Address of its two histograms: connects, requests.")
    direct: Column = parameter("Whether it meets its service without a crossing, a `Direct`.")
    spare: Link[Population] = parameter("Which population opens its spare connections; -1: none.")
    spares_count: Column = parameter("Spare connections opened as an attempt times out.")
    is_bare: Column = parameter("1: it connects with nothing to ask.")
    connects_for: Link[Population] = parameter(
        "For which population it connects if it is bare; -1: it is not."
    )
    flows_count: Column = parameter("Flows that one look-up sets up at each device; 0: one.")
    owner: Link[Service] = parameter("Which service boots with its requests; -1: none.")

    request_bytes: Column = parameter("Bytes of a request.")
    answer_bytes: Column = parameter("Bytes of an answer.")
    request_packets: Column = parameter("Packets of a request that needs more than one, else 0.")
    answer_packets: Column = parameter("Packets of an answer that needs more than one, else 0.")
    is_bulk: Column = parameter("1: an answer is a transfer that shares links with others.")
    at_once_count: Column = parameter("Boot requests that an instance has out at a time; 0: all.")
    turned: Column = parameter("Bit by hop: it passes that crossing against the direction it is stated in.")

    opening: Column = parameter("How pools of instances open connections, an `Opening`.")
    each_count: Column = parameter("Places of the pool of one instance; 0 where there are no such pools.")
    stands_each_count: Column = parameter("Of these, how many are connected at time zero.")
    opens_each_count: Column = parameter("Of these, how many connect as an instance comes.")
    keeps_each_count: Column = parameter("Of these, how many are never closed for being idle.")
    wait_ns: Column = parameter("For so long a place is waited for; 0: as long as the time-out, which runs.")
    idle_ns: Column = parameter("A connection that nobody asked on for so long is closed; 0: never.")

    turn_ns: Column = parameter("Time between two attempts that a client's own limit lets go; 0: no limit.")
    turn_burst_ns: Column = parameter("By so much that limit may be overdrawn.")
    turn_longest_ns: Column = parameter("Who would wait longer for its turn fails; -1: nobody does.")
    shares_turns: Column = parameter("1: all its clients have one limit together; 0: each has its own.")

    openings: Link[Carried] = parameter("What its new connections carry last of what they carry first.")
    openings_count: Column = parameter("How many requests that is.")
    errand: Link[Population] = parameter(
        "Which population asks another service before it connects; -1: none."
    )
    next_errand: Link[Population] = parameter("Which asks after this one has been answered; -1: none.")
    reset_every_ns: Column = parameter("A client closes an overdue connection that often at most; 0: always.")
    age_ns: Column = parameter("So old it lets a kept connection become; 0: any age.")
    age_jitter_ns: Column = parameter("By so much more or less at most.")
    age_grace_ns: Column = parameter("After so much longer one in use is cut; -1: never.")
    served_age_ns: Column = parameter("So old its service lets one become; 0: any age.")
    served_age_jitter_ns: Column = parameter("By so much more or less at most.")
    served_age_grace_ns: Column = parameter("After so much longer one in use is cut; -1: never.")
    reopens: Column = parameter("1: it makes another at once; 0: as it next asks.")

    timeout_law: Column = parameter("How time-outs vary about their mean, a `nouns.service.Law`.")
    timeout_stretches_at: Column = parameter("Address of that law, where it is stretched.", into="laws")
    times_out_by_client: Column = parameter("1: each client has a time-out of its own; 0: each request.")
    think_law: Column = parameter(
        "How pauses of a closed client vary about their mean, a `nouns.service.Law`."
    )
    think_stretches_at: Column = parameter("Address of that law, where it is stretched.", into="laws")
    connects_as_long: Column = parameter("1: connecting is given up after the request's own time-out.")

    next_serial: Column = state("The number of its next request.")
    unanswered_count: Column = state("Demands without an answer that are not given up.")
    backlog_count: Column = state("Deferred pieces of work.")
    is_draining: Column = state("1: the next piece of deferred work is in the calendar.")
    connected: Part[Stack] = state("Free places of the pool with a connection.")
    unconnected: Part[Stack] = state("Free places of the pool without one.")
    first_waiting: Link[Request] = state("The first that waits for a place; -1: none.", start=-1)
    last_waiting: Link[Request] = state("The last that waits for a place.", start=-1)
    chain: Column = state("The number of its chain of arrivals; each change of rate begins another.")
    arrivals_count: Column = state("Arrivals so far, over all chains.")
    added_count: Column = state("Clients that an autoscaler has added; below 0 it has removed some.")
    looked_served_count: Column = state("Served in this bin up to the last look.")
    looked_failed_count: Column = state("Given up in this bin up to the last look.")
    silent_since_ns: Column = state(
        "Since when nobody was answered though somebody waited; -1: answered.", start=-1
    )

    appearing_count: Column = state("Instances to be checked that a phase adds, while it begins.")
    untouched: Link[Exchange] = state(
        "What the connections that stand untouched are alike in; theirs follow it. 0: none."
    )
    untouched_count: Column = state("How many those are.")
    untouched_each_count: Column = state("How many of them a client has.")
    untouched_free_count: Column = state("Places of the pool that are free at time zero, untouched.")
    starting_count: Column = state("Clients for which the next of their wave waits.")
