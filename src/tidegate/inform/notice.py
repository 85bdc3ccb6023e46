"""What does a notice say, to one receiver? All its facts, public ones only, whatever the channel.

Each fact is copied by name from the record; notes, what was tried, people and alerts have no place
here. How it looks as mail, JSON or card must not live here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.site.visibility import name_of, shown_names
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import Purpose, all_keys, token, token_hash
from tidegate.track.component import Status, full_title
from tidegate.track.lifecycle import OutageState
from tidegate.track.outage import Outage, Update


@dataclass(frozen=True, kw_only=True)
class Told:
    """What an update tells in one language, the same for all who hear it; times in seconds since 1970.

    Parameters
    ----------
    site, site_url, zone
        What the site is called, where it is, the local time beside UTC.
    language
        The language of the fixed words.
    outage, title, impact
        The outage's id as it stands in addresses, what people call it, its worst impact.
    state
        Where the outage stood when the words were published.
    is_exercise
        It is a drill.
    since_s, until_s
        When it began and ended; None while it lasts.
    components
        Name, title and status of each component that it touched.
    update, text, at_s, next_s
        The update's id, its words, when they were published and when we speak next.
    """

    site: str
    site_url: str
    zone: str
    language: str
    outage: str
    title: str
    impact: str
    state: OutageState
    is_exercise: bool
    since_s: float
    until_s: float | None
    components: tuple[tuple[str, str, Status], ...]
    update: str
    text: str
    at_s: float
    next_s: float | None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """What one receiver is sent.

    Parameters
    ----------
    id
        The delivery's id: the same however often it is sent.
    told
        What it tells.
    end_url
        Where one click ends the subscription.
    """

    id: str
    told: Told
    end_url: str


@dataclass(frozen=True, kw_only=True)
class Question:
    """What an address is asked before anything else is sent to it.

    Parameters
    ----------
    id
        The delivery's id.
    site, site_url, zone, language
        As in `Told`.
    at_s, until_s
        When it was asked, and when the question lapses; seconds since 1970.
    components
        Titles of the components asked for; all where empty.
    severity
        The least impact asked for.
    confirm_url, end_url
        Where to agree, and where to have it forgotten.
    """

    id: str
    site: str
    site_url: str
    zone: str
    language: str
    at_s: float
    until_s: float | None
    components: tuple[str, ...]
    severity: str
    confirm_url: str
    end_url: str


def confirm_address(url: str, key: bytes, subject: str) -> str:
    """Return where a subscription is confirmed, at a server's own address."""
    return f"{url}/notices/confirm/{subject}/{token(key, Purpose.CONFIRM, subject)}"


def _asked_with(key: bytes, asked: Subscription) -> bytes:
    """Return the key of which the word was made that confirms a subscription: there may be another by now."""
    for one in all_keys(key):
        if token_hash(token(one, Purpose.CONFIRM, asked.id)) == asked.secret_hash:
            return one
    return key


def end_address(url: str, key: bytes, subject: str) -> str:
    """Return where a subscription is ended, at a server's own address."""
    return f"{url}/notices/end/{subject}/{token(key, Purpose.END, subject)}"


def change_address(url: str, key: bytes, subject: str) -> str:
    """Return where a subscription is changed, at a server's own address: whoever may end it may do so."""
    return f"{url}/notices/change/{subject}/{token(key, Purpose.END, subject)}"


def told(state: State, setting: SiteSetting, one: Outage, update: Update, language: str) -> Told:
    """Return what an update tells in a language; in the site's own where it is not written in that."""
    spoken = language if language in update.texts else setting.languages[0]
    called = partial(setting.translations, spoken)
    titles = {**one.titles, **{found.id: full_title(found, called) for found in state.components()}}
    shown = shown_names(one, {found.id for found in state.components()})
    said = {**dict.fromkeys(one.touched, Status.OPERATIONAL), **update.components}
    statuses = {name: status for name, status in said.items() if name in shown}
    if not one.is_open and update is one.updates[-1]:
        statuses = dict.fromkeys(statuses, Status.OPERATIONAL)
    return Told(
        site=setting.name,
        site_url=setting.url,
        zone=setting.zone,
        language=spoken,
        outage=name_of(one.id),
        title=called(one.title),
        impact=one.impact,
        state=update.state,
        is_exercise=one.is_exercise,
        since_s=one.since_s,
        until_s=one.until_s,
        components=tuple((name, called(titles.get(name, name)), status) for name, status in statuses.items()),
        update=update.id,
        text=update.text(spoken),
        at_s=update.at_s,
        next_s=update.next_s,
    )


def question(state: State, setting: SiteSetting, asked: Subscription, *, named: str, key: bytes) -> Question:
    """Return what the address of a subscription is asked.

    Parameters
    ----------
    state, setting
        What is known, and how the site calls itself.
    asked
        The subscription.
    named
        The delivery's id.
    key
        The site's key.
    """
    language = asked.language or setting.languages[0]
    called = partial(setting.translations, language)
    titles = {found.id: full_title(found, called) for found in state.components()}
    return Question(
        id=named,
        site=setting.name,
        site_url=setting.url,
        zone=setting.zone,
        language=language,
        at_s=asked.asked_s,
        until_s=asked.until_s,
        components=tuple(titles.get(name, name) for name in asked.components),
        severity=asked.severity,
        confirm_url=confirm_address(setting.url, _asked_with(key, asked), asked.id),
        end_url=end_address(setting.url, key, asked.id),
    )
