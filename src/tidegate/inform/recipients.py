"""Which subscriptions are owed a notice of an update? The plan that follows from the record.

The same record gives the same plan at every site and after every restart: whoever had agreed when the
words were published, and nobody else. What a notice says and how it is sent must not live here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from tidegate.inform.delivery import delivery_id
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.journal.entry import Draft
from tidegate.track.lifecycle import OPEN
from tidegate.track.outage import Outage, Update

STALE_S = 24 * 3600.0
"""Older words are news to nobody: a record read in, or a site that was away for days, floods no one."""


def wants(asked: Subscription, one: Outage, update: Update) -> bool:
    """Whether a subscription wants an update of an outage.

    It does where it was confirmed before the words were published, and its components, severity and
    segments fit. Of an exercise only operators hear.
    """
    if asked.confirmed_s is None or asked.confirmed_s > update.at_s:
        return False
    if one.is_exercise and asked.channel != "operators":
        return False
    if update.segment and update.segment not in asked.segments:
        return False
    return asked.wants(one)


def fresh_updates(outages: Iterable[Outage], now_s: float) -> Iterator[tuple[Outage, Update]]:
    """Yield what was published lately, the oldest first, with its outage."""
    lately = [(one, update) for one in outages for update in one.updates if now_s - update.at_s < STALE_S]
    yield from sorted(lately, key=lambda pair: (pair[1].at_s, pair[1].id))


def plans(state: State, one: Outage, update: Update) -> Iterator[Draft]:
    """Yield the plan of every notice of an update that is owed and not planned yet.

    Who was told of an outage hears of it again although a correction made it smaller since; but not who
    asked for something else since. Of its end hears everybody who heard of its begin: also by words for
    their segment, and of an outage that became part of it.
    """
    is_end = not update.segment and update.state not in OPEN
    told = [one, *_parts(state, one)] if is_end else [one]
    earlier = [
        said
        for outage in told
        for said in outage.updates
        if said.at_s < update.at_s and (is_end or said.segment == update.segment)
    ]
    for asked in state.subscriptions():
        named = delivery_id(update.id, asked.id, asked.channel)
        if named in state.deliveries:
            continue
        was_told = any(
            delivery_id(said.id, asked.id, asked.channel) in state.deliveries
            for said in earlier
            if asked.changed_s is None or asked.changed_s < said.at_s
        )
        if wants(asked, one, update) or (was_told and asked.is_confirmed):
            payload = {"update": update.id, "subscription": asked.id, "channel": asked.channel}
            yield Draft(kind="delivery.planned", subject=named, payload=payload)


def _parts(state: State, one: Outage) -> list[Outage]:
    """Return the outages that were merged into one, and into those."""
    found, added = [one.id], [one]
    parts: list[Outage] = []
    while added:
        added = [other for other in state.outages() if other.into in found and other.id not in found]
        found += [other.id for other in added]
        parts += added
    return parts
