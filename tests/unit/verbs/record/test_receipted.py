"""Whoever holds a receipt finds the case at any site, also before the case has come there."""

from __future__ import annotations

import shutil

import pytest

from compacted_sites import NOW_S, old_group, request, settle_all, tell
from sites_sample import forget, group, heal, put_back
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import KEY_NAME, JournalFile
from tidegate.adapters.store.site_key import read_key
from tidegate.errors import InputError
from tidegate.server.intake import Accepted, Intake
from tidegate.track.receipt import read_receipt
from tidegate.verbs.record.case import Submission
from tidegate.verbs.record.receipted import Whereabouts, find_receipted
from tidegate.verbs.record.site import announce_key, change_key, members_of, own_key, retire


def taken(journal: JournalFile, text: str, key: str = "") -> Accepted:
    intake = Intake(journal, read_key(journal.path.parent / KEY_NAME))
    try:
        return intake.keep(Submission(text=text, key=key))
    finally:
        intake.close()


def where(journal: JournalFile, receipt: str) -> Whereabouts:
    return find_receipted(journal, members_of(journal), receipt).where


def test_a_receipt_leads_to_its_case_at_any_site(tmp_path):
    """At the other site: not heard of yet, in these words; here as soon as it has come."""
    with group(tmp_path, "west", "east") as (west, east):
        kept = taken(west, "it is broken")
        found = find_receipted(east, members_of(east), kept.receipt)
        assert ("west", kept.case, Whereabouts.NOT_HEARD) == (found.site, found.receipt.case, found.where)
        heal(west, east)
        assert Whereabouts.HERE is where(east, kept.receipt) is where(west, kept.receipt)


def test_one_case_that_two_sites_took_has_two_receipts_that_both_lead_to_it(tmp_path):
    """The same words with the same key at both, while neither heard the other: one case."""
    with group(tmp_path, "west", "east") as (west, east):
        one, other = taken(west, "it is broken", "k1"), taken(east, "it is broken", "k1")
        assert one.case == other.case
        assert one.receipt != other.receipt
        heal(west, east)
        for journal in (west, east):
            assert Whereabouts.HERE is where(journal, one.receipt) is where(journal, other.receipt)
            assert not taken(journal, "it is broken", "k1").is_new


def test_a_receipt_that_is_shown_again_elsewhere_says_who_signs_it(tmp_path):
    """The site that took it is still said; the one that shows it signs, and needs its own key."""
    with group(tmp_path, "west", "east") as (west, east):
        first = taken(west, "it is broken", "k1").receipt
        heal(west, east)
        again = taken(east, "it is broken", "k1").receipt
        assert "shown again" not in first
        assert "shown again by site east\n" in again
        assert ("west", "east") == (read_receipt(again).site, read_receipt(again).shown_by)
        assert taken(west, "it is broken", "k1").receipt == first
        with pytest.raises(InputError, match="that of site east is needed"):
            read_receipt(again, named=[own_key(west)])
        assert "east" == read_receipt(again, named=[own_key(west), own_key(east)]).shown_by
        with pytest.raises(InputError):
            read_receipt(again.replace("shown again by site east\n", ""))
        assert Whereabouts.HERE is where(west, again) is where(east, again)


def test_what_nobody_here_signed_is_no_receipt(tmp_path):
    """A stranger's receipt, one that was changed, and none at all are refused."""
    ours, theirs = group(tmp_path / "ours", "west", "east"), group(tmp_path / "theirs", "west")
    with ours as (west, _), theirs as (other,):
        receipt = taken(west, "it is broken").receipt
        changed = receipt.replace("as entry ", "as entry 1")
        for text in (taken(other, "it is broken").receipt, changed, "", receipt[:200]):
            with pytest.raises(InputError):
                find_receipted(west, members_of(west), text)


def test_receipts_of_later_chains_and_other_keys_lead_to_their_cases(tmp_path):
    """A site that changed its key is known by both, also where its later chain has not come yet."""
    with group(tmp_path, "west", "east") as (west, east):
        before = taken(west, "one")
        announce_key(tmp_path / "west", west, by="test")
        heal(west, east)
        change_key(tmp_path / "west", west)
        after = taken(west, "two")
        assert [Whereabouts.HERE, Whereabouts.NOT_HEARD] == [
            where(east, one.receipt) for one in (before, after)
        ]
        heal(west, east)
        assert Whereabouts.HERE is where(east, after.receipt)


def test_a_receipts_number_is_not_given_again_after_a_copy_was_put_back(tmp_path):
    """The folder that forgot a case writes another chain; the case comes back from the other site."""
    with group(tmp_path, "west", "east") as (west, east):
        heal(west, east)
        shutil.copytree(tmp_path / "west", tmp_path / "copy")
        before = taken(west, "one")
        heal(west, east)
        west.close()
        forget(tmp_path / "west")
        again = put_back(tmp_path / "copy", tmp_path / "west")
        try:
            assert Whereabouts.NOT_HEARD is where(again, before.receipt)
            after = taken(again, "two")
            first, second = read_receipt(before.receipt), read_receipt(after.receipt)
            assert (first.site, first.number) != (second.site, second.number)
            assert first.site != second.site
            heal(again, east)
            for receipt in (before.receipt, after.receipt):
                assert Whereabouts.HERE is where(again, receipt) is where(east, receipt)
        finally:
            again.close()


def test_what_a_site_took_after_it_was_retired_is_not_promised(tmp_path):
    """It is nowhere but there, and nothing is taken from there: whoever asked must ask again."""
    with group(tmp_path, "west", "east") as (west, east):
        before = taken(west, "one")
        heal(west, east)
        retire(east, "west", because="gone", by="test")
        after = taken(west, "two")
        assert Whereabouts.HERE is where(east, before.receipt)
        assert Whereabouts.NOT_COUNTED is where(east, after.receipt)


def test_what_a_copied_folder_took_is_not_promised_where_its_number_is_taken(tmp_path):
    """Two machines write as one site: under the receipt's number something else stands at the others."""
    with group(tmp_path, "west", "east") as (west, east):
        heal(west, east)
        west.close()
        shutil.copytree(tmp_path / "west", tmp_path / "twin")
        first, second = open_journal(tmp_path / "west"), open_journal(tmp_path / "twin")
        first.vouch(), second.vouch()
        taken(first, "one")
        lost = taken(second, "other")
        heal(first, east)
        assert Whereabouts.NOT_COUNTED is where(east, lost.receipt)
        first.close(), second.close()


def test_a_receipt_that_another_site_mailed_leads_to_its_case_as_well(tmp_path):
    """Whichever site sends it signs it: it is one of ours, and names the entry that keeps the case."""
    with group(tmp_path, "west", "east") as (west, east):
        kept = taken(west, "it is broken", "k1")
        heal(west, east)
        again = taken(east, "it is broken", "k1")
        assert (kept.case, False) == (again.case, again.is_new)
        assert kept.receipt != again.receipt
        assert Whereabouts.HERE is where(west, again.receipt)


def test_a_receipt_of_a_case_that_left_the_record_says_so_at_each_site(tmp_path):
    with old_group(tmp_path, "west", "east") as (hands, (west, east)):
        kept = taken(west, "it is broken")
        tell(west, "case.closed", kept.case)
        tell(west, "decision.made", "d", what="a")
        heal(west, east)
        hands.now_s = NOW_S
        request(west), settle_all([west, east])
        assert Whereabouts.ARCHIVED is where(west, kept.receipt) is where(east, kept.receipt)
