"""How is an answer to a case written as mail? Plain text, in the case's own thread (RFC 5322).

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
from tidegate.present.site.text import clean, line

_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)


def reply_mail(message: Reply, *, to: str, sender: str, at_s: float) -> bytes:
    """Return an answer as mail, ready to be sent.

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
    root = f"case.{message.case}.{message.word}"
    asked_by = message.asked_by or f"<{root}@{host}>"
    thread = [message.asked_by, f"<{root}@{host}>"] if message.asked_by else [f"<{root}@{host}>"]
    own = (
        f"To: {to}\r\nDate: {format_datetime(utc(at_s))}\r\n"
        f"Message-ID: <{root}.{message.id}@{host}>\r\n"
        f"In-Reply-To: {asked_by}\r\n"
        "References: " + "\r\n ".join(thread) + "\r\n"
    )  # fmt: skip
    found = EmailMessage(policy=_POLICY)
    found["From"] = Address(display_name=line(message.site), addr_spec=sender)
    found["Subject"] = _subject(message)
    page = f"Case {message.case}. Answer this mail, or read everything at:\n{message.page_url}"
    found.set_content(f"{clean(message.text).strip()}\n\n-- \n{page}\n", cte="quoted-printable")
    return own.encode("ascii") + found.as_bytes()


def _subject(message: Reply) -> str:
    title = line(message.title) or f"case {message.case}"
    return title if title.lower().startswith("re:") else f"Re: {title}"
