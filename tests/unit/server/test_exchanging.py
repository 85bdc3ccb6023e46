"""The threads that ask other sites: they outlive faults, and heed what is said of sites meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from sites_sample import Near, group, said, say
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import TidegateError
from tidegate.server.duties import exchanging
from tidegate.server.duties.exchanging import Exchanging
from tidegate.verbs.record.site import join, members_of, own_key, retire


class NearPeer(Near):
    """A site as a peer, at an address; it tells no secrets."""

    secrets_mark = ""
    clock_s = None
    told = ()
    hears: ClassVar = {"north": 1.0}

    def __init__(self, journal, url: str) -> None:
        super().__init__(journal)
        self.url = url
        self.told, self.clock_s, self.secrets_mark = (), None, ""
        self.is_closed = False

    def ends(self):
        time.sleep(0.02)
        return super().ends()

    def close(self) -> None:
        self.is_closed = True


class NoSecrets:
    """A site that has no secrets, and takes none."""

    def mark(self) -> str:
        return ""


class Asking(Exchanging):
    """Asks one other site; keeps the peers that were made."""

    def __init__(self, journal, other, **settings) -> None:
        settings = {"members": lambda: members_of(journal), "addresses": {}, **settings}
        kept = SecretsFile(journal.path.parent)
        super().__init__(journal, key=lambda: None, arrived=lambda: None, kept=kept, **settings)
        self.other = other
        self.made: list[NearPeer] = []

    def peer(self, name: str):
        self.made.append(NearPeer(self.other, self._url(name)))
        return self.made[-1]


def until(is_so: Callable[[], bool]) -> None:
    until_s = time.monotonic() + 20.0
    while not is_so():
        assert time.monotonic() < until_s
        time.sleep(0.02)


def named(journal, other, address: str) -> None:
    join(journal, other.site, key=own_key(other), address=address, by="test", may_be_plain=True)


def test_a_record_that_cannot_be_read_for_a_moment_ends_no_exchange(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_LOOK_EVERY_S", 0.02)
    monkeypatch.setattr(exchanging, "_AGAIN_S", 0.02)
    with group(tmp_path, "west", "east") as (west, east):
        named(west, east, "https://one.example")
        failing = [False]

        def members():
            if failing[0]:
                raise TidegateError("the disk is away")
            return members_of(west)

        asking = Asking(west, east, members=members)
        asking.start()
        failing[0] = True
        time.sleep(0.3)
        failing[0] = False
        say(east, "word")
        until(lambda: ["word"] == said(west))
        assert asking._watcher.is_alive()
        asking.stop()


def test_a_site_that_was_retired_and_is_named_again_is_asked_again(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_LOOK_EVERY_S", 0.02)
    with group(tmp_path, "west", "east") as (west, east):
        named(west, east, "https://one.example")
        asking = Asking(west, east)
        asking.start()
        until(lambda: asking.standing["east"].why == "")
        retire(west, "east", because="", by="test")
        until(lambda: not asking._threads["east"].is_alive())
        named(west, east, "https://one.example")
        east.begin_chain()  # what it said before is cut where it was retired
        say(east, "word")
        until(lambda: ["word"] == said(west))
        asking.stop()


def test_a_site_that_is_said_to_be_elsewhere_is_asked_there(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_LOOK_EVERY_S", 0.02)
    with group(tmp_path, "west", "east") as (west, east):
        named(west, east, "https://one.example")
        asking = Asking(west, east)
        asking.start()
        until(lambda: asking.standing["east"].why == "")
        named(west, east, "https://two.example")
        until(lambda: asking.made[-1].url == "https://two.example")
        until(lambda: asking.standing["east"].url == "https://two.example")
        assert asking.made[0].is_closed
        asking.stop()


def test_whom_a_peer_hears_is_reached_by_way_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_LOOK_EVERY_S", 0.02)
    with group(tmp_path, "west", "east", "north") as (west, east, _):
        named(west, east, "https://one.example")
        asking = Asking(west, east)
        asking.start()
        until(lambda: asking.standing["east"].heard_s is not None)
        until(lambda: asking.standing["north"].reached_s is not None)
        assert asking.standing["north"].heard_s is None
        assert "north" not in asking.hears()
        asking.stop()
