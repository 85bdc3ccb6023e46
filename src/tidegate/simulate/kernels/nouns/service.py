"""Services: how they work, and who is being served or waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Row, parameter, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.client import Client
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.wave import Wave

WHOLE = 1_000_000
"""A connection of `Service.connections_millionths`."""


class Law(Named):
    """How times are distributed about their mean; `STRETCHED`: as a list of stretches says (`kernels.chance`)."""

    EXPONENTIAL = 0
    FIXED = 1
    LOGNORMAL = 2
    STRETCHED = 3


class WhenDown(Named):
    """What a request meets where no instance takes any; `UP`: somebody does."""

    UP = -1
    BY_CAUSE = 0
    REFUSE = 1
    WAIT = 2
    SILENT = 3


class Answer(Named):
    """How a service answers."""

    WELL = 0
    FAILED = 1
    NOT_AT_ALL = 2


class Signal(Named):
    """What an autoscaler reads."""

    UTILISATION = 0
    REQUESTS = 1
    QUEUE = 2
    CONNECTIONS = 3
    CPU = 4


class Rule(Named):
    """Which instance a connection gets."""

    RANDOM = 0
    ROUND_ROBIN = 1
    LEAST_OUTSTANDING = 2
    TWO_CHOICES = 3
    CONSISTENT_HASH = 4


class PaceChoice(Named):
    """Which of several budgets of an autoscaler counts."""

    LARGER = 0
    SMALLER = 1
    NONE = 2


class Noted(Row):
    """What an autoscaler wished, or by how much it changed the size, at a moment."""

    at_ns: Column = state("When.")
    instances_count: Column = state("The size wished, or the change.")


class Service(Row):
    """A service whose instances share one queue; or one with a row for each instance; or one of these rows."""

    instances_count: Column = parameter("Instances, those that an autoscaler added left out.")
    concurrency_count: Column = parameter("Requests that an instance serves at a time.")
    mean_ns: Column = parameter("Mean time of service.")
    law: Column = parameter("How it is distributed, a `Law`.")
    sigma_ppm: Column = parameter("Standard deviation of its logarithm, for the lognormal law.")
    queue_count: Column = parameter("Requests that wait at most.")
    is_lifo: Column = parameter("1: the last that came is served first.")
    is_silent: Column = parameter("1: requests that find the queue full vanish; 0: they get an error.")
    drops_abandoned: Column = parameter("1: a request whose client has gone is not served any more.")
    connections_millionths: Column = parameter("Connections an instance takes, in millionths; -1: no limit.")
    refuses_connections: Column = parameter("1: connections beyond are answered with an error; 0: they wait.")
    backlog_count: Column = parameter("Connections that may wait to be accepted.")
    setup_ns: Column = parameter("Work that a new connection costs.")
    resumed_ns: Column = parameter("Work that a new connection costs whose session is resumed.")
    handshake_bytes: Column = parameter("What it sends to a new connection of a full handshake.")
    resumed_bytes: Column = parameter("What it sends of it where the session is resumed.")
    resumption_ppm: Column = parameter("The share of new connections whose session is resumed.")
    calls_at: Column = parameter("Address of the list of populations that make its calls.", into="calls")
    calls_count: Column = parameter("Calls that a request makes, one after the other.")
    signal: Column = parameter("What its autoscaler reads, a `Signal`.")
    target_ppm: Column = parameter("Which value of it is aimed at.")
    least_count: Column = parameter("Instances the autoscaler leaves at least.")
    most_count: Column = parameter("Instances the autoscaler makes at most.")
    period_ns: Column = parameter("Time between two looks of the autoscaler; 0: there is none.")
    tolerance_ppm: Column = parameter("How far off the signal may be before it acts.")
    down_delay_ns: Column = parameter("For so long the signal must be low before instances go.")
    boot_ns: Column = parameter("How long an instance boots, its boot calls left out.")
    brings: Link[Wave] = parameter("The first template of what one more instance brings; see `brings_count`.")
    brings_count: Column = parameter("How many templates there are.")
    number: Column = parameter("Its number among services.")
    acks_late: Column = parameter("1: a request is acknowledged with its answer.")
    when_down: Column = parameter("What a request meets where no instance takes any, a `WhenDown`.")
    addresses_count: Column = parameter("Its addresses: a device has ports towards each.")
    retry_after_ns: Column = parameter(
        "After so long, its errors say, one may come back; 0: they do not say."
    )
    booters: Link[Client] = parameter("The first of its instances that boot; -1: it has no boot calls.")

    first_instance: Link[Service] = parameter("The first row of its instances; -1: they share its queue.")
    rows_count: Column = parameter("How many instances have a row.")
    whole: Link[Service] = parameter("Of an instance: the service that it is one of; -1: it is none.")
    rule: Column = parameter("Which instance a connection gets, a `Rule`.")
    skew_ppm: Column = parameter("By what share more than the equal one the first instance gets.")
    lag_ns: Column = parameter("For so long an instance that has gone still gets connections.")
    sessions: Link[Wave] = parameter("The first template of who connects again as an instance goes.")
    sessions_count: Column = parameter("How many templates there are.")
    by_request: Column = parameter("1: each request gets an instance of its own, not each connection.")
    weight_millionths: Column = parameter("Of an instance: how much it counts; 0: all count alike.")
    sickness: Column = parameter(
        "What a sick instance does with a request, an `Answer` and 1; 0: it is well."
    )
    sick_ns: Column = parameter("How long that takes it.")
    warm_ns: Column = parameter("After so long an instance that has come is as fast as ever; 0: at once.")
    slowdown_ppm: Column = parameter("By what it is slower as it comes, of its time of service.")

    login_ns: Column = parameter("After so long a connection that has not logged in is closed; 0: never.")
    logins_millionths: Column = parameter(
        "Connections of an instance that have not logged in at most, in millionths; -1: any."
    )
    logins_free_millionths: Column = parameter("With so many there, further ones are dropped by chance.")
    login_drop_ppm: Column = parameter("The share that is dropped then; all of them at the most.")
    counts_logins: Column = parameter("1: it counts connections that have not logged in.")
    contended_count: Column = parameter(
        "Requests that an instance of the whole world serves at a time, if they hold each other up; else 0."
    )
    serial_ppb: Column = parameter("Share of the work that only one of them can do, in billionths.")
    crosstalk_ppb: Column = parameter("What each adds for each other one, in billionths.")

    room_bytes: Column = parameter("Of an instance: the memory it may fill before it is killed; 0: any.")
    connection_bytes: Column = parameter("What of it a connection takes.")
    request_bytes: Column = parameter("What of it a request takes.")
    lists_busy: Column = parameter("1: it knows which requests it serves, since they may be lost.")
    away_ns: Column = parameter("How long it is away once it was killed, without what follows.")
    backoff_ns: Column = parameter("How much longer the second time in a row; 0: no longer.")
    backoff_most_ns: Column = parameter("How much longer at most.")
    callers: Link[Wave] = parameter("The first template of the calls whose connections go with an instance.")
    callers_count: Column = parameter("How many templates there are.")

    second_signal: Column = parameter("What its autoscaler reads as well, a `Signal`.")
    second_target_ppm: Column = parameter("Which value of it is aimed at; 0: it reads one signal.")
    reads_cpu: Column = parameter("1: its autoscaler reads who works and does not wait for a call.")
    cores_millionths: Column = parameter(
        "Working requests that are all of an instance's processor, in millionths."
    )
    counted_after_ns: Column = parameter("For so long an added instance is not read.")
    metrics: Link[Service] = parameter("Who is asked for readings; -1: they never fail.")
    metrics_failures_count: Column = parameter("Missing readings in a row from which on it falls back.")
    fallback_count: Column = parameter("Instances it then goes to; 0: it stays as it is.")
    room_count: Column = parameter("Instances that nodes hold; -1: all.")
    node_ns: Column = parameter("How long a new node takes.")
    broken: Link[Wave] = parameter("The first template of who connects anew as an instance is removed.")
    broken_count: Column = parameter("How many templates there are.")
    stretches_at: Column = parameter("Address of its law, where that is stretched.", into="laws")
    notes_at: Column = parameter("Address of what its autoscaler has wished, and of what it has changed.")
    wishes_most_count: Column = parameter("Wishes that it remembers.")
    changes_most_count: Column = parameter("Changes that it remembers.")
    up_delay_ns: Column = parameter("For so long the signal must be high before instances come.")
    paces_at: Column = parameter("Address of its budgets, a period and an amount each.", into="laws")
    paces_up_count: Column = parameter("Budgets for what it adds; they stand first.")
    paces_down_count: Column = parameter("Budgets for what it removes; 0: it removes all at once.")
    pace_up: Column = parameter("Which of its budgets counts as it adds, a `PaceChoice`.")
    pace_down: Column = parameter("Which of its budgets counts as it removes, a `PaceChoice`.")
    is_old: Column = parameter("1: it does as Kubernetes 1.20 did.")

    busy_count: Column = state("Requests being served.")
    first_queued: Link[Exchange] = state("The next to be served; -1: nobody waits.", start=-1)
    last_queued: Link[Exchange] = state("The last in the queue.", start=-1)
    queued_count: Column = state("Requests that wait and are still wanted.")
    connections_count: Column = state("Connections accepted.")
    first_accepting: Link[Exchange] = state("The next to be accepted; -1: nobody waits.", start=-1)
    last_accepting: Link[Exchange] = state("The last that waits to be accepted.", start=-1)
    accepting_count: Column = state("Connections that wait to be accepted.")
    ejected_count: Column = state("Instances that health checks have taken out.")
    busy_area_ns: Column = state("Busy places times time since the autoscaler's last look.")
    accounted_ns: Column = state("Until when that is added up.")
    arrived_count: Column = state("Requests since the autoscaler's last look.")
    added_count: Column = state("Instances that an autoscaler has added; below 0 it has removed some.")
    pending_count: Column = state("Instances it has asked for that are not up.")
    cancelled_count: Column = state("Instances that boot and were given up.")
    wishes_count: Column = state("Wishes so far.")
    changes_count: Column = state("Changes so far.")
    served_count: Column = state("Requests served so far.")
    booting_count: Column = state("Instances held back until their boot calls are answered.")

    there_count: Column = state("Instances that were there when it was last looked at.")
    fresh_count: Column = state("Instances that may not have been there for long.")
    fresh_since_ns: Column = state("Since when, in the mean.")
    credit_millionths: Column = state("Of an instance: what it is owed of turns, where weights differ.")
    turn_count: Column = state("Connections that were given to instances by turns so far.")
    replaced_count: Column = state("Instances that activities have replaced so far.")
    stands: Column = state("1: this instance is there.", like=added_count)
    drains: Column = state("1: this instance has gone in order and ends what it has.")
    is_out: Column = state("1: health checks keep connections from this instance.")
    is_dead: Column = state("1: this instance has gone by itself and will come back.")
    lives_count: Column = state("How often this instance has gone, or the last of those that share a queue.")
    lost_count: Column = state("Of which of these lives everything is lost.")
    used_until_ns: Column = state("Of an instance that has gone: until when it gets connections.")

    killed_count: Column = state("Instances that were killed and are still away.")
    is_overfull: Column = state("1: this instance uses more than it may, and is killed at this moment.")
    kills_count: Column = state("How often it was killed in a row.")
    back_ns: Column = state("When it came back, or will, after it was killed last.")
    first_busy: Link[Exchange] = state("The request it took last of those it serves, if it knows.", start=-1)

    logging_in_count: Column = state("Connections that have not logged in, where they are counted.")
    calling_count: Column = state("Requests being served that wait for a call, where that is read.")
    calling_area_ns: Column = state("These times time since the autoscaler's last look.")
    late_count: Column = state("Instances added so lately that they are not read.")
    missed_count: Column = state("Readings missing in a row.")
    grown_count: Column = state("Instances that nodes hold which were ordered.")
