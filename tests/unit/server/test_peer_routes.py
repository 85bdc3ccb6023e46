"""What other sites are told and what is learnt from how they ask."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from server_sample import house
from sites_sample import begun, drawn, say
from tidegate.adapters.between_sites.http_peer import SIGNATURE, HttpPeer, RetiredError, StrangerError
from tidegate.adapters.store.site_key import read_key
from tidegate.server.addresses import build
from tidegate.server.peers.peer_routes import Peers
from tidegate.verbs.record.site import join, own_key, retire


def test_who_asks_as_a_site_and_says_something_else_is_noticed(tmp_path):
    """A copied folder that was started elsewhere: it asks others, and nobody asks it."""
    with house(tmp_path, site="west") as west:
        east = begun(tmp_path, "east")
        join(west.journal, "east", key=own_key(east), address="", by="test", may_be_plain=True)
        join(east, "west", key=own_key(west.journal), address="", by="test", may_be_plain=True)
        say(east, "one")
        drawn(west.journal, east)
        peers = Peers(west)
        end = east.ends()[0]
        same = f"{end.label} {end.number} {end.hash}"
        for own in ("", "east", "east x y", same, "east 999 00", "west 1 00"):
            peers.compare("east", own)
            assert {} == west.conversations.contradicted
        peers.compare("east", f"east {end.number} {'0' * 64}")
        assert {"east": ("east", end.number)} == west.conversations.contradicted
        assert any("Two machines write as site east" in alarm.says for alarm in west.sites.alarms)
        east.close()


class Asking(HttpPeer):
    """A site that asks a server without a socket; `forged` is said behind the first line of a refusal."""

    def __init__(self, at, own, folder, forged: str | None = None) -> None:
        key = read_key(folder / own / "site.key")
        known = own_key(at.journal)
        super().__init__(
            own=own, own_key=lambda: key, name="west", key=lambda: known, url="https://w.example"
        )
        self._client, self._forged = TestClient(build(at)), forged

    def _exchange(self, target, headers):
        answer = self._client.get(target, headers=headers)
        body = answer.content
        if self._forged is not None:
            body = body.split(b"\n")[0] + b"\n" + self._forged.encode()
        return answer.status_code, body, answer.headers.get(SIGNATURE, "")


def test_a_site_that_was_retired_is_told_so_signed_and_a_stranger_is_not(tmp_path):
    """Whoever sits in between cannot tell a site that it was retired, nor with a word of before."""
    with house(tmp_path, site="west") as west:
        east, south = begun(tmp_path, "east"), begun(tmp_path, "south")
        join(west.journal, "east", key=own_key(east), address="", by="test", may_be_plain=True)
        assert Asking(west, "east", tmp_path).ends()
        retire(west.journal, "east", because="", by="test")
        with pytest.raises(RetiredError, match="it was retired there"):
            Asking(west, "east", tmp_path).ends()
        old = west.conversations.parting("east", "west", "00" * 16)
        assert old
        for forged in ("", old, "ab" * 64, "x"):
            with pytest.raises(StrangerError) as refused:
                Asking(west, "east", tmp_path, forged).ends()
            assert not isinstance(refused.value, RetiredError), forged
        with pytest.raises(StrangerError) as refused:
            Asking(west, "south", tmp_path).ends()
        assert not isinstance(refused.value, RetiredError)
        east.close(), south.close()
