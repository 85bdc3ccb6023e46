"""`tidegate journal compact`: first what would leave, then that it has; and what is not done, in words."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from compacted_sites import DAY_S, NOW_S, Hands, case, notice
from sites_sample import admit, begun, heal
from tidegate.adapters.store import journal_begin
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.site_folder import owned
from tidegate.cli.main import main


@pytest.fixture
def said(tmp_path: Path, monkeypatch, capsys):
    """Run `tidegate` in a folder, 100 days after what happened there; return exit code, output and errors."""
    monkeypatch.chdir(tmp_path)
    hands = Hands(NOW_S)
    opening = journal_begin.open_journal
    monkeypatch.setattr(journal_begin, "open_journal", lambda folder: opening(folder, clock=hands.steady()))

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tidegate", "journal", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        found = capsys.readouterr()
        return int(ended.value.code or 0), " ".join(found.out.split()), " ".join(found.err.split())

    return run


def old(folder: Path, *names: str) -> None:
    journals = [begun(folder, name, clock=Hands().steady()) for name in names]
    for one in journals:
        admit(one, *(other for other in journals if other is not one))
    for number in range(5):
        case(journals[0], f"case{number}", text="secret words" * 500)
        notice(journals[0], f"notice{number}")
    heal(*journals)
    for one in journals:
        one.close()


def test_it_says_what_would_leave_and_then_lets_it_go(said, tmp_path):
    old(tmp_path, "west")
    assert (0, "") == (said("compact", "--data", "west")[0], said("compact", "--data", "west")[2])
    assert "say with --before what may" in said("compact", "--data", "west")[1]
    code, told, _ = said("compact", "--before", "2020-01-01", "--data", "west")
    assert (0, True) == (code, told.startswith("Nothing would leave")), told
    code, told, _ = said("compact", "--before", "2023-12-30", "--data", "west")
    assert (0, True) == (code, told.startswith("25 entries (38 KB) would leave"))
    assert "chain west: 25 entries" in told
    assert "Nothing has changed." in told
    code, told, _ = said("compact", "--before", "2023-12-30", "--yes", "--data", "west")
    assert (0, True) == (code, told.startswith("25 entries left, of what was over before 2023-12-30."))
    assert "KB smaller" in told
    (path,) = (tmp_path / "west" / "archive").iterdir()
    assert 0o600 == path.stat().st_mode & 0o777
    assert b"secret words" in path.read_bytes()
    assert not any(b"secret words" in one.read_bytes() for one in (tmp_path / "west").glob("journal.db*"))
    assert "25 entries left" in said("compact", "--data", "west")[1]
    assert "The file is 0 KB smaller." in said("compact", "--yes", "--data", "west")[1]
    with owned(tmp_path / "west"):
        assert "The file keeps its size" in said("compact", "--yes", "--data", "west")[1]
    code, told, _ = said("verify", "--data", "west")
    assert (0, True) == (code, "28 entries (25 have left the record)" in told)
    assert said("compact", "--before", "2023-12-01", "--yes", "--data", "west")[0] == 2


@pytest.mark.parametrize(("day", "what"), [("yesterday", "a day such as"), ("2024-02-20", "30 days old")])
def test_a_day_that_cannot_be_is_named(said, tmp_path, day, what):
    old(tmp_path, "west")
    code, _, told = said("compact", "--before", day, "--yes", "--data", "west")
    assert 2 == code
    assert what in told


def test_where_another_site_is_not_heard_nothing_leaves_and_it_is_named(said, tmp_path):
    old(tmp_path, "west", "east")
    for words in (("--before", "2023-12-30"), ()):
        code, told, _ = said("compact", *words, "--yes", "--data", "west")
        assert 4 == code
        assert "east has not been heard to say anything of it" in told
        assert "at each site" in told
    with owned(tmp_path / "west"):
        code, told, _ = said("compact", "--yes", "--data", "west")
        assert (4, True) == (code, "server that works on this folder does the rest" in told)
    for _ in range(2):
        with (
            closing(open_journal(tmp_path / "west", clock=Hands(NOW_S + DAY_S).steady())) as west,
            closing(open_journal(tmp_path / "east", clock=Hands(NOW_S + DAY_S).steady())) as east,
        ):
            heal(west, east)
        found = [said("compact", "--yes", "--data", name) for name in ("east", "west")]
    assert {0} == {code for code, _, _ in found}
    assert not (tmp_path / "west" / "journal.db-journal").read_bytes().count(b"secret words")


def test_where_the_archive_cannot_be_written_nothing_leaves(said, tmp_path):
    old(tmp_path, "west")
    (tmp_path / "west" / "archive").write_text("")
    code, _, told = said("compact", "--before", "2023-12-30", "--yes", "--data", "west")
    assert (2, True) == (code, "archive" in told)
    (tmp_path / "west" / "archive").unlink()
    assert said("compact", "--yes", "--data", "west")[1].startswith("25 entries left")


def test_what_left_is_checked_in_its_file(said, tmp_path):
    old(tmp_path, "west")
    said("compact", "--before", "2023-12-30", "--yes", "--data", "west")
    (path,) = (tmp_path / "west" / "archive").iterdir()
    code, told, _ = said("verify", "--archive", str(path))
    assert (0, "25 entries that left, each as it was signed") == (code, told)
    whole = path.read_text()
    for changed, code, what in (
        (whole.replace("we know", "we knew", 1), 5, "not what its site signed"),
        (whole.replace('{"chain": "west"}', '{"chain"'), 2, "names no chain"),
        (whole + "{}", 2, "holds what is no entry"),
        ("{}", 2, "is no archive"),
    ):
        path.write_text(changed)
        found = said("verify", "--archive", str(path))
        assert (code, True) == (found[0], what in (found[1] + found[2]).lower())


def test_a_gap_that_nobody_states_is_no_whole_record(said, tmp_path):
    old(tmp_path, "west")
    said("compact", "--before", "2023-12-30", "--yes", "--data", "west")
    with (
        closing(open_journal(tmp_path / "west")) as west,
        west.writing() as writer,
    ):
        writer.execute("UPDATE gaps SET first = first - 1")
        writer.execute("DELETE FROM entries WHERE number = 2 AND site = 'west'")
    code, told, _ = said("verify", "--data", "west")
    assert 5 == code
    assert "no trusted site says that just these have" in told
