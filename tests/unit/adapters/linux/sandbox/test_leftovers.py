"""Private directories: removed when provably ours and unused, and never otherwise."""

from __future__ import annotations

import fcntl
import os
import tempfile
from pathlib import Path

import pytest

from tidegate.adapters.linux.sandbox import leftovers
from tidegate.adapters.linux.sandbox.leftovers import MARKER, PREFIX, private_directory, remove_leftovers


@pytest.fixture(autouse=True)
def _own_temporary_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))


def abandoned(folder: Path) -> Path:
    """Make what a killed run leaves behind: everything, but no lock."""
    directory = folder / f"{PREFIX}killed"
    directory.mkdir(mode=0o700)
    (directory / MARKER).write_text(leftovers._proof(directory, directory.lstat()))
    (directory / "inner").mkdir()
    (directory / "inner" / "file").write_text("x")
    return directory


def test_a_directory_lives_as_long_as_its_run():
    """It exists within the body, is nobody else's to read, and is gone afterwards."""
    with private_directory() as directory:
        assert 0o700 == directory.stat().st_mode & 0o777
        (directory / "file").write_text("x")
    assert not directory.exists()


def test_a_directory_is_removed_after_a_failure():
    """An error in the body removes it all the same."""

    def broken():
        with private_directory() as directory:
            made.append(directory)
            raise ValueError

    made: list[Path] = []
    with pytest.raises(ValueError):  # noqa: PT011  raised by the test itself
        broken()
    assert not made[0].exists()


def test_an_abandoned_directory_is_removed_by_the_next_run(tmp_path):
    """What a killed run left is gone once another begins."""
    directory = abandoned(tmp_path)
    with private_directory():
        assert not directory.exists()


def test_a_directory_in_use_stays():
    """The lock of a living run protects its directory."""
    with private_directory() as directory:
        assert [] == remove_leftovers()
        assert directory.exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda directory: (directory / MARKER).unlink(),
        lambda directory: (directory / MARKER).write_text("private directory of tidegate\n"),
        lambda directory: (directory / MARKER).write_text(""),
        lambda directory: directory.chmod(0o755),
        lambda directory: directory.rename(directory.with_name(f"{PREFIX}moved")),
        lambda directory: ((directory / MARKER).unlink(), (directory / MARKER).symlink_to(__file__)),
        lambda directory: ((directory / MARKER).unlink(), (directory / MARKER).mkdir()),
    ],
    ids=["no marker", "words alone", "not yet written", "readable", "moved", "a link", "a folder"],
)
def test_a_directory_that_cannot_be_proven_ours_stays(tmp_path, spoil):
    """Anything that does not fit leaves the directory and all in it untouched."""
    spoil(abandoned(tmp_path))
    assert [] == remove_leftovers()
    assert ["x"] == [path.read_text() for path in tmp_path.glob("*/inner/file")]


def test_a_link_to_a_proven_directory_is_not_followed(tmp_path):
    """A symbolic link with our name is not a directory of ours."""
    elsewhere = abandoned(tmp_path).rename(tmp_path / "elsewhere")
    (tmp_path / f"{PREFIX}killed").symlink_to(elsewhere)
    assert [] == remove_leftovers()
    assert (elsewhere / "inner" / "file").exists()


def test_somebody_elses_directory_stays(tmp_path, monkeypatch):
    """The owner must be the user who runs Tidegate."""
    directory = abandoned(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    assert [] == remove_leftovers()
    assert directory.exists()


def test_a_lock_held_by_anybody_protects(tmp_path):
    """A lock on the marker, whoever holds it, keeps the directory."""
    directory = abandoned(tmp_path)
    with (directory / MARKER).open() as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        assert [] == remove_leftovers()
    assert [directory] == remove_leftovers()
