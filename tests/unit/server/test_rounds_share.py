"""However many cases there are, sorting them leaves time for everything else."""

from __future__ import annotations

import pytest

from record_sample import Clock
from server_sample import house
from tidegate.server.duties.rounds import Rounds
from tidegate.verbs.record.case import Submission


@pytest.mark.parametrize(
    ("took_s", "after_s", "sorted_count"), [(0.1, 0.0, 2), (10.0, 39.0, 1), (10.0, 41.0, 2)]
)
def test_sorting_that_takes_long_is_done_less_often(tmp_path, monkeypatch, took_s, after_s, sorted_count):
    with house(tmp_path) as here:
        pace, calls = Clock(0.0), []

        def sort(_self, _desk) -> None:
            calls.append(pace.now_s)
            pace.now_s += took_s

        monkeypatch.setattr(Rounds, "_sort", sort)
        rounds = Rounds(here.record, here.setting, {}, pace=pace)
        rounds.turn()
        pace.now_s += after_s
        here.intake.keep(Submission(text="it does not work"))
        rounds.turn()
        assert sorted_count == len(calls)


def test_while_much_comes_in_nothing_is_sorted_that_other_sites_have_sorted(tmp_path, monkeypatch):
    with house(tmp_path) as here:
        calls, more = [], [True]
        monkeypatch.setattr(Rounds, "_sort", lambda *_: calls.append(True))
        rounds = Rounds(here.record, here.setting, {}, is_catching_up=lambda: more[0])
        rounds.turn()
        assert not calls
        more[0] = False
        rounds.turn()  # with what came meanwhile, although nothing came since
        assert calls
