"""A record with a bit of everything that a public site can show, and sites made of it."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from record_sample import NOON_S, Clock, Memory
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.state import State
from tidegate.journal.entry import Draft, Entry
from tidegate.present.site.site_tree import SiteTree, site_tree
from tidegate.track.lifecycle import OutageEvent
from tidegate.track.outage import Outage
from tidegate.verbs.record.outage import Desk, Report, find_outage, move, open_outage, publish, write_update

DAY_S = 86_400.0
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
SETTING = SiteSetting(
    name="Example Cloud",
    url="https://status.example.org",
    zone="Europe/Berlin",
    languages=("en", "de"),
    link_secret=b"secret of the links",
    segments={"buyers": "buyers", "readers": "readers"},
    help_url="https://help.example.org",
)
COMPONENTS = (
    ("shop", "the shop", "Front", "eu"),
    ("shop_us", "the shop", "Front", "us"),
    ("search", "search", "Front", "eu"),
    ("login", "sign-in", "Back", "eu"),
    ("store", "storage", "Back", "us"),
    ("docs", "documentation", "", ""),
)


def declare(at: Desk) -> None:
    """Declare the components."""
    at.say(
        [
            Draft(
                kind="component.declared",
                subject=name,
                payload={"title": title, "group": group, "region": region, "position": float(place)},
            )
            for place, (name, title, group, region) in enumerate(COMPONENTS)
        ]
    )


def speak(at: Desk, one: Outage, **words: object) -> Outage:
    """Write and publish an update."""
    drafted = write_update(at, find_outage(at.state, one.id), **words)
    publish(at, drafted.outage, update=drafted.update, despite=True)
    return find_outage(at.state, one.id)


def past_outage(at: Desk, clock: Clock, began_s: float, lasted_s: float) -> Outage:
    """Have an outage that is over: words after five minutes, at recovery and at the end."""
    clock.now_s = began_s + 300.0
    report = Report(title="Sign-in fails", since_s=began_s, components={"login": "partial_outage"})
    one = move(at, open_outage(at, report), OutageEvent.CONFIRM)
    one = speak(at, one)
    clock.now_s = began_s + lasted_s / 2
    one = speak(at, move(at, one, OutageEvent.RECOVER))
    clock.now_s = began_s + lasted_s
    return speak(at, move(at, one, OutageEvent.RESOLVE))


def early_desk() -> tuple[Desk, Clock, Memory]:
    """A desk whose record begins 40 days before noon."""
    clock, journal, count = Clock(NOON_S - 40 * DAY_S), Memory(now_s=NOON_S - 40 * DAY_S), iter(range(10_000))

    class Following:
        def append(self, drafts: Sequence[Draft]) -> tuple[Entry, ...]:
            journal.now_s = clock.now_s
            return journal.append(drafts)

    at = Desk(
        journal=Following(), state=State().take_all(journal.entries()), by="ann", clock=clock,
        entropy=lambda: next(count).to_bytes(16, "big"),
    )  # fmt: skip
    return at, clock, journal


def sample() -> tuple[Desk, Clock, Memory]:
    """An outage that is over, one that lasts, planned work, a claim that lapsed; at `NOON_S`."""
    at, clock, journal = early_desk()
    declare(at)
    past_outage(at, clock, NOON_S - 20 * DAY_S, 7200.0)
    clock.now_s = NOON_S - 600.0
    work = {
        "title": "New switches", "describes": "Connections are cut once.", "components": ["store"],
        "starts_s": NOON_S + DAY_S, "lasts_s": 3600.0, "zone": "Europe/Berlin", "rule": "FREQ=WEEKLY;COUNT=3",
    }  # fmt: skip
    lapsed = {"status": "operational", "source": "system", "until_s": NOON_S - 60.0}
    at.say(
        [
            Draft(kind="maintenance.planned", subject="switches", payload=work),
            Draft(kind="component.claimed", subject="docs", payload=lapsed),
        ]
    )
    report = Report(
        title="The shop cannot be reached",
        since_s=NOON_S - 900.0,
        components={"shop": "major_outage", "search": "degraded_performance"},
        segments=["buyers"],
    )
    one = move(at, open_outage(at, report), OutageEvent.CONFIRM)
    speak(at, one)
    at.say([Draft(kind="update.published", subject=one.id, payload={
        "update": "forbuyers", "texts": {"en": "Baskets are kept."}, "segment": "buyers"})])  # fmt: skip
    clock.now_s = NOON_S
    return at, clock, journal


def built(state: State | None = None, now_s: float = NOON_S, before: SiteTree | None = None) -> SiteTree:
    """Return the site of the sample, or of a state."""
    return site_tree(sample()[0].state if state is None else state, SETTING, now_s, KEY, before, by="here")
