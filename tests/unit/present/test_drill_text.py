"""A drill as a terminal, a page and a program read it."""

from __future__ import annotations

import json

from drill_sample import BEGAN_S, case, drill, reading, word
from tidegate.observe.drill.cuts import CUTS
from tidegate.observe.drill.drill_change import worse_since
from tidegate.present.drill_text import drill_json, drill_text, weekly_text
from tidegate.present.report.drill import drill_html

LOST = reading("killed", hit=("east",), apart=("east",), cases=(case(case="abcd", found_at=()),))
NOW = drill(*(reading(one.name) for one in CUTS), LOST, at_s=BEGAN_S + 60)
LAST = drill(*(reading(one.name) for one in CUTS))
WORSE = worse_since(LAST, drill(LOST, at_s=BEGAN_S + 60))


def test_a_terminal_has_one_line_for_each_cut_and_none_is_too_wide():
    text = drill_text(NOW, WORSE, LAST)
    assert max(map(len, text.splitlines())) <= 80
    for one in CUTS:
        assert 1 == sum(line.startswith(f"  {one.name} ") and " held " in line for line in text.splitlines())
    assert "1 case with a receipt at no site (abcd)" in text
    assert "killed: cases lost 1, was 0." in text
    assert max(map(len, drill_text(NOW, WORSE, LAST, width=40, unicode=False).splitlines())) <= 40


def test_a_week_in_which_all_held_says_nothing_and_else_one_line():
    assert "" == weekly_text(LAST, ())
    assert weekly_text(drill(LOST), WORSE).startswith("tidegate drill of west, east: something was lost: ")
    assert 1 == weekly_text(drill(LOST), WORSE).count("\n")


def test_a_program_reads_every_number_and_that_it_was_an_exercise():
    found = json.loads(drill_json(drill(LOST), WORSE, LAST))
    assert ("lost", True, ["abcd"]) == (found["held"], found["is_exercise"], found["cuts"][0]["lost_cases"])
    assert "cases lost 1, was 0" in found["worse"][0]["says"]


def test_nothing_that_was_written_by_others_becomes_markup():
    page = drill_html(drill(reading(words=(word(),), why="<script>"), by="<b>"), (), None)
    assert "<script>" not in page
    assert "<b>" not in page
