from __future__ import annotations

import doctest

import pytest

import tidegate
from tidegate import api
from tidegate.errors import InputError
from tidegate.evaluate.judging.verdict import Verdict
from tiny_worlds import grow, grow_text


@pytest.fixture(name="path")
def grow_file(tmp_path):
    path = tmp_path / "grow.yaml"
    path.write_text(grow_text())
    return path


def test_the_examples_run():
    """What the documentation shows is what happens."""
    found = doctest.testmod(api)
    assert found.attempted >= 6
    assert 0 == found.failed


def test_a_world_is_loaded_with_changes(path):
    """A path of any kind, with values laid over it as on the command line."""
    assert 12.0 == api.load(path).world.horizon_s == api.load(str(path)).world.horizon_s
    assert 20.0 == api.load(path, {"horizon": "20s"}).world.horizon_s


def test_a_fault_is_the_same_error_as_everywhere(path):
    """Bad input raises `InputError` with its faults."""
    path.write_text("netwroks: {}")
    with pytest.raises(InputError, match="networks"):
        api.load(path)
    with pytest.raises(InputError, match="no such activity"):
        api.check(grow(), "shrink")


def test_check_judges_each_activity_of_a_path_or_a_world(path):
    """A path and the world it holds give the same verdicts, whatever the number of threads."""
    found = api.check(path, runs_count=2, jobs=1)
    assert ["grow", "restart"] == [verdict.activity for verdict in found]
    assert all(isinstance(verdict, Verdict) for verdict in found)
    assert found == api.check(grow(), runs_count=2, jobs=3)


def test_progress_is_told_and_may_end_it():
    """What runs and how many, first and after each batch; what it raises comes out."""
    heard = []

    def progress(title, count):
        heard.append((title, count))
        if count:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.check(grow(), "grow", runs_count=2, progress=progress)
    assert heard == [("as believed", 0), ("as believed", 2)]


def test_simulate_gives_the_rows_of_one_run(path):
    """The same as the verb of that name."""
    rows = api.simulate(path, "grow", seed=3)
    assert rows == api.simulate(grow(), "grow", seed=3)
    assert {"crossing", "clients", "service"} == {row.kind for row in rows}


def test_the_package_names_its_verbs():
    """`tidegate.load` and `tidegate.check` are those of the api; nothing else is made up."""
    assert (api.load, api.check) == (tidegate.load, tidegate.check)
    assert {"load", "check", "__version__"} <= set(dir(tidegate))
    with pytest.raises(AttributeError, match="has no attribute 'chekc'"):
        _ = tidegate.chekc
