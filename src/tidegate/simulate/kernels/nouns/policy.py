"""Retry policies, in the memory of floats: layers, with the budgets and breakers of their holders.

A policy as requests carry it is one number: the address of its first layer, above that (`LAYERS_SHIFT`) how many
layers there are, and whether any of them has a budget or a breaker (`GUARDED`). A budget or breaker has one
holder where it is shared, else one for each client of the population.
"""

from __future__ import annotations

from tidegate.simulate.kernels.row import Amount, Link, Named, Row, parameter, state

LAYERS_SHIFT = 32
GUARDED = 1 << 40


class Backoff(Named):
    """How the delay before a retry grows."""

    NONE = 0
    CONSTANT = 1
    LINEAR = 2
    EXPONENTIAL = 3
    DECORRELATED = 4


class Jitter(Named):
    """How chance changes the delay."""

    NONE = 0
    FULL = 1
    EQUAL = 2
    SPREAD = 3


class Layer(Row):
    """A layer of a retry policy."""

    retries_count: Amount = parameter("Its retries of one request; -1: no limit.")
    backoff: Amount = parameter("A `Backoff`.")
    base_ns: Amount = parameter("The delay it begins with.")
    multiplier_ratio: Amount = parameter("By how much each delay exceeds the one before.")
    cap_ns: Amount = parameter("The longest delay.")
    jitter: Amount = parameter("A `Jitter`.")
    jitter_width_ratio: Amount = parameter("How far a spread delay lies off, at most.")
    deadline_ns: Amount = parameter("After so long it tries no more; -1: no deadline.")
    budget: Link[Budget] = parameter("What pays for its retries; -1: nothing must.")
    breaker: Link[Breaker] = parameter("What may stop its tries; -1: nothing.")
    after_ns: Amount = parameter(
        "For so long it waits at most because it was asked to; -1: it does not listen."
    )
    ended_by: Amount = parameter("Failures that it does not try again, a bit for each `Failure`.")
    floor_ns: Amount = parameter("The shortest delay.")
    law: Amount = parameter("How delays vary about that, a `nouns.service.Law`.")
    stretches_at: Amount = parameter("Address of that law among whole numbers, if stretched.", into="laws")


class Purse(Row):
    """What one holder of a budget has."""

    tokens_count: Amount = state("Its tokens; lowered for the beginning.")
    filled_ns: Amount = state("Until when what comes by itself is in it.")


class Budget(Row):
    """A retry budget."""

    most_tokens_count: Amount = parameter("The most it holds.")
    cost_count: Amount = parameter("What a retry costs.")
    per_request_count: Amount = parameter("What each request brings.")
    per_success_count: Amount = parameter("What each success brings.")
    fill_per_ns: Amount = parameter("What comes by itself.")
    floor_ratio: Amount = parameter("The share of the most below which no retry may take it.")
    is_shared: Amount = parameter("1: all clients of the population have one together.")
    purses: Link[Purse] = parameter("The first holder's.")


class Circuit(Row):
    """What one holder of a breaker has seen, in two halves of its window."""

    calls_count: Amount = state("Tries of this half.")
    failures_count: Amount = state("Failures of this half.")
    old_calls_count: Amount = state("Tries of the half before.")
    old_failures_count: Amount = state("Failures of the half before.")
    half: Amount = state("The number of this half since time zero.")
    open_until_ns: Amount = state("Until when it is open; 0: it is closed.")
    is_on_trial: Amount = state("1: it lets one through to see.")


class Breaker(Row):
    """A circuit breaker."""

    failures_ratio: Amount = parameter("The share of failures from which on it opens.")
    half_window_ns: Amount = parameter("Half the time over which it counts.")
    least_calls_count: Amount = parameter("Below so many tries it stays closed.")
    open_ns: Amount = parameter("For so long it is open.")
    is_shared: Amount = parameter("1: all clients of the population have one together.")
    circuits: Link[Circuit] = parameter("The first holder's.")
