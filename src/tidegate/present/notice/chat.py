"""How is a message shown in Slack, in Teams and to operators? As blocks, as a card and as plain text.

In Slack three characters mean something and are escaped; a card's texts are Markdown, so its marks are
escaped too. What is too long for a channel is cut, and leads to the page that holds it whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from tidegate.inform.notice import Notice, Question
from tidegate.present.notice.words import NoticeWords, asked_for, page_url, subject, words_of
from tidegate.present.site.escaped import clean, line

_SLACK_HEADER, _SLACK_SECTION = 150, 3_000
_TEAMS_TEXT = 8_000
_MARKS = re.compile(r"([\\`*_{}\[\]()#+!|<>~&-])")
_MOST_ROWS = 20
_SLACK_MARKS = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


def slack_body(message: Notice | Question) -> bytes:
    """Return what is posted to an incoming webhook of Slack."""
    words, title = _words(message), subject(message)
    said, links = _said(message, words)
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": _cut(title, _SLACK_HEADER), "emoji": False},
        },
        *(_section(_slack(text, _SLACK_SECTION)) for text in said),
        _section("   ".join(f"<{url}|{_slack(label, 200)}>" for label, url in links)),
    ]
    # The text is what a notification shows; it is not shown beside the blocks.
    return _json({"text": _slack(title, _SLACK_SECTION), "blocks": blocks, "unfurl_links": False})


def teams_body(message: Notice | Question) -> bytes:
    """Return what is posted to a workflow of Teams: a message with one Adaptive Card."""
    words = _words(message)
    said, links = _said(message, words)
    title = {"size": "Large", "weight": "Bolder"}
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [
            {"type": "TextBlock", "text": _card(subject(message), _SLACK_HEADER), "wrap": True, **title},
            *({"type": "TextBlock", "text": _card(text, _TEAMS_TEXT), "wrap": True} for text in said),
        ],
        "actions": [{"type": "Action.OpenUrl", "title": label, "url": url} for label, url in links],
    }
    attachment = {
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": None,
        "content": card,
    }
    return _json({"type": "message", "attachments": [attachment]})


def plain_text(message: Notice | Question) -> str:
    """Return a message as plain text."""
    words = _words(message)
    said, links = _said(message, words)
    return "\n\n".join([*said, *(f"{label}:\n{url}" for label, url in links)])


def _words(message: Notice | Question) -> NoticeWords:
    return words_of(message if isinstance(message, Question) else message.told)


def _said(message: Notice | Question, words: NoticeWords) -> tuple[list[str], list[tuple[str, str]]]:
    """Return paragraphs of a message, and its links with their labels."""
    if isinstance(message, Question):
        said = [f"{words('ask')} {words('if_you')}", asked_for(message, words)]
        return said, [(words("agree"), message.confirm_url)]
    told = message.told
    rows = [f"{line(title)}: {words.site.status(status)}" for _, title, status in told.components]
    shown = rows[:_MOST_ROWS] + [words.site("more", len(rows) - _MOST_ROWS)] * (len(rows) > _MOST_ROWS)
    said = [clean(told.text), *(["\n".join(shown)] if shown else [])]
    if not message.end_url:  # a call of our own, which nobody subscribed to
        return said, []
    return said, [(words("whole"), page_url(told)), (words("end"), message.end_url)]


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _slack(text: str, most_count: int) -> str:
    escaped: list[str] = []
    length = 0
    for letter in text:
        shown = _SLACK_MARKS.get(letter, letter)
        length += len(shown)
        if length >= most_count:
            return "".join([*escaped, "…"])
        escaped.append(shown)
    return "".join(escaped)


def _card(text: str, most_count: int) -> str:
    # In a card one line break is none; two begin a paragraph.
    return _MARKS.sub(r"\\\1", _cut(text, most_count)).replace("\n", "\n\n")


def _cut(text: str, most_count: int) -> str:
    return text if len(text) <= most_count else f"{text[: most_count - 1]}…"


def _json(found: dict[str, Sequence[Any] | Any]) -> bytes:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":")).encode()
