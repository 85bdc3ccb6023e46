"""Notify: let people ask for notices, agree to them, change and end them; try a channel.

One use case a function, for console, API, public site and command line alike. Sending itself is the
sender's, among the adapters.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

from tidegate.errors import Fault, InputError
from tidegate.inform.notice import Notice, Told, end_address
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import Purpose, is_token, is_word_of, webhook_secret
from tidegate.inform.wish import Wish, asked, check_wish, may_ask
from tidegate.journal.entry import Draft, new_id
from tidegate.track.lifecycle import OutageState
from tidegate.verbs.record.outage import Desk
from tidegate.world.file.nearest_name import shown


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """A subscription that is confirmed.

    Parameters
    ----------
    subscription
        The subscription.
    secret
        With what its notices are signed, where it is a webhook: shown once, to whoever confirmed.
    """

    subscription: Subscription
    secret: str


def ask(
    desk: Desk,
    wish: Wish,
    *,
    key: bytes,
    segments: Collection[str] = (),
    operators: Collection[str] = (),
) -> str:
    """Ask an address whether it wants notices; return the subscription's id.

    Empty where the address was asked a moment ago or too often: whoever asks is told the same in either
    case, so that nobody learns who is subscribed and nobody is flooded.

    Parameters
    ----------
    desk
        Where we work.
    wish
        What is asked for.
    key
        The site's key.
    segments, operators
        The segments that the asker may hear, and the operators' channels that are set up.

    Raises
    ------
    InputError
        With every fault of the wish.
    """
    known = [one.id for one in desk.state.components()]
    check_wish(wish, components=known, segments=segments, operators=operators)
    now_s = desk.clock()
    if not may_ask(wish, desk.state.subscriptions(), now_s):
        return ""
    drafts = asked(wish, key, now_s=now_s, entropy=desk.entropy(), by=desk.by)
    desk.say(drafts)
    return drafts[0].subject


def vouch(desk: Desk, wish: Wish, *, key: bytes, operators: Collection[str] = ()) -> Confirmed:
    """Subscribe an address that is the operator's own, without asking it.

    Raises
    ------
    InputError
        With every fault of the wish.
    """
    known = [one.id for one in desk.state.components()]
    check_wish(wish, components=known, segments=wish.segments, operators=operators)
    drafts = asked(wish, key, now_s=desk.clock(), entropy=desk.entropy(), by=desk.by)
    subject = drafts[0].subject
    desk.say([drafts[0], Draft(kind="subscription.confirmed", subject=subject, by=desk.by)])
    return _confirmed(find_subscription(desk.state, subject), key)


def confirm(desk: Desk, subject: str, word: str, *, key: bytes) -> Confirmed:
    """Confirm a subscription with the word that only its address was sent; once or many times.

    Raises
    ------
    InputError
        If it is not there, was ended, has lapsed, or the word is another: all said in the same words.
    """
    one = desk.state.subscription(subject)
    now_s = desk.clock()
    lapsed = one is not None and not one.is_confirmed and one.until_s is not None and one.until_s < now_s
    if one is None or one.is_ended or lapsed or not is_word_of(one.secret_hash, word):
        raise InputError(Fault(what="this question is not open any more; please ask again", kind="statement"))
    if not one.is_confirmed:
        desk.say([Draft(kind="subscription.confirmed", subject=subject, by=desk.by)])
    return _confirmed(find_subscription(desk.state, subject), key)


def _confirmed(one: Subscription, key: bytes) -> Confirmed:
    return Confirmed(subscription=one, secret=webhook_secret(key, one.id) if one.channel == "webhook" else "")


def end(desk: Desk, subject: str, word: str, *, key: bytes) -> Subscription:
    """End a subscription with the word that stands in each of its notices; once or many times.

    Raises
    ------
    InputError
        If it is not there, or the word is another: both said in the same words.
    """
    if not owned(desk.state, subject, word, key=key).is_ended:
        desk.say([_end(subject, "asked", desk.by)])
    return find_subscription(desk.state, subject)


def owned(state: State, subject: str, word: str, *, key: bytes) -> Subscription:
    """Return a subscription to whoever has the word that stands in each of its notices.

    Raises
    ------
    InputError
        If it is not there, or the word is another: both said in the same words.
    """
    one = state.subscription(subject)
    if one is None or not is_token(key, Purpose.END, subject, word):
        raise InputError(
            Fault(what="this is no address at which notices are changed or ended", kind="statement")
        )
    return one


def change(desk: Desk, one: Subscription, wish: Wish, *, segments: Collection[str]) -> Subscription:
    """Have a subscription hear of something else; where it goes stays as it is.

    Parameters
    ----------
    desk, one
        Where we work, and the subscription.
    wish
        What is wanted from now on; of where it goes nothing is taken.
    segments
        The segments that it may hear.

    Raises
    ------
    InputError
        With every fault of the wish, or if the subscription was ended.
    """
    if one.is_ended:
        raise InputError(Fault(what="was ended; please ask again", value=one.id))
    known = [found.id for found in desk.state.components()]
    wanted = replace(wish, channel=one.channel, address=one.address)
    check_wish(wanted, components=known, segments=segments, operators=[one.address])
    lists = {"components": list(wish.components), "segments": list(wish.segments)}
    payload: dict[str, object] = {name: names for name, names in lists.items() if names}
    payload |= {"severity": wish.severity} | ({"language": wish.language} if wish.language else {})
    before = (one.components, one.segments, one.severity, one.language)
    if before != (tuple(wish.components), tuple(wish.segments), wish.severity, wish.language):
        desk.say([Draft(kind="subscription.changed", subject=one.id, payload=payload, by=desk.by)])
    return find_subscription(desk.state, one.id)


def dismiss(desk: Desk, subject: str) -> Subscription:
    """End a subscription as an operator.

    Raises
    ------
    InputError
        If there is none of that id.
    """
    if not find_subscription(desk.state, subject).is_ended:
        desk.say([_end(subject, "operator", desk.by)])
    return find_subscription(desk.state, subject)


def _end(subject: str, because: str, by: str) -> Draft:
    return Draft(kind="subscription.ended", subject=subject, payload={"because": because}, by=by)


def find_subscription(state: State, subject: str) -> Subscription:
    """Return a subscription.

    Raises
    ------
    InputError
        If there is none of that id.
    """
    one = state.subscription(subject)
    if one is None:
        raise InputError(Fault(what="there is no such subscription", kind="absent", value=shown(subject)))
    return one


def trial(desk: Desk, wish: Wish, setting: SiteSetting, *, key: bytes) -> tuple[Notice, Subscription]:
    """Return a notice that says it is a test, and a subscription that is written nowhere.

    Raises
    ------
    InputError
        With every fault of the wish.
    """
    check_wish(wish, components=(), operators=[wish.address])
    now_s = desk.clock()
    subject = new_id(b"trial\0" + desk.entropy())
    told = Told(
        site=setting.name,
        site_url=setting.url,
        zone=setting.zone,
        language=setting.languages[0],
        outage=subject,
        title="Test of the notices",
        impact="none",
        state=OutageState.EXERCISE,
        is_exercise=True,
        since_s=now_s,
        until_s=now_s,
        components=(),
        update=subject,
        text="This is a test of the notices. Nothing is broken.",
        at_s=now_s,
        next_s=None,
    )
    one = Subscription(
        id=subject, channel=wish.channel, address=wish.address, components=(), segments=(), severity="none",
        language="", secret_hash="", is_confirmed=True, is_ended=False, asked_s=now_s, confirmed_s=now_s,
        until_s=None,
    )  # fmt: skip
    return Notice(id=subject, told=told, end_url=end_address(setting.url, key, subject)), one
