"""The sender in the server's life: it begins, says why it cannot, begins again, and ends well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from server_sample import Browser, house
from tidegate.adapters.channels.ledger import Ledger
from tidegate.adapters.channels.sending_answer import Became
from tidegate.inform.wish import Wish
from tidegate.server.duties import sending as notices_module
from tidegate.verbs.record.notify import ask

PATIENCE_S = 30.0


@pytest.fixture
def here(tmp_path):
    with house(tmp_path) as opened:
        yield opened


def wait_for(found: Callable[[], object]) -> None:
    until_s = time.monotonic() + PATIENCE_S
    while not found() and time.monotonic() < until_s:
        time.sleep(0.01)
    assert found()


def test_it_sends_what_is_owed_and_ends(here):
    """A webhook inside is never reached: the try is counted, the metrics say so, and the thread ends."""
    here.notices.start()
    with here.record.desk("test") as desk:
        ask(desk, Wish(channel="webhook", address="https://127.0.0.1:9/x"), key=here.key)
    here.notices.wake()
    wait_for(lambda: sum(here.notices.became.values()))
    assert 0 == here.notices.became[Became.DELIVERED]
    said = Browser(here).get("/metrics").text
    assert all(
        row in said for row in ("tidegate_notices_failed_total 1.0", "tidegate_notices_sent_total 0.0")
    )
    here.notices.stop()
    assert "notices" not in [thread.name for thread in threading.enumerate()]


def test_another_sender_is_named_and_waited_for(here, monkeypatch):
    """While another process sends for this folder the console and the metrics say so; then it begins."""
    monkeypatch.setattr(notices_module, "_AGAIN_S", 0.01)
    other = Ledger(here.journal)
    here.notices.start()
    wait_for(lambda: here.notices.failure)
    rob = Browser(here)
    rob.login("rob")
    assert "another process is sending" in rob.get("/console").text
    assert "tidegate_sender_down 1.0" in rob.get("/metrics").text
    other.close()
    wait_for(lambda: not here.notices.failure)
    here.notices.stop()


def test_a_fault_of_ours_does_not_end_sending(here, monkeypatch):
    """Whatever goes wrong at the begin, it is tried again."""
    monkeypatch.setattr(notices_module, "_AGAIN_S", 0.01)
    broken = [ValueError("ours"), ValueError("ours")]
    real = notices_module.channels

    def channels(*said):
        if broken:
            raise broken.pop()
        return real(*said)

    monkeypatch.setattr(notices_module, "channels", channels)
    here.notices.start()
    wait_for(lambda: not broken and not here.notices.failure)
    here.notices.stop()


def test_without_notices_nothing_begins(tmp_path):
    """A site that sends none has no sender, and leaves the folder to another."""
    with house(tmp_path, notices="no") as here:
        here.start()
        assert "notices" not in [thread.name for thread in threading.enumerate()]
        Ledger(here.journal).close()
