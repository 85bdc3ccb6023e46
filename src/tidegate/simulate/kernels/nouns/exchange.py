"""Exchanges: one attempt on the wire, or a kept connection between two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Row, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.population import Population
    from tidegate.simulate.kernels.nouns.request import Request
    from tidegate.simulate.kernels.nouns.service import Service

NOT_LISTED = -2
"""`Exchange.leader` of a request that no instance serves and knows."""


class Exchange(Row):
    """An exchange; its row is used again when nobody holds it, a free row's first column leads to the next."""

    request: Link[Request] = state("For which request; -1: nobody asks on it now.")
    flags: Column = state("What is true of it: see `flag`.")
    devices: Column = state("The numbers of the devices on its way, 16 bits a hop.")
    sent_ns: Column = state("When it began, began to be used again, or was given up unanswered.")
    follower: Link[Exchange] = state("The next in the same queue or list; -1: it is the last.")
    leader: Link[Exchange] = state("The one before it in the list of what an instance serves; -1: none.")
    holders_count: Column = state("Who holds it: events, lists, a request, a client.")
    population: Link[Population] = state("Whose it is.")
    source: Column = state("The number of its client among all, a pool counted as one.")
    round_trip_ns: Column = state("How long the way there and back took its client; -1: not known.")
    served_trip_ns: Column = state("How long it took its service; -1: not known.")
    request_ns: Column = state("When its request left; 0: it has left more than once, or not yet.")
    reply_ns: Column = state("When the SYN-ACK or the answer left last.")
    replies_count: Column = state("How often that has left; 0: the SYN-ACK has come, or is not yet sent.")
    serial: Column = state("What it draws chance by: the request's serial and, in ten bits, the try.")
    epoch: Column = state("The crossings' epoch as it chose its devices.")
    among: Column = state("Among how many devices it chose each, as `devices`.")

    openings_left_count: Column = state("Requests that its connection carries first and that have no answer.")
    left_bytes: Column = state("What is left of its answer, while that is a transfer.")
    calls_done_count: Column = state(
        "Calls of its request that have ended, while it is served.", like=left_bytes
    )
    is_fin_lost: Column = state(
        "1: of its answer only the service's FIN was lost, and is not yet sent again."
    )
    server: Link[Service] = state("The instance it has got; the service itself where they share a queue.")
