"""The threads that ask other sites: they outlive faults, and heed what is said of sites meanwhile."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar

from record_sample import Clock
from sites_sample import Near, group, said, say
from tidegate.adapters.between_sites.http_peer import StrangerError
from tidegate.adapters.store.peers_file import PEERS_NAME, noted_heard
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import TidegateError
from tidegate.journal.received import ChainEnd
from tidegate.server.duties import exchanging
from tidegate.server.duties.exchanging import Exchanging
from tidegate.verbs.record.site import join, members_of, own_key, retire


class NearPeer(Near):
    """A site as a peer, at an address; it tells no secrets."""

    secrets_mark = ""
    clock_s = None
    told = ()
    hears: ClassVar = {"north": 1.0}
    reaches: ClassVar = {}
    leaves: ClassVar = {}

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


def relayed(asking: Exchanging, *, hears=None, reaches=None, asked_s: float = 0.0) -> None:
    """Let a peer say whom it hears, and whom it reaches by others."""
    peer = NearPeer(asking.other, "")
    peer.hears, peer.reaches = hears or {}, reaches or {}
    asking._relay(peer, asked_s)


def test_a_site_that_nobody_here_asks_is_away_when_nobody_who_is_heard_hears_it(tmp_path):
    """Such as one that is named at a hub alone, when the hub is gone."""
    with group(tmp_path, "west", "hub", "south") as (west, hub, _):
        clock = Clock(100.0)
        asking = Asking(west, hub, pace=clock)
        asking._look()
        relayed(asking, hears={"south": 1.0}, asked_s=100.0)
        clock.now_s += 14.0
        asking.standing["hub"].heard_s = clock()
        assert () == asking.away()
        clock.now_s += 14.0
        assert ("south",) == asking.away()
        assert 29.0 == asking.ago_s(asking.standing["south"].reached_s)
        relayed(asking, hears={"south": 0.5}, asked_s=clock() - 2.0)
        assert "south" not in asking.away()


def test_what_comes_by_way_of_two_sites_is_reached_and_grows_old_all_the_same(tmp_path):
    """Two that tell each other whom they reach keep nobody alive who is gone."""
    with group(tmp_path, "west", "hub", "south") as (west, hub, _):
        clock = Clock(100.0)
        one, two = Asking(west, hub, pace=clock), Asking(hub, west, pace=clock)
        one._look()
        two._look()
        relayed(one, reaches={"south": 3.0}, asked_s=100.0)
        assert () == one.away()
        for _ in range(10):
            asked_s, told, told_back = clock(), one.reaches(), two.reaches()
            clock.now_s += 2.0  # so long each answer is under way
            relayed(two, reaches=told, asked_s=asked_s)
            relayed(one, reaches=told_back, asked_s=asked_s)
        assert 23.0 == one.reaches()["south"]
        assert "south" in one.away()
        assert "south" not in one.hears()


def test_time_counts_from_when_a_site_was_joined(tmp_path):
    """Not from the server's start, which may be long ago."""
    with group(tmp_path, "west", "east") as (west, east):
        clock, named_ones = Clock(0.0), members_of(west)
        alone = type(named_ones)(own="west", by_name={}, chain_keys={}, cut={}, forked={})
        seen = [alone]
        asking = Asking(west, east, pace=clock, members=lambda: seen[0])
        asking._look()
        clock.now_s += 600.0
        seen[0] = named_ones
        asking._look()
        clock.now_s += 10.0
        east_here = asking.standing["east"]
        assert 10.0 == asking.ago_s(east_here.reached_s, since=east_here)
        assert () == asking.away()
        clock.now_s += 6.0
        assert ("east",) == asking.away()


def test_when_a_site_was_heard_is_noted_and_known_to_the_next_server(tmp_path, monkeypatch):
    """Closed to others, at most every ten seconds; the next server gives it time to answer first."""
    monkeypatch.setattr(exchanging, "_AGAIN_S", 0.02)
    with group(tmp_path, "west", "east", "north") as (west, east, _):
        clock = Clock(100.0)
        asking = Asking(west, east, pace=clock)
        asking._look()
        asking.standing["east"].heard_s = 100.0
        asking._note()
        folder = west.path.parent
        assert {} == noted_heard(folder)
        clock.now_s += 11.0
        asking._note()
        noted = noted_heard(folder)
        assert ["east"] == list(noted)
        assert abs(west.now_s() - 11.0 - noted["east"]) < 5.0
        assert 0o600 == (folder / PEERS_NAME).stat().st_mode & 0o777
        later = Asking(west, east, pace=clock)
        later._look()
        assert 10.0 < later.ago_s(later.standing["east"].reached_s) < 20.0
        assert () == later.away()
        assert "east" not in later.hears()
        (folder / PEERS_NAME).write_text("[1", encoding="utf-8")
        assert {} == noted_heard(folder)


def test_a_site_that_says_it_does_not_work_with_this_one_is_refusing_until_it_is_heard(tmp_path, monkeypatch):
    monkeypatch.setattr(exchanging, "_AGAIN_S", 0.02)
    with group(tmp_path, "west", "east") as (west, east):
        named(west, east, "https://one.example")
        is_stranger = [True]

        class Doubting(NearPeer):
            def ends(self):
                if is_stranger[0]:
                    raise StrangerError("403")
                return super().ends()

        asking = Asking(west, east)
        monkeypatch.setattr(asking, "peer", lambda name: Doubting(east, asking._url(name)))
        asking.start()
        until(lambda: asking.standing["east"].is_refusing)
        is_stranger[0] = False
        until(lambda: not asking.standing["east"].is_refusing)
        assert "" == asking.standing["east"].why
        asking.stop()


def test_what_is_said_to_be_on_its_way_is_waited_for_and_not_for_ever(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        named(west, east, "http://127.0.0.1:1")
        pace = Clock(0.0)
        asking = Asking(west, east, pace=pace)
        peer = asking.peer("east")
        asking._asked["east"] = peer
        assert not asking.is_catching_up()
        peer.told = (ChainEnd(label="east", number=3_000, hash="0" * 64),)
        assert asking.is_catching_up()
        pace.now_s = 299.0
        assert asking.is_catching_up()
        pace.now_s = 301.0  # whoever says so hands nothing over
        assert not asking.is_catching_up()
        peer.told = ()
        assert not asking.is_catching_up()
        peer.told = (ChainEnd(label="east", number=3_000, hash="0" * 64),)
        assert asking.is_catching_up()
