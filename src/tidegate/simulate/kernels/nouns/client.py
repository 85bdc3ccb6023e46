"""Clients, and the places of pools, which are clients of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.simulate.kernels.row import Column, Link, Named, Row, state

if TYPE_CHECKING:
    from tidegate.simulate.kernels.nouns.exchange import Exchange
    from tidegate.simulate.kernels.nouns.request import Request


class NotFree(Named):
    """Why a place is not in a stack of free ones, in the place of the next one's address."""

    REMOVED = -2
    IN_USE = -3


OWNER_BITS = 6
"""Of every two to this power of clients one is looked up whose it is (`Head.owners_at`)."""


UNPROVEN = 1 << 62
"""`Client.checked_from_ns` of an instance that has yet to pass a start-up check."""


KEPT_STRIDE = 8
"""Between the numbers by which the kept connections of two clients draw their chance, however large a row is."""


class Client(Row):
    """A client, or a place of a pool.

    Before a run all of its columns are 0, so that nothing is written of those that nobody touches (`untouched`);
    but for a name that is good. An instance that boots is the client of its service's first boot call, and one that is checked the client of
    the check: some columns have another name then.
    """

    exchange: Link[Exchange] = state(
        "The connection it keeps; -1: none; 0: as at time zero (`untouched`).",
    )
    request: Link[Request] = state("What it wants for itself; not above 0: nothing.")
    draws_count: Column = state("Pauses it has drawn so far.")
    owed_count: Column = state("Of an instance: boot requests still to be made.", like=draws_count)
    is_watched: Column = state("Of such a place: 1: it is looked at once it may be idle.", like=draws_count)
    name_until_ns: Column = state("Until when the name it has resolved is good; lowered for the beginning.")
    rested_ns: Column = state("Of a place of an instance's pool: when it was given back.", like=name_until_ns)
    held_count: Column = state(
        "Of one that boots: instances held back until it is answered.", like=name_until_ns
    )
    next_free: Link[Client] = state(
        "The next free place; -1: the last of them; 0: as at time zero (`untouched`); else a `NotFree`."
    )
    is_cold: Column = state("1: no session to resume; of a checked instance: it is out.")
    streak_count: Column = state("Checks of an instance that failed in a row; below 0: that passed.")
    open_until_ns: Column = state(
        "Until when a client leaves connections open whose answers are overdue.", like=streak_count
    )
    calls_count: Column = state("Of one that boots: boot calls without an answer.", like=streak_count)
    turn_from_ns: Column = state(
        "Of one that keeps a limit by itself: from when on that lets an attempt go without overdrawing.",
        like=streak_count,
    )
    starts_in_at: Column = state(
        "Address of the wave whose next client starts as this one is ready; 0: none."
    )
    boots_in_at: Column = state(
        "Of one that boots: address of the wave whose next starts as this one is ready; none: not above 0.",
        like=next_free,
    )
    starts_count: Column = state("Of one that is checked: restarts in a row.", like=draws_count)
    checked_from_ns: Column = state(
        "Of one that is checked: no check before; `UNPROVEN`: it has yet to pass a start-up check.",
        like=name_until_ns,
    )
    up_ns: Column = state("Of one that is checked: when it is up after a restart.", like=next_free)
    connections_count: Column = state("Connections it has had, where these have an age.")
