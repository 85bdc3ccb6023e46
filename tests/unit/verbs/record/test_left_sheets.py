"""Sites that reach only a folder, or a carried file: what is secret comes as well, closed for each."""

from __future__ import annotations

import json
import shutil

import pytest

from sites_sample import admit, begun, group, heal
from tidegate.adapters.between_sites import chain_store
from tidegate.adapters.store.heard_sheets import noted_sheets
from tidegate.adapters.store.letterbox import NAME, Letterbox
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.verbs.record.handing_over import exchange_through, export, import_carried
from tidegate.verbs.record.left_sheets import SheetsTaken, sheets_of
from tidegate.verbs.record.site import retire


@pytest.fixture
def shared(tmp_path):
    folder = tmp_path / "shared"
    folder.mkdir()
    return folder


def secrets(journal) -> SecretsFile:
    return SecretsFile(journal.path.parent, clock=journal.now_s)


def rounds(place, *journals, count: int = 2) -> None:
    for _ in range(count):
        for one in journals:
            exchange_through(one, str(place))


def left(shared, name):
    return shared / chain_store.SHEETS / name


def test_passwords_tokens_and_keys_come_by_way_of_a_folder(tmp_path, shared):
    """In two rounds, as each leaves first for which key letters to it are closed; nobody else reads them."""
    with group(tmp_path, "west", "east") as (west, east):
        secrets(west).set_password("ann", "$argon2id$secret")
        rounds(shared, west, east)
        assert secrets(west).held == secrets(east).held
        assert {"ann": "$argon2id$secret"} == secrets(east).held.passwords
        key = secrets(west).held.key
        for path in shared.rglob("*"):
            text = path.read_bytes() if path.is_file() else b""
            assert b"argon2id" not in text
            assert key.encode() not in text
        assert 0o600 == left(shared, "west").stat().st_mode & 0o777
        secrets(east).set_password("ann", "")
        rounds(shared, east, west, count=1)
        assert {} == secrets(west).held.passwords


def test_they_come_in_a_carried_file_once_it_came_the_other_way(tmp_path):
    with group(tmp_path, "west", "east") as (west, east):
        secrets(west).set_password("ann", "hash")
        for number, (one, other) in enumerate([(west, east), (east, west), (west, east)]):
            export(one, tmp_path / f"file{number}")
            done = import_carried(other, tmp_path / f"file{number}")
            assert [] == done.sheets.refused
        assert ["west"] == done.sheets.told_by
        assert secrets(west).held == secrets(east).held
        assert b"hash" not in (tmp_path / "file2").read_bytes()


def test_three_sites_come_to_the_same_and_the_stranger_reads_nothing(tmp_path, shared):
    """A site that nobody named leaves a sheet too: none closes a letter for it."""
    with group(tmp_path, "west", "mid", "east") as sites:
        stranger = begun(tmp_path / "other", "north")
        admit(stranger, *sites)
        for number, one in enumerate(sites):
            secrets(one).set_password(f"account{number}", "hash")
        rounds(shared, *sites, stranger, count=3)
        assert secrets(sites[0]).held == secrets(sites[1]).held == secrets(sites[2]).held
        assert {} == secrets(stranger).held.passwords
        letters = json.loads(json.loads(left(shared, "west").read_text())["sheet"])["letters"]
        assert ["east", "mid"] == sorted(letters)
        stranger.close()


def test_who_was_retired_is_told_nothing_more_also_not_by_one_that_has_not_heard_of_it(tmp_path, shared):
    """What was renewed because of it is taken only where it is known; else it would be told on."""
    with group(tmp_path, "west", "mid", "east") as (west, mid, east):
        rounds(shared, west, mid, east, count=3)
        old = secrets(east).held.key
        retire(west, "east", because="sold", by="test")
        assert secrets(west).held.key != old
        exchange_through(west, str(shared))
        exchange_through(east, str(shared))
        assert secrets(east).held.key == old
        taken = SheetsTaken()  # the sheet alone, before the entries that say who was retired
        sheets_of(mid).take(left(shared, "west").read_bytes(), "the folder", taken)
        assert [] == taken.told_by
        assert secrets(mid).held.key == old
        rounds(shared, mid, east, count=2)
        assert secrets(mid).held.key == secrets(west).held.key
        assert secrets(east).held.key == old
        # And what it leaves says nothing here any more.
        secrets(east).set_password("eve", "hash")
        rounds(shared, east, west, mid)
        assert "eve" not in secrets(west).held.passwords


def test_a_store_that_lies_is_not_believed(tmp_path, shared):
    """Another's sheet, one that was changed, one of a stranger with the name, and none at all."""
    with group(tmp_path, "west", "east") as (west, east):
        twin = begun(tmp_path / "other", "east")
        admit(twin, west)
        secrets(twin).set_password("eve", "hash")
        rounds(shared, west, east)
        good, before = left(shared, "east").read_bytes(), secrets(west).mark()
        sheet = json.loads(good)
        changed = {**sheet, "sheet": sheet["sheet"].replace('"lasts_s": 900.0', '"lasts_s": 901.0')}
        for text, why in (
            (json.dumps(changed).encode(), "is not what site east signed"),
            (sheets_of(twin).sheet(900.0), "is not what site east signed"),
            (b"", "is no sheet"), (b"[]", "is no sheet"), (b'{"sheet": "x", "signature": 1}', "is no sheet"),
        ):  # fmt: skip
            left(shared, "east").write_bytes(text)
            (refused,) = exchange_through(west, str(shared)).sheets.refused
            assert why in refused
            assert before == secrets(west).mark()
        left(shared, "east").write_bytes(left(shared, "west").read_bytes())
        assert [] == exchange_through(west, str(shared)).sheets.refused
        left(shared, "east").unlink()
        left(shared, "east").mkdir()
        assert exchange_through(west, str(shared)).sheets.refused
        left(shared, "east").rmdir()
        exchange_through(east, str(shared))
        assert [] == exchange_through(west, str(shared)).sheets.refused
        twin.close()


def test_an_old_sheet_that_is_put_back_brings_nothing_back(tmp_path, shared):
    """Neither a password that was taken away, nor that its site is there, nor a key of before for letters."""
    with group(tmp_path, "west", "east") as (west, east):
        secrets(east).set_password("ann", "hash")
        rounds(shared, west, east)
        old, noted = left(shared, "east").read_bytes(), noted_sheets(tmp_path / "west")["east"]
        secrets(east).set_password("ann", "")
        rounds(shared, east, west, count=1)
        newer = noted_sheets(tmp_path / "west")["east"]
        assert newer.at_s > noted.at_s
        left(shared, "east").write_bytes(old)
        done = exchange_through(west, str(shared))
        assert ({}, [], []) == (done.sheets.heard, done.sheets.told_by, done.sheets.refused)
        assert {} == secrets(west).held.passwords
        assert newer == noted_sheets(tmp_path / "west")["east"]
        (tmp_path / "west" / "sheets.json").unlink()  # also where it is not noted any more
        exchange_through(west, str(shared))
        assert {} == secrets(west).held.passwords


def test_a_sheet_of_a_time_to_come_is_not_taken(tmp_path, shared):
    with group(tmp_path, "west", "east") as (west, east):
        rounds(shared, west)
        ahead = sheets_of(east)
        ahead._journal = Ahead(east)
        left(shared, "east").write_bytes(ahead.sheet(900.0))
        (why,) = exchange_through(west, str(shared)).sheets.refused
        assert "s ahead of this clock" in why
        assert {} == noted_sheets(tmp_path / "west")


class Ahead:
    """A journal whose clock is ten minutes ahead."""

    def __init__(self, journal) -> None:
        self.site = journal.site
        self.now_s = lambda: journal.now_s() + 600.0


def test_a_folder_that_lost_its_letterbox_is_told_again(tmp_path, shared):
    """As one that was put back from a copy: letters are closed for its new key with the next round."""
    with group(tmp_path, "west", "east") as (west, east):
        rounds(shared, west, east)
        (tmp_path / "east" / NAME).write_text("broken")
        secrets(west).set_password("ann", "hash")
        exchange_through(west, str(shared))
        assert [] == exchange_through(east, str(shared)).sheets.refused
        assert {} == secrets(east).held.passwords
        rounds(shared, west, east, count=1)
        assert {"ann": "hash"} == secrets(east).held.passwords


def test_a_letterbox_has_another_key_every_week_and_forgets_the_last_after_two(tmp_path):
    now_s = [1e9]
    box = Letterbox(tmp_path, clock=lambda: now_s[0])
    first = box.half()
    assert first == box.half() == Letterbox(tmp_path, clock=lambda: now_s[0]).half()
    now_s[0] += 8 * 86_400.0
    second = box.half()
    assert second != first
    assert None not in (box.opens(first), box.opens(second))
    now_s[0] += 7 * 86_400.0
    assert box.opens(first) is None
    assert box.opens(second) is not None
    assert box.half() not in {first, second}
    assert 0o600 == (tmp_path / NAME).stat().st_mode & 0o777
    now_s[0] -= 40 * 86_400.0  # a clock that is set back makes another, and no end of them
    assert box.half() == box.half()


def test_what_other_sites_left_is_listed_with_its_age(tmp_path, shared):
    from run_here import run_here  # noqa: PLC0415

    with group(tmp_path, "west", "east") as (west, east):
        rounds(shared, east, west, count=1)
        heal(west, east)
    text = run_here(tmp_path, "site", "list", "--data", "west").stdout
    assert f"  left   its last word in the folder {shared} is " in text
    (found,) = (
        one
        for one in json.loads(run_here(tmp_path, "site", "list", "--json", "--data", "west").stdout)["sites"]
        if one["name"] == "east"
    )
    assert (f"the folder {shared}", True) == (found["left"]["in"], found["left"]["lasting"])


def test_a_copy_of_a_store_tells_its_holder_nothing(tmp_path, shared):
    """Not with the key of a site that was taken later either: the letters' keys are forgotten by then."""
    with group(tmp_path, "west", "east") as (west, east):
        secrets(west).set_password("ann", "hash")
        rounds(shared, west, east)
        shutil.copytree(shared, tmp_path / "kept")
        half = json.loads(json.loads(left(tmp_path / "kept", "west").read_text())["sheet"])["letters"][
            "east"
        ]["half"]
        later = Letterbox(tmp_path / "east", clock=lambda: east.now_s() + 15 * 86_400.0)
        assert later.opens(half) is None
        later.half()
        assert half not in json.dumps(json.loads((tmp_path / "east" / NAME).read_text()))
        assert 1 == len(json.loads((tmp_path / "east" / NAME).read_text())["keys"])
