"""The journal's file: what is acknowledged stays, what is damaged is named."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

from record_sample import Memory, folded
from small_disk import fill, small_disk
from tidegate.adapters.store.database import NoSpaceError, StoreError, TornFileError
from tidegate.adapters.store.journal_begin import begin_journal, open_journal
from tidegate.adapters.store.journal_state import read_state
from tidegate.adapters.store.site_key import read_key
from tidegate.errors import InputError
from tidegate.journal.entry import Draft, Sealed
from tidegate.journal.entry_chain import DamagedJournalError

CASE_TEXT = "It is broken. " * 20


def case(name: str, text: str = CASE_TEXT) -> Draft:
    return Draft(kind="case.received", subject=name, payload={"text": text, "channel": "web"})


def owed(name: str) -> Draft:
    payload = {"update": "u", "subscription": "s" * 100, "channel": "email"}
    return Draft(kind="delivery.planned", subject=name, payload=payload)


@pytest.fixture(name="journal")
def new_journal(tmp_path):
    made = begin_journal(tmp_path, site="here")
    yield made
    made.close()


def numbers(journal) -> list[int]:
    return [entry.number for _, entry in journal.entries()]


def test_what_is_appended_is_there_again(tmp_path, journal):
    """Entries come back from another process's view of the file as they were acknowledged."""
    entries = journal.append([case("a"), case("b")])
    again = open_journal(tmp_path)
    assert list(entries) == [entry for _, entry in again.entries()][1:]
    assert entries[:1] == again.about("a")
    assert ({"here": 3}, []) == (again.heads(), list(again.damages()))
    again.close()


def test_all_or_none(journal):
    """One faulty draft keeps its whole append out, and every fault is named."""
    bad = Draft(kind="case.received", subject="c", payload={})
    with pytest.raises(InputError) as caught:
        journal.append([case("a"), bad])
    assert (2, [1]) == (len(caught.value.faults), numbers(journal))


def test_many_threads_share_full_syncs_and_lose_nothing(tmp_path, journal):
    """Appends of many threads form one whole chain, each with its own entries."""
    got: list[int] = []

    def work(name: int) -> None:
        for turn in range(10):
            got.extend(entry.number for entry in journal.append([case(f"{name}-{turn}")]))

    threads = [threading.Thread(target=work, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(range(2, 82)) == sorted(got)
    assert ([], list(range(1, 82))) == (list(journal.damages()), numbers(journal))


def test_whoever_waits_for_an_interrupted_writer_hears_of_it(journal, monkeypatch):
    """When the one who writes for all is interrupted, nobody takes that for an acknowledgement."""

    def interrupted(*_words, **_options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write", interrupted)
        with pytest.raises(KeyboardInterrupt):
            journal.append([case("a")])
    journal.append([case("c")])
    assert [1, 2] == numbers(journal)


def test_a_fault_of_the_store_reaches_every_caller(journal, monkeypatch):
    """Any failure while writing for several is raised by each of their appends; the next one works."""

    def failing(*_words, **_options):
        raise RuntimeError("the disk is on fire")

    errors = []

    def work() -> None:
        try:
            journal.append([case("a")])
        except RuntimeError as error:
            errors.append(str(error))

    with monkeypatch.context() as patched:
        patched.setattr(journal, "_write", failing)
        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert ["the disk is on fire"] * 4 == errors
    assert 1 == len(journal.append([case("b")]))


def test_two_processes_write_one_chain(tmp_path, journal):
    """Two openings of one file continue each other's chain."""
    other = open_journal(tmp_path)
    for turn in range(5):
        journal.append([case(f"a{turn}")])
        other.append([case(f"b{turn}")])
    assert ([], list(range(1, 12))) == (list(other.damages()), numbers(journal))
    other.close()


def test_reading_goes_on_behind_a_position(journal):
    """Who has read up to a position gets only what came after."""
    journal.append([case("a")])
    position = [place for place, _ in journal.entries()][-1]
    journal.append([case("b")])
    assert ["b"] == [entry.subject for _, entry in journal.entries(after=position)]


def test_the_state_is_read_with_its_position(journal):
    """What comes after the position that was read is exactly what the state lacks."""
    journal.append([case("a")])
    state, position = read_state(journal)
    journal.append([case("b")])
    assert ["a"] == list(state.cases)
    state.take_all(entry for _, entry in journal.entries(after=position))
    assert ["a", "b"] == sorted(state.cases)


def test_a_flipped_bit_is_named(tmp_path, journal):
    """One bit that changes in an entry is named by site and number, at the first reading."""
    journal.append([case("a"), case("b"), case("c")])
    journal.close()
    path = tmp_path / "journal.db"
    data = bytearray(path.read_bytes())
    data[data.index(b'"subject":"b"') + 11] ^= 1
    path.write_bytes(data)
    again = open_journal(tmp_path)
    with pytest.raises(DamagedJournalError, match="entry 3 of site here is not what was written"):
        list(again.entries())
    assert [3] == [damage.number for damage in again.damages()]
    again.close()


def test_a_forged_row_is_named(tmp_path, journal):
    """Who changes an entry and its hash in the database is found out by the next link or the signature."""
    journal.append([case("a"), case("b")])
    journal.close()
    forge(tmp_path / "journal.db", number=3)
    again = open_journal(tmp_path)
    with pytest.raises(DamagedJournalError, match="entry 3 of site here is not what its site signed"):
        list(again.entries())
    again.close()


def forge(path: Path, number: int) -> None:
    import hashlib  # noqa: PLC0415

    connection = sqlite3.connect(path)
    body = connection.execute("SELECT body FROM entries WHERE number = ?", (number,)).fetchone()[0]
    body = body.replace(b"broken", b"great!")
    digest = hashlib.sha256(body).digest()
    connection.execute("UPDATE entries SET body = ?, hash = ? WHERE number = ?", (body, digest, number))
    connection.commit()
    connection.close()


def test_a_torn_file_is_named(tmp_path, journal):
    """A file whose tail is missing is not opened, and how much is missing is said."""
    for turn in range(20):
        journal.append([case(f"a{turn}")])
    journal.close()
    path = tmp_path / "journal.db"
    with path.open("r+b") as stream:
        stream.truncate(path.stat().st_size - 5000)
    with pytest.raises(TornFileError, match=r"torn: .* bytes are there of"):
        open_journal(tmp_path)


def test_what_is_no_journal_is_named(tmp_path):
    """Another file in its place, or none, is said to be so."""
    with pytest.raises(InputError, match="no journal here"):
        open_journal(tmp_path)
    (tmp_path / "journal.db").write_bytes(b"something else" * 100)
    with pytest.raises(TornFileError, match="not a journal"):
        open_journal(tmp_path)


def test_a_key_that_others_can_read_is_refused(tmp_path, journal):
    """A private key is private, or nothing is signed with it."""
    os.chmod(tmp_path / "site.key", 0o644)  # noqa: PTH101
    with pytest.raises(InputError, match="can be read by others"):
        read_key(tmp_path / "site.key")


def test_journals_of_two_sites_merge(tmp_path):
    """Each site takes in the other's entries; both then say the same, and again adds nothing."""
    sites = [begin_journal(tmp_path / name, site=name) for name in ("north", "south")]
    for site in sites:
        site.append([case("same"), Draft(kind="case.closed", subject="same"), case(f"of {site.site}")])
    north, south = sites
    assert 4 == north.take_in(south.sealed("south")) == south.take_in(north.sealed("north"))
    assert 0 == north.take_in(south.sealed("south"))
    north.append([Draft(kind="case.reopened", subject="same")])
    assert 1 == south.take_in(north.sealed("north", after_number=4))
    assert folded(e for _, e in north.entries()) == folded(e for _, e in south.entries())
    for site in sites:
        assert [] == list(site.damages())
        site.close()


def test_what_does_not_fit_a_chain_is_not_taken_in(journal):
    """Forks, changed entries and sites that are not trusted are refused whole."""
    other = Memory("there")
    other.append([case("a"), case("b")])
    changed = Sealed(
        body=other.sealed[2].body.replace(b"broken", b"great!"), signature=other.sealed[2].signature
    )
    for foreign, trusted in (
        ([*other.sealed[:2], changed], None),
        (other.sealed[1:], None),
        (other.sealed, {"there": "0" * 64}),
        ([Sealed(body=b"{}", signature=b"")], None),
    ):
        with pytest.raises(DamagedJournalError):
            journal.take_in(foreign, trusted=trusted)
    assert [1] == numbers(journal)
    journal.take_in(other.sealed)
    fork = Memory("there")
    fork.append([case("another")])
    with pytest.raises(DamagedJournalError, match="forks"):
        journal.take_in(fork.sealed)


WRITER = """
    import sys, threading
    from pathlib import Path
    from tidegate.adapters.store.journal_begin import open_journal
    from tidegate.journal.entry import Draft

    journal = open_journal(Path(sys.argv[1]))
    lock = threading.Lock()

    def work(name):
        turn = 0
        while True:
            turn += 1
            payload = {"text": "x" * 300, "channel": "web"}
            entries = journal.append([Draft(kind="case.received", subject=f"{name}-{turn}", payload=payload)])
            with lock:
                print(entries[0].number, entries[0].subject, flush=True)

    for name in range(4):
        threading.Thread(target=work, args=(name,), daemon=True).start()
    threading.Event().wait()
"""


@pytest.mark.parametrize("lines_count", [1, 30, 111])
def test_a_killed_writer_loses_nothing_it_acknowledged(tmp_path, lines_count):
    """After kill -9 in the middle of writing, all that was acknowledged is there and the chain is whole."""
    begin_journal(tmp_path, site="here").close()
    for _ in range(2):
        command = [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
            said = [writer.stdout.readline().split() for _ in range(lines_count)]
            writer.send_signal(signal.SIGKILL)
            said += [line.split() for line in writer.stdout.read().splitlines() if len(line.split()) == 2]
        journal = open_journal(tmp_path)
        kept = {str(entry.number): entry.subject for _, entry in journal.entries()}
        assert [] == [pair for pair in said if kept.get(pair[0]) != pair[1]]
        assert [] == list(journal.damages())
        journal.close()


@pytest.fixture(name="disk")
def full_disk(tmp_path):
    with small_disk(tmp_path / "disk", "24m") as folder:
        yield folder


def test_a_full_disk_still_takes_cases(disk):
    """With not one byte free, notices are refused by name, and cases of 64 KB go on being kept."""
    journal = begin_journal(disk / "data", site="here")
    fill(disk)
    refused = 0
    for turn in range(200):
        try:
            journal.append([owed(f"n{turn}"), owed(f"m{turn}")])
        except NoSpaceError:
            refused += 1
    assert refused > 0
    for turn in range(40):
        journal.append([case(f"c{turn}", text="\u0000" * 10_000 if turn % 2 else "y" * 65_000)])
    assert journal.is_low_on_space()
    with pytest.raises(NoSpaceError):
        journal.append([owed("late")])
    kept = [entry.subject for _, entry in journal.entries()]
    assert [f"c{turn}" for turn in range(40)] == [name for name in kept if name.startswith("c")]
    assert "late" not in kept
    (disk / "filler").unlink()
    journal.append([owed("now")])
    assert not journal.is_low_on_space()
    assert [] == list(journal.damages())
    journal.close()


def appended_until_refused(journal) -> int:
    kept = 0
    try:
        while True:
            journal.append([case(f"c{kept}", text="y" * 65_000)])
            kept += 1
    except NoSpaceError as error:
        assert "no space left" in str(error)  # noqa: PT017  the loop ends nowhere else
    return kept


def test_a_full_disk_is_named_when_even_the_reserve_is_used(disk):
    """When nothing fits any more, nothing is acknowledged, and what was is whole."""
    journal = begin_journal(disk / "data", site="here")
    fill(disk)
    kept = appended_until_refused(journal)
    assert kept >= 40
    assert kept + 1 == len(numbers(journal))
    assert [] == list(journal.damages())
    journal.close()


def said(name: str) -> Draft:
    payload = {"event": "confirm", "because": "two teams see it " * 40}
    return Draft(kind="outage.moved", subject=name, payload=payload)


def test_a_flood_of_cases_leaves_room_for_operators(disk):
    """When not one more case fits, what operators say is still kept, a hundred times."""
    journal = begin_journal(disk / "data", site="here")
    journal.check_room()
    fill(disk)
    journal.check_room()
    appended_until_refused(journal)
    with pytest.raises(NoSpaceError):
        journal.check_room()
    for turn in range(100):
        journal.append([said(f"o{turn}")])
    with pytest.raises(NoSpaceError):
        journal.append([case("late")])
    (disk / "filler").unlink()
    journal.check_room()
    journal.append([case("now")])
    assert [] == list(journal.damages())
    journal.close()


def test_room_is_asked_of_the_writer(journal):
    """A file that can be read and not written keeps no case, and that is said."""
    journal.check_room()
    journal._writer.execute("PRAGMA query_only=ON")
    with pytest.raises(StoreError):
        journal.check_room()


def test_a_limit_on_file_size_is_named_like_a_full_disk(tmp_path):
    """Where the system forbids the file to grow, it is said, and what was kept is whole."""
    begin_journal(tmp_path, site="here").close()
    code = """
        import resource, sys
        from pathlib import Path
        from tidegate.adapters.store.database import NoSpaceError
        from tidegate.adapters.store.journal_begin import open_journal
        from tidegate.journal.entry import Draft
        folder = Path(sys.argv[1])
        journal = open_journal(folder)
        size = (folder / "journal.db").stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        try:
            while True:
                payload = {"update": "u", "subscription": "s" * 400, "channel": "email"}
                journal.append([Draft(kind="delivery.planned", subject="d", payload=payload)] * 50)
        except NoSpaceError:
            print("named")
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ("named\n", "") == (done.stdout, done.stderr)
    journal = open_journal(tmp_path)
    assert [] == list(journal.damages())
    journal.close()


def test_why_it_is_no_write_ahead_log(tmp_path):
    """A damaged write-ahead log loses what was committed without a word; that is why it is not used here."""
    live, copy = tmp_path / "live.db", tmp_path / "copy.db"
    connection = sqlite3.connect(live, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE said (what TEXT)")
    for _ in range(5):
        connection.execute("INSERT INTO said VALUES ('acknowledged')")
    shutil.copy(live, copy)
    log = bytearray((tmp_path / "live.db-wal").read_bytes())
    log[len(log) // 2] ^= 1
    (tmp_path / "copy.db-wal").write_bytes(log)
    connection.close()
    damaged = sqlite3.connect(copy)
    assert damaged.execute("SELECT count(*) FROM said").fetchone()[0] < 5
    assert "ok" == damaged.execute("PRAGMA integrity_check").fetchone()[0]
    damaged.close()


def test_of_a_long_story_the_first_and_the_latest_entries_are_given(journal):
    """As many as are asked for, in order, and none twice where there are fewer."""
    journal.append([case("one", str(number)) for number in range(10)])
    journal.append([case("other")])
    texts = [entry.payload["text"] for entry in journal.about("one", most_count=4)]
    assert ["0", "1", "8", "9"] == texts
    assert journal.about("one") == journal.about("one", most_count=18)
    assert 10 == len(journal.about("one", most_count=18))
