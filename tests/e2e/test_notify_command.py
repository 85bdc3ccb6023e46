"""Notices on the command line: subscribe, agree, publish, send; and a sender that is killed in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from notice_sample import KEY, published
from record_sample import WORLD
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.journal_state import read_state
from tidegate.inform.resumption import IN_DOUBT
from tidegate.inform.wish import Wish
from tidegate.verbs.record.notify import vouch
from tidegate.verbs.record.outage import Desk

TIDEGATE = str(Path(sys.executable).with_name("tidegate"))
SINKS = Path(__file__).parents[1] / "notice_sinks.py"


class Sinks:
    """Receivers in a process of their own, which outlives the senders that a test kills."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(SINKS)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.ports = json.loads(self.process.stdout.readline())

    def ask(self, what: str) -> dict:
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())


@pytest.fixture(name="sinks")
def receivers() -> Iterator[Sinks]:
    found = Sinks()
    try:
        yield found
    finally:
        found.process.stdin.close()
        found.process.wait(10)
        found.process.stdout.close()


@pytest.fixture(name="environment")
def settings(tmp_path, sinks) -> dict[str, str]:
    return {
        **os.environ,
        "TIDEGATE_DATA": str(tmp_path / "data"),
        "TIDEGATE_NETWORKS": "127.0.0.0/8",
        "TIDEGATE_MAIL_SERVER": f"smtp://127.0.0.1:{sinks.ports['mail']}",
        "TIDEGATE_MAIL_FROM": "status@example.org",
    }


@pytest.fixture(name="tidegate")
def command(tmp_path, environment):
    (tmp_path / "world.yaml").write_text(WORLD, encoding="utf-8")

    def run(*words: str, code: int = 0) -> str:
        done = subprocess.run(
            [TIDEGATE, *words],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert code == done.returncode, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout + done.stderr

    return run


def test_from_subscription_to_notice(tidegate, sinks):
    """Subscribe, publish, see what is owed, send it; each command its own process on one record."""
    tidegate("outage", "open", "--world", "world.yaml", "--cause", "login")
    assert "Nobody is subscribed." in tidegate("notify", "subscriptions")
    hook = f"http://127.0.0.1:{sinks.ports['hooks'][0]}/"
    assert "whsec_" in tidegate("notify", "subscribe", "webhook", hook, "--vouch")
    assert "asked whether it agrees" in tidegate("notify", "subscribe", "email", "ann@example.org")
    assert "asked, has not agreed yet" in tidegate("notify", "subscriptions")
    tidegate("outage", "confirm", "--world", "world.yaml")
    tidegate("outage", "publish", "--world", "world.yaml")
    assert "1 notice (webhook 1) not looked at" in tidegate("notify", "owed")
    assert "2 × delivered." in tidegate("notify", "run")
    assert {"hook": 1, "mail": 1} == sinks.ask("count")
    assert "Nothing was sent." in tidegate("notify", "run")
    subject = tidegate("notify", "subscriptions").split()[0]
    assert "hears nothing more" in tidegate("notify", "end", subject)


def test_a_notice_that_waits_for_another_try_is_a_condition(tidegate):
    """Exit 3 and the time of the next try, where the receiver is not there."""
    tidegate("notify", "subscribe", "webhook", "http://127.0.0.1:1/", "--vouch")
    tidegate("outage", "open", "x", "--component", "login")
    tidegate("outage", "confirm")
    tidegate("outage", "publish")
    said = tidegate("notify", "run", code=3)
    assert "1 × the receiver did not answer" in said
    assert "the next try is due in" in said


def test_a_channel_can_be_tried(tidegate, sinks):
    """A test notice says what the receiver answers: delivered, or why not."""
    assert "Delivered." in tidegate(
        "notify", "test", "webhook", f"http://127.0.0.1:{sinks.ports['hooks'][0]}/"
    )
    assert "will never take this one" in tidegate("notify", "test", "webhook", "https://10.0.0.1/", code=5)
    assert "Is not set up here" in tidegate("notify", "test", "operators", "on-call", code=2)
    assert "Is no mail address" in tidegate("notify", "test", "email", "x", code=2)


def owed(folder: Path, count: int, ports: dict) -> None:
    """A journal that owes so many notices, half by webhook and half by mail."""
    with closing(begin_journal(folder, site="here")) as journal:
        state, _ = read_state(journal)
        here = Desk(journal=journal, state=state, by="ann", clock=time.time, entropy=lambda: os.urandom(16))
        for i in range(count // 2):
            vouch(here, Wish(channel="webhook", address=f"http://127.0.0.1:{ports['hooks'][0]}/{i}"), key=KEY)
            vouch(here, Wish(channel="email", address=f"ann{i}@example.org"), key=KEY)
        published(here)


def test_killed_in_the_middle_it_loses_none_and_repeats_only_under_the_same_id(tmp_path, sinks, environment):
    """Kill -9 again and again while it sends: every notice arrives, and a receiver sees no second id.

    What came twice is what the record says was in doubt, and nothing else.
    """
    count, folder = 400, tmp_path / "data"
    owed(folder, count, sinks.ports)
    for _ in range(20):
        sender = subprocess.Popen([TIDEGATE, "notify", "run"], env=environment, stdout=subprocess.DEVNULL)
        before = sum(sinks.ask("count").values())
        while sender.poll() is None and sum(sinks.ask("count").values()) < min(before + 60, count):
            time.sleep(0.01)
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        if sum(sinks.ask("count").values()) == count:
            break
    subprocess.run([TIDEGATE, "notify", "run"], env=environment, check=True, stdout=subprocess.DEVNULL)
    with closing(open_journal(folder)) as journal:
        deliveries = read_state(journal)[0].deliveries
        in_doubt = {
            entry.subject for _, entry in journal.entries() if entry.payload.get("outcome") == IN_DOUBT
        }
    ids = sinks.ask("ids")
    assert {"delivered"} == {one.outcome for one in deliveries.values()}
    assert deliveries.keys() == {*ids["hook"], *ids["mail"]}
    assert count == len(deliveries)
    assert {name for came in ids.values() for name, times in came.items() if times > 1} <= in_doubt
