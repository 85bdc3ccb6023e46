"""`tidegate publish` and the imports: what they write, say and return."""

from __future__ import annotations

import json
import sys

import pytest

from tidegate.cli.main import main


@pytest.fixture
def run(monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own; give exit code and what was said."""
    monkeypatch.chdir(tmp_path)

    def ran(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return ran


DAY = ("publish", "--record", "us_east_1_2021/record.yaml", "--at", "2021-12-07T12:45-08:00")


def test_a_recorded_day_becomes_a_site(run, tmp_path):
    """The bundled day is published as it was known at a moment, in the record's own zone."""
    code, said, _ = run(*DAY, "--to", "site")
    assert 0 == code
    assert "good until 2021-12-07T20:55:00.000Z" in said
    front = (tmp_path / "site" / "current" / "index.html").read_text()
    assert "20:45 UTC (12:45 PST), 7 December 2021" in front
    assert "7 of 10 components do not work as they should" in front


def test_a_copy_is_checked(run, tmp_path):
    """A copy that is whole but old is 4, one that was changed or is another's is 5, no copy at all is 2."""
    run(*DAY, "--to", "site")
    code, said, _ = run("publish", "--check", "site/current")
    assert (4, True) == (code, "now it tells of the past" in said)
    code, said, _ = run("publish", "--check", "site/current", "--key", "0" * 64)
    assert (5, True) == (code, "is signed with another key" in said)
    (tmp_path / "site" / "current" / "history.html").unlink()
    code, said, _ = run("publish", "--check", "site/current")
    assert (5, True) == (code, "history.html is missing" in said)
    assert 2 == run("publish", "--check", "nowhere")[0]


def test_places_stand_for_themselves(run, tmp_path):
    """One place of two that cannot be reached is 3, none reached is 5; the others hold the site."""
    (tmp_path / "file").write_text("in the way")
    code, _, complaint = run(*DAY, "--to", "file", "--to", "site")
    assert (3, True) == (code, "file: cannot be written" in complaint)
    assert (tmp_path / "site" / "current" / "index.html").exists()
    assert 5 == run(*DAY, "--to", "file")[0]


@pytest.mark.parametrize(
    "words",
    [
        ("publish",), ("publish", "--to", "ftp://x"), ("publish", "--to", "x", "--at", "2021-12-07T12:45Z"),
        ("publish", "--to", "x", "--data", "nowhere"), ("publish", "--to", "x", "--url", "javascript:x"),
        ("publish", "--to", "x", "--language", "xx", "--valid", "1", "--zone", "Nowhere/Land"),
        (*DAY, "--to", "x", "--name", " "),
    ],
)  # fmt: skip
def test_what_cannot_be_published_is_bad_input(run, words):
    """Wrong places, addresses, languages, zones and names are exit 2 without a traceback."""
    code, _, complaint = run(*words)
    assert (2, False) == (code, "Traceback" in complaint)


def test_a_journal_is_published_with_links_for_its_segments(run, tmp_path):
    """Links of segments name files that were published, and that stand in no list."""
    run("outage", "open", "It is broken", "--component", "shop", "--segment", "buyers")
    run("outage", "confirm")
    code, said, _ = run("publish", "--to", "site", "--links")
    address = said.splitlines()[0].removeprefix("buyers: https://status.example.org/")
    assert 0 == code
    assert (tmp_path / "site" / "current" / address).exists()
    assert address not in (tmp_path / "site" / "current" / "files.json").read_text()


def test_a_history_is_imported_once(run, tmp_path):
    """A Statuspage's history comes in, again adds nothing, and another copy of it is refused."""
    incident = {
        "id": "abcdefghijkl",
        "name": "Old",
        "created_at": "2024-05-01T10:00:00Z",
        "incident_updates": [],
    }
    (tmp_path / "one.json").write_text(json.dumps({"page": {"name": "Us"}, "incidents": [incident]}))
    (tmp_path / "two.json").write_text(
        json.dumps({"page": {"name": "Us"}, "incidents": [{**incident, "name": "New"}]})
    )
    assert (0, "3 entries of statuspage Us are new in tidegate-data\n") == run(
        "outage", "import-statuspage", "one.json"
    )[:2]
    assert (0, "0 entries of statuspage Us are new in tidegate-data\n") == run(
        "outage", "import-statuspage", "one.json"
    )[:2]
    code, _, complaint = run("outage", "import-statuspage", "two.json")
    assert (2, True) == (code, "another copy of this history" in complaint.lower())


def test_a_repository_of_upptime_is_imported(run, tmp_path):
    """Sites come from the history's YAML, outages from the issues."""
    (tmp_path / "history").mkdir()
    (tmp_path / "history" / "shop.yml").write_text(
        "url: https://shop.example\nstartTime: 2023-01-01T00:00:00.000Z\n"
    )
    issue = {"number": 1, "title": "🛑 Shop is down", "body": "x",
             "labels": [{"name": "status"}, {"name": "shop"}],
             "created_at": "2024-05-01T10:00:00Z", "closed_at": "2024-05-01T11:00:00Z"}  # fmt: skip
    (tmp_path / "issues.json").write_text(json.dumps([issue]))
    code, said, _ = run("outage", "import-upptime", "history", "--issues", "issues.json")
    assert (0, "6 entries of upptime are new in tidegate-data\n") == (code, said)
    assert 2 == run("outage", "import-upptime", "nowhere", "--issues", "issues.json")[0]


DEEP_RECORD = """
tidegate_record: 1
site: deep
title: Words that nobody can set
entries:
  - {kind: outage.opened, about: one, at: "2026-01-01T10:00Z",
     title: Sign-in fails, since_s: "2026-01-01T10:00Z", source: operator}
  - {kind: update.published, about: one, at: "2026-01-01T10:05Z", update: first, texts: {en: "WORDS"}}
"""


def test_words_that_cannot_be_set_are_published(run, tmp_path):
    """Hundreds of marks in one another are a plain paragraph, and the site is written."""
    deep = "*a " * 166 + "b* " * 166
    (tmp_path / "deep.yaml").write_text(DEEP_RECORD.replace("WORDS", deep.strip()))
    code, _, complaint = run("publish", "--record", "deep.yaml", "--to", "site")
    assert (0, "") == (code, complaint)
    assert deep.strip() in (tmp_path / "site" / "current" / "index.html").read_text()


def test_a_page_that_cannot_be_made_is_told(run, tmp_path, monkeypatch):
    """The other pages are written; exit code 3 says that something is missing."""

    def broken(*_: object) -> bytes:
        raise RuntimeError("no page for you")

    monkeypatch.setattr("tidegate.present.site.pages.record_page", broken)
    code, _, complaint = run(*DAY, "--to", "site")
    assert (3, "record.html: could not be made: RuntimeError: no page for you\n") == (code, complaint)
    assert (tmp_path / "site" / "current" / "index.html").exists()
