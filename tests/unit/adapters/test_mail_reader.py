"""Mails are read in processes of their own: none costs much, none is lost, none harms the next."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from pathlib import Path

from hostile_mails import cpu_s, hostile_mails
from tidegate.adapters.mail_reader import MailReader
from tidegate.track.case_mail import read_mail

PLAIN = b"From: ann@a.example\r\nSubject: Help\r\nMessage-ID: <1@a>\r\n\r\nnothing works\r\n"
ATTACHED = (
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee there\r\n"
    b"--x\r\nContent-Disposition: attachment; filename=a.bin\r\n\r\n\x00\xff\r\n--x--\r\n"
)
MOST_CPU_S = 2.0
"""For one mail, a new reader included; generous, for slow machines. A mail may take a second."""


@contextmanager
def reader(*, most_s=300.0, **limits):
    made = MailReader(most_s=most_s, **limits)
    try:
        yield made
    finally:
        made.stop()


def test_a_mail_says_the_same_to_a_reader():
    """Words, head and files come back as they were read."""
    with reader() as here:
        for content in (PLAIN, ATTACHED, b"", b"\xff\xfe"):
            assert read_mail(content, sender="env@e.example") == here.read(content, "env@e.example")


def test_a_mail_that_takes_too_long_is_kept_as_it_came():
    """Its reader is ended; what can be read at a glance is, and the next mail is read as ever."""
    head = b"Message-ID: <2@a>\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
    slow = head + b"\r\n --x" * 200_000
    with reader(most_cpu_s=0.01) as here:
        found = here.read(slow)
        assert ("<2@a>", True) == (found.key, found.text.startswith("Message-ID: <2@a>"))
    with reader(most_s=0.0) as here:
        assert "nothing works" in here.read(PLAIN).text
    with reader() as here:
        here.read(b"From: " + b"(" * 9_000_000)
        assert read_mail(PLAIN) == here.read(PLAIN)


def test_a_reader_that_is_ended_from_outside_harms_nothing():
    """Six mails at once, while readers are killed: every one is kept, and stopping waits for none."""
    found = []
    here = MailReader(most_s=300.0)
    threads = [threading.Thread(target=lambda: found.append(here.read(PLAIN))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for one in list(here._running):
        one._process.kill()
    for thread in threads:
        thread.join(timeout=60)
    assert ["Help"] * 6 == [one.title for one in found]
    here.stop()
    assert "nothing works" in here.read(PLAIN).text
    assert all(one._process.poll() is not None for one in here._running)


def test_a_reader_knows_no_secret(monkeypatch):
    """Of the environment it is given only what a Python needs to begin."""
    monkeypatch.setenv("TIDEGATE_MAIL_SERVER", "smtp://user:password@host")
    with reader() as here:
        here.read(PLAIN)
        (one,) = here._running
        assert b"password" not in Path(f"/proc/{one._process.pid}/environ").read_bytes()


def test_hostile_mails_cost_little_and_each_is_kept():
    """One after the other, of some size: each has words, and all together stay within what each may take."""
    mails = list(hostile_mails(200_000))
    began_s = cpu_s()
    with reader() as here:
        assert all(here.read(content).text for _, content in mails)
    assert cpu_s() - began_s < MOST_CPU_S * len(mails)
