"""A first start makes no account where another site has one, and says when its password may not hold."""

from __future__ import annotations

import logging
import shutil
import time
from contextlib import closing
from pathlib import Path

import pytest

from sites_sample import admit, begun, heal
from tidegate.adapters.between_sites.http_peer import PeerError, Told
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.journal.entry import Draft
from tidegate.server.access.first_account import begin_accounts
from tidegate.server.house import House
from tidegate.server.setting import ServerSetting
from tidegate.verbs.record.handing_over import exchange_through


class Peer:
    """Another site, asked by nothing but a call."""

    def __init__(self, kept: SecretsFile | None, *, waits_s: float = 0.0) -> None:
        self.kept, self.waits_s = kept, waits_s

    def secrets(self) -> Told:
        time.sleep(self.waits_s)
        if self.kept is None:
            raise PeerError("it does not answer")
        return Told(text=self.kept.held.text(), ends=())

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture
def west(tmp_path: Path):
    """A server that begins, of a site that works with east."""
    west, east = begun(tmp_path, "west"), begun(tmp_path, "east")
    admit(west, east)
    west.close(), east.close()
    setting = ServerSetting(data=str(tmp_path / "west"), peers={"east": "http://127.0.0.1:1"})
    house = House(setting, url="http://testserver")
    yield house
    house.close()


def started(house: House, peer: Peer) -> list[str]:
    house.exchanging.peer = lambda _name: peer
    lines: list[str] = []
    begin_accounts(house, lines.append, asked_s=0.5)
    return lines


def test_no_account_is_made_where_another_site_has_one(west, tmp_path):
    kept = SecretsFile(tmp_path / "east")
    kept.set_password("admin", "hashed", is_first=True)
    said = started(west, Peer(kept))
    assert {} == west.kept.held.passwords
    assert "no account is made, for site east has one" in said[0]


@pytest.mark.parametrize("peer", [Peer(None), Peer(None, waits_s=2.0)])
def test_where_nobody_answers_in_time_one_is_made_and_it_is_said_that_it_may_not_hold(west, peer):
    said = started(west, peer)
    assert ["admin"] == list(west.kept.held.passwords)
    assert "holds until another site's is heard" in said[-2]
    assert said[-1].endswith("Not heard yet: east.")


def test_a_site_alone_says_nothing_of_others(tmp_path):
    with closing(House(ServerSetting(data=str(tmp_path / "alone")), url="http://testserver")) as house:
        assert 3 == len(started(house, Peer(None)))


def test_an_account_that_another_site_declared_is_enough(tmp_path):
    west, east = begun(tmp_path, "west"), begun(tmp_path, "east")
    admit(west, east), admit(east, west)
    east.append([Draft(kind="account.declared", subject="ann", payload={"name": "ann", "role": "admin"})])
    heal(west, east)
    west.close(), east.close()
    with closing(House(ServerSetting(data=str(tmp_path / "west")), url="http://testserver")) as house:
        assert "for site east has one" in started(house, Peer(None))[0]
        assert {} == house.kept.held.passwords


def test_an_account_in_a_store_that_both_reach_is_enough(tmp_path):
    """A server looks there first; one whose store cannot be used begins all the same, and says so."""
    (tmp_path / "shared").mkdir()
    west, east = begun(tmp_path, "west"), begun(tmp_path, "east")
    admit(west, east), admit(east, west)
    east.append([Draft(kind="account.declared", subject="ann", payload={"name": "ann", "role": "admin"})])
    exchange_through(east, str(tmp_path / "shared"))
    west.close()
    for place, is_made in (("shared", False), ("away", True)):
        setting = ServerSetting(data=str(tmp_path / "west"), exchange=(str(tmp_path / place),))
        if is_made:
            shutil.rmtree(tmp_path / "west")
            again = begun(tmp_path, "west")
            admit(again, east)
            again.close()
        with closing(House(setting, url="http://testserver")) as house:
            said = started(house, Peer(None))
            assert is_made is bool(house.kept.held.passwords)
            assert is_made is ("for site east has one" not in said[0])
            told = [one.says for one in house._alarms("rob")]
            assert is_made is any(one.startswith("The folder") and "cannot be used" in one for one in told)
    east.close()


def test_the_log_says_that_a_first_password_holds_no_more(tmp_path, caplog):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    earlier = SecretsFile(tmp_path / "a", clock=lambda: 1.0)
    later = SecretsFile(tmp_path / "b", clock=lambda: 2.0)
    for one in (earlier, later):
        one.set_password("admin", f"hash {one.mark()}", is_first=True)
    with caplog.at_level(logging.WARNING, logger="tidegate.secrets"):
        earlier.take(later.held.text())
        assert not caplog.records
        later.take(earlier.held.text())
    assert "a first start's password holds no more" in caplog.text
