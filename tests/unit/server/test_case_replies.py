"""Answers to cases by mail: in the case's own thread, through the sender's ledger, and back to the case."""

from __future__ import annotations

import asyncio
import email
import email.policy
from contextlib import asynccontextmanager
from email.message import EmailMessage

import pytest
from aiosmtpd.smtp import Envelope

from notice_sinks import MailSink, serving
from server_sample import house, receipt_in
from tidegate.adapters.channels.channel_setting import ChannelSetting, channels
from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.sender import Sender
from tidegate.inform.reply import MOST_RECEIPTS, RECEIPTS_WITHIN_S, Receipts, Reply, case_answered
from tidegate.inform.token import Purpose, token
from tidegate.present.notice.reply import reply_mail
from tidegate.present.notice.words import NoticeWords
from tidegate.track.receipt import read_receipt
from tidegate.verbs.record.case import Submission, find_case, reply

REPLY = Reply(
    id="deliveryid00", site="Status", case="abcdefghijkl", title="Help", text="We are on it.\n.\nSoon.",
    word=token(b"k", Purpose.ANSWER, "abcdefghijkl"), asked_by="<1@a.example>",
    page_url="https://s.example/help/case/abcdefghijkl/" + "0" * 40,
)  # fmt: skip


@pytest.fixture
def here(tmp_path):
    with house(tmp_path) as opened:
        yield opened


async def drain(here, sink: MailSink, *, has_mail: bool = True) -> Sender:
    server = f"smtp://127.0.0.1:{sink.port}" if has_mail else ""
    ledger = Ledger(here.journal)
    try:
        setting = ChannelSetting(mail_server=server, mail_from="status@x.example")
        sender = Sender(ledger, channels(setting, here.key), setting=here.site, key=here.key,
                        receipt_of=here.intake.receipt)  # fmt: skip
        await sender.run(is_drain=True)
    finally:
        ledger.close()
    return sender


@asynccontextmanager
async def mailing():
    sink = MailSink()
    async with serving(sink):
        yield sink


def answer(here, *cases: str, text: str = "We are on it.") -> None:
    with here.record.desk("rob") as desk:
        reply(desk, [find_case(desk.state, case) for case in cases], text)


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.SMTP)


def came(here, raw: bytes) -> str:
    envelope = Envelope()
    envelope.content = raw
    return asyncio.run(here.mail.handle_DATA(None, None, envelope))


def by_mail(here) -> str:
    said = came(here, b"From: ann@a.example\r\nSubject: Help\r\nMessage-ID: <1@a.example>\r\n\r\nit broke")
    return said.split()[-1]


def mailed(here, case: str) -> EmailMessage:
    """Answer a case and return the mail that its customer gets."""

    async def send() -> bytes:
        async with mailing() as sink:
            await drain(here, sink)
        assert ["ann@a.example"] == [to for to, _ in sink.came]
        return sink.came[0][1]

    answer(here, case)
    return read(asyncio.run(send()))


def test_an_answer_is_mailed_in_the_thread_of_the_case(here):
    """It answers the customer's own mail, names the case's page, and is sent once."""
    case = by_mail(here)
    found = mailed(here, case)
    assert ("Re: Help", "<1@a.example>") == (found["subject"], found["in-reply-to"])
    assert found["references"].split()[0] == "<1@a.example>"
    assert found["message-id"].startswith(f"<case.{case}.")
    assert "We are on it." in found.get_content()
    assert here.way(case) in found.get_content().replace("\r\n", "")

    async def again() -> int:
        async with mailing() as sink:
            await drain(here, sink)
        return len(sink.came)

    assert 0 == asyncio.run(again())


def test_one_reply_to_many_reaches_each_in_its_own_thread(here):
    """Who gave no mail address, or none that is one, reads it on the case's page; nothing is owed there."""
    contacts = ("ann@a.example", "bob@b.example", "", "+1 555", "x@y.example\r\nBcc: z@z.example")
    cases = [
        here.intake.keep(Submission(text=f"broken {who}", contact=who, channel="email")).case
        for who in contacts
    ]

    async def send() -> list[tuple[str, bytes]]:
        async with mailing() as sink:
            await drain(here, sink)
        return sink.came

    answer(here, *cases)
    sent = asyncio.run(send())
    assert ["ann@a.example", "bob@b.example"] == sorted(to for to, _ in sent)
    assert 2 == len({read(raw)["references"] for _, raw in sent})


def test_without_mail_nothing_is_owed(here):
    """A site that sends no mail plans none; set up later, what is fresh is sent then."""
    answer(here, by_mail(here))

    async def send() -> tuple[int, int]:
        async with mailing() as sink:
            first = await drain(here, sink, has_mail=False)
            assert 0 == first.owed_count + len(sink.came)
            await drain(here, sink)
        return len(sink.came), len(sink.ids)

    assert (1, 1) == asyncio.run(send())


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_a_mailed_answer_is_kept_with_its_case(here, header):
    """It opens no new case, is kept once however often it comes, and opens a closed one again."""
    case = by_mail(here)
    found = mailed(here, case)
    raw = (
        f"From: ann@elsewhere.example\r\nSubject: Re: Help\r\nMessage-ID: <2@a.example>\r\n"
        f"{header}: {found['message-id']}\r\n\r\nstill broken"
    ).encode()
    assert [f"250 2.0.0 kept as case {case}"] * 2 == [came(here, raw), came(here, raw)]
    texts = [entry.payload["text"] for entry in here.journal.about(case) if entry.kind == "case.reopened"]
    assert ["still broken"] == texts
    assert 1 == here.intake.accepted_count


@pytest.mark.parametrize(
    "change", [lambda one: one.replace("case.", "case.a", 1), lambda one: one[:30] + "aaa" + one[33:]]
)
def test_a_guessed_id_reaches_nobody_elses_case(here, change):
    """Without the word of a mail of ours, it is a case of its own."""
    case = by_mail(here)
    wrong = change(str(mailed(here, case)["message-id"]))
    raw = f"From: eve@e.example\r\nMessage-ID: <3@e.example>\r\nIn-Reply-To: {wrong}\r\n\r\nforged".encode()
    assert case != came(here, raw).split()[-1]
    assert 2 == here.intake.accepted_count


def test_a_notice_of_absence_is_no_request(here):
    """A machine's answer to our mail opens no case; a machine's mail that answers none of ours is kept."""
    case = by_mail(here)
    found = mailed(here, case)
    to = found["message-id"]
    away = f"From: ann@a.example\r\nAuto-Submitted: auto-replied\r\nIn-Reply-To: {to}\r\n\r\naway"
    assert "not kept" in came(here, away.encode())
    assert "kept as case" in came(
        here, b"From: m@m.example\r\nAuto-Submitted: auto-generated\r\n\r\ndisk full"
    )
    assert ["case.received", "case.replied"] == [entry.kind for entry in here.journal.about(case)]


def receipted(here, *submissions: Submission) -> list[tuple[str, EmailMessage]]:
    """Keep cases and return the mails that are sent for them."""
    for one in submissions:
        here.intake.keep(one)

    async def send() -> list[tuple[str, bytes]]:
        async with mailing() as sink:
            await drain(here, sink)
            await drain(here, sink)
        return sink.came

    return [(to, read(raw)) for to, raw in asyncio.run(send())]


def test_a_receipt_goes_to_the_contact_given(here):
    """Once, with the case's address and the signed receipt; answers follow in its thread."""
    ((to, found),) = receipted(here, Submission(text="buy this", title="buy this", contact="ann@a.example"))
    text = found.get_content().replace("\r\n", "\n")
    case = read_receipt(receipt_in(text), named=[here.site_key]).case
    assert ("ann@a.example", "auto-replied") == (to, found["auto-submitted"])
    assert here.site.url + here.way(case) in text
    assert case in found["subject"]
    assert "buy this" not in found.as_string()
    assert found["message-id"] == mailed(here, case)["in-reply-to"]
    assert case == case_answered([found["message-id"]], here.key)


@pytest.mark.parametrize("language", ["en", "de", "fr", "es"])
def test_a_receipt_speaks_the_customers_language(here, language):
    """Each language has words of its own."""
    ((_, found),) = receipted(here, Submission(text="x", contact="ann@a.example", language=language))
    assert NoticeWords(language, "UTC")("kept_answer") in found.get_content().replace("\r\n", "\n")


def test_who_mailed_us_is_sent_no_receipt(here):
    """Two machines that answer each other would never end; the mail itself is the sender's record."""
    by_mail(here)
    assert [] == receipted(here)


def test_receipts_flood_no_address(here):
    """Each case is kept; few receipts go to one address in a day, however it is spelled."""
    asked = [Submission(text=str(count), contact="Ann@a.example" if count % 2 else "ann@a.example")
             for count in range(MOST_RECEIPTS + 5)]  # fmt: skip
    sent = receipted(here, *asked, Submission(text="x", contact="bob@b.example"))
    assert MOST_RECEIPTS + 1 == len(sent)
    assert 1 == sum(to == "bob@b.example" for to, _ in sent)
    later = Receipts()
    assert [True] * MOST_RECEIPTS + [False, True] == [
        later.may("a@a.example", at_s) for at_s in [*range(MOST_RECEIPTS + 1), RECEIPTS_WITHIN_S * 2]
    ]


def test_no_words_become_headers():
    """Line breaks in a title are blanks; what is no id of a mail was left out before."""
    evil = Reply(**{**vars(REPLY), "title": "x\r\nBcc: eve@e.example"})
    raw = reply_mail(evil, to="ann@a.example", sender="status@x.example", at_s=0.0)
    assert (None, "Re: x Bcc: eve@e.example") == (read(raw)["bcc"], read(raw)["subject"])
    with pytest.raises(ValueError, match="plain mail address"):
        reply_mail(REPLY, to="ann@a.example, eve@e.example", sender="status@x.example", at_s=0.0)


def test_ids_stay_as_they_are():
    """The library would encode a long id; a mail program would then not find the thread."""
    raw = reply_mail(REPLY, to="ann@a.example", sender="status@x.example", at_s=0.0)
    assert b"=?utf-8?" not in raw
    assert "abcdefghijkl" == case_answered([read(raw)["message-id"]], b"k")
    assert "" == case_answered([read(raw)["message-id"]], b"another")
