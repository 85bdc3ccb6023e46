"""How is a message written as mail? Plain text and HTML, with one click to end it (RFC 2369, RFC 8058).

The library writes the headers and refuses line breaks in them; every word of people is escaped. Signing
with DKIM is the mail server's, which large mailbox providers demand of whoever sends to many.
"""

from __future__ import annotations

from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from tidegate.inform.notice import Notice, Question
from tidegate.journal.moment import utc
from tidegate.present.notice.words import NoticeWords, asked_for, page_url, subject, words_of
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.site.text import clean, line, paragraphs

_POLICY = SMTP.clone(cte_type="7bit")  # not every server takes more
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
        If an address is none, or would break a header.
    """
    found = EmailMessage(policy=_POLICY)
    site = message.site if isinstance(message, Question) else message.told.site
    found["From"] = Address(display_name=line(site), addr_spec=sender)
    found["To"] = Address(addr_spec=to)
    found["Subject"] = subject(message)
    found["Date"] = format_datetime(utc(at_s))
    found["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2]}>"
    found["Auto-Submitted"] = "auto-generated"
    if isinstance(message, Notice):
        found["List-Unsubscribe"] = f"<{message.end_url}>"
        found["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        thread = f"<{message.told.outage}@{sender.rpartition('@')[2]}>"
        found["References"] = thread  # all notices of an outage are shown as one conversation
        found["In-Reply-To"] = thread
    words = words_of(message if isinstance(message, Question) else message.told)
    found.set_content(_text(message, words))
    found.add_alternative(_html(message, words), subtype="html")
    return found.as_bytes()


def _text(message: Notice | Question, words: NoticeWords) -> str:
    if isinstance(message, Question):
        lapses = () if message.until_s is None else (words("lapses", words.when(message.until_s)),)
        said = (
            words("ask"), words("if_you"), asked_for(message, words),
            f"{words('agree')}:\n{message.confirm_url}", *lapses,
        )  # fmt: skip
        return "\n\n".join(said) + "\n"
    told = message.told
    statuses = [f"{line(title)}: {words.site.status(status)}" for _, title, status in told.components]
    published = f"{line(told.site)} · {words('published', words.when(told.at_s))}"
    said = (
        clean(told.text), *(["\n".join(statuses)] if statuses else []),
        f"{words('whole')}:\n{page_url(told)}",
        f"-- \n{published}\n{words('end')}:\n{message.end_url}",
    )  # fmt: skip
    return "\n\n".join(said) + "\n"


def _html(message: Notice | Question, words: NoticeWords) -> str:
    parts = _question(message, words) if isinstance(message, Question) else _notice(message, words)
    head = tag("head", tag("meta", charset="utf-8"), tag("title", subject(message)))
    whole = tag("html", head, tag("body", *parts, style=_BODY), lang=words.language)
    return f"<!doctype html>\n{whole}\n"


def _question(message: Question, words: NoticeWords) -> list[Html]:
    button = tag("a", words("agree"), href=message.confirm_url, style=_BUTTON)
    parts = [tag("p", words("ask")), tag("p", words("if_you")), tag("p", asked_for(message, words))]
    parts.append(tag("p", button))
    if message.until_s is not None:
        parts.append(tag("p", words("lapses", words.when(message.until_s)), style=_SMALL))
    return parts


def _notice(message: Notice, words: NoticeWords) -> list[Html]:
    told = message.told
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
