"""Several sites send what is owed: each notice once while they hear each other, none lost else."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from notice_sample import KEY, published
from notice_sinks import HookSink, MailSink, serving
from sites_sample import group, heal
from tidegate.adapters.channels.channel_setting import ChannelSetting, channels
from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.sender import Sender
from tidegate.adapters.store.journal_file import JournalFile
from tidegate.adapters.store.journal_state import read_state
from tidegate.inform import sending_ability, sending_turn
from tidegate.inform.notice_schedule import SendingPolicy
from tidegate.inform.site.site_setting import SiteSetting
from tidegate.inform.wish import Wish
from tidegate.verbs.record.notify import vouch
from tidegate.verbs.record.outage import Desk
from tidegate.world.retry import RetryLayer

SITE = SiteSetting(url="https://status.example.org")
HERE = ("127.0.0.0/8",)
STEP_S = 1.0
SOON = SendingPolicy(layer=RetryLayer(base_s=0.2, multiplier_ratio=1.5, cap_s=0.5, jitter="equal"))


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(sending_turn, "STEP_S", STEP_S)
    monkeypatch.setattr(sending_ability, "FAILS_S", 1.0)
    monkeypatch.setattr("tidegate.adapters.channels.shared_sending.PLANNED_ELSEWHERE_S", 0.5)


class Line:
    """What sites hear each other by; cut, nothing passes."""

    def __init__(self, *journals: JournalFile) -> None:
        self.journals = journals
        self.is_cut = False
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._over.wait(0.05):
            if not self.is_cut:
                heal(*self.journals)

    @contextmanager
    def open(self) -> Iterator[Line]:
        heal(*self.journals)
        self._thread.start()
        try:
            yield self
        finally:
            self._over.set()
            self._thread.join()


def desk(journal: JournalFile) -> Desk:
    state, _ = read_state(journal)
    return Desk(journal=journal, state=state, by="ann", clock=time.time, entropy=lambda: os.urandom(16))


@contextmanager
def sending(*journals: JournalFile, mail: dict[str, int] | None = None) -> Iterator[dict[str, Sender]]:
    """Let each site send, within a loop that runs."""
    senders = {}
    with ExitStack() as stack:
        for journal in journals:
            ledger = Ledger(journal)
            stack.callback(ledger.close)
            port = (mail or {}).get(journal.site)
            server = f"smtp://127.0.0.1:{port}" if port else ""
            setting = ChannelSetting(networks=HERE, mail_server=server, mail_from="s@example.org")
            senders[journal.site] = Sender(
                ledger, channels(setting, KEY), setting=SITE, key=KEY, receipt_of=str, policy=SOON, besides=()
            )
        yield senders


async def until(holds, seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110  what is waited for happens in another process's place
            await asyncio.sleep(0.02)


def run_both(journals, sinks, during, *, mail=None):
    async def run():
        async with serving(*sinks):
            ports = {name: sink.port for name, sink in (mail or {}).items()}
            with sending(*journals, mail=ports) as senders:
                tasks = [asyncio.create_task(one.run()) for one in senders.values()]
                try:
                    await during(senders)
                finally:
                    for one in senders.values():
                        one.stop()
                    await asyncio.gather(*tasks)

    asyncio.run(run())


def outcomes(journal) -> list[str]:
    return [one.outcome for one in desk(journal).state.deliveries.values()]


def subscribe(journal, sink, count: int) -> None:
    here = desk(journal)
    for i in range(count):
        vouch(here, Wish(channel="webhook", address=f"http://127.0.0.1:{sink.port}/{i}"), key=KEY)


def test_sites_that_hear_each_other_share_the_work_and_send_nothing_twice(tmp_path):
    hook = HookSink()
    with group(tmp_path, "west", "east") as (west, east), Line(west, east).open():

        async def during(senders):
            subscribe(west, hook, 60)
            published(desk(west))
            await until(lambda: len(hook.ids) == 60)
            await until(lambda: set(outcomes(east)) == {"delivered"} == set(outcomes(west)))
            await asyncio.sleep(2 * STEP_S)
            assert 60 == len(hook.ids) == sum(hook.ids.values())
            counts = [sum(one.became.values()) for one in senders.values()]
            assert 60 == sum(counts)
            assert min(counts) > 10

        run_both((west, east), (hook,), during)


def test_sites_that_are_cut_lose_none_and_send_none_more_than_twice(tmp_path):
    hook = HookSink()
    with group(tmp_path, "west", "east") as (west, east), Line(west, east).open() as line:

        async def during(_senders):
            subscribe(west, hook, 40)
            await until(lambda: len(desk(east).state.subscriptions()) == 40)
            line.is_cut = True
            await asyncio.sleep(0.2)
            published(desk(west))
            await until(lambda: len(hook.ids) == 40)  # also those that were the other's to send
            assert 40 == sum(hook.ids.values())
            line.is_cut = False
            published(desk(east))
            await until(lambda: len(hook.ids) == 80)
            await asyncio.sleep(2 * STEP_S)
            assert 80 == sum(hook.ids.values())

        run_both((west, east), (hook,), during)


def test_an_update_that_both_sides_of_a_cut_know_is_sent_once_by_each_at_most(tmp_path):
    """The cut falls between the words and their notices: both sides plan the same, and both send."""
    hook = HookSink()
    with group(tmp_path, "west", "east") as (west, east):

        async def during(_senders):
            await until(lambda: len(hook.ids) == 30)
            await asyncio.sleep(3 * STEP_S)
            assert set(hook.ids.values()) <= {1, 2}
            heal(west, east)
            await asyncio.sleep(2 * STEP_S)
            assert set(hook.ids.values()) <= {1, 2}
            assert 30 == len(outcomes(west)) == len(outcomes(east))
            assert {"delivered"} == set(outcomes(west)) == set(outcomes(east))

        async def begin():
            async with serving(hook):
                subscribe(west, hook, 30)
                published(desk(west))
                heal(west, east)

        # The sink has another port in the second round, so the first only finds one that is free.
        asyncio.run(begin())
        fixed = hook.port

        async def run():
            server = await asyncio.start_server(hook.serve, "127.0.0.1", fixed)
            with sending(west, east) as senders:
                tasks = [asyncio.create_task(one.run()) for one in senders.values()]
                try:
                    await during(senders)
                finally:
                    for one in senders.values():
                        one.stop()
                    await asyncio.gather(*tasks)
                    server.close()
                    hook.drop()

        asyncio.run(run())


def test_a_site_whose_mail_server_is_down_leaves_mail_to_the_others(tmp_path):
    """It tries, another is next; and it says itself that it cannot, so that it is not waited for again."""
    mail, dead = MailSink(), MailSink()
    dead.port = 1
    with group(tmp_path, "west", "east") as (west, east), Line(west, east).open():

        async def during(_senders):
            here = desk(west)
            for i in range(20):
                vouch(here, Wish(channel="email", address=f"ann{i}@example.org"), key=KEY)
            published(here)
            await until(lambda: len(mail.ids) == 20)
            await until(lambda: set(outcomes(west)) == {"delivered"})
            assert 20 == sum(mail.ids.values())

        run_both((west, east), (mail,), during, mail={"west": dead, "east": mail})


def test_a_site_without_mail_says_so_and_no_mail_waits_for_it(tmp_path, monkeypatch):
    monkeypatch.setattr(sending_turn, "STEP_S", 60.0)
    mail = MailSink()
    with group(tmp_path, "west", "east") as (west, east), Line(west, east).open():

        async def during(_senders):
            await until(lambda: "west" in desk(east).state.sites.able)
            here = desk(west)
            for i in range(20):
                vouch(here, Wish(channel="email", address=f"ann{i}@example.org"), key=KEY)
            published(here)
            await until(lambda: len(mail.ids) == 20)  # long before a step is over
            assert 0 == sum(one.attempts_count for one in desk(west).state.deliveries.values())

        run_both((west, east), (mail,), during, mail={"east": mail})
        able = desk(east).state.sites.able
        assert "email" not in able["west"].payload["ways"]
        assert "email" in able["east"].payload["ways"]
