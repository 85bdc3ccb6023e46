from __future__ import annotations

import os
from pathlib import Path

import pytest

from tidegate.adapters.files import compiled


@pytest.fixture(name="bare")
def nothing_is_set(monkeypatch, tmp_path):
    """The package came without an engine and is read only, no folder is named, and the home is not there."""
    monkeypatch.setattr(compiled, "NAME", "no-engine.so")
    monkeypatch.delenv(compiled.PLACE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(compiled, "_is_writable", lambda folder: folder.is_relative_to(tmp_path))
    monkeypatch.setenv("HOME", "/nonexistent")
    yield tmp_path
    monkeypatch.delenv(compiled.PLACE, raising=False)


def test_without_any_place_the_run_gets_one_of_its_own(bare):
    """It is private, and named to the compiler."""
    assert not compiled.find_a_place()
    folder = Path(os.environ[compiled.PLACE])
    assert 0o700 == folder.stat().st_mode & 0o777
    folder.rmdir()


def test_a_home_that_can_be_written_is_enough(bare, monkeypatch):
    """Nothing is set then: the compiler finds it by itself."""
    monkeypatch.setenv("HOME", str(bare))
    assert compiled.find_a_place()
    assert compiled.PLACE not in os.environ


def test_an_engine_that_was_built_needs_no_place(bare, monkeypatch):
    """Nothing is compiled then."""
    (bare / "engine.so").touch()
    monkeypatch.setattr(compiled, "_KERNELS", bare)
    monkeypatch.setattr(compiled, "NAME", "engine.so")
    monkeypatch.setattr(compiled, "_is_writable", lambda _: False)
    assert compiled.find_a_place()


def test_a_named_place_is_left_alone(bare, monkeypatch):
    """Who names a folder means it."""
    monkeypatch.setenv(compiled.PLACE, "/somewhere")
    assert compiled.find_a_place()
    assert "/somewhere" == os.environ[compiled.PLACE]
