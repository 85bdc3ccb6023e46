"""The columns: the deciding case, the believed one, the remedy; only rows that differ."""

from __future__ import annotations

from dataclasses import replace

import present_sample as sample
from tidegate.present.verdict.comparison import comparison, limit_text


def test_the_deciding_case_stands_first() -> None:
    """What decides, what is believed, what helps."""
    compared = comparison(sample.PROTECT_FIRST)
    assert (
        "planned, if back-off fails",
        "planned, otherwise",
        "protected, either way",
    ) == compared.headings


def test_no_row_is_the_same_all_along() -> None:
    """A row whose cells are alike says nothing."""
    for verdict in sample.SAMPLES.values():
        assert all(len(set(line.cells)) > 1 for line in comparison(verdict).lines)


def test_none_of_many_and_none_of_few_are_alike() -> None:
    """How many were run is no difference in how it goes."""
    calm = replace(sample.BELIEVED, collapse=sample.probability(0.0, 0.0, 0.009, 400))
    paced = replace(sample.PACED, collapse=sample.probability(0.0, 0.0, 0.17, 20))
    compared = comparison(replace(sample.CANNOT_TELL, cases=(calm, paced)))
    assert "does not recover" not in [line.label for line in compared.lines]


def test_the_lucky_few_do_not_hide_a_collapse() -> None:
    """Where most runs collapse, the recovery time of the others is not the answer."""
    lucky = replace(sample.BACK_OFF_FAILS, recovery_s=20.0)
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, lucky))
    (row,) = (line for line in comparison(verdict).lines if line.label == "normal again")
    assert row.cells[0].startswith("not within 60")


def test_what_is_late_and_not_lost_is_shown() -> None:
    """Where nearly all is served and service is away all the same, it is told how many wait."""
    counter = sample.BACK_OFF_FAILS
    slow = tuple(
        replace(one, success_floor_ratio=0.98, waiting_peak_count=1390.0, waiting_normal_count=210.0)
        for one in counter.clients
    )
    verdict = replace(sample.STOP, cases=(sample.BELIEVED, replace(counter, clients=slow)))
    (row,) = (line for line in comparison(verdict).lines if line.label == "waiting at once")
    assert "1.4\u00a0k" == row.cells[0]


def test_how_much_of_a_limit() -> None:
    """Over it in times, below it as a share."""
    assert ["7.0 × its limit", "68\u00a0% of it", "1,200 × its limit"] == [
        limit_text(x) for x in (7.0, 0.68, 1200.0)
    ]
