"""What other sites are told and what is learnt from how they ask."""

from __future__ import annotations

from server_sample import house
from sites_sample import begun, drawn, say
from tidegate.server.peers.peer_routes import Peers
from tidegate.verbs.record.site import join, own_key


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
