"""A site is backed up while it is used; the copy is whole, serves, and says so; damage is named."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from served import Served, served
from tidegate.adapters.store.database import NoSpaceError
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.secrets_file import SecretsFile
from tidegate.errors import InputError
from tidegate.journal.entry import Draft
from tidegate.journal.entry_chain import DamagedJournalError
from tidegate.verbs.record.backup import back_up, verify


def tidegate(*words: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "tidegate.cli.main", *words]
    return subprocess.run(program, capture_output=True, text=True, timeout=120, check=False)


def case(name: str) -> Draft:
    return Draft(kind="case.received", subject=name, payload={"text": "It is broken.", "channel": "web"})


def filled(folder: Path, entries_count: int) -> None:
    journal = begin_journal(folder, site="here")
    journal.append([case(f"case{number}") for number in range(entries_count - 1)])
    journal.close()
    SecretsFile(folder)
    own = folder / "quarantine" / "case0"
    own.mkdir(parents=True)
    (own / "photo.png").write_bytes(b"png")


def accepted(at: Served, count: int) -> list[str]:
    return [str(at.say("/api/v1/cases", text=f"It is broken {number}")["case"]) for number in range(count)]


def test_a_server_is_backed_up_while_cases_come(tmp_path):
    """Every case acknowledged before the backup is in it; a server that starts on the copy has them all."""
    later: list[str] = []
    with served(tmp_path) as at:
        before = accepted(at, 20)
        sender = threading.Thread(target=lambda: later.extend(accepted(at, 40)))
        sender.start()
        done = tidegate("backup", str(tmp_path / "copy"), "--data", str(at.data))
        sender.join()
        assert (0, "") == (done.returncode, done.stderr)
        assert "each as it was signed" in done.stdout
        password = at.password
    assert 40 == len(later)
    checked = tidegate("journal", "verify", "--data", str(tmp_path / "copy"))
    assert 0 == checked.returncode
    (tmp_path / "again").mkdir()
    (tmp_path / "copy").rename(tmp_path / "again" / "data")
    with served(tmp_path / "again") as again:
        assert "" == again.password  # the accounts came along: none is made anew
        assert 200 == again.fill("/console/login", name="admin", password=password)
        found = tidegate("case", "list", "--data", str(again.data)).stdout
    assert [] == [one for one in before if one not in found]


def test_a_backup_is_the_folder_and_its_owners_alone(tmp_path):
    """Journal, key, secrets and files, at the same positions, closed to others, ready to be written to."""
    filled(tmp_path / "data", 30)
    journal = open_journal(tmp_path / "data")
    found = back_up(journal, tmp_path / "copy")
    assert [("here", 30)] == [(one.site, one.entries_count) for one in found.chains]
    copy = open_journal(tmp_path / "copy")
    assert list(journal.entries()) == list(copy.entries())
    assert journal.facts() == copy.facts()
    assert not copy.is_low_on_space()
    assert 31 == copy.append([case("next")])[0].number
    copy.close()
    journal.close()
    for name in ("site.key", "secrets.json", "quarantine/case0/photo.png"):
        assert (tmp_path / "data" / name).read_bytes() == (tmp_path / "copy" / name).read_bytes()
    open_to_others = [
        path
        for path in (tmp_path / "copy", *(tmp_path / "copy").rglob("*"))
        if stat.S_IMODE(path.stat().st_mode) & 0o77
    ]
    assert [] == open_to_others
    assert ["copy", "data"] == sorted(path.name for path in tmp_path.iterdir())


def test_a_backup_goes_nowhere_where_something_is(tmp_path):
    """One error, exit 2, and what is there stays."""
    filled(tmp_path / "data", 3)
    (tmp_path / "copy").mkdir()
    done = tidegate("backup", str(tmp_path / "copy"), "--data", str(tmp_path / "data"))
    assert 2 == done.returncode
    assert "something here already" in done.stderr
    assert [] == list((tmp_path / "copy").iterdir())


@pytest.mark.parametrize("error", [NoSpaceError("full"), OSError(28, "no space left")])
def test_a_backup_that_fails_leaves_nothing(tmp_path, monkeypatch, error):
    """A full disk on the way: nothing stands under the copy's name, nor beside it."""
    filled(tmp_path / "data", 3)

    def failing(*_words):
        raise error

    monkeypatch.setattr("tidegate.verbs.record.backup.copy_journal", failing)
    journal = open_journal(tmp_path / "data")
    with pytest.raises((NoSpaceError, InputError)):
        back_up(journal, tmp_path / "copy")
    journal.close()
    assert ["data"] == [path.name for path in tmp_path.iterdir()]


def forge(folder: Path, number: int) -> None:
    """Change an entry's signature by one bit."""
    connection = sqlite3.connect(folder / "journal.db")
    (kept,) = connection.execute("SELECT signature FROM entries WHERE number = ?", (number,)).fetchone()
    changed = bytes([kept[0] ^ 1]) + kept[1:]
    connection.execute("UPDATE entries SET signature = ? WHERE number = ?", (changed, number))
    connection.commit()
    connection.close()


@pytest.mark.parametrize("number", [1, 2, 7])
def test_verify_checks_every_signature(tmp_path, number):
    """One bit of one signature, hashes and links whole: the entry is named, exit 5; a backup refuses it."""
    filled(tmp_path / "data", 7)
    forge(tmp_path / "data", number)
    journal = open_journal(tmp_path / "data")
    assert [number] == [one.number for one in verify(journal).damages]
    with pytest.raises(DamagedJournalError):
        back_up(journal, tmp_path / "copy")
    journal.close()
    assert not (tmp_path / "copy").exists()


def test_verify_says_what_there_is_and_whose(tmp_path):
    """Entries, key and last hash; another key than the one expected is exit 5, none at all is exit 2."""
    filled(tmp_path / "data", 3)
    words = ("journal", "verify", "--data", str(tmp_path / "data"))
    whole = tidegate(*words)
    assert (0, True) == (whole.returncode, "here: 3 entries" in whole.stdout)
    key = re.search(r"key +(\w{64})", whole.stdout)
    assert key is not None
    assert 0 == tidegate(*words, "--key", f"here={key[1]}").returncode
    assert 5 == tidegate(*words, "--key", f"here={'0' * 64}").returncode
    assert 2 == tidegate(*words, "--key", "here").returncode
    forge(tmp_path / "data", 2)
    damaged = tidegate(*words)
    assert (5, True) == (damaged.returncode, "damaged: " in damaged.stdout)


def test_the_first_password_can_be_set_again_while_the_server_runs(tmp_path):
    """Whoever owns the folder gets in; the old password opens nothing, and it stands on record."""
    with served(tmp_path) as at:
        done = tidegate("account", "password", "--data", str(at.data), "--by", "ann")
        found = re.search(r"^ *password +(\S+)$", done.stdout, re.MULTILINE)
        assert (0, "") == (done.returncode, done.stderr)
        assert found is not None
        assert 200 == at.fill("/console/login", name="admin", password=found[1])
        with pytest.raises(OSError, match="401"):
            at.fill("/console/login", name="admin", password=at.password)
        journal = open_journal(at.data)
        said = [entry for _, entry in journal.entries() if entry.kind == "decision.made"]
        journal.close()
    assert [("ann", "admin")] == [(one.by, one.payload["about"]) for one in said]
    unknown = tidegate("account", "password", "admim", "--data", str(at.data))
    assert (2, True) == (unknown.returncode, "admin" in unknown.stderr)


def test_secrets_that_are_lost_are_made_again(tmp_path):
    """Without `secrets.json` the folder serves, and its owner gets in."""
    filled(tmp_path / "data", 3)
    os.unlink(tmp_path / "data" / "secrets.json")  # noqa: PTH108
    done = tidegate("account", "password", "--data", str(tmp_path / "data"))
    assert (0, True) == (done.returncode, "password" in done.stdout)
    assert {"admin"} == set(SecretsFile(tmp_path / "data").held.passwords)
