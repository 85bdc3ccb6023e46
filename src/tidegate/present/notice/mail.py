"""How is a message written as mail? Plain text and HTML, with one click to end it (RFC 2369, RFC 8058).

The library writes the headers and refuses line breaks in them; every word of people is escaped. What all
who hear an update are sent alike is written once; a receiver's own address and way out are put in.
Signing with DKIM is the mail server's, which large mailbox providers demand of whoever sends to many.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from functools import lru_cache

from tidegate.inform.notice import Notice, Question, Told
from tidegate.inform.wish import is_mail_address
from tidegate.journal.moment import utc
from tidegate.present.notice.words import asked_for, page_url, subject, words_of
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.escaped import clean, line
from tidegate.present.site.markdown import paragraphs

_POLICY = SMTP.clone(cte_type="7bit", max_line_length=76)  # not every server takes more
# Words of people hold no control character, so this stands nowhere but where it was put.
_WAY_OUT, _WAY_OUT_QUOTED = "\x01", b"=01"
# No line of quoted-printable text can begin like this, so no words can end a part.
_BOUNDARY = "=_part"
_QUOTED_LINES = re.compile(r".{1,74}(?<!=)(?<!=3)")  # no escape is cut in two
_BODY = "font:16px/1.5 system-ui,sans-serif;max-width:40em;margin:1.5em auto;padding:0 1em"
_SMALL = "color:#666;font-size:14px"
_BUTTON = "display:inline-block;padding:.6em 1em;background:#14507d;color:#fff;text-decoration:none"


def mail(message: Notice | Question, *, to: str, sender: str, at_s: float) -> bytes:
    """Return a message as mail, ready to be sent.

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
    lines = [f"To: {to}", f"Date: {format_datetime(utc(at_s))}", f"Message-ID: <{message.id}@{host}>"]
    if isinstance(message, Question):
        shape = _whole(message, sender, _question_text(message), _question(message))
    else:
        lines += [
            f"List-Unsubscribe: <{message.end_url}>",
            "List-Unsubscribe-Post: List-Unsubscribe=One-Click",
        ]
        shape = _shape(message.told, sender)
    own = "".join(f"{one}\r\n" for one in lines).encode("ascii")
    return own + shape.replace(_WAY_OUT_QUOTED, _quoted(message.end_url))


def _quoted(url: str) -> bytes:
    """Return an address within quoted-printable text, on lines of its own that count as none."""
    pieces = _QUOTED_LINES.findall(url.replace("=", "=3D"))
    return "=\r\n".join(["", *pieces, ""]).encode("ascii")


@lru_cache(maxsize=64)
def _shape(told: Told, sender: str) -> bytes:
    """Return the mail that all who hear an update are sent, without what is each one's own."""
    message = Notice(id=told.update, told=told, end_url=_WAY_OUT)
    thread = f"<{told.outage}@{sender.rpartition('@')[2]}>"  # an outage is shown as one conversation
    text, parts = _notice_text(message), _notice(message)
    return _whole(message, sender, text, parts, {"References": thread, "In-Reply-To": thread})


def _whole(
    message: Notice | Question,
    sender: str,
    text: str,
    parts: Sequence[Html],
    headers: dict[str, str] | None = None,
) -> bytes:
    told = message if isinstance(message, Question) else message.told
    found = EmailMessage(policy=_POLICY)
    found["From"] = Address(display_name=line(told.site), addr_spec=sender)
    found["Subject"] = subject(message)
    found["Auto-Submitted"] = "auto-generated"
    for name, value in (headers or {}).items():
        found[name] = value
    head = tag("head", tag("meta", charset="utf-8"), tag("title", subject(message)))
    html = tag("html", head, tag("body", *parts, style=_BODY), lang=words_of(told).language)
    found.set_content(text, cte="quoted-printable")
    found.add_alternative(f"<!doctype html>\n{html}\n", subtype="html", cte="quoted-printable")
    found.set_boundary(_BOUNDARY)
    return found.as_bytes()


def _question_text(message: Question) -> str:
    words = words_of(message)
    lapses = () if message.until_s is None else (words("lapses", words.when(message.until_s)),)
    said = (
        words("ask"), words("if_you"), asked_for(message, words),
        f"{words('agree')}:\n{message.confirm_url}", *lapses,
    )  # fmt: skip
    return "\n\n".join(said) + "\n"


def _notice_text(message: Notice) -> str:
    told, words = message.told, words_of(message.told)
    statuses = [f"{line(title)}: {words.site.status(status)}" for _, title, status in told.components]
    published = f"{line(told.site)} · {words('published', words.when(told.at_s))}"
    said = (
        clean(told.text), *(["\n".join(statuses)] if statuses else []),
        f"{words('whole')}:\n{page_url(told)}",
        f"-- \n{published}\n{words('end')}:\n{message.end_url}",
    )  # fmt: skip
    return "\n\n".join(said) + "\n"


def _question(message: Question) -> list[Html]:
    words = words_of(message)
    button = tag("a", words("agree"), href=message.confirm_url, style=_BUTTON)
    parts = [tag("p", words("ask")), tag("p", words("if_you")), tag("p", asked_for(message, words))]
    parts.append(tag("p", button))
    if message.until_s is not None:
        parts.append(tag("p", words("lapses", words.when(message.until_s)), style=_SMALL))
    return parts


def _notice(message: Notice) -> list[Html]:
    told, words = message.told, words_of(message.told)
    rows = [tag("li", f"{line(title)}: {words.site.status(status)}") for _, title, status in told.components]
    foot = join(
        f"{line(told.site)} · {words('published', words.when(told.at_s))} · ",
        tag("a", words("end"), href=message.end_url),
    )
    return [
        tag("h1", subject(message), style="font-size:20px"),
        paragraphs(told.text),
        *([tag("ul", *rows)] if rows else []),
        tag("p", tag("a", words("whole"), href=page_url(told))),
        tag("p", foot, style=_SMALL),
    ]
