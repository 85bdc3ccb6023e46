"""Keys that another site had hold here as well, and what was renewed reaches nobody whom it is not for."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from unittest.mock import patch

import pytest

from record_sample import Clock
from server_sample import QUICK, Browser, house
from sites_sample import group, heal
from tidegate.adapters.between_sites.http_peer import Told
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import InputError
from tidegate.inform.notice import confirm_address, end_address, question
from tidegate.inform.site.segment_link import segment_pages
from tidegate.inform.token import CommonKey, Purpose, all_keys, is_token, token
from tidegate.inform.wish import Wish
from tidegate.server.duties.exchanging import Exchanging
from tidegate.server.duties.peer_standing import PeerStanding
from tidegate.verbs.record.drawing import Drawn
from tidegate.verbs.record.notify import ask, find_subscription
from tidegate.verbs.record.site import members_of, retire


@dataclass
class FakePeer:
    """A site that tells its secrets as another file has them."""

    kept: SecretsFile
    told: tuple
    peer: str = "west"

    @property
    def secrets_mark(self) -> str:
        return self.kept.mark()

    def secrets(self) -> Told:
        return Told(text=self.kept.held.text(), ends=self.told)


def exchanging(journal, kept: SecretsFile) -> Exchanging:
    return Exchanging(
        journal, members=lambda: members_of(journal), addresses={}, key=lambda: None,
        arrived=lambda: None, kept=kept,
    )  # fmt: skip


def share(here: Exchanging, peer: FakePeer, standing: PeerStanding | None = None) -> str:
    one = standing or PeerStanding(name="west", url="")
    return here._share(peer, one, Drawn(), "")  # one step of the thread that asks


def test_renewed_keys_wait_until_it_is_known_for_whom_they_are_not(tmp_path):
    """Else they would be told on to the site because of which they were renewed."""
    with group(tmp_path, "west", "east", "north") as (west, east, north):
        heal(west, east, north)
        here, kept = SecretsFile(tmp_path / "east"), SecretsFile(tmp_path / "west")
        asks = exchanging(east, here)
        share(asks, FakePeer(kept, west.ends()))
        assert set(kept.held.keys) < set(here.held.keys)
        retire(west, "north", because="", by="test")
        assert "" == share(asks, FakePeer(kept, west.ends()))
        assert here.held.key != kept.held.key
        heal(west, east)
        assert kept.mark() == share(asks, FakePeer(kept, west.ends()))
        assert here.held.key == kept.held.key


def test_secrets_of_a_time_to_come_are_not_taken_and_that_is_said(tmp_path, caplog):
    """Otherwise a clock that is ahead would win over every later word; what else that site says is taken."""
    with group(tmp_path, "west", "east") as (_, east):
        here = SecretsFile(tmp_path / "east")
        ahead = SecretsFile(tmp_path / "west", clock=lambda: 1e10)
        ahead.set_password("ann", "hash")
        with pytest.raises(InputError, match="time to come"):
            here.take(ahead.held.text())
        standing = PeerStanding(name="west", url="")
        with caplog.at_level(logging.ERROR):
            assert "" == share(exchanging(east, here), FakePeer(ahead, ()), standing)
        assert "time to come" in standing.withheld
        assert "secrets were not taken" in caplog.text
        assert {} == here.held.passwords


def test_a_disk_that_takes_no_secrets_does_not_cut_two_sites(tmp_path, monkeypatch):
    """It is said as what is not taken."""
    with group(tmp_path, "west", "east") as (_, east):
        here, kept = SecretsFile(tmp_path / "east"), SecretsFile(tmp_path / "west")

        def full(_handle):
            raise OSError(28, "no space left")

        monkeypatch.setattr("os.fsync", full)
        standing = PeerStanding(name="west", url="")
        assert "" == share(exchanging(east, here), FakePeer(kept, ()), standing)
        assert "no space left" in standing.withheld


def test_words_of_an_earlier_key_hold_and_new_ones_are_of_the_later():
    """Links that were mailed end subscriptions at any site, whichever made them."""
    key = CommonKey(b"b" * 32, [b"a" * 32])
    before = token(b"a" * 32, Purpose.END, "one")
    assert is_token(key, Purpose.END, "one", before)
    assert is_token(key, Purpose.END, "one", token(key, Purpose.END, "one"))
    assert token(b"b" * 32, Purpose.END, "one") == token(key, Purpose.END, "one")
    assert not is_token(key, Purpose.END, "one", token(b"c" * 32, Purpose.END, "one"))
    assert (b"b" * 32, b"a" * 32) == all_keys(key)


def test_a_house_goes_on_with_what_another_site_knows(tmp_path):
    """Its words, its segments' addresses and its sessions; those that it gave out before hold on."""
    clock = Clock()
    with (
        house(tmp_path, clock=clock, with_world=True) as here,
        patch("tidegate.server.access.accounts.PasswordHasher", QUICK),
    ):
        browser = Browser(here)
        browser.login("rob")
        key, site = here.key, here.site
        with here.record.desk("test") as desk:
            subject = ask(desk, Wish(channel="email", address="a@example.org"), key=key)
        other = SecretsFile(_folder(tmp_path / "other"), clock=lambda: 1.0)  # it is the older one
        other.know_link("ab" * 32)
        here.kept.take(other.held.text())
        here.mind_the_sites()

        assert (other.held.key, [bytes(key)]) == (here.key.hex(), list(here.key.before))
        assert 200 == browser.get("/console").status_code
        assert 200 == browser.client.get(end_address("", key, subject)).status_code
        assert 200 == browser.client.get(end_address("", here.key, subject)).status_code
        with here.record.reading() as state:
            asked = find_subscription(state, subject)
            mailed = question(state, here.site, asked, named="x", key=here.key)
        assert confirm_address(here.site.url, key, subject) == mailed.confirm_url

        here.publisher.follow()
        for setting in (site, here.site):
            pages = [path for _, path, _ in segment_pages(setting, clock())]
            assert pages
            assert all((here.public / path).exists() for path in pages)
        assert bytes.fromhex("ab" * 32) == here.site.link_secret

        here.kept.renew()
        here.mind_the_sites()
        here.publisher.follow()
        assert 303 == browser.get("/console").status_code, "everybody logs in again"
        assert 200 == browser.client.get(end_address("", key, subject)).status_code
        assert not any((here.public / path).exists() for path in pages)


def _folder(path):
    path.mkdir()
    return path
