"""Mails that are made to be costly: to be taken in, taken apart, decoded or cleaned."""

from __future__ import annotations

import random
import resource
from collections.abc import Iterator

from tidegate.adapters.mail_reader import MailReader

MOST_BYTES = 9_000_000
_UUENCODED = b"Content-Transfer-Encoding: x-uuencode\r\n\r\nbegin 600 a\r\n"
_HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"


def hostile_mails(most_bytes: int = MOST_BYTES) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each, about as large as may be."""
    for name, begin, piece in (
        ("empty lines", b"\r\n", b"\r\n"),
        ("dots", b"\r\n", b"..\r\n"),
        ("one long line", b"\r\n", b"x" * 1000),
        ("no end of the head", b"", b"X: y\r\n"),
        ("a long sender", b"From: ", b"(a) "),
        ("many senders", b"From: ", b"a@b.example, "),
        ("encoded words", b"Subject: ", b"=?utf-8?q?a?= "),
        ("broken encoded words", b"Subject: ", b"=?utf-8?q?"),
        ("many parameters", b"Content-Type: text/plain", b"; a=b"),
        ("split parameters", b"Content-Type: text/plain", b'; a*0="'),
        ("many parts", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n", b"--x\r\n\r\n"),
        ("mail in mail", b"", b"Content-Type: message/rfc822\r\n\r\n"),
        ("parts in parts", b"", b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n"),
        ("open tags", _HTML, b"<"),
        ("open scripts", _HTML, b"<script "),
        ("closed scripts", _HTML, b"<script></scrip"),
        ("open breaks", _HTML, b"<br"),
        ("entities", _HTML, b"&#1111111111"),
        ("punycode", b"Content-Type: text/plain; charset=punycode\r\n\r\n", b"abcdefgh-"),
        ("utf-7", b"Content-Type: text/plain; charset=utf-7\r\n\r\n", b"+AGE-"),
        ("uuencoded", _UUENCODED, b"M\r\n"),
        ("quoted", b"Content-Transfer-Encoding: quoted-printable\r\n\r\n", b"=\r\n"),
    ):
        yield name, begin + piece * ((most_bytes - len(begin)) // len(piece)) + b"\r\n\r\nhelp\r\n"


def random_mail(chance: random.Random, most_bytes: int) -> bytes:
    """Return pieces of mails, again and again and in any order."""
    pieces = [
        b"\r\n", b"\r\n\r\n", b"From: ", b"Subject: ", b"Content-Type: ", b"text/html", b"text/plain",
        b"multipart/mixed", b"; boundary=x", b"--x\r\n", b"--x--\r\n", b"message/rfc822\r\n\r\n",
        b"=?utf-8?b?", b"?=", b"<", b">", b"<br", b"<script", b"</script>", b"&#", b"9", b";", b'"',
        b"(", b")", b"\\", b"@", b",", b"a", b"\x00", b"\xff", b"\t", b"charset=", b"utf-16", b"idna",
        b"Content-Transfer-Encoding: ", b"base64\r\n", b"x-uuencode\r\n", b"=",
        b"Content-Disposition: attachment; filename*0*=", b"''", b"%41", b"Message-ID: <", b":",
        b"<!--",
    ]  # fmt: skip
    found = b""
    while len(found) < most_bytes:
        some = b"".join(chance.choices(pieces, k=chance.randint(1, 8)))
        found += some * int(most_bytes ** chance.random() / len(some) + 1)
    return found[:most_bytes]


def cpu_s() -> float:
    """What this process and those it has ended took of the processor."""
    return sum(
        use.ru_utime + use.ru_stime
        for use in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


def mail_cost_s(content: bytes) -> float:
    """What reading a mail takes of the processor, with a reader that begins for it and ends after it."""
    began_s, reader = cpu_s(), MailReader(most_s=300.0)
    try:
        assert reader.read(content).text
    finally:
        reader.stop()
    return cpu_s() - began_s
