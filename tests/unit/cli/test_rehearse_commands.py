from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest

import rehearsal_sample
from tidegate.adapters.linux import rehearsal
from tidegate.cli.main import main
from tidegate.rehearse.rehearsal_record import read_records


@pytest.fixture(name="said")
def run_in_process(monkeypatch, capsys, tmp_path):
    """Run the command line in a folder of its own, on a network that the engine stands in for."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rehearsal, "measure", rehearsal_sample.measure)

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["tidegate", *words])
        with pytest.raises(SystemExit) as caught:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        return SimpleNamespace(code=caught.value.code or 0, out=out, err=err)

    return run


def test_a_rehearsal_answers_reports_and_is_kept(said, tmp_path):
    """Exit 0, the prediction before the measurement, a report, and one more record each time."""
    done = said("rehearse", "surge")
    again = said("rehearse", "surge", "--no-report", "--seed", "8")

    assert (0, 0) == (done.code, again.code)
    assert "Predicted at 1/1 of its size: to stay down" in done.err
    assert "HELD" in done.out
    assert "surge.rehearsal.html" in done.out
    assert "surge.rehearsal.html" not in again.out
    assert (tmp_path / "surge.rehearsal.html").read_text().startswith("<!doctype html>")
    records = read_records((tmp_path / "surge.rehearsals.jsonl").read_text(), "kept")
    assert [7, 8] == [record.seed for record in records]


def test_json_is_one_document(said):
    """Nothing else is on standard output."""
    done = said("rehearse", "surge", "--no-report", "--format", "json", "--repeat", "2")

    assert 2 == json.loads(done.out)["agreement"]["runs_count"]


def test_a_protection_is_tried_and_kept(said, tmp_path):
    """With the limit it does not stay down, and the record says what was tried."""
    limit = ("--with", "crossings.nat.admission.rate=190/s", "--with", "crossings.nat.admission.burst=10")

    done = said("rehearse", "surge", "--no-report", *limit)

    assert "predicted to recover" in done.out
    (record,) = read_records((tmp_path / "surge.rehearsals.jsonl").read_text(), "kept")
    assert limit[1::2] == record.protections


@pytest.mark.parametrize("scale", ["1/0", "small", "2", "1/100"])
def test_a_scale_that_cannot_be_is_bad_input(said, scale):
    """Exit 2, and the reason."""
    done = said("rehearse", "surge", "--scale", scale)

    assert 2 == done.code
    assert "1/" in done.err


def test_a_check_carries_how_its_rehearsals_agreed(said):
    """None, then one, then one of another world."""
    check = ("check", "surge", "--runs", "1", "--no-report", "--rehearsed")
    before = said(*check)
    said("rehearse", "surge", "--no-report")
    after = said(*check)
    other = said(*check, "--set", "crossings.nat.queue_packets=900")
    document = json.loads(said(*check, "--format", "json").out)

    assert "Never rehearsed: tidegate rehearse shows" in " ".join(before.out.split())
    assert "Rehearsed on a real network once at 1/1 of its size" in " ".join(after.out.split())
    assert "Never rehearsed: the one rehearsal in" in " ".join(other.out.split())
    assert 1 == document["verdicts"][0]["rehearsed"]["rehearsals_count"]


def test_records_that_are_named_must_be_there(said):
    """A file that is not there is bad input, not silence."""
    done = said("check", "surge", "--no-report", "--records", "missing.jsonl")

    assert 2 == done.code


def test_a_check_that_is_not_asked_says_nothing_of_rehearsals(said):
    """The verdict is as it was."""
    assert "ehearsed" not in said("check", "surge", "--runs", "1", "--no-report").out


def test_the_live_demo_ends_with_the_measured_agreement(said, tmp_path):
    """Four panes, the last line, and a moving picture."""
    done = said("demo", "--live", "--record", "live.svg")

    assert 0 == done.code
    assert done.out.rstrip().splitlines()[-1].startswith("4 of 4 went as predicted")
    assert (tmp_path / "live.svg").read_text().startswith("<svg")
