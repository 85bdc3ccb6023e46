"""What does a mail say that asks for help? RFC 822 bytes as words, whatever they are.

Mail from strangers is hostile input: nothing of it is trusted, shown as markup or answered to without
being checked. A mail that cannot be understood is still kept, as text.
"""

from __future__ import annotations

import email
import email.policy
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

MOST_PARTS = 200
MOST_FILES = 10
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,200}@[A-Za-z0-9.-]{1,200}")
_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]{0,2000}>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^>]{0,200}>", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class CaseMail:
    """A mail as far as it matters.

    Parameters
    ----------
    text, title
        Its words and its subject.
    contact
        The address to answer to; empty where there is none that could be one.
    key
        Its message id: the same mail delivered twice is one case.
    files
        Names and contents of what is attached.
    answers
        The ids of the mails that it answers, as text.
    is_automatic
        Whether a machine wrote it (RFC 3834), such as a notice of absence.
    """

    text: str
    title: str
    contact: str
    key: str
    files: tuple[tuple[str, bytes], ...] = ()
    answers: tuple[str, ...] = ()
    is_automatic: bool = False


def read_mail(content: bytes, *, sender: str = "") -> CaseMail:
    """Return what a mail says; there is none that cannot be read.

    Parameters
    ----------
    content
        The mail's bytes.
    sender
        The envelope's sender, taken where the mail names nobody to answer to.
    """
    try:
        message = email.message_from_bytes(content, policy=email.policy.SMTP)
        parts = list(_parts(message))
        text = "\n\n".join(found for part in parts if (found := _words(part)).strip())
        files = tuple(_files(parts))
        title, key = _header(message, "subject"), _header(message, "message-id")
        contact = _contact(_header(message, "reply-to")) or _contact(_header(message, "from"))
        answers: tuple[str, ...] = (
            _header(message, "in-reply-to"),
            _header(message, "references", most_count=8_000),
        )
        is_automatic = _header(message, "auto-submitted").lower() not in {"", "no"}
    except Exception:  # noqa: BLE001  the parser itself fails on some hostile mail; the words are kept
        text, files, title, key, contact = content.decode("utf-8", "replace"), (), "", "", ""
        answers, is_automatic = (), False
    return CaseMail(
        text=text or title or "(an empty mail)",
        title=title,
        contact=contact or _contact(sender),
        key=key,
        files=files,
        answers=answers,
        is_automatic=is_automatic,
    )


def _parts(message: EmailMessage) -> Iterator[EmailMessage]:
    """Yield the parts that hold something; of the same words in two forms only the plain one."""
    parts = [
        part for _, part in zip(range(MOST_PARTS), message.walk(), strict=False) if not part.is_multipart()
    ]
    has_plain = any(_is_words(part, "text/plain") for part in parts)
    yield from (part for part in parts if not (has_plain and _is_words(part, "text/html")))


def _is_words(part: EmailMessage, kind: str) -> bool:
    return part.get_content_type() == kind and part.get_content_disposition() != "attachment"


def _words(part: EmailMessage) -> str:
    if _is_words(part, "text/plain"):
        return _decoded(part)
    if _is_words(part, "text/html"):
        return html.unescape(_TAG.sub("", _BREAK.sub("\n", _decoded(part))))
    return ""


def _decoded(part: EmailMessage) -> str:
    found = part.get_payload(decode=True)
    content = found if isinstance(found, bytes) else b""
    try:
        return content.decode(part.get_content_charset() or "utf-8", "replace")
    except LookupError:
        return content.decode("utf-8", "replace")


def _files(parts: list[EmailMessage]) -> Iterator[tuple[str, bytes]]:
    attached = [
        part
        for part in parts
        if part.get_content_disposition() == "attachment" or not part.get_content_type().startswith("text/")
    ]
    for part in attached[:MOST_FILES]:
        content = part.get_payload(decode=True)
        if isinstance(content, bytes) and content:
            yield part.get_filename() or "file", content


def _header(message: EmailMessage, name: str, *, most_count: int = 400) -> str:
    """Return a header as one line; line breaks that were smuggled in become blanks."""
    return " ".join(str(message.get(name, "")).split())[:most_count]


def _contact(said: str) -> str:
    address = parseaddr(said)[1]
    return address if _ADDRESS.fullmatch(address) else ""
