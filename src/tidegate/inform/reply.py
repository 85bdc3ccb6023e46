"""Which receipts and answers are owed to customers as mail? And to which case belongs what comes back.

A case stands in the journal, and so does an answer; where its customer gave a mail address both are owed
there, in the case's own thread. A receipt carries no word of whoever asked, and few go to one address: so
nobody can have a stranger sent what they like. The ids of mails carry a word that nobody guesses, so
whoever answers one proves that they were sent it. How a mail is written must not live here.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tidegate.inform.delivery import delivery_id
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import Purpose, is_token, page_mark, token
from tidegate.inform.wish import is_mail_address
from tidegate.journal.entry import Draft, Entry
from tidegate.track.case import Case

MOST_RECEIPTS = 10
"""To one address within `RECEIPTS_WITHIN_S`, however many cases name it."""
RECEIPTS_WITHIN_S = 24 * 3600.0

_PREFIX = "answer "
_RECEIPT = "receipt "
_THREAD = re.compile(r"<case\.([a-z0-9]{12})\.([a-z2-7]{32})(?:\.[a-z0-9]{12})?@", re.ASCII)
_MAIL_ID = re.compile(r"<[!-;=?-~]{1,240}>", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a customer is mailed: an answer, or the receipt of the case.

    Parameters
    ----------
    id
        The delivery's id.
    site, zone
        What the site is called, and the local time beside UTC.
    language
        The language of the fixed words.
    case, title
        The case and its subject line.
    at_s
        When the case was received, or answered; seconds since 1970.
    text
        The answer; empty in a receipt.
    receipt
        The signed receipt; empty in an answer.
    word
        What in the mail's id proves that it was sent.
    asked_by
        The id of the mail by which the case came; empty where it came otherwise.
    page_url
        The case's own page.
    """

    id: str
    site: str
    case: str
    title: str
    text: str
    word: str
    asked_by: str
    page_url: str
    receipt: str = ""
    language: str = "en"
    zone: str = "UTC"
    at_s: float = 0.0


class Receipts:
    """How many receipts each address was owed lately."""

    def __init__(self) -> None:
        self._lately: deque[tuple[float, str]] = deque()
        self._counts: Counter[str] = Counter()

    def may(self, contact: str, at_s: float) -> bool:
        """Count a case that names an address, and say whether its receipt may be mailed there."""
        while self._lately and self._lately[0][0] <= at_s - RECEIPTS_WITHIN_S:
            old = self._lately.popleft()[1]
            self._counts[old] -= 1
            if not self._counts[old]:
                del self._counts[old]
        named = contact.casefold()
        self._lately.append((at_s, named))
        self._counts[named] += 1
        return self._counts[named] <= MOST_RECEIPTS


def is_reply(update: str) -> bool:
    """Whether what a delivery tells is an answer to a case, or its receipt."""
    return update.startswith((_PREFIX, _RECEIPT))


def is_receipt(update: str) -> bool:
    """Whether what a delivery tells is the receipt of a case."""
    return update.startswith(_RECEIPT)


def _update(entry: Entry) -> str:
    """Return what stands in the place of an update in the delivery of an answer or a receipt."""
    if entry.kind == "case.received":
        return f"{_RECEIPT}{entry.subject}"  # one for a case, whichever sites it came to
    return f"{_PREFIX}{entry.site} {entry.number}"


def is_receipted(entry: Entry) -> bool:
    """Whether an entry is a case whose customer is mailed a receipt.

    Not one that came by mail: its sender has what they wrote, and two machines could answer each other
    for ever.
    """
    is_asked = entry.kind == "case.received" and entry.payload["channel"] != "email"
    return is_asked and is_mail_address(entry.payload.get("contact", ""))


def reply_plan(state: State, entry: Entry) -> Draft | None:
    """Return the plan of the mail that an answer to a case, or its receipt, is; None where none is owed."""
    case, update = state.cases.get(entry.subject), _update(entry)
    named = delivery_id(update, entry.subject, "email")
    if case is None or not is_mail_address(case.contact) or named in state.deliveries:
        return None
    payload = {"update": update, "subscription": entry.subject, "channel": "email"}
    return Draft(kind="delivery.planned", subject=named, payload=payload)


def customer(case: Case) -> Subscription:
    """Return where the answers to a case go, in the form in which channels take it."""
    return Subscription(
        id=case.id, channel="email", address=case.contact, components=(), segments=(), severity="none",
        language=case.language, secret_hash="", is_confirmed=True, is_ended=False,
        asked_s=case.received_s or 0.0, confirmed_s=case.received_s, until_s=None,
    )  # fmt: skip


def reply(
    setting: SiteSetting, entries: Iterable[Entry], *, named: str, update: str, key: bytes,
    receipt_of: Callable[[Entry], str],
) -> Reply | None:  # fmt: skip
    """Return what a customer is mailed; None where what it answers is not among the case's entries.

    Parameters
    ----------
    setting
        How the site calls itself.
    entries
        Everything that was said of the case.
    named, update
        The delivery's id, and what it tells.
    key
        The site's key.
    receipt_of
        Gives the signed receipt of the entry by which a case was received.
    """
    received = answered = None
    for entry in entries:
        if entry.kind == "case.received" and received is None:
            received = entry
        elif entry.kind == "case.replied" and _update(entry) == update:
            answered = entry
    if received is None or (answered is None and not is_receipt(update)):
        return None
    case, asked_by = received.subject, str(received.payload.get("key", ""))
    is_mail = received.payload["channel"] == "email" and _MAIL_ID.fullmatch(asked_by)
    return Reply(
        id=named, site=setting.name, case=case, title=received.payload.get("title", ""),
        text=answered.payload["text"] if answered else "", word=token(key, Purpose.ANSWER, case),
        receipt="" if answered else receipt_of(received), at_s=(answered or received).said_s,
        language=received.payload.get("language", "") or setting.languages[0], zone=setting.zone,
        asked_by=asked_by if is_mail else "", page_url=f"{setting.url}{case_way(key, case)}",
    )  # fmt: skip


def case_way(key: bytes, case: str) -> str:
    """Return the address within the site at which only its customer finds a case."""
    return f"/help/case/{case}/{page_mark(key, 'case', case)}"


def case_answered(mail_ids: Iterable[str], key: bytes) -> str:
    """Return the case in whose thread a mail is that answers mails of these ids; empty for none."""
    for text in mail_ids:
        for case, word in _THREAD.findall(text):
            if is_token(key, Purpose.ANSWER, case, word):
                return str(case)
    return ""
