"""What a person is told who mistyped: every fault, once, in one format, and none that only follows."""

from __future__ import annotations

import importlib
import re
import sys
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

from tidegate.cli import waiting
from tidegate.cli.main import main
from tiny_worlds import grow_text, twin_text


@pytest.fixture(name="place", autouse=True)
def in_a_folder_of_its_own(tmp_path, monkeypatch):
    (tmp_path / "grow.yaml").write_text(grow_text())
    (tmp_path / "twin.yaml").write_text(twin_text(retry="immediate"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(name="said")
def run_in_process(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        return SimpleNamespace(code=caught.value.code or 0, out=out, err=err)

    return run


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--fail-on", "stpo"), "stpo\n    Did you mean stop?\n    Allowed: conditions, cannot_tell, stop\n"),
        (("--seed", "x"), "--seed\n    Is not a whole number: x\n    Allowed: a whole number\n"),
        (("--seed=",), "--seed\n    Is not a whole number\n    Allowed: a whole number\n"),
        (("--runs=0",), "--runs\n    Is too small: 0\n    Allowed: at least 1\n"),
        (("--runs", "100001"), "--runs\n    Is too large: 100001\n    Allowed: at most 100000\n"),
        (("--secd", "3"), "    No such option: --secd\n    Did you mean --seed?\n"),
    ],
)  # fmt: skip
def test_a_wrong_option_is_told_as_a_wrong_file_is(said, words, expected):
    """Which, what, the value, what is allowed; no word of the parser's own."""
    done = said("check", "twin.yaml", *words)
    assert (2, "") == (done.code, done.out)
    assert done.err.startswith("The input cannot be used: 1 thing to mend.\n\n  ")
    assert done.err.endswith(expected)


def test_a_bundled_world_is_told_by_its_name(said, place):
    """Where it is installed says nothing to who asks; a folder that is named stays what it is named."""
    wrong = ("--set", "horizon=x")
    assert "\n\n  surge/world.yaml: horizon\n" in said("check", "surge", *wrong).err
    (place / "surge").mkdir()
    assert "\n\n  surge/world.yaml: horizon\n" in said("check", "surge", *wrong).err
    (place / "tide").mkdir()
    (place / "tide" / "world.yaml").write_text(grow_text())
    assert "\n\n  tide/world.yaml: horizon\n" in said("check", "tide", *wrong).err


def test_all_words_of_a_fleet_are_told_at_once(said):
    """Those that are no quantities and those that name nothing."""
    wrong = ("--pool", "x", "--through", "aws-nat-gatewy", "--retry", "immediat")
    done = said("check", "--scale", "40:120", *wrong)
    assert 2 == done.code
    assert "3 things to mend" in done.err
    for words in ("--pool", "Did you mean aws-nat-gateway?", "Did you mean immediate?"):
        assert words in done.err


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (r"^networks:.*(\n .*)*", "networks: [a, b]", "networks\n    Is not a mapping: a list"),
        (r"between: \[[^]]*\]", "between: [a]", "between\n    Is not a list of 2: a list of 1"),
    ],
)
def test_what_only_follows_from_a_fault_is_no_other(said, place, old, new, what):
    """A list where names are meant makes no fault of each place that names one."""
    text, count = re.subn(old, new, grow_text(), count=1, flags=re.MULTILINE)
    assert 1 == count
    (place / "bad.yaml").write_text(text)
    done = said("check", "bad.yaml")
    assert "1 thing to mend" in done.err, done.err
    assert what in done.err


def test_a_new_component_is_told_where_others_are_known(said):
    """The first is meant to be new; later ones may be mistyped, and the nearest known is named."""
    first = said("outage", "open", "One", "--component", "ec2_api", "--data", "kept")
    assert (0, "") == (first.code, first.err)
    named = ("--component", "ec2_ap", "--component", "ec2_api")
    second = said("outage", "open", "Two", *named, "--data", "kept")
    assert 0 == second.code
    assert "The component ec2_ap is new here. Did you mean ec2_api?\n" == second.err


def test_a_change_names_the_status_and_the_component(said):
    """Both are wrong, and both are said."""
    said("outage", "open", "One", "--component", "ec2_api", "--data", "kept")
    done = said("outage", "change", "ec2_ap=broken", "--data", "kept")
    assert 2 == done.code
    assert "Did you mean ec2_api?" in done.err
    assert "Is no status: ec2_ap=broken" in done.err


@pytest.mark.evidence
@pytest.mark.timeout(900)
def test_a_fleet_of_which_little_is_said_depends_on_two_numbers(said):
    """The head names both, and the list below has the first of them with the end that is safe.

    Service that never was away stays normal: it has not recovered, and no time is told for it.
    """
    done = said("check", "--scale", "40:120", "--no-report", "--runs", "2", "--more")
    words = " ".join(done.out.split())
    assert "CANNOT TELL it depends on 2 numbers: the pool of app and how many " in words
    assert "1. the pool of app is 10, assumed between 1 and 100, where 1 is the safe end" in words
    assert "normal again after stays normal stays normal" in words
    assert "As believed, with other numbers from the 13 ranges, " in words
    assert "recovery" not in words


def test_a_search_says_how_far_it_is(said, place, monkeypatch):
    """Which candidate, how many of how many numbers, and what was found so far; never the same twice over."""
    told = []
    place_told = importlib.import_module("tidegate.cli.commands.ramp")
    monkeypatch.setattr(place_told, "shown", lambda: nullcontext(lambda *said: told.append(said)))
    assumed = "forwarding: {value: 20k/s, low: 10k/s, high: 40k/s}"
    (place / "grow.yaml").write_text(grow_text().replace("forwarding: 20k/s", assumed))
    assert 0 == said("ramp", "grow.yaml", "--activity", "grow").code
    margin = [one for one in told if "margin" in one[0]]
    titles = [f"taking 1s; proving the margin, {i} of 2 numbers moved, none failed" for i in (1, 2)]
    assert titles == [title for title, _ in margin]
    assert margin[0][1] < margin[1][1]


def test_the_compiler_is_spoken_of_only_where_it_works_and_once(said, monkeypatch):
    """An engine that was built with the package is not compiled."""
    monkeypatch.setattr(waiting, "FIRST_S", 0.0)
    monkeypatch.setattr(waiting, "EVERY_S", 0.0005)
    monkeypatch.setenv("COLUMNS", "60")
    assert "compiled" not in said("check", "twin.yaml", "--runs", "1", "--no-report").err
    monkeypatch.setattr(waiting, "_is_compiled_here", lambda: True)
    told = said("check", "twin.yaml", "--runs", "1", "--no-report").err
    assert 1 == told.count("it is compiled")
    assert all(len(line) <= 60 for line in told.splitlines())
