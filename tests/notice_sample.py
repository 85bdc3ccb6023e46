"""Notices and subscriptions that several tests share."""

from __future__ import annotations

from dataclasses import replace

from record_sample import NOON_S, Clock, Memory, desk
from tidegate.inform.notice import Notice, Question, Told
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import Purpose, token
from tidegate.inform.wish import Wish
from tidegate.journal.entry import Draft
from tidegate.track.component import Status
from tidegate.track.lifecycle import OutageState
from tidegate.verbs.record.notify import ask, confirm
from tidegate.verbs.record.outage import Desk, Report, open_outage, publish, write_update

KEY = b"k" * 32

TOLD = Told(
    site="Status",
    site_url="https://status.example.org",
    zone="Europe/Zurich",
    language="en",
    outage="abcdefghijkl",
    title="Sign-in fails",
    impact="critical",
    state=OutageState.CONFIRMED,
    is_exercise=False,
    since_s=NOON_S,
    until_s=None,
    components=(("login", "Sign-in", Status.MAJOR), ("shop", "Shop", Status.DEGRADED)),
    update="mnopqrstuvwx",
    text="Sign-in fails since 12:00 UTC.\nAffected: buyers (paying).\nWe speak again by 12:20 UTC.",
    at_s=NOON_S + 60,
    next_s=NOON_S + 1200,
)
END_URL = "https://status.example.org/notices/end/abcdefghijkl/" + "x" * 32
NOTICE = Notice(id="deliveryid00", told=TOLD, end_url=END_URL)
QUESTION = Question(
    id="deliveryid01",
    site="Status",
    site_url="https://status.example.org",
    zone="UTC",
    language="en",
    at_s=NOON_S,
    until_s=NOON_S + 48 * 3600,
    components=("Sign-in",),
    severity="major",
    confirm_url="https://status.example.org/notices/confirm/abcdefghijkl/" + "y" * 32,
    end_url=END_URL,
)


def notice(**changed: object) -> Notice:
    """The sample notice, telling something else."""
    return replace(NOTICE, told=replace(TOLD, **changed))


def subscription(
    channel: str = "webhook", address: str = "https://hook.example.org/x", **said: object
) -> Subscription:
    """A confirmed subscription."""
    found = {
        "id": "subscription", "components": (), "segments": (), "severity": "none", "language": "",
        "secret_hash": "", "is_confirmed": True, "is_ended": False, "asked_s": NOON_S,
        "confirmed_s": NOON_S, "until_s": None, **said,
    }  # fmt: skip
    return Subscription(channel=channel, address=address, **found)


def informed() -> tuple[Desk, Clock, Memory]:
    """A desk with two components on record."""
    here, clock, journal = desk()
    here.say(
        [
            Draft(kind="component.declared", subject=name, payload={"title": name})
            for name in ("shop", "login")
        ]
    )
    return here, clock, journal


def subscribed(here: Desk, **wish: object) -> Subscription:
    """A subscription that was asked for and confirmed at this desk."""
    subject = ask(
        here,
        Wish(**{"channel": "webhook", "address": "https://a.example.org/", **wish}),
        key=KEY,
        segments=("buyers", "readers"),
        operators=("on-call",),
    )
    return confirm(here, subject, token(KEY, Purpose.CONFIRM, subject), key=KEY).subscription


def published(here: Desk, *, segment: str = "", **report: object):
    """An outage and the update of it that was published last."""
    one = open_outage(here, Report(**{"title": "x", "components": {"login": "major_outage"}, **report}))
    return spoken(here, one, segment=segment)


def spoken(here: Desk, one, *, segment: str = ""):
    """The outage after another update."""
    words = write_update(here, one)
    if segment:
        payload = {"update": words.update, "texts": dict(words.texts), "segment": segment}
        here.say([Draft(kind="update.published", subject=one.id, payload=payload)])
    else:
        publish(here, words.outage, update=words.update, despite=True)
    found = here.state.outage(one.id)
    return found, found.updates[-1]
