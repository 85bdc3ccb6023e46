"""What may somebody ask to be told of, and where? The rules of a subscription, from the wish to its end.

Nobody is sent anything but one question before the address itself has agreed (double opt-in), and the
question cannot be used to flood an address with mail. Sending must not live here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tidegate.errors import Fault, InputError
from tidegate.inform.delivery import delivery_id
from tidegate.inform.phrases import LANGUAGES
from tidegate.inform.subscription import IMPACTS, Subscription
from tidegate.inform.token import Purpose, token, token_hash
from tidegate.journal.entry import Draft, new_id
from tidegate.journal.entry_kinds import CHANNELS
from tidegate.world.file.nearest_name import listed, nearest, shown

QUESTION = "question"
"""Stands in the place of an update in the delivery that asks an address whether it agrees."""
LAPSES_AFTER_S = 48 * 3600.0
ASK_AGAIN_AFTER_S = 15 * 60.0
MOST_QUESTIONS_COUNT = 5
"""To one address in `LAPSES_AFTER_S`, whoever asks."""
LONGEST_ADDRESS = 320

_LOCAL = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
_HOST = r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_MAIL = re.compile(rf"({_LOCAL})@({_HOST})", re.ASCII)
_URL = re.compile(
    rf"(https?)://({_HOST}|\[[0-9A-Fa-f:.]+\])(?::([1-9][0-9]{{0,4}}))?(/[!$-;=?-\[\]_a-z~]*)?", re.ASCII
)
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}", re.ASCII)
_SLACK = ("hooks.slack.com", "hooks.slack-gov.com")
_TEAMS = (".logic.azure.com", ".powerplatform.com", ".webhook.office.com")


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What somebody asks to be told of, and where.

    Parameters
    ----------
    channel, address
        How and where; for ``operators`` the address is the name of a channel the operator set up.
    components
        Only these; all where empty.
    segments
        Customer segments whose own words are wanted; who may hear them the caller has to know.
    severity
        The least impact to hear of.
    language
        The language to write in; empty for the site's own.
    """

    channel: str
    address: str
    components: Sequence[str] = ()
    segments: Sequence[str] = ()
    severity: str = "none"
    language: str = ""


@dataclass(frozen=True, kw_only=True)
class Url:
    """The parts of an address that notices are posted to."""

    is_encrypted: bool
    host: str
    port: int
    target: str

    @property
    def receiver(self) -> str:
        """Who answers there, whatever the path."""
        return f"{'https' if self.is_encrypted else 'http'}://{self.host}:{self.port}"


def read_url(text: str) -> Url | None:
    """Return the parts of an address without user, fragment or anything that could be read two ways."""
    found = _URL.fullmatch(text) if len(text) <= LONGEST_ADDRESS else None
    if found is None or int(found[3] or 1) > 65_535:
        return None
    is_encrypted = found[1] == "https"
    port = int(found[3]) if found[3] else (443 if is_encrypted else 80)
    host = found[2].strip("[]").lower()
    return Url(is_encrypted=is_encrypted, host=host, port=port, target=found[4] or "/")


def check_wish(
    wish: Wish,
    *,
    components: Collection[str],
    segments: Collection[str] = (),
    operators: Collection[str] = (),
) -> None:
    """Refuse a wish that cannot be kept.

    Parameters
    ----------
    wish
        What is asked for.
    components, segments, operators
        The components that are shown, the segments that the asker may hear, the channels set up.

    Raises
    ------
    InputError
        With every fault.
    """
    faults = [*_channel_faults(wish, operators)]
    faults += _unknown(wish.components, "component", components)
    faults += _unknown(wish.segments, "segment", segments)
    if wish.severity not in IMPACTS:
        faults.append(Fault(what="is no severity", value=shown(wish.severity), allowed=", ".join(IMPACTS)))
    if wish.language and wish.language not in LANGUAGES:
        allowed = ", ".join(LANGUAGES)
        faults.append(Fault(what="is no language spoken here", value=shown(wish.language), allowed=allowed))
    if faults:
        raise InputError(*faults)


def _unknown(names: Iterable[str], noun: str, known: Collection[str]) -> Iterator[Fault]:
    for name in names:
        if name not in known:
            yield Fault(
                what=f"is no {noun}", value=shown(name), allowed=listed(known), nearest=nearest(name, known)
            )


def _channel_faults(wish: Wish, operators: Collection[str]) -> Iterator[Fault]:
    if wish.channel not in CHANNELS:
        yield Fault(what="is no channel", value=shown(wish.channel), allowed=", ".join(CHANNELS))
    elif wish.channel == "operators":
        yield from _unknown([wish.address], "operators' channel", operators)
    elif wish.channel == "email":
        if not is_mail_address(wish.address):
            yield Fault(what="is no mail address", value=shown(wish.address), allowed="name@example.org")
    else:
        yield from _url_faults(wish)


def is_mail_address(text: str) -> bool:
    """Whether a text is one plain mail address: no list, no display name, no line break, ASCII only."""
    found = _MAIL.fullmatch(text) if len(text) <= 254 else None
    return found is not None and len(found[1]) <= 64


def _url_faults(wish: Wish) -> Iterator[Fault]:
    url, value = read_url(wish.address), shown(wish.address)
    if url is None:
        allowed = "https://host/path, in plain ASCII, without user or fragment"
        yield Fault(what="is no address to post to", value=value, allowed=allowed)
    elif wish.channel == "slack" and url.host not in _SLACK:
        yield Fault(what="is no incoming webhook of Slack", value=value, allowed=f"https://{_SLACK[0]}/…")
    elif wish.channel == "teams" and not url.host.endswith(_TEAMS):
        allowed = "the address that a workflow in Teams gives"
        yield Fault(what="is no workflow of Teams", value=value, allowed=allowed)


def asked(wish: Wish, key: bytes, *, now_s: float, entropy: bytes, by: str) -> tuple[Draft, ...]:
    """Return the entries that ask an address whether it agrees; the first one's subject is the subscription.

    Parameters
    ----------
    wish
        What is asked for; checked.
    key
        The site's key.
    now_s
        Seconds since 1970.
    entropy
        16 random bytes.
    by
        Who asks for it.
    """
    subject = new_id(b"subscription\0" + entropy)
    payload: dict[str, object] = {
        "channel": wish.channel,
        "address": wish.address,
        "severity": wish.severity,
        "secret_hash": token_hash(token(key, Purpose.CONFIRM, subject)),
        "until_s": now_s + LAPSES_AFTER_S,
    }
    if wish.components:
        payload["components"] = list(wish.components)
    if wish.segments:
        payload["segments"] = list(wish.segments)
    if wish.language:
        payload["language"] = wish.language
    question = {"update": QUESTION, "subscription": subject, "channel": wish.channel}
    named = delivery_id(QUESTION, subject, wish.channel)
    return (
        Draft(kind="subscription.asked", subject=subject, payload=payload, by=by),
        Draft(kind="delivery.planned", subject=named, payload=question, by=by),
    )


def may_ask(wish: Wish, known: Iterable[Subscription], now_s: float) -> bool:
    """Whether a question may go to this address now: one at a time, and few in two days.

    Who asked must not be told of a refusal, or they learn who is subscribed.
    """
    address = canonical(wish.channel, wish.address)
    lately = [
        one.asked_s
        for one in known
        if canonical(one.channel, one.address) == address and now_s - one.asked_s < LAPSES_AFTER_S
    ]
    return len(lately) < MOST_QUESTIONS_COUNT and all(now_s - at_s >= ASK_AGAIN_AFTER_S for at_s in lately)


def canonical(channel: str, address: str) -> tuple[str, str]:
    """Return an address in the form by which two are told to be the same."""
    return channel, address.lower() if channel == "email" else address
