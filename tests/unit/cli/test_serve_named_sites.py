"""`tidegate serve` says which of the sites that were named cannot be meant, before it makes anything."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from sites_sample import admit, begun
from tidegate.adapters.store.journal_begin import begin_journal
from tidegate.cli.main import main
from tidegate.server.house import House
from tidegate.server.named_sites import members_in, unknown_peers
from tidegate.server.setting import ServerSetting


@pytest.fixture
def serve(tmp_path: Path, monkeypatch, capsys):
    """Run `tidegate serve`; return its exit code and what it said on standard error, on one line."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["tidegate", "serve", "--data", str(tmp_path / "west"), *words])
        with pytest.raises(SystemExit) as ended:
            main()
        return int(ended.value.code or 0), " ".join(capsys.readouterr().err.split())

    return run


@pytest.mark.parametrize("words", [(), ("--check-config",)])
def test_a_name_that_no_site_could_name_begins_nothing(serve, tmp_path, words):
    code, said = serve("--port", "0", "--site", "A B", *words)
    assert (2, False) == (code, (tmp_path / "west").exists())
    assert "Is no name of a site: A B" in said
    assert "us-east" in said


def test_a_journal_that_was_begun_with_another_name_is_served_still(serve, tmp_path):
    begin_journal(tmp_path / "west", site="A B").close()
    assert 0 == serve("--check-config", "--site", "A B")[0]
    with closing(House(ServerSetting(data=str(tmp_path / "west"), site="A B"), url="http://here")) as house:
        assert "A B" == house.journal.site


@pytest.mark.parametrize("words", [("--world", "nowhere.yaml"), ("--translations", "nowhere.yaml")])
def test_a_start_that_is_refused_leaves_no_folder_behind(serve, tmp_path, words):
    if words[0] == "--translations":
        (tmp_path / "s.yaml").write_text("translations: nowhere.yaml\n", encoding="utf-8")
        words = ("--settings", str(tmp_path / "s.yaml"))
    else:
        words = (words[1],)
    code, _ = serve("--port", "0", *words)
    assert (2, False) == (code, (tmp_path / "west").exists())


def test_an_address_of_a_site_that_is_not_named_is_told(serve, tmp_path):
    with closing(begun(tmp_path, "west")) as west, closing(begun(tmp_path, "east")) as east:
        admit(west, east)
    code, said = serve("--check-config", "--peers", "eest=https://example.org")
    assert 0 == code
    assert "Warning: peers: no site eest is named here, so it is not asked. Did you mean east?" in said
    assert "" == serve("--check-config", "--peers", "east=https://example.org")[1]


def test_before_any_site_is_named_each_address_is_told(tmp_path):
    setting = ServerSetting(data=str(tmp_path), peers={"east": "https://example.org"})
    assert ["Named: none" in line for line in unknown_peers(setting, members_in(tmp_path))] == [True]


@pytest.mark.parametrize("word", ["east", "=https://example.org", "east=ftp://example.org"])
def test_how_an_address_is_written_is_told(serve, word):
    code, said = serve("--check-config", "--peers", word)
    assert 2 == code
    assert "NAME=URL" in said
