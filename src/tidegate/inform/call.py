"""What is an operators' channel called with, where nobody answers for an outage? A notice of its own.

It stands in the same ledger as all notices, so a channel that is down delays it and loses none; and it is
not wanted any more once somebody has taken the outage in hand.
"""

from __future__ import annotations

from tidegate.inform.delivery import delivery_id
from tidegate.inform.notice import Told
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.visibility import name_of
from tidegate.inform.subscription import Subscription
from tidegate.journal.entry import Draft
from tidegate.track.outage import Outage

_CALL = "call "


def is_call(update: str) -> bool:
    """Whether what a delivery tells is a call."""
    return update.startswith(_CALL)


def call_plan(one: Outage, who: str) -> Draft:
    """Return the plan of the next call of a channel for an outage."""
    update = f"{_CALL}{one.id} {len(one.hands.calls) + 1}"
    payload = {"update": update, "subscription": who, "channel": "operators"}
    return Draft(kind="delivery.planned", subject=delivery_id(update, who, "operators"), payload=payload)


def called_outage(update: str) -> str:
    """Return the outage that a call is about."""
    return update.removeprefix(_CALL).partition(" ")[0]


def callee(who: str) -> Subscription:
    """Return where a call goes, in the form in which channels take it."""
    return Subscription(
        id=who, channel="operators", address=who, components=(), segments=(), severity="none", language="en",
        secret_hash="", is_confirmed=True, is_ended=False, asked_s=0.0, confirmed_s=0.0, until_s=None,
    )  # fmt: skip


def call(setting: SiteSetting, one: Outage, update: str, now_s: float) -> Told:
    """Return what a channel is called with: what is wrong, why it is called, and where to take it in hand."""
    waits = f"{one.holder} has it in hand, and the promised update is overdue." if one.holder else ""
    text = (
        f"{waits or 'Nobody has it in hand.'} Take it in hand in the console, or the next one is called:\n"
        f"{setting.url}/console/outages/{one.id}"
    )
    return Told(
        site=setting.name, site_url=setting.url, zone=setting.zone, language="en", outage=name_of(one.id),
        title=one.title, impact=one.impact, state=one.state, is_exercise=one.is_exercise, since_s=one.since_s,
        until_s=one.until_s, components=(), update=update, text=text, at_s=now_s, next_s=None,
    )  # fmt: skip
