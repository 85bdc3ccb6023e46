"""Whatever people write, it adds no header, no markup, no link and no mention to a notice."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.policy import default
from html.parser import HTMLParser

from hypothesis import example, given
from hypothesis import strategies as st

from notice_sample import NOTICE, notice
from record_sample import NOON_S
from tidegate.inform.wish import is_mail_address, read_url
from tidegate.present.notice.chat import slack_body, teams_body
from tidegate.present.notice.mail import mail
from tidegate.present.notice.webhook import webhook_body
from tidegate.present.site.markdown import paragraphs
from tidegate.track.component import Status

HOSTILE = st.one_of(
    st.text(max_size=200),
    st.sampled_from(
        [
            "x\r\nBcc: victim@example.org", "x\nSubject: y", "</title><script>alert(1)</script>",
            "--\r\n\r\n", '"><img src=x onerror=alert(1)>', "<!channel>", "<@U1>", "=?utf-8?q?=0A?=",
            "[a](javascript:alert(1))", "\u2028\u2029\x00\x1b[31m", "\u202egnp.exe", "a\u0085b: c",
            "{{7*7}}", "%0d%0aBcc:x",
        ]
    ),
)  # fmt: skip
HEADERS = sorted(
    [
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Unsubscribe",
        "List-Unsubscribe-Post", "References", "In-Reply-To", "Content-Type", "MIME-Version",
    ]
)  # fmt: skip


class Reader(HTMLParser):
    """What a mail program would see of the markup."""

    def __init__(self):
        super().__init__()
        self.tags, self.links = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links |= {value for name, value in attrs if name == "href"}
        assert not [name for name, _ in attrs if name.startswith("on")]


@given(title=HOSTILE, text=HOSTILE, site=HOSTILE, component=HOSTILE)
@example("a\r\nBcc: b@example.org", "\r\n.\r\nMAIL FROM:<x>", "x\r\ny", "\x85")
def test_mail_has_our_headers_and_our_markup_only(title, text, site, component):
    """Headers, tags and links are the same whatever the words are."""
    found = notice(title=title, text=text, site=site, components=(("a", component, Status.MAJOR),))
    whole = mail(found, to="ann@example.org", sender="status@example.org", at_s=NOON_S)
    read = message_from_bytes(whole, policy=default)
    assert HEADERS == sorted(read.keys())
    assert "ann@example.org" == read["To"].addresses[0].addr_spec
    assert "status@example.org" == read["From"].addresses[0].addr_spec
    assert ["text/plain", "text/html"] == [part.get_content_type() for part in read.iter_parts()]
    reader = Reader()
    reader.feed(read.get_body(("html",)).get_content())
    allowed = {
        "html", "head", "meta", "title", "body", "h1", "p", "b", "a", "ul", "ol", "li", "em", "strong",
    }  # fmt: skip
    assert reader.tags <= allowed
    assert all(link.lower().startswith(("http://", "https://", "mailto:")) for link in reader.links)


@given(st.text(alphabet="[]()*_-1. \n\t<>\"'\\:/aj", max_size=80))
def test_marks_make_only_our_elements(text):
    """However marks are heaped up, no other element, attribute or address comes of them."""
    reader = Reader()
    reader.feed(paragraphs(text))
    assert reader.tags <= {"p", "b", "a", "ul", "ol", "li", "em", "strong"}
    assert all(link.lower().startswith(("http://", "https://", "mailto:")) for link in reader.links)


@given(title=HOSTILE, text=HOSTILE, component=HOSTILE)
def test_chat_bodies_are_json_without_mentions(title, text, component):
    """Nothing between angle brackets reaches Slack but our own two links; bodies are always JSON."""
    found = notice(title=title, text=text, components=(("a", component, Status.MAJOR),))
    blocks = json.loads(slack_body(found))["blocks"]
    assert not [1 for block in blocks[1:-1] if {"<", ">"} & set(block["text"]["text"])]
    assert 2 == blocks[-1]["text"]["text"].count("<")
    card = json.loads(teams_body(found))["attachments"][0]["content"]
    assert 2 == len(card["actions"])
    data = json.loads(webhook_body(found))["data"]
    assert not set("\r\n\0\x1b\u202e") & set(data["title"])


@given(st.text(max_size=60))
def test_whatever_is_taken_for_an_address_is_harmless_in_a_header_and_in_a_request(text):
    """An address that passes holds no blank, no control character and nothing outside ASCII."""
    for is_taken in (is_mail_address(text), read_url(text) is not None):
        if is_taken:
            assert text.isascii()
            assert text.isprintable()
            assert not set(' "<>\\\r\n\t,;') & set(text) or read_url(text) is not None
    if is_mail_address(text):
        assert mail(NOTICE, to=text, sender="status@example.org", at_s=NOON_S)
