"""Which answers to cases are owed as mail, and to which case belongs a mail that comes back? Both by ids.

An answer stands in the journal; where its customer gave a mail address it is owed there, in the case's
own thread. The ids of its mails carry a word that nobody guesses, so whoever answers one proves that
they were sent it. How a mail is written must not live here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tidegate.inform.delivery import delivery_id
from tidegate.inform.site.setting import SiteSetting
from tidegate.inform.state import State
from tidegate.inform.subscription import Subscription
from tidegate.inform.token import Purpose, is_token, page_mark, token
from tidegate.inform.wish import is_mail_address
from tidegate.journal.entry import Draft, Entry
from tidegate.track.case import Case

_PREFIX = "answer "
_THREAD = re.compile(r"<case\.([a-z0-9]{12})\.([a-z2-7]{32})(?:\.[a-z0-9]{12})?@", re.ASCII)
_MAIL_ID = re.compile(r"<[!-;=?-~]{1,240}>", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a customer is mailed.

    Parameters
    ----------
    id
        The delivery's id.
    site
        What the site is called.
    case, title
        The case and its subject line.
    text
        The answer.
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


def is_reply(update: str) -> bool:
    """Whether what a delivery tells is an answer to a case."""
    return update.startswith(_PREFIX)


def _update(entry: Entry) -> str:
    """Return what stands in the place of an update in the delivery of an answer."""
    return f"{_PREFIX}{entry.site} {entry.number}"


def reply_plan(state: State, entry: Entry) -> Draft | None:
    """Return the plan of the mail that an answer to a case is owed; None where none is owed."""
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
    setting: SiteSetting, entries: Iterable[Entry], *, named: str, update: str, key: bytes
) -> Reply | None:
    """Return what a customer is mailed; None where the answer is not among the case's entries.

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
    """
    received = answered = None
    for entry in entries:
        if entry.kind == "case.received" and received is None:
            received = entry
        elif entry.kind == "case.replied" and _update(entry) == update:
            answered = entry
    if received is None or answered is None:
        return None
    case, asked_by = received.subject, str(received.payload.get("key", ""))
    is_mail = received.payload["channel"] == "email" and _MAIL_ID.fullmatch(asked_by)
    return Reply(
        id=named, site=setting.name, case=case, title=received.payload.get("title", ""),
        text=answered.payload["text"], word=token(key, Purpose.ANSWER, case),
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
