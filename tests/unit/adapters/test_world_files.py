from __future__ import annotations

import io
import stat
import sys
from types import SimpleNamespace

import pytest

from tidegate.adapters.files import worlds
from tidegate.adapters.files.worlds import (
    MOST_BYTES,
    bundled_names,
    locate,
    read_text,
    read_world_text,
    refuse_existing,
    refuse_unwritable,
    write_text,
)
from tidegate.errors import InputError
from tidegate.world.file.read import read_world


def test_a_path_a_folder_and_a_bundled_name_are_found(tmp_path):
    """All three ways to name a world lead to a file."""
    (tmp_path / "world.yaml").write_text("x")
    assert tmp_path / "world.yaml" == locate(str(tmp_path / "world.yaml")) == locate(str(tmp_path))
    assert locate("us_east_1_2021").is_file()


def test_what_is_not_there_is_answered_with_what_is():
    """The fault names the bundled worlds."""
    with pytest.raises(InputError) as caught:
        locate("nowhere.yaml")
    assert all(name in caught.value.faults[0].allowed for name in bundled_names())


def test_a_mistyped_bundled_world_is_recognised():
    """The nearest bundled name is offered."""
    with pytest.raises(InputError) as caught:
        locate("everyday_nta")
    assert "everyday_nat" == caught.value.faults[0].nearest


def test_a_mistyped_file_of_this_folder_is_recognised(tmp_path, monkeypatch):
    """World files beside are offered as bundled worlds are."""
    (tmp_path / "world.yaml").write_text("x")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError) as caught:
        locate("wrld.yaml")
    assert "world.yaml" == caught.value.faults[0].nearest


def test_a_folder_without_a_world_is_named_as_one(tmp_path):
    """It is not "no such file": the folder is there."""
    with pytest.raises(InputError) as caught:
        locate(str(tmp_path))
    assert "no world.yaml in this folder" == caught.value.faults[0].what


@pytest.mark.parametrize("name", bundled_names())
def test_every_bundled_world_reads(name):
    """Each bundled world is a world without a fault."""
    text, source = read_world_text(name)
    assert read_world(text, source).world.name


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x00\xff\xfebinary", "not text: byte 1 is not UTF-8"),
        (b"\xff\xfe\x00binary", "not text: byte 8 is not UTF-16"),
        (b"a" * (MOST_BYTES + 1), "too large"),
    ],
)
def test_binary_and_huge_files_are_refused(tmp_path, data, words):
    """Neither is handed to the reader."""
    path = tmp_path / "w.yaml"
    path.write_bytes(data)
    with pytest.raises(InputError, match=words):
        read_text(str(path))


def test_a_byte_order_mark_is_no_fault(tmp_path):
    """Files of some editors begin with one."""
    (tmp_path / "w.yaml").write_bytes(b"\xef\xbb\xbfname: w\n")
    assert "name: w\n" == read_text(str(tmp_path / "w.yaml"))[0]


def test_standard_input_is_named_so(monkeypatch):
    """`-` reads what is piped in."""
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"name: w\n")))
    assert ("name: w\n", "standard input") == read_text("-")


def test_a_file_is_written_whole_and_readable_by_all(tmp_path):
    """UTF-8 with line feeds, mode 644, nothing left beside it; an old file is replaced."""
    path = tmp_path / "w.yaml"
    path.write_text("old")
    write_text(str(path), "t = 0 … 60\n")
    assert "t = 0 … 60\n".encode() == path.read_bytes()
    assert 0o644 == stat.S_IMODE(path.stat().st_mode)
    assert [path] == list(tmp_path.iterdir())


@pytest.mark.parametrize("raised", [KeyboardInterrupt, OSError(28, "No space left on device")])
def test_what_cannot_be_finished_leaves_nothing(tmp_path, monkeypatch, raised):
    """An interrupt or a full disk keeps the old file and leaves no part of the new one."""
    path = tmp_path / "w.yaml"
    path.write_text("old")

    def broken(*_args):
        raise raised

    monkeypatch.setattr(worlds.Path, "chmod", broken)
    expected = KeyboardInterrupt if raised is KeyboardInterrupt else InputError
    with pytest.raises(expected):
        write_text(str(path), "new")
    assert "old" == path.read_text()
    assert [path] == list(tmp_path.iterdir())


def test_a_place_that_is_not_there_is_refused_before_the_work(tmp_path):
    """A missing folder, and a folder where a file is meant."""
    with pytest.raises(InputError, match="no such folder"):
        refuse_unwritable(str(tmp_path / "none" / "r.html"))
    with pytest.raises(InputError, match="it is a folder"):
        refuse_unwritable(str(tmp_path))
    refuse_unwritable(str(tmp_path / "r.html"))


def test_writing_there_is_refused_too(tmp_path):
    """`write_text` names the place it cannot write."""
    with pytest.raises(InputError, match="cannot be written"):
        write_text(str(tmp_path / "none" / "r.html"), "x")


def test_a_file_that_is_there_is_not_written_over(tmp_path):
    """Only a new file passes."""
    refuse_existing(str(tmp_path / "new.yaml"))
    (tmp_path / "old.yaml").write_text("x")
    with pytest.raises(InputError, match="there already"):
        refuse_existing(str(tmp_path / "old.yaml"))
