"""Sites that hand over what is broken, that are cut off in the middle, or come back from nothing."""

from __future__ import annotations

import json
import shutil
import threading
from contextlib import closing

import pytest

from record_sample import Clock
from sites_sample import Near, admit, begun, drawn, forget, group, heal, kept, said, say
from tidegate.adapters.between_sites.carried_file import carry
from tidegate.adapters.between_sites.http_peer import PeerError
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.second_look import look_again
from tidegate.journal.chain_name import site_of
from tidegate.journal.clock import Steady
from tidegate.journal.entry import Draft, Sealed
from tidegate.verbs.record.backup import back_up
from tidegate.verbs.record.drawing import draw
from tidegate.verbs.record.handing_over import import_carried
from tidegate.verbs.record.site import begin, join, members_of, own_key, retire


class Breaking(Near):
    """A site that is cut off once it has handed over certain words."""

    is_over = False

    def entries(self, label, after_number):
        if self.is_over:
            raise PeerError("cut off")
        page = super().entries(label, after_number)
        self.is_over = any(b"other way" in one.body for one in page)
        return page


def twin_of(tmp_path, west):
    west.close()
    shutil.copytree(tmp_path / "west", tmp_path / "twin")
    first, second = open_journal(tmp_path / "west"), open_journal(tmp_path / "twin")
    first.vouch(), second.vouch()
    return first, second


def test_a_fork_is_told_although_the_source_was_cut_off_behind_it(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        first, second = twin_of(tmp_path, west)
        say(first, "one way"), say(second, "other way"), say(second, "more", count=2)
        drawn(mid, first), drawn(east, second)
        with pytest.raises(PeerError):
            draw(mid, Breaking(east, page_count=1), lambda: members_of(mid))
        assert "west" in members_of(mid).forked
        first.close(), second.close()


def test_a_fork_that_was_kept_before_a_kill_is_told_when_anybody_is_asked(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        first, second = twin_of(tmp_path, west)
        say(first, "one way"), say(second, "other way")
        drawn(mid, first)
        page = second.page("west", 0, most_bytes=1_000_000)
        mid.receive(page, refusal=lambda *_: "", vouched=False)
        assert {} == members_of(mid).forked
        drawn(mid, east)
        assert "west" in members_of(mid).forked
        first.close(), second.close()


def test_a_record_in_which_a_chain_forks_is_backed_up_and_carried_whole(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        heal(west, mid, east)
        first, second = twin_of(tmp_path, west)
        say(first, "one way", count=3), say(second, "other way", count=300)
        drawn(mid, first), drawn(east, second)
        heal(mid, east)
        assert () == back_up(mid, tmp_path / "backup").damages
        late = begun(tmp_path, "late")
        admit(late, mid)
        carry(mid, tmp_path / "file")
        assert {} == import_carried(late, tmp_path / "file").drawn.refused
        with closing(open_journal(tmp_path / "backup")) as copy:
            assert kept(mid) == kept(copy)
        assert kept(mid) <= kept(late)
        assert 0 == import_carried(late, tmp_path / "file").drawn.new_count
        first.close(), second.close(), late.close()


def test_a_forked_chain_is_left_once_however_many_find_out_at_once(tmp_path):
    with group(tmp_path, "west", "east") as (west, _):
        threads = [threading.Thread(target=west.leave_chains, args=({"west"},)) for _ in range(6)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert 2 == sum(site_of(chain) == "west" for chain in west.heads())


def test_a_site_whose_journal_was_lost_comes_back_with_its_key_and_forks_nothing(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(west, "early"), say(east, "word")
        heal(west, east)
        west.close()
        for path in (tmp_path / "west").glob("journal.db*"):
            path.unlink()
        forget(tmp_path / "west")
        begin(tmp_path / "west", "west", "")
        again = open_journal(tmp_path / "west")
        admit(again, east)
        say(again, "after")
        heal(again, east)
        assert again.chain().startswith("west+")
        assert ["early", "word", "after"] == said(again) == said(east)
        assert kept(again) == kept(east)
        assert {} == members_of(again).forked == members_of(east).forked
        assert [] == list(again.damages()) == list(east.damages())
        again.close()


def test_a_site_that_lost_its_key_too_comes_back_under_another_and_so_does_what_it_said(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        say(west, "early")
        heal(west, mid, east)
        west.close()
        shutil.rmtree(tmp_path / "west")
        forget(tmp_path / "west")
        begin(tmp_path / "west", "west", "", is_again=True)
        again, late = open_journal(tmp_path / "west"), begun(tmp_path, "late")
        admit(again, mid, east), admit(mid, again), admit(east, again)
        admit(late, mid), admit(mid, late)
        say(again, "after")
        heal(again, mid, east, late)
        assert ["early", "after"] == said(again) == said(mid) == said(late)
        assert kept(again) == kept(mid) == kept(east) == kept(late)
        assert {} == members_of(again).forked == members_of(east).forked
        again.close(), late.close()


def test_a_site_that_begins_anew_with_another_key_as_if_it_never_was_is_refused_and_forks_nothing(tmp_path):
    with group(tmp_path, "west", "mid") as (west, mid):
        say(west, "early")
        heal(west, mid)
        other = begun(tmp_path / "elsewhere", "west")
        admit(mid, other), admit(other, mid)
        say(other, "anew")
        assert "site init --again" in str(drawn(mid, other).refused["west"])
        assert ["early"] == said(mid)
        assert {} == members_of(mid).forked
        other.close()


def test_what_is_begun_anew_where_no_site_was_lost_is_the_site_s_first_chain(tmp_path):
    begin(tmp_path / "west", "west", "")
    journal = open_journal(tmp_path / "west")
    assert {"west": 1} == dict(journal.heads())
    journal.close()


def altered(one, **fields):
    body = json.dumps({**json.loads(one.body), **fields}, sort_keys=True, separators=(",", ":"))
    return Sealed(body=body.encode(), signature=one.signature)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", 10**30),
        ("number", -1),
        ("payload", None),
        ("payload", []),
        ("previous", 7),
        ("site", "a~b"),
    ],
)
@pytest.mark.parametrize("at", [0, 1])
def test_an_entry_that_is_none_is_refused_and_named_and_nothing_breaks(tmp_path, field, value, at):
    with group(tmp_path, "west", "east") as (west, east):

        class Lying(Near):
            def entries(self, label, after_number):
                page = list(super().entries(label, after_number))
                return [*page[:at], altered(page[at], **{field: value}), *page[at + 1 :]]

        assert draw(west, Lying(east), lambda: members_of(west)).refused


@pytest.mark.parametrize("count", [3, 400])
def test_what_is_not_signed_is_no_fork_of_what_is_here(tmp_path, count):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "word", count=count)
        heal(west, east)
        east.append([Draft(kind="decision.made", subject="x", payload={"what": "more"})])

        class Lying(Near):
            def entries(self, label, after_number):
                page = list(self.journal.page(label, 0, most_bytes=4_000_000))
                return [altered(page[2], payload={"what": "lies"}), *page[3:]]

        found = draw(west, Lying(east), lambda: members_of(west))
        assert "not what its site signed" in str(found.refused["east"])
        assert {} == members_of(west).forked
        assert {} == west.forks()
        heal(west, east)
        assert kept(west) == kept(east)


def test_a_second_beginning_in_a_chain_changes_nothing_of_whom_is_trusted(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        east.append([Draft(kind="site.began", subject="east", payload={"public_key": "0" * 64})])
        say(east, "word")
        heal(west, east)
        assert members_of(west).chain_keys["east"] == own_key(east)
        assert ["word"] == said(west)


def test_a_site_that_is_named_again_is_taken_in_again(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        heal(west, east)
        retire(west, "east", because="", by="ann")
        assert () == members_of(west).others
        join(west, "east", key=own_key(east), address="", by="ann", may_be_plain=True)
        assert ["east"] == [one.name for one in members_of(west).others]


def test_a_clock_that_runs_ahead_step_by_step_takes_no_other_along(tmp_path):
    now = Clock(1_700_000_000.0)
    ahead = Clock(1_700_000_000.0)
    west = begun(tmp_path, "west", clock=Steady(now, Clock(0.0)))
    east = begun(tmp_path, "east", clock=Steady(ahead, Clock(0.0)))
    admit(west, east), admit(east, west)
    for _ in range(10):
        ahead.now_s += 250.0
        say(east, "from a clock that runs")
        drawn(west, east)
    assert west.now_s() - now.now_s <= 300.0
    west.close(), east.close()


class Unsigning(Near):
    """A site that hands over what was said, one entry with a signature that is not its own."""

    def entries(self, label, after_number):
        page = list(super().entries(label, after_number))
        if len(page) > 100:
            page[50] = Sealed(body=page[50].body, signature=page[49].signature)
        return page


def looked_at(journal, other) -> list[tuple[str, int]]:
    """Look again until nothing is left or what is left is wrong; return that."""
    while (looked := look_again(journal, Near(other).entries)).count and not looked.wrong:
        pass
    return looked.wrong


def test_a_signature_that_was_vouched_for_and_is_wrong_is_mended_by_whoever_has_it(tmp_path):
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        say(east, "word", count=400)
        draw(west, Unsigning(east), lambda: members_of(west))
        assert "not what its site signed" in str(*west.damages())
        assert [("east", 51)] == looked_at(west, mid)
        assert [] == looked_at(west, east)
        assert [] == list(west.damages())
        assert 0 == look_again(west, Near(east).entries).count


def test_what_was_looked_at_is_not_looked_at_again_after_a_restart(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        say(east, "word", count=400)
        drawn(west, east)
        assert look_again(west, Near(east).entries).count > 100
        west.close()
        again = open_journal(tmp_path / "west")
        assert 0 == look_again(again, Near(east).entries).count
        again.close()
