"""Cases by mail: whatever arrives is kept, once, and never trusted."""

from __future__ import annotations

import asyncio
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import Envelope
from hypothesis import given
from hypothesis import strategies as st

from server_sample import house
from tidegate.adapters.store.database import NoSpaceError
from tidegate.server.mail import MailIntake
from tidegate.track.case_mail import read_mail


def mail(text="nothing works", **headers) -> EmailMessage:
    message = EmailMessage()
    for name, value in {
        "From": "Ann <ann@a.example>",
        "Subject": "Help",
        "Message-ID": "<1@a>",
        **headers,
    }.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    return message


def test_a_plain_mail():
    """Words, subject, who to answer, and the id that makes it one case."""
    found = read_mail(mail().as_bytes())
    assert ("nothing works\n", "Help", "ann@a.example", "<1@a>") == (
        found.text.replace("\r", ""),
        found.title,
        found.contact,
        found.key,
    )


def test_plain_words_are_preferred_and_markup_is_taken_off():
    """Of two forms of the same words the plain one is kept; of markup alone, its words."""
    both = mail("plain words")
    both.add_alternative("<p>marked up</p>", subtype="html")
    assert "plain words\n" == read_mail(both.as_bytes()).text.replace("\r", "")
    only = mail()
    only.set_content(
        "<style>x{}</style><p>first</p><script>alert(1)</script>second &amp; third", subtype="html"
    )
    assert "first\nsecond & third" == read_mail(only.as_bytes()).text.strip()


def test_files_are_taken_apart_from_words():
    """An attachment is a file by its name; it is not part of the text."""
    message = mail()
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="../shot.png")
    found = read_mail(message.as_bytes())
    assert ((("../shot.png", b"\x89PNG"),), False) == (found.files, "PNG" in found.text)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: a\r\n b\r\n\r\ntext",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n" * 500,
        b"Content-Type: text/plain; charset=no-such\r\n\r\ntext",
        b"Content-Transfer-Encoding: base64\r\n\r\n!!!!",
        b"From: a@b\r\nReply-To: x@y.example\nBcc: evil@e.example\r\n\r\ntext",
        b"Content-Type: message/rfc822\r\n\r\n" * 300,
    ],
)
def test_broken_and_hostile_mail_is_kept_as_words(raw):
    """None raises, none is without words, none smuggles a line break into a header."""
    found = read_mail(raw, sender="env@e.example")
    assert found.text
    assert not set("\r\n") & set(found.title + found.contact + found.key)


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_case(raw):
    """There are no bytes that cannot be kept."""
    assert read_mail(raw).text


def test_a_mail_delivered_twice_is_one_case(tmp_path):
    """The answer names the case; a repeated delivery names the same; its file is in quarantine."""
    message = mail()
    message.add_attachment(b"log", maintype="application", subtype="octet-stream", filename="x.log")
    with house(tmp_path) as here:
        intake = MailIntake(here.intake, here.files, here.key)
        envelope = Envelope()
        envelope.content = message.as_bytes()
        said = [asyncio.run(intake.handle_DATA(None, None, envelope)) for _ in range(2)]
        assert said[0] == said[1]
        assert said[0].startswith("250 2.0.0 kept as case ")
        assert 1 == here.intake.accepted_count
        assert 1 == len(here.files.names(said[0].split()[-1]))


def test_a_full_disk_asks_to_send_it_again(tmp_path, monkeypatch):
    """452: the sending server keeps it; nothing is lost."""

    def full(_drafts):
        raise NoSpaceError("full")

    with house(tmp_path) as here:
        monkeypatch.setattr(here.journal, "append", full)
        envelope = Envelope()
        envelope.content = mail().as_bytes()
        intake = MailIntake(here.intake, None, here.key)
        assert asyncio.run(intake.handle_DATA(None, None, envelope)).startswith("452 ")
