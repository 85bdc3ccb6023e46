"""The worker that sends what is owed and writes down what became of it."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import closing

import pytest
from standardwebhooks.webhooks import Webhook

from notice_sample import KEY, published
from notice_sinks import HookSink, MailSink, answering, hanging, serving
from tidegate.adapters.channels import sender as sender_module
from tidegate.adapters.channels.channel_setting import ChannelSetting, channels
from tidegate.adapters.channels.jotter import Jotter
from tidegate.adapters.channels.ledger import JOT_NAME, Ledger
from tidegate.adapters.channels.sender import Sender
from tidegate.adapters.channels.sending_answer import DELIVERED, Became
from tidegate.adapters.store.database import NoSpaceError
from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.adapters.store.journal_state import read_state
from tidegate.errors import CannotTellError
from tidegate.inform.delivery import delivery_id
from tidegate.inform.notice_schedule import SendingPolicy
from tidegate.inform.recipients import plans
from tidegate.inform.resumption import IN_DOUBT
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.token import Purpose, token, webhook_secret
from tidegate.inform.wish import Wish
from tidegate.journal.entry import Draft
from tidegate.verbs.record.notify import ask, confirm, end, vouch
from tidegate.verbs.record.outage import Desk

SITE = SiteSetting(url="https://status.example.org")
HERE = ("127.0.0.0/8",)


@pytest.fixture(name="journal")
def kept(tmp_path):
    with closing(begin_journal(tmp_path, site="here")) as journal:
        yield journal


def desk(journal) -> Desk:
    state, _ = read_state(journal)
    return Desk(journal=journal, state=state, by="ann", clock=time.time, entropy=lambda: os.urandom(16))


def subscribe(here: Desk, address: str, channel: str = "webhook"):
    return vouch(here, Wish(channel=channel, address=address), key=KEY).subscription


async def drain(journal, setting: ChannelSetting | None = None, **said) -> Sender:
    ledger = Ledger(journal)
    try:
        ways = channels(setting or ChannelSetting(networks=HERE), KEY)
        sender = Sender(ledger, ways, setting=SITE, key=KEY, receipt_of=str, **said)
        await sender.run(is_drain=True)
    finally:
        ledger.close()
    return sender


async def until(holds: Callable[[], bool]) -> None:
    while not holds():  # noqa: ASYNC110  what is waited for happens in another process's place
        await asyncio.sleep(0.01)


def outcomes(journal) -> list[str]:
    return sorted(one.outcome for one in desk(journal).state.deliveries.values())


def test_a_confirmed_webhook_gets_a_signed_notice_once(journal):
    """From question to notice: the library of Standard Webhooks verifies it; a second run sends nothing."""

    async def run():
        sink = HookSink()
        async with serving(sink):
            here = desk(journal)
            wish = Wish(channel="webhook", address=f"http://127.0.0.1:{sink.port}/hook")
            subject = ask(here, wish, key=KEY)
            await drain(journal)
            confirm(here, subject, token(KEY, Purpose.CONFIRM, subject), key=KEY)
            published(here, title="Sign-in fails")
            await drain(journal)
            await drain(journal)
        return subject, sink.came

    subject, came = asyncio.run(run())
    bodies = [Webhook(webhook_secret(KEY, subject)).verify(body, headers) for headers, body in came]
    assert ["subscription.question", "outage.update"] == [body["type"] for body in bodies]
    assert token(KEY, Purpose.CONFIRM, subject) in bodies[0]["data"]["confirm_url"]
    assert "Sign-in fails" == bodies[1]["data"]["title"]
    assert ["delivered", "delivered"] == outcomes(journal)


def test_each_channel_is_served_and_none_waits_for_another(journal):
    """Mail and webhooks of one update, with one receiver that hangs and one that is not there."""

    async def run():
        hook, hang, mail = HookSink(), HookSink(hanging), MailSink()
        async with serving(hook, hang, mail):
            here = desk(journal)
            for i in range(30):
                subscribe(here, f"http://127.0.0.1:{hook.port}/{i}")
                subscribe(here, f"ann{i}@example.org", "email")
            subscribe(here, f"http://127.0.0.1:{hang.port}/")
            subscribe(here, "http://127.0.0.1:1/")
            published(here)
            setting = ChannelSetting(
                networks=HERE, mail_server=f"smtp://127.0.0.1:{mail.port}", mail_from="s@example.org"
            )
            ledger = Ledger(journal)
            sender = Sender(ledger, channels(setting, KEY), setting=SITE, key=KEY, receipt_of=str)
            running = asyncio.create_task(sender.run())
            await until(lambda: sender.owed_count == 2 and len(hook.ids) + len(mail.ids) == 60)
            sender.stop()
            hang.drop()
            await running
            ledger.close()
        return hook.ids, mail.ids

    hooks, mails = asyncio.run(run())
    assert [1] * 60 == [*hooks.values(), *mails.values()]
    assert [""] * 2 + ["delivered"] * 60 == outcomes(journal)
    tried = [one.attempts_count for one in desk(journal).state.deliveries.values() if not one.outcome]
    assert [1, 1] == tried


def test_what_failed_is_tried_again_when_it_is_due(journal):
    """The journal says when; a drain before that sends nothing, one after it does, as the same message."""
    moment = [time.time()]

    async def run():
        sink = HookSink(answering(b"HTTP/1.1 503 Busy\r\nretry-after: 60\r\ncontent-length: 0\r\n\r\n"))
        async with serving(sink):
            here = desk(journal)
            subscribe(here, f"http://127.0.0.1:{sink.port}/")
            published(here)
            moment[0] = time.time()
            for seconds in (0.0, 30.0, 3600.0):
                moment[0] += seconds
                await drain(journal, clock=lambda: moment[0])
        return sink.came

    came = asyncio.run(run())
    assert 2 == len(came)
    assert came[0][0]["webhook-id"] == came[1][0]["webhook-id"]
    (delivery,) = desk(journal).state.deliveries.values()
    assert (2, True) == (delivery.attempts_count, delivery.is_owed)


def test_what_is_not_wanted_any_more_is_not_sent(journal):
    """Who ended it after the plan hears nothing; a receiver that is gone ends its subscription."""

    async def run():
        sink = HookSink(answering(b"HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n"))
        async with serving(sink):
            here = desk(journal)
            left = subscribe(here, f"http://127.0.0.1:{sink.port}/left")
            gone = subscribe(here, f"http://127.0.0.1:{sink.port}/gone")
            _, update = published(here)
            for one in (left, gone):
                payload = {"update": update.id, "subscription": one.id, "channel": "webhook"}
                here.say([Draft(kind="delivery.planned", subject=f"of {one.id}", payload=payload)])
            end(here, left.id, token(KEY, Purpose.END, left.id), key=KEY)
            await drain(journal)
        return gone, sink.came

    gone, came = asyncio.run(run())
    assert all(b"/left" not in body for _, body in came)
    assert "not_wanted" in outcomes(journal)
    assert desk(journal).state.subscription(gone.id).is_ended


def test_a_channel_that_is_not_set_up_waits(journal):
    """Mail is owed until this site, or another, can send it."""

    async def run():
        here = desk(journal)
        subscribe(here, "ann@example.org", "email")
        published(here)
        await drain(journal)

    asyncio.run(run())
    assert [""] == outcomes(journal)


def test_two_senders_do_not_work_on_one_folder(journal):
    """The second is told so at once, and sends nothing."""
    first = Ledger(journal)
    with pytest.raises(CannotTellError, match="another process is sending"):
        Ledger(journal)
    first.close()
    Ledger(journal).close()


class Faulty:
    """A channel with a fault of its own for one address."""

    is_own = False

    def __init__(self, fails: Callable[[str], bool]) -> None:
        self.fails = fails
        self.sent: list[str] = []

    def receiver(self, asked) -> str:
        return asked.address

    async def send(self, message, asked, _at_s, handover):
        if self.fails(asked.address):
            raise ZeroDivisionError
        async with handover():
            self.sent.append(message.id)
        return DELIVERED

    async def close(self) -> None:
        pass


def test_one_notice_with_a_fault_does_not_stop_the_others(journal):
    """Our own mistake with one message is written down and tried again; the others are delivered."""

    async def run():
        here = desk(journal)
        for i in range(10):
            subscribe(here, f"https://r{i}.example.org/")
        published(here)
        ledger, channel = Ledger(journal), Faulty(lambda address: "r3" in address)
        await Sender(ledger, {"webhook": channel}, setting=SITE, key=KEY, receipt_of=str).run(is_drain=True)
        ledger.close()

    asyncio.run(run())
    assert [""] + ["delivered"] * 9 == outcomes(journal)
    failed = [one for one in desk(journal).journal.entries() if one[1].kind == "delivery.attempted"]
    assert ["our own fault: ZeroDivisionError"] == [entry.payload["outcome"] for _, entry in failed]


def test_while_the_disk_is_full_nothing_is_begun_and_nothing_is_lost(journal, monkeypatch):
    """Outcomes that cannot be written are kept until they can; no further notice is sent meanwhile."""
    monkeypatch.setattr(sender_module, "FULL_DISK_S", 0.05)
    sent_while_full: list[int] = []

    async def run():
        here = desk(journal)
        for i in range(200):
            subscribe(here, f"https://r{i}.example.org/")
        published(here)
        ledger, channel = Ledger(journal), Faulty(lambda _address: False)
        append, full = ledger.append, iter([True] * 3)

        async def sometimes_full(drafts):
            if drafts[0].kind == "delivery.done" and next(full, False):
                sent_while_full.append(len(channel.sent))
                raise NoSpaceError("no space")
            await append(drafts)

        monkeypatch.setattr(ledger, "append", sometimes_full)
        await Sender(ledger, {"webhook": channel}, setting=SITE, key=KEY, receipt_of=str).run(is_drain=True)
        ledger.close()
        return channel.sent

    sent = asyncio.run(run())
    assert (200, 200) == (len(sent), len(set(sent)))
    assert ["delivered"] * 200 == outcomes(journal)
    policy = SendingPolicy()
    assert 3 == len(sent_while_full)
    assert sent_while_full[-1] - sent_while_full[0] <= policy.quick_count


def test_a_full_room_breaks_the_oldest_off_and_the_others_go_on(journal):
    """More receivers hang than there is room for: the good ones are served all the same."""
    policy = SendingPolicy(quick_count=2, slow_count=2, quick_s=0.05)

    async def run():
        hook, hang = HookSink(), HookSink(hanging)
        async with serving(hook, *[hang] * 8) as ports:
            here = desk(journal)
            for port in ports[1:]:
                subscribe(here, f"http://127.0.0.1:{port}/")
            for i in range(10):
                subscribe(here, f"http://127.0.0.1:{hook.port}/{i}")
            published(here)
            ledger = Ledger(journal)
            ways = channels(ChannelSetting(networks=HERE), KEY)
            sender = Sender(ledger, ways, setting=SITE, key=KEY, receipt_of=str, policy=policy)
            running = asyncio.create_task(sender.run())
            await until(lambda: len(hook.ids) == 10 and sender.became[Became.DOWN] >= 4)
            sender.stop()
            hang.drop()
            await running
            ledger.close()
        return hook.ids

    assert [1] * 10 == list(asyncio.run(run()).values())
    assert 10 == outcomes(journal).count("delivered")


def test_published_while_it_runs_is_sent_at_once(journal):
    """Another process publishes; the running sender sees it without being told."""

    async def run():
        sink = HookSink()
        async with serving(sink):
            here = desk(journal)
            subscribe(here, f"http://127.0.0.1:{sink.port}/")
            ledger = Ledger(journal)
            ways = channels(ChannelSetting(networks=HERE), KEY)
            sender = Sender(ledger, ways, setting=SITE, key=KEY, receipt_of=str, policy=SendingPolicy())
            running = asyncio.create_task(sender.run())
            await asyncio.to_thread(published, here)
            await until(lambda: bool(sink.ids))
            sender.stop()
            await running
            ledger.close()
        return list(sink.ids.values())

    assert [1] == asyncio.run(run())
    assert ["delivered"] == outcomes(journal)


def test_after_a_kill_what_is_known_is_not_sent_again_and_what_is_in_doubt_is(journal, tmp_path):
    """Three notices: taken and jotted down, cut off while handed over, and only planned."""

    async def run():
        sink = HookSink()
        async with serving(sink):
            here = desk(journal)
            names = [subscribe(here, f"http://127.0.0.1:{sink.port}/{i}").id for i in range(3)]
            one, update = published(here)
            here.say(list(plans(here.state, one, update)))
            taken, cut, planned = (delivery_id(update.id, name, "webhook") for name in names)
            killed = Jotter(tmp_path / JOT_NAME)
            for named in (taken, cut):
                killed.begin(named)
            killed.say(Draft(kind="delivery.done", subject=taken, payload={"outcome": "delivered"}))
            killed.close()
            await drain(journal)
        return sink.ids, {cut: 1, planned: 1}

    came, expected = asyncio.run(run())
    assert expected == came
    assert ["delivered"] * 3 == outcomes(journal)
    tries = [entry.payload["outcome"] for _, entry in journal.entries() if entry.kind == "delivery.attempted"]
    assert [IN_DOUBT] == tries
    assert 0 == (tmp_path / JOT_NAME).stat().st_size
