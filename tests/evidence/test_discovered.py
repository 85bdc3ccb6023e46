"""A record of real traffic whose truth is known: what is discovered of it lies where it says."""

from __future__ import annotations

import json
import os

import pytest

from drawn_traffic import drawn_truth
from recorded_traffic import record
from tidegate.adapters.files.flow_records import read_pieces
from tidegate.discover.discovered import Recorded
from tidegate.present.discovered_text import discovered_json
from tidegate.verbs.discover import discover
from told_beside_truth import invented, told

SEED = 101


@pytest.mark.evidence
@pytest.mark.timeout(600)
def test_two_minutes_at_a_real_nat_give_numbers_that_hold_and_nothing_else(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("needs to be root")
    truth = drawn_truth(SEED)
    record(truth, tmp_path)
    records = [
        Recorded(source=one.name, pieces=read_pieces(str(one)))
        for one in [tmp_path / "events.txt", *sorted(tmp_path.glob("dump_*.txt"))]
    ]
    done = discover(records, name="it", device="linux-nat", day="today", is_pseudonymous=False)
    found = json.loads(discovered_json(done))
    every = list(told(found, truth))
    numbers = [one for one in every if one.is_number]
    assert 10 <= len(numbers)
    assert 0.9 <= sum(one.is_inside for one in numbers) / len(numbers)
    assert 0.9 <= sum(one.off_ratio <= 0.1 for one in numbers) / len(numbers)
    counted = [one for one in every if not one.is_number and one.value is not None]
    assert not [one.name for one in counted if one.value != one.truth]
    assert not list(invented(found, truth))
