"""What does a sender find that begins after another was killed? What is known of each notice, and in doubt.

A notice whose end was jotted down is not sent again. One that was being handed over, and of which nothing
more is known, is: at least once, never at most once, for words that reach nobody are worse than words that
reach somebody twice. It keeps its id, by which a receiver that keeps ids passes over the second.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from tidegate.inform.state import State
from tidegate.journal.entry import Draft

IN_DOUBT = "cut off while it was handed over: it may have been taken, and is sent again under the same id"


def resumed(state: State, said: Iterable[Draft], in_doubt: Collection[str], now_s: float) -> list[Draft]:
    """Return what the journal lacks of what an earlier process did; nothing where it lacks nothing.

    Parameters
    ----------
    state
        What the journal says.
    said
        What the earlier process wanted to write, in its order.
    in_doubt
        Notices that were being handed over.
    now_s
        The time, in seconds since 1970.
    """
    found = [draft for draft in said if _is_new(state, draft)]
    for named in sorted(in_doubt):
        delivery = state.deliveries.get(named)
        if delivery is not None and delivery.is_owed:
            payload = {"outcome": IN_DOUBT, "next_s": now_s}
            found.append(Draft(kind="delivery.attempted", subject=named, payload=payload))
    return found


def _is_new(state: State, draft: Draft) -> bool:
    if draft.kind == "subscription.ended":
        asked = state.subscription(draft.subject)
        return asked is not None and not asked.is_ended
    delivery = state.deliveries.get(draft.subject)
    if delivery is None or not delivery.is_owed:
        return False
    return draft.kind == "delivery.done" or delivery.next_s != draft.payload["next_s"]
