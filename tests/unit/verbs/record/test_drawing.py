"""What sites hand each other: all of it once, nothing unchecked, nothing lost in a fork."""

from __future__ import annotations

import shutil

import pytest

from record_sample import Clock
from sites_sample import Near, admit, begun, drawn, forget, group, heal, kept, put_back, said, say
from tidegate.adapters.files.worlds import read_text
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Steady
from tidegate.journal.entry import Sealed
from tidegate.track.recorded import Recorded, read_record
from tidegate.verbs.record.drawing import draw
from tidegate.verbs.record.site import announce_key, change_key, members_of, retire, vouch_for_histories


def test_everything_reaches_everybody_over_one_in_between(tmp_path):
    west, mid, east = (begun(tmp_path, name) for name in ("west", "mid", "east"))
    admit(west, mid), admit(mid, west, east), admit(east, mid)
    say(west, "west says"), say(east, "east says")
    for _ in range(2):
        for one, other in ((mid, west), (mid, east), (west, mid), (east, mid)):
            drawn(one, other)
    assert kept(west) == kept(mid) == kept(east)
    assert ["west says", "east says"] == said(west) == said(east)


def test_a_site_that_nobody_named_is_not_taken_in(tmp_path):
    west, stranger = begun(tmp_path, "west"), begun(tmp_path, "stranger")
    say(stranger, "lies")
    found = drawn(west, stranger)
    assert "nobody here has named" in str(found.refused["stranger"])
    assert [] == said(west)


def test_a_name_with_another_key_is_not_taken_in(tmp_path):
    with group(tmp_path, "west", "east") as (west, _):
        other = begun(tmp_path / "thief", "east")
        assert "key that is not trusted" in str(drawn(west, other).refused["east"])


def changed(one, before, after):
    return Sealed(body=one.body.replace(before, after), signature=one.signature)


def test_a_changed_entry_is_not_kept_and_those_before_it_are(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "one"), say(east, "two")

        class Lying(Near):
            def entries(self, label, after_number):
                page = list(super().entries(label, after_number))
                return [*page[:-1], changed(page[-1], b"two", b"too")]

        found = draw(west, Lying(east), lambda: members_of(west))
        assert "not what its site signed" in str(found.refused["east"])
        assert ["one"] == said(west)
        heal(west, east)
        assert ["one", "two"] == said(west)


def test_a_changed_entry_in_a_long_page_is_not_kept(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "word", count=400)

        class Lying(Near):
            def entries(self, label, after_number):
                page = list(super().entries(label, after_number))
                at = len(page) // 2
                return [*page[:at], changed(page[at], b"word", b"lies")]

        assert "east" in draw(west, Lying(east), lambda: members_of(west)).refused
        assert "lies" not in said(west)


def test_long_pages_are_vouched_for_by_their_last_and_come_whole(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "word", count=700)
        assert 702 == drawn(west, east, page_count=300).new_count
        assert [] == list(west.damages())


def test_a_site_put_back_from_a_copy_begins_another_chain_and_takes_its_own_back(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "before")
        heal(west, east)
        shutil.copytree(tmp_path / "west", tmp_path / "copy")
        say(west, "lost at home")
        drawn(east, west)
        west.close()
        again = put_back(tmp_path / "copy", tmp_path / "west")
        assert not again.is_continued()
        say(again, "after")
        assert again.chain().startswith("west+")
        heal(again, east)
        assert ["before", "lost at home", "after"] == said(again) == said(east)
        assert [] == list(again.damages()) == list(east.damages())
        assert {} == members_of(east).forked
        again.close()


def test_a_site_goes_on_in_its_chain_where_nothing_is_forgotten(tmp_path):
    with group(tmp_path, "west", "east") as (west, _):
        west.close()
        again = open_journal(tmp_path / "west")
        say(again, "after")
        assert again.is_continued()
        assert "west" == again.chain()
        again.close()


def test_a_restarted_machine_proves_nothing_and_the_site_begins_another_chain(tmp_path):
    with group(tmp_path, "west", "east") as (west, _):
        west.close()
        forget(tmp_path / "west")
        again = open_journal(tmp_path / "west")
        say(again, "after")
        assert again.chain().startswith("west+")
        say(again, "more")
        assert 2 == sum(site_of(chain) == "west" for chain in again.heads())
        again.close()


def test_a_site_that_works_alone_needs_no_proof(tmp_path):
    begun(tmp_path, "west").close()
    again = open_journal(tmp_path / "west")
    say(again, "word")
    assert {"west": 2} == dict(again.heads())
    again.close()


def twice(tmp_path, west, *others):
    """Let a site say two different things under one number: a copy of its folder writes as well."""
    west.close()
    shutil.copytree(tmp_path / "west", tmp_path / "twin")
    first, second = open_journal(tmp_path / "west"), open_journal(tmp_path / "twin")
    first.vouch(), second.vouch()
    return first, second


def test_a_fork_is_kept_both_ways_stopped_and_said(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        first, second = twice(tmp_path, west)
        say(first, "one way"), say(second, "other way")
        drawn(mid, first), drawn(east, second)
        assert [("west", 4)] == drawn(mid, east).forks
        heal(mid, east)
        assert ["one way", "other way"] == sorted(said(mid)) == sorted(said(east))
        assert kept(mid) == kept(east)
        assert {"west": 4} == dict(members_of(mid).forked) == dict(members_of(east).forked)
        assert [] == list(mid.damages()) == list(east.damages())
        say(first, "more in the forked chain")
        found = drawn(mid, first)
        assert "more than counts" in str(found.refused["west"])
        heal(first, mid, east)
        say(first, "in another chain")
        heal(first, mid, east)
        assert first.chain().startswith("west+")
        assert "in another chain" in said(east)
        first.close(), second.close()


def test_ways_that_were_followed_further_count_as_far_everywhere(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        first, second = twice(tmp_path, west)
        say(first, "a1"), say(second, "b1")
        drawn(mid, first), drawn(east, second)
        say(second, "b2")
        drawn(east, second)
        drawn(mid, east)
        heal(mid, east)
        assert ["a1", "b1", "b2"] == sorted(said(mid)) == sorted(said(east))
        first.close(), second.close()


def test_a_retired_site_counts_up_to_where_anybody_followed_it(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        say(east, "early")
        heal(west, mid, east)
        say(east, "late")
        drawn(mid, east)
        retire(west, "east", because="its disk was stolen", by="ann")
        say(east, "later")
        assert "more than counts" in str(drawn(west, east).refused["east"])
        heal(west, mid)
        assert ["early", "late"] == said(west) == said(mid)
        assert members_of(mid).by_name["east"].is_retired


def test_a_retired_site_that_is_named_again_is_heard_again_with_all_it_said_meanwhile(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        retire(west, "east", because="by mistake", by="ann")
        heal(west, mid)
        say(east, "said meanwhile")
        for _ in range(3):  # it hears that it was retired, and does not write about itself without end
            drawn(east, west)
        assert 4 == dict(east.heads())["east"]
        admit(west, east)
        heal(west, mid, east)
        assert ["said meanwhile"] == said(west) == said(mid)


def test_a_retired_site_that_is_named_again_with_another_key_ends_where_it_ended(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        heal(west, east)
        retire(west, "east", because="its key was stolen", by="ann")
        say(east, "a thief's")
        other = begun(tmp_path / "again", "east")
        admit(west, other)
        assert "more than counts" in str(drawn(west, east).refused["east"])
        assert [] == said(west)
        other.close()


def test_a_retired_site_begins_no_other_chain(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        heal(west, east)
        retire(west, "east", because="", by="ann")
        chain = east.begin_chain()
        assert "retired" in str(drawn(west, east).refused[chain])


def test_what_is_said_far_ahead_waits(tmp_path):
    now = Clock(1_700_000_000.0)
    west = begun(tmp_path, "west", clock=Steady(now, Clock(0.0)))
    east = begun(tmp_path, "east", clock=Steady(Clock(1_700_000_000.0 + 3600.0), Clock(0.0)))
    admit(west, east), admit(east, west)
    say(east, "from the future")
    assert "ahead of this clock" in str(drawn(west, east).refused["east"])
    now.now_s += 3600.0
    drawn(west, east)
    assert ["from the future"] == said(west)


def test_a_changed_key_is_announced_then_used(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        key = announce_key(tmp_path / "west", west, by="ann")
        say(west, "with the old key")
        heal(west, east)
        assert key == members_of(east).by_name["west"].key
        change_key(tmp_path / "west", west)
        say(west, "with the new key")
        heal(west, east)
        assert ["with the old key", "with the new key"] == said(east)
        assert [] == list(east.damages())


def test_killed_while_the_key_is_changed_the_next_word_begins_the_chain(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        announce_key(tmp_path / "west", west, by="ann")
        west.close()
        (tmp_path / "west" / "site.key.next").rename(tmp_path / "west" / "site.key")
        again = open_journal(tmp_path / "west")
        say(again, "word")
        heal(again, east)
        assert ["word"] == said(east)
        again.close()


def history() -> Recorded:
    return read_record(*read_text("us_east_1_2021/record.yaml"))


def test_an_imported_history_reaches_the_other_sites_once_it_is_named(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        found = history()
        west.take_in(found.sealed)
        assert "nobody here has named" in str(drawn(east, west).refused[found.site])
        assert 1 == vouch_for_histories(west, members_of(west))
        assert 0 == vouch_for_histories(west, members_of(west))
        heal(west, east)
        assert kept(west) == kept(east)
        assert members_of(east).by_name[found.site].is_history
        assert ["west"] == [one.name for one in members_of(east).others]


def test_who_was_named_by_another_is_taken_in_and_who_was_named_by_a_history_is_not(tmp_path):
    with group(tmp_path, "west", "mid") as (west, mid):
        east = begun(tmp_path, "east")
        admit(mid, east), admit(east, mid)
        say(east, "word")
        heal(west, mid, east)
        assert ["word"] == said(west)


@pytest.mark.parametrize("page_count", [1, 3, 7])
def test_any_size_of_pages_comes_to_the_same(tmp_path, page_count):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "word", count=20)
        drawn(west, east, page_count=page_count)
        assert kept(east) - kept(west) == set()
