"""What does a mail say that asks for help? RFC 822 bytes as words, whatever they are.

Mail from strangers is hostile input: nothing of it is trusted, shown as markup or answered to without
being checked. A mail that cannot be understood is still kept, as text.

Some mails are made to be costly, so what is read of one is bounded before it is read, and markup is taken off
in one pass. That a parser of ours or of a library is quick on every mail cannot be promised: whoever reads
mails of strangers lets another process do it (`tidegate.adapters.mail_reader`), and keeps `raw_mail` where
that takes too long.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr

MOST_PARTS = 200
MOST_FILES = 10
MOST_BOUNDARIES = 1_000
MOST_HEAD_BYTES = 256 * 1024
MOST_HEADER_LETTERS = 8_000
MOST_WORDS_BYTES = 256 * 1024
"""How much of a part is read as words: four times as much as is kept of a case."""
MOST_NAME_LETTERS = 200
_ADDRESS = re.compile(r"[^\s<>()\[\],;:\\\"@]{1,200}@[A-Za-z0-9.-]{1,200}")
# None of these runs over another "<", so that each letter is read once.
_TAG = re.compile(r"<[^<>]{0,2000}>")
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6])\b[^<>]{0,200}>", re.IGNORECASE)
_UNSHOWN = re.compile(r"<(?:script|style)\b", re.IGNORECASE)
_SHOWN_AGAIN = re.compile(r"</(?:script|style)\b[^<>]{0,200}>", re.IGNORECASE)


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


class _Bounded(email.policy.EmailPolicy):
    """Reads headers up to a length: the parser of addresses takes minutes for a long one."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        name, value = super().header_source_parse(sourcelines)
        return name, value[:MOST_HEADER_LETTERS]


_POLICY = _Bounded(linesep="\r\n")


def read_mail(content: bytes, *, sender: str = "") -> CaseMail:
    """Return what a mail says; there is none that cannot be read.

    Parameters
    ----------
    content
        The mail's bytes.
    sender
        The envelope's sender, taken where the mail names nobody to answer to.
    """
    if len(_head(content)) > MOST_HEAD_BYTES or content.count(b"\n--") > MOST_BOUNDARIES:
        return raw_mail(content, sender=sender)
    try:
        return _understood(content, sender)
    except Exception:  # noqa: BLE001  the parser itself fails on some hostile mail; the words are kept
        return raw_mail(content, sender=sender)


def raw_mail(content: bytes, *, sender: str = "") -> CaseMail:
    """Return a mail as it came: its first words as text, of its head what can be read at a glance.

    Parameters as of `read_mail`; takes as long as it takes to read it once.
    """
    lines = _head(content)[:MOST_HEAD_BYTES].decode("utf-8", "replace").splitlines()
    found: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.lower(), value[:MOST_HEADER_LETTERS])
    head = {name: " ".join(value.split())[:MOST_NAME_LETTERS] for name, value in found.items()}
    text = content[:MOST_WORDS_BYTES].decode("utf-8", "replace")
    title = head.get("subject", "")
    return CaseMail(
        text=text if text.strip() else "(an empty mail)",
        title=title,
        contact=_contact(head.get("reply-to", "")) or _contact(head.get("from", "")) or _contact(sender),
        # The same mail again is the same case, whether it names itself or not.
        key=head.get("message-id", "") or f"sha256:{hashlib.sha256(content).hexdigest()}",
        answers=(found.get("in-reply-to", "").strip(), found.get("references", "").strip()),
        is_automatic=head.get("auto-submitted", "").lower() not in {"", "no"},
    )


def _head(content: bytes) -> bytes:
    """Return the headers, all of them if there is no end to them."""
    ends = [place for end in (b"\r\n\r\n", b"\n\n") if (place := content.find(end)) >= 0]
    return content[: min(ends, default=len(content))]


def _understood(content: bytes, sender: str) -> CaseMail:
    message = email.message_from_bytes(content, policy=_POLICY)
    assert isinstance(message, EmailMessage)  # what the policy makes
    parts = list(_parts(message))
    text = "\n\n".join(found for part in parts if (found := _words(part)).strip())
    title = _header(message, "subject")
    return CaseMail(
        text=text or title or "(an empty mail)",
        title=title,
        contact=_contact(_header(message, "reply-to"))
        or _contact(_header(message, "from"))
        or _contact(sender),
        key=_header(message, "message-id"),
        files=tuple(_files(parts)),
        answers=(_header(message, "in-reply-to"), _header(message, "references", most_count=8_000)),
        is_automatic=_header(message, "auto-submitted").lower() not in {"", "no"},
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
        return html.unescape(_TAG.sub("", _BREAK.sub("\n", _shown(_decoded(part)))))
    return ""


def _shown(markup: str) -> str:
    """Return markup without scripts and styles; one that has no end goes on to the end."""
    first, *others = _UNSHOWN.split(markup)
    return first + "".join(
        part[end.end() :] for part in others if (end := _SHOWN_AGAIN.search(part)) is not None
    )


def _decoded(part: EmailMessage) -> str:
    found = part.get_payload(decode=True)
    content = found[:MOST_WORDS_BYTES] if isinstance(found, bytes) else b""
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
            yield (part.get_filename() or "file")[:MOST_NAME_LETTERS], content


def _header(message: EmailMessage, name: str, *, most_count: int = 400) -> str:
    """Return a header as one line; line breaks that were smuggled in become blanks."""
    return " ".join(str(message.get(name, "")).split())[:most_count]


def _contact(said: str) -> str:
    address = parseaddr(said)[1]
    return address if _ADDRESS.fullmatch(address) else ""
