"""A site's folder: its owner's alone, one server at a time, files whole or as before."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tidegate.adapters.store.journal_begin import begin_journal, open_journal, open_or_begin
from tidegate.adapters.store.secrets_file import MOST_ENDED, SecretsFile
from tidegate.adapters.store.site_folder import owned, write_whole
from tidegate.errors import InputError
from tidegate.journal.shared_secrets import Token

NOW_S = 1_764_590_400.0


def token(name: str) -> Token:
    return Token(id=name, hash="0" * 64, title=name, scopes=("read",), until_s=NOW_S + 60.0)


def mode(path: Path) -> str:
    return f"{path.stat().st_mode & 0o777:o}"


@pytest.fixture(name="loose")
def loose_umask():
    """A umask under which every new file may be read and written by everybody."""
    before = os.umask(0)
    yield
    os.umask(before)


def test_everything_in_a_new_folder_is_its_owners_alone(tmp_path, loose):
    """Whatever the umask: the folder, the journal, its rollback journal, the key and the secrets."""
    data = tmp_path / "data"
    begin_journal(data, site="here").close()
    SecretsFile(data)
    with owned(data):
        files = {path.name: mode(path) for path in data.iterdir()}
    assert "700" == mode(data)
    assert {"journal.db", "journal.db-journal", "site.key", "secrets.json", "server.lock"} == files.keys()
    assert {"600"} == set(files.values())


def test_what_others_could_read_is_closed_and_said(tmp_path, caplog):
    """A folder of 755 and a journal of 644 are closed at the next opening; passing through stays."""
    data = tmp_path / "data"
    begin_journal(data, site="here").close()
    data.chmod(0o755)
    (data / "journal.db").chmod(0o644)
    open_journal(data).close()
    assert ("711", "600") == (mode(data), mode(data / "journal.db"))
    assert 2 == sum("others could read" in said for said in caplog.messages)
    caplog.clear()
    open_journal(data).close()
    assert [] == caplog.messages


def test_a_folder_that_holds_other_things_is_left_as_it_is(tmp_path, loose, caplog):
    """A working folder, or /tmp: its mode is not ours to change; it is named, and our files are closed."""
    data = tmp_path / "shared"
    data.mkdir(mode=0o777)
    data.chmod(0o1777)
    (data / "of somebody else").write_text("x", encoding="utf-8")
    begin_journal(data, site="here").close()
    open_journal(data).close()
    assert 0o1777 == data.stat().st_mode & 0o7777
    assert {"600"} == {mode(data / name) for name in ("journal.db", "site.key")}
    assert "no folder of the site's own" in caplog.text


def test_what_is_not_ours_to_close_is_refused(tmp_path, monkeypatch):
    """Where the mode cannot be changed, one clear error says which command helps."""
    data = tmp_path / "data"
    begin_journal(data, site="here").close()
    data.chmod(0o755)

    def refused(*_words):
        raise PermissionError(1, "not permitted")

    monkeypatch.setattr(Path, "chmod", refused)
    with pytest.raises(InputError, match=r"can be read by others .*chmod 711"):
        open_journal(data)


def test_two_begin_one_journal(tmp_path):
    """Twenty that find no journal at the same time end with one, each of them with it open."""
    keys, threads = [], []

    def begin() -> None:
        opened = open_or_begin(tmp_path / "data", site="here")
        keys.append([entry.payload["public_key"] for _, entry in opened.entries()])
        opened.close()

    for _ in range(20):
        threads.append(threading.Thread(target=begin))
        threads[-1].start()
    for thread in threads:
        thread.join()
    assert (20, 1) == (len(keys), len({tuple(found) for found in keys}))


def test_the_second_server_is_refused_and_told_who_is_there(tmp_path):
    """One owner; when it is gone, the next may have it."""
    with owned(tmp_path), pytest.raises(InputError, match=f"another server .*process {os.getpid()}"):
        owned(tmp_path).__enter__()
    with owned(tmp_path):
        pass


def test_a_file_is_whole_or_as_it_was(tmp_path, monkeypatch):
    """A disk that takes no more leaves what was there."""
    path = tmp_path / "kept"
    write_whole(path, b"before")

    def full(_handle):
        raise OSError(28, "no space left")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_whole(path, b"after")
    assert b"before" == path.read_bytes()


def test_two_processes_do_not_undo_each_others_secrets(tmp_path):
    """What one took away stays away when another writes, and holds there at once."""
    one, other = SecretsFile(tmp_path), SecretsFile(tmp_path)
    assert one.held.key == other.held.key
    one.add_token(token("a"))
    one.set_password("ann", "old")
    other.drop_token("a")
    one.set_password("ann", "new")
    other.add_token(token("b"))
    assert ({"b"}, "new") == (set(one.held.tokens), other.held.passwords["ann"])
    other.set_password("ann", "")
    assert {} == one.held.passwords
    assert one.held == other.held == SecretsFile(tmp_path).held


def test_many_threads_and_files_lose_no_change(tmp_path):
    """Four files, each from four threads: every token of all is there."""
    files = [SecretsFile(tmp_path) for _ in range(4)]
    threads = [
        threading.Thread(target=one.add_token, args=(token(f"{number}-{turn}"),))
        for number, one in enumerate(files)
        for turn in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 16 == len(SecretsFile(tmp_path).held.tokens)


def test_ended_sessions_stay_ended_and_are_let_go_when_they_would_have_lapsed(tmp_path):
    """They are kept on the disk; of one account only so many, then all its sessions end."""
    one = SecretsFile(tmp_path)
    one.end_session("ann", "first", NOW_S + 10.0, NOW_S)
    assert {"first"} == set(SecretsFile(tmp_path).held.ended["ann"])
    one.end_session("ann", "second", NOW_S + 100.0, NOW_S + 11.0)
    assert {"second"} == set(one.held.ended["ann"])
    for number in range(MOST_ENDED):
        one.end_session("ann", str(number), NOW_S + 100.0, NOW_S + 11.0)
    assert (True, True) == (one.held.epochs["ann"] > 0, "ann" not in one.held.ended)


def test_secrets_that_turn_unreadable_hold_as_they_were(tmp_path, caplog):
    """A file that is damaged under a running server shuts no operator out, and is said."""
    one = SecretsFile(tmp_path)
    one.set_password("ann", "hash")
    write_whole(tmp_path / "secrets.json", b"{")
    assert {"ann": "hash"} == dict(one.held.passwords)
    assert "cannot be read anew" in caplog.text
