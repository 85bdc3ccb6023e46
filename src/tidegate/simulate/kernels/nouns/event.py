"""Events of the calendar, and acts, which happen at once."""

from __future__ import annotations

from tidegate.simulate.kernels.row import Column, Link, Row, state


class Event(Row):
    """An event; a free row's first column leads to the next."""

    time_ns: Column = state("When it happens.")
    order: Column = state("A number that grows with each event, and below it the kind, a `Happening`.")
    payload: Column = state(
        "Two numbers: what the happening is about in the low half, what more it says above."
    )
    links: Column = state("Its next sibling in the low half and its first child above; 0: none.")


class Slot(Row):
    """Where events of one time hang in a list; their `links` lead to the next."""

    first: Link[Event] = state("The first of them; 0: none.")


class Act(Row):
    """What happens at this instant."""

    kind: Column = state("A `Happening`.")
    payload: Column = state("Two numbers, as of an event.")
