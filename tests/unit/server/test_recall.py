"""A server that begins finds out whether its folder holds all that its site said, or begins another chain."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import pytest

from sites_sample import admit, begun, forget, put_back, say
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.server.house import House
from tidegate.server.setting import ServerSetting
from tidegate.verbs.record.backup import back_up


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a site that works with another, on a machine that forgot it."""
    west, east = begun(tmp_path, "west"), begun(tmp_path, "east")
    admit(west, east)
    west.close(), east.close()
    forget(tmp_path / "west")
    return tmp_path / "west"


def opened(folder: Path, *, knows_no_more: bool = True) -> House:
    """Return a server that has just begun; the other site says whether it knows more than is here."""
    house = House(ServerSetting(data=str(folder), site="west"), url="http://testserver")
    house.exchanging.nobody_knows_more = lambda: knows_no_more
    house.recall()
    return house


def chain_of_the_next_word(house: House) -> str:
    say(house.journal, "word")
    return house.journal.chain()


def test_a_folder_that_its_server_left_is_whole_where_nobody_knows_more(folder):
    opened(folder).close()
    forget(folder)
    house = opened(folder)
    assert "west" == chain_of_the_next_word(house)
    house.close()
    forget(folder)
    told = opened(folder, knows_no_more=False)
    assert "west" != chain_of_the_next_word(told)
    told.close()


def test_a_copy_of_a_folder_in_use_is_not_whole_although_nobody_knows_more(folder):
    house = opened(folder)
    chain = chain_of_the_next_word(house)
    shutil.copytree(folder, folder.with_name("copy"))
    say(house.journal, "what no other site hears")
    house.close()
    put_back(folder.with_name("copy"), folder).close()
    forget(folder)
    again = opened(folder)
    assert chain != chain_of_the_next_word(again)
    again.close()


def test_what_a_machine_that_lost_its_power_keeps_is_not_taken_for_whole(folder):
    house = opened(folder)
    chain = chain_of_the_next_word(house)
    shutil.copytree(folder, folder.with_name("disk"))
    house.close()
    shutil.rmtree(folder)
    shutil.copytree(folder.with_name("disk"), folder)
    forget(folder)
    again = opened(folder)
    assert chain != chain_of_the_next_word(again)
    again.close()


def test_a_backup_is_not_whole_although_its_server_stood_still(folder, caplog):
    opened(folder).close()
    with closing(open_journal(folder)) as journal:
        back_up(journal, folder.with_name("backup"))
    again = opened(folder.with_name("backup"))
    assert "its next word begins another chain" in caplog.text
    assert "west" != chain_of_the_next_word(again)
    again.close()


def test_a_server_that_is_started_where_its_journal_was_lost_contradicts_nothing_that_others_have(folder):
    for path in folder.glob("journal.db*"):
        path.unlink()
    house = opened(folder)
    assert chain_of_the_next_word(house).startswith("west+")
    assert "west" not in house.journal.heads()
    house.close()
