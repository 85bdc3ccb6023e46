"""Waves: clients that act together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Row, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.population import Population
    from tidegate.simulate.kernels.nouns.service import Service

NOT_MINE = -1
"""`Wave.hold_ns` of a service's further boot calls: the first one's wave holds the instances back."""


class WaveKind(Named):
    """What each client of a wave does."""

    RECONNECT = 0
    CLIENTS = 1
    """It appears."""
    REQUESTS = 2
    """It makes a boot request."""
    LEAVE = 3


class Wave(Row):
    """A wave of the script, or a template that is copied; only its offset changes as it goes on."""

    population: Link[Population] = state("Whose clients act.")
    clients_count: Column = state("How many act.")
    start_ns: Column = state("When the first acts.")
    spread_ns: Column = state("How long after it the last acts.")
    kind: Column = state("What they do, a `WaveKind`.")
    policy: Column = state("How they try again, as `nouns.policy` says; -1: as ever.")
    is_cold: Column = state("1: they have no session to resume.")
    offset: Column = state("The number of the first client, or instance.")
    booting_count: Column = state("Of boot requests: how many instances boot.")
    hold_ns: Column = state("Of boot requests: after how long they would take requests, or `NOT_MINE`.")
    cuts: Column = state("1: connections that are just being opened break as well: whom they lead to goes.")
    only: Link[Service] = state("Only whose connection was to this instance as it went acts; -1: all.")

    at_once_count: Column = state("How many start at a time at most: the next, when one is ready; 0: all.")
    started_count: Column = state("How many have started, where that is so.")
    siblings_count: Column = state("Of boot requests: waves of the same instances that stand after this one.")
    goes: Column = state("1: its instances go as their turn comes, and boot.")
    breaks: Link[Wave] = state("Templates: whose connections break as such an instance goes.")
    breaks_count: Column = state("How many of those there are.")
