"""What can programs ask and say of subscriptions? To make, read, change and end them, with a token for it.

The address itself still has to agree (double opt-in), unless the program vouches for it: whoever gives a
token this scope trusts its holder with that, with every address, and with segments' own words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from tidegate.errors import Fault, InputError
from tidegate.inform.subscription import IMPACTS, Subscription
from tidegate.inform.wish import Wish, canonical
from tidegate.present.record.outage_json import subscription_json
from tidegate.server.access.accounts import Visitor
from tidegate.server.api.json_body import Payload
from tidegate.verbs.record.notify import ask, change, dismiss, find_subscription, vouch

if TYPE_CHECKING:
    from tidegate.server.house import House
    from tidegate.server.site_record import ServerDesk

_MOST_LISTED = 10_000


def listed(house: House, _visitor: Visitor, _path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    """Give the subscriptions that were not ended, the latest asked for first."""
    now_s = house.record.clock()
    with house.record.reading() as state:
        known = [one for one in state.subscriptions() if not one.is_ended]
    known.sort(key=lambda one: (-one.asked_s, one.id))
    shown = [subscription_json(one, now_s) for one in known[:_MOST_LISTED]]
    return 200, {"count": len(known), "subscriptions": shown}


def read(house: House, _visitor: Visitor, path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    """Give one subscription, also one that was ended."""
    with house.record.reading() as state:
        return 200, subscription_json(find_subscription(state, path["subscription"]), house.record.clock())


def asked(house: House, visitor: Visitor, _path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    """Ask an address whether it agrees, or subscribe it at once where the program vouches for it.

    An address that was asked a moment ago is not asked again: then what is known of it is given, with 200.
    """
    wish = _wish(said, house, channel=said.line("channel"), address=said.line("address"))
    is_ours = said.flag("vouch")
    said.check()
    _check_offered(house, wish)
    operators, now_s = house.setting.operators, house.record.clock()
    _check_segments(house, wish.segments)
    with house.record.desk(visitor.name) as desk:
        if is_ours:
            done = vouch(desk, wish, key=house.key, operators=operators)
            answer = subscription_json(done.subscription, now_s)
            return 201, {**answer, **({"secret": done.secret} if done.secret else {})}
        subject = ask(desk, wish, key=house.key, segments=wish.segments, operators=operators)
        one = find_subscription(desk.state, subject) if subject else _latest(desk, wish)
    house.notices.wake()
    return (201 if subject else 200), subscription_json(one, now_s)


def _latest(desk: ServerDesk, wish: Wish) -> Subscription:
    own = canonical(wish.channel, wish.address)
    known = [one for one in desk.state.subscriptions() if canonical(one.channel, one.address) == own]
    return max(known, key=lambda one: one.asked_s)


def changed(house: House, visitor: Visitor, path: Mapping[str, str], said: Payload) -> tuple[int, object]:
    """Have a subscription hear of something else: what is said replaces all that was wanted."""
    wish = _wish(said, house)
    said.check()
    with house.record.desk(visitor.name) as desk:
        one = find_subscription(desk.state, path["subscription"])
        _check_segments(house, [name for name in wish.segments if name not in one.segments])
        return 200, subscription_json(change(desk, one, wish, segments=wish.segments), house.record.clock())


def ended(house: House, visitor: Visitor, path: Mapping[str, str], _said: Payload) -> tuple[int, object]:
    """End a subscription; it stays on record that it was."""
    with house.record.desk(visitor.name) as desk:
        return 200, subscription_json(dismiss(desk, path["subscription"]), house.record.clock())


def _wish(said: Payload, house: House, *, channel: str = "", address: str = "") -> Wish:
    spoken = ("", *house.setting.languages)
    return Wish(
        channel=channel, address=address, components=said.lines("components"),
        segments=said.lines("segments"), severity=said.one_of("severity", IMPACTS, "none"),
        language=said.one_of("language", spoken, ""),
    )  # fmt: skip


def _check_offered(house: House, wish: Wish) -> None:
    ways = (*house.ways_to_tell, *(["operators"] if house.setting.operators else []))
    if wish.channel not in ways:
        what = "is no way to send notices here"
        allowed = ", ".join(ways)
        raise InputError(Fault(what=what, path="channel", value=wish.channel[:60], allowed=allowed))


def _check_segments(house: House, segments: Sequence[str]) -> None:
    known = house.site.segments
    faults = [
        Fault(what="is no segment", path="segments", value=name[:60], allowed=", ".join(known))
        for name in segments
        if name not in known
    ]
    if faults:
        raise InputError(*faults)
