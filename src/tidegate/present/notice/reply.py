"""How are a case's receipt and its answers written as mail? Plain text, in the case's own thread (RFC 5322).

The receipt is the first mail of the thread where the case did not come by mail. It says of itself that a
machine wrote it (RFC 3834), and holds fixed words only.

Ids of mails are written as they are, for the library would encode long ones; each was checked to be one.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tidegate.inform.reply import Reply
from tidegate.inform.wish import is_mail_address
from tidegate.journal.moment import utc
from tidegate.present.notice.words import NoticeWords
from tidegate.present.site.escaped import clean, line

_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)


def reply_mail(message: Reply, *, to: str, sender: str, at_s: float) -> bytes:
    """Return an answer or a receipt as mail, ready to be sent.

    Parameters
    ----------
    message
        What it says.
    to, sender
        Plain mail addresses; checked.
    at_s
        When it is sent, in seconds since 1970.

    Raises
    ------
    ValueError
        If `to` is not one plain address.
    """
    if not is_mail_address(to):
        raise ValueError("not one plain mail address")
    host = sender.rpartition("@")[2]
    found = EmailMessage(policy=_POLICY)
    found["From"] = Address(display_name=line(message.site), addr_spec=sender)
    words = NoticeWords(message.language, message.zone)
    if message.receipt:
        found["Subject"] = words("kept_subject", message.case)
        found["Auto-Submitted"] = "auto-replied"
    else:
        found["Subject"] = _subject(message)
    body = _receipt(message, words) if message.receipt else _answer(message, words)
    found.set_content(body, cte="quoted-printable")
    return _thread(message, to, host, at_s).encode("ascii") + found.as_bytes()


def _thread(message: Reply, to: str, host: str, at_s: float) -> str:
    """Return the headers by which mail programs find the thread."""
    root = f"case.{message.case}.{message.word}"
    own = f"To: {to}\r\nDate: {format_datetime(utc(at_s))}\r\n"
    if message.receipt:
        return f"{own}Message-ID: <{root}@{host}>\r\n"
    asked_by = message.asked_by or f"<{root}@{host}>"
    thread = [message.asked_by, f"<{root}@{host}>"] if message.asked_by else [f"<{root}@{host}>"]
    return (
        f"{own}Message-ID: <{root}.{message.id}@{host}>\r\nIn-Reply-To: {asked_by}\r\n"
        "References: " + "\r\n ".join(thread) + "\r\n"
    )


def _answer(message: Reply, words: NoticeWords) -> str:
    return f"{clean(message.text).strip()}\n\n-- \n{words('case_page', message.case)}\n{message.page_url}\n"


def _receipt(message: Reply, words: NoticeWords) -> str:
    parts = (
        words("kept", words.when(message.at_s), message.case),
        f"{words('kept_page')}\n{message.page_url}",
        words("kept_answer"),
        words("kept_not_you"),
        f"{words('kept_receipt')}\n\n{message.receipt}",
    )
    return "\n\n".join(parts)


def _subject(message: Reply) -> str:
    title = line(message.title) or f"case {message.case}"
    return title if title.lower().startswith("re:") else f"Re: {title}"
