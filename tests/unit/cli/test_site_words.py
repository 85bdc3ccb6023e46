"""What commands on sites, cases and outages say: which option is wrong, what was done, what comes next."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sites_sample import begun, group, heal
from tidegate.adapters.store.journal_begin import open_journal
from tidegate.adapters.store.journal_file import KEY_NAME
from tidegate.adapters.store.site_key import read_key
from tidegate.cli.main import main
from tidegate.track.case import receipt as receipt_of
from tidegate.track.receipt import signed_receipt
from tidegate.verbs.record.site import own_key

KEY = "ab" * 32


@pytest.fixture
def said(tmp_path: Path, monkeypatch, capsys):
    """Run `tidegate` in a folder of its own; return exit code, standard output and standard error."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        found = capsys.readouterr()
        return int(ended.value.code or 0), " ".join(found.out.split()), " ".join(found.err.split())

    return run


def test_an_address_without_tls_is_told_by_the_flag_that_would_let_it(said, tmp_path):
    begun(tmp_path, "west").close()
    at = ("--at", "http://east.example")
    code, _, told = said("site", "join", "east", "--key", KEY, *at, "--data", "west")
    assert 2 == code
    assert "or with --plain over" in told
    assert "peers_plain" not in told


@pytest.mark.parametrize(
    "words",
    [("join", "A B", "--key", KEY, "--data", "west"), ("init", "A B", "--data", "new"), ("retire", "x")],
)
def test_a_wrong_name_is_told_under_its_argument(said, tmp_path, words):
    begun(tmp_path, "west").close()
    data = () if "--data" in words else ("--data", "west")
    code, _, told = said("site", *words, *data)
    assert 2 == code
    assert "to mend. NAME Is no" in told


@pytest.mark.parametrize(("place", "code"), [("nosuchfolder", 4), ("s3:bucket", 2)])
def test_a_place_that_is_none_is_not_our_fault(said, tmp_path, place, code):
    begun(tmp_path, "west").close()
    assert code == said("site", "exchange", place, "--data", "west")[0]


def test_one_entry_is_one(said, tmp_path):
    begun(tmp_path, "west").close()
    assert "west: 1 entry" in said("site", "list", "--data", "west")[1]
    assert said("site", "export", "f", "--data", "west")[1].startswith("1 entry is in f.")
    (tmp_path / "shared").mkdir()
    assert (
        "1 entry was handed over, 0 were new here." == said("site", "exchange", "shared", "--data", "west")[1]
    )


def test_a_case_is_found_with_the_command_that_shows_it(said, tmp_path):
    begun(tmp_path, "tidegate-data").close()
    said("case", "new", "it is down", "--key", "k")
    receipt = tmp_path / "receipt"
    with closing(open_journal(tmp_path / "tidegate-data")) as journal:
        entry = next(entry for _, entry in journal.entries() if entry.kind == "case.received")
        key = read_key(journal.path.parent / KEY_NAME)
        receipt.write_text(signed_receipt(receipt_of(entry, "tidegate-data"), key), encoding="utf-8")
    code, told, _ = said("case", "find", "receipt")
    assert (0, True) == (code, f"`tidegate case show {entry.subject}` shows it" in told)


def test_a_receipt_that_another_site_shows_again_says_whose_key_it_needs(said, tmp_path):
    """Refused with the first site's key alone, and why; taken with either's, and said who shows it."""
    with group(tmp_path, "west", "east") as (west, east):
        keys = {one.site: own_key(one) for one in (west, east)}
        said("case", "new", "it is down", "--key", "k", "--data", "west")
        heal(west, east)
    said("case", "new", "it is down", "--key", "k", "--data", "east")
    with closing(open_journal(tmp_path / "east")) as journal:
        entry = next(entry for _, entry in journal.entries() if entry.kind == "case.received")
        again = signed_receipt(receipt_of(entry, "east"), read_key(tmp_path / "east" / KEY_NAME))
    (tmp_path / "receipt").write_text(again, encoding="utf-8")
    code, _, told = said("case", "verify", "receipt", "--key", keys["west"])
    assert 2 == code
    assert "that of site east is needed, for site east shows it again" in told
    for known in (["--key", keys["east"]], ["--key", keys["west"], "--key", keys["east"].upper()]):
        code, told, _ = said("case", "verify", "receipt", *known)
        assert 0 == code
        assert "by site west shown again by site east, signed with a key that was named" in told


def test_that_words_were_published_is_said(said):
    said("outage", "open", "Sign-in is down", "--component", "login")
    said("outage", "confirm")
    code, _, told = said("outage", "publish")
    assert (0, True) == (code, "Published." in told)
    _, _, told = said("outage", "resolve", "--publish")
    assert "Published." in told
