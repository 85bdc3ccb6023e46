"""Cases by mail: whatever arrives is kept, once, and never trusted."""

from __future__ import annotations

import asyncio
import smtplib
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import Envelope
from hypothesis import given
from hypothesis import strategies as st

from hostile_mails import hostile_mails
from server_sample import house
from tidegate.adapters.store.database import NoSpaceError
from tidegate.server.mail_intake import LARGEST_BYTES, MailIntake
from tidegate.track.case_mail import read_mail

TAKEN_IN_CPU_S = 4.0
"""Generous: a tenth of it on a common machine; by lines, as it was, ten seconds."""
ENDS_WITHIN_S = 15.0


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
        intake = MailIntake(here.intake, here.files, lambda: here.key)
        envelope = Envelope()
        envelope.content = message.as_bytes()
        said = [asyncio.run(intake.handle_DATA(None, None, envelope)) for _ in range(2)]
        intake.stop()
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
        intake = MailIntake(here.intake, None, lambda: here.key)
        assert asyncio.run(intake.handle_DATA(None, None, envelope)).startswith("452 ")
        intake.stop()


@contextmanager
def listening(here):
    """A mail server on loopback, and the way to open a conversation with it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    intake = MailIntake(here.intake, None, lambda: here.key)
    intake.start("127.0.0.1", port)
    try:
        yield lambda: smtplib.SMTP("127.0.0.1", port, timeout=120)
    finally:
        intake.stop()


def sent(talk: smtplib.SMTP, content: bytes) -> str:
    """Hand a mail over as it is, and return the answer."""
    talk.ehlo_or_helo_if_needed()
    assert [250, 250] == [talk.mail("a@a.example")[0], talk.rcpt("help@b.example")[0]]
    assert 354 == talk.docmd("DATA")[0]
    talk.send(content + b"\r\n.\r\n")
    code, said = talk.getreply()
    return f"{code} {said.decode()}"


def handed_over(opened, content: bytes) -> str:
    with opened() as talk:
        return sent(talk, content)


def texts(here) -> list[str]:
    said = (entry for _, entry in here.journal.entries())
    return [one.payload["text"] for one in said if one.kind == "case.received"]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b"a\r\n..\r\n..b\r\n.c", "a\n.\n.b\nc\n"),
        (b"..", ".\n"),
        (b"\r\n.\r", "(an empty mail)"),
        (b"x" * 100_000, "x" * 65_536),
    ],
)
def test_a_mail_is_taken_in_as_it_was_meant(tmp_path, body, kept):
    """Dots at the begin of a line are doubled on the way (RFC 5321); long lines are taken."""
    with house(tmp_path) as here, listening(here) as opened, opened() as talk:
        assert sent(talk, b"\r\n" + body).startswith("250 ")
        assert [kept] == texts(here)


def test_a_mail_ends_where_it_ends_however_it_comes(tmp_path):
    """Byte after byte: the end is found wherever it was cut."""
    with house(tmp_path) as here, listening(here) as opened, opened() as talk:
        talk.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        talk.helo()
        for _ in range(2):
            talk.mail("a@a.example")
            talk.rcpt("help@b.example")
            talk.docmd("DATA")
            for byte in b"\r\nhelp\r\n.\r\n":
                talk.sock.sendall(bytes([byte]))
            code, _ = talk.getreply()
            assert 250 == code
        assert ["help\n"] * 2 == texts(here)


def test_a_mail_that_is_too_large_is_refused_and_the_next_taken(tmp_path):
    """552, once all of it came; and one whose sender goes away in the middle is no case."""
    with house(tmp_path) as here, listening(here) as opened, opened() as talk:
        assert sent(talk, b"\r\n" * (LARGEST_BYTES // 2 + 10)).startswith("552 ")
        assert sent(talk, b"\r\nhelp").startswith("250 ")
        with opened() as other:
            other.helo()
            other.mail("a@a.example")
            other.rcpt("help@b.example")
            other.docmd("DATA")
            other.send(b"\r\nhalf a mail\r\n")
            other.close()
        assert ["help\n"] == texts(here)


def test_large_hostile_mails_hold_up_neither_mail_nor_the_end(tmp_path):
    """Nine megabytes of empty lines cost little; while others are read for long, a plain one is kept; and the
    server ends at once."""
    mails, empty_lines = dict(hostile_mails(2_000_000)), b"\r\n" * 4_500_000
    with house(tmp_path) as here:
        with listening(here) as opened:
            began_s = time.process_time()
            with opened() as talk:
                assert sent(talk, empty_lines).startswith("250 ")
            assert time.process_time() - began_s < TAKEN_IN_CPU_S
            with ThreadPoolExecutor(6) as threads:
                names = (
                    "many parameters",
                    "parts in parts",
                    "mail in mail",
                    "uuencoded",
                    "entities",
                    "open tags",
                )
                found = [threads.submit(handed_over, opened, mails[name]) for name in names]
                with opened() as talk:
                    assert sent(talk, b"Subject: plain\r\n\r\nhelp").startswith("250 ")
                assert all(one.result().startswith("250 ") for one in found)
            assert 8 == len(texts(here))
            ended_at = time.monotonic()
        assert time.monotonic() - ended_at < ENDS_WITHIN_S
