"""A HorizontalPodAutoscaler does what Kubernetes' controller does, row for row of its functions' tables."""

from __future__ import annotations

import json

import pytest

from hpa_tables import NAMES, NEWEST, answer, key, later, rows

# The reader of manifests does not keep whether a number was quoted, which the server refuses.
DOES_NOT_APPLY = {("refused", "min as text")}


@pytest.mark.parametrize("table", [name for name in NAMES if name != "later"])
def test_it_does_as_1_20_did_in_every_row(table):
    """Sizes, times, wishes and refusals of Kubernetes 1.20 come out as its functions gave them."""
    wrong = []
    for row in rows(table):
        if (table, row["in"].get("case")) not in DOES_NOT_APPLY:
            ours, theirs = answer(table, row)
            if ours != theirs:
                wrong.append((row["in"], ours, theirs))
    assert wrong == []


def test_it_does_as_newer_controllers_where_they_differ():
    """The 30 rows that newer controllers answer otherwise come out so by the newest version's rules."""
    wrong = []
    for (table, given), out in later().items():
        ours, theirs = answer(table, {"in": json.loads(given), "out": out}, NEWEST)
        if ours != theirs:
            wrong.append((given, ours, theirs))
    assert wrong == []


@pytest.mark.parametrize("table", ["several", "series", "loops"])
def test_newer_controllers_do_as_before_in_all_other_rows(table):
    """No rule of a newer version changes a row that is not among those that differ."""
    differing = later()
    wrong = []
    for row in rows(table):
        if (table, key(row["in"])) not in differing:
            ours, theirs = answer(table, row, NEWEST)
            if ours != theirs:
                wrong.append((row["in"], ours, theirs))
    assert wrong == []


def test_the_tables_are_whole():
    """No row was lost: 1,812, and 30 that differ later."""
    assert sum(len(rows(table)) for table in NAMES if table != "later") == 1812
    assert len(rows("later")) == 30
