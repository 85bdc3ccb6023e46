"""The console's page on notices: who hears of outages, what is owed, what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from tidegate.inform.call import is_call
from tidegate.inform.delivery import Delivery
from tidegate.inform.notice_counts import standing
from tidegate.inform.reply import is_receipt, is_reply
from tidegate.inform.state import State
from tidegate.inform.wish import QUESTION, Wish
from tidegate.present.console.frame import CONSOLE
from tidegate.present.console.notices import SHOWN, Owed, notices_page
from tidegate.server.access.visit import Shown, Visit, action, page
from tidegate.verbs.record.notify import dismiss, vouch

if TYPE_CHECKING:
    from tidegate.server.house import House

_FAILED = ("refused", "gave_up")
_MOST_REASONS = 50


def notice_routes(house: House) -> list[Route]:
    """Return the page and its forms by their addresses."""
    own = f"{CONSOLE}/notices"
    return [
        Route(own, page(house, _notices), methods=["GET"]),
        Route(own, action(house, _vouch, _notices), methods=["POST"]),
        Route(f"{own}/end", action(house, _end, _notices), methods=["POST"]),
    ]


def _notices(visit: Visit, secret: str = "") -> str:
    house = visit.house
    with house.record.reading() as state:
        now = standing(state, house.record.clock())
        owed = [one for one in state.deliveries.values() if one.is_owed]
        owed.sort(key=lambda one: (-one.attempts_count, one.planned_s, one.id))
        failed = [one for one in state.deliveries.values() if one.outcome in _FAILED]
        failed.sort(key=lambda one: (-one.planned_s, one.id))
        titles = {update.id: one.title for one in state.outages() for update in one.updates}
        shown = [[_shown(state, titles, one) for one in found[:SHOWN]] for found in (owed, failed)]
        known = [one for one in state.subscriptions() if not one.is_ended]
    for rows, found in zip(shown, (owed, failed), strict=True):
        rows[:_MOST_REASONS] = [
            _with_reason(visit, *pair) for pair in zip(rows, found[:_MOST_REASONS], strict=False)
        ]
    known.sort(key=lambda one: -one.asked_s)
    return notices_page(
        visit.reader(), now, owed=shown[0], failed=shown[1], subscriptions=known[:SHOWN],
        operators=sorted(house.setting.operators), failure=house.notices.failure,
        secret=secret,
    )  # fmt: skip


def _shown(state: State, titles: dict[str, str], one: Delivery) -> Owed:
    asked, case = state.subscription(one.subscription), state.cases.get(one.subscription)
    what = "the question whether it agrees" if one.update == QUESTION else titles.get(one.update, one.update)
    if is_reply(one.update):
        what = f"the {'receipt of' if is_receipt(one.update) else 'answer to'} case {one.subscription}"
    if is_call(one.update):
        what = "a call, for nobody answered for an outage"
    address = asked.address if asked else case.contact if case else ""
    return Owed(
        what=what, channel=one.channel, address=address,
        tries_count=one.attempts_count, next_s=one.next_s, outcome=one.outcome,
    )  # fmt: skip


def _with_reason(visit: Visit, row: Owed, one: Delivery) -> Owed:
    """Return a row with what its last try ended with, which stands in the journal alone."""
    if not row.tries_count:
        return row
    tries = [entry for entry in visit.house.journal.about(one.id) if entry.kind == "delivery.attempted"]
    return Owed(
        what=row.what, channel=row.channel, address=row.address, tries_count=row.tries_count,
        why=tries[-1].payload["outcome"] if tries else "", next_s=row.next_s, outcome=row.outcome,
    )  # fmt: skip


def _vouch(visit: Visit) -> str:
    form, house = visit.form, visit.house
    wish = Wish(channel=form["channel"], address=form["address"].strip(), severity=form["severity"] or "none")
    with house.record.desk(visit.visitor.name) as desk:
        found = vouch(desk, wish, key=house.key, operators=house.setting.operators)
    if found.secret:
        return Shown(_notices(visit, found.secret))
    return f"{CONSOLE}/notices?done=subscribed"


def _end(visit: Visit) -> str:
    with visit.house.record.desk(visit.visitor.name) as desk:
        dismiss(desk, visit.form["id"])
    return f"{CONSOLE}/notices?done=ended"
