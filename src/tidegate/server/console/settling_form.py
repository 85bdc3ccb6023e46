"""Which of several values is so? What an operator presses beside one of those that stand side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.present.console.frame import CONSOLE
from tidegate.verbs.record.acknowledge import draft_anew
from tidegate.verbs.record.outage import find_outage
from tidegate.verbs.record.settling import settle

if TYPE_CHECKING:
    from tidegate.server.access.visit import Visit


def settle_visit(visit: Visit) -> str:
    """Say that one of the values is so, and return where to go next.

    Raises
    ------
    InputError
        If what is settled is no value of that outage, or was not said at any moment.
    """
    form = visit.form
    try:
        said_s = float(form["said"])
    except ValueError:
        raise InputError(Fault(what="is no moment", path="said", value=form["said"][:60])) from None
    with visit.desk() as desk:
        one = find_outage(desk.state, visit.path["outage"] or "-")
        settle(desk, one, form["field"], site=form["site"], said_s=said_s)
        draft_anew(desk)
    visit.house.publisher.wake()
    return f"{CONSOLE}/outages/{one.id}?done=settled"
