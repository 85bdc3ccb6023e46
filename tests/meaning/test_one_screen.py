"""Every answer on one screen: the machine checks of the look, over bundled worlds and small ones.

Twenty lines of eighty columns, the labels, none of the words that nobody believes, the remedy's number in
the verdict's line, no row that is the same all along; and whatever decides is not lost.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import tidegate
from tidegate.adapters.files.worlds import bundled_names
from tidegate.present.layout import columns_count
from tidegate.present.report.page import report_html
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.headline import LINE_COUNT, line_text
from tidegate.present.verdict.screen import LINES_COUNT, exit_words, screen_text
from tidegate.verbs.what_if import what_if
from whole_sentences import halved

HERE = Path(__file__).parent
QUICK = (
    "fastapi_t3micro", "nats_2022", "segfault_2022", "surge", "worlds/all_down", "worlds/apiserver_memory",
    "worlds/belief_no_change", "worlds/call_connections", "worlds/from_zero", "worlds/gitlab_clock",
    "reports/syn_scan",
)  # fmt: skip
DEAR = (
    "everyday_nat", "us_east_1_2021", "gitlab_nat", "kinesis_2020", "conntrack_2020", "pgbouncer_2026",
    "square_2017", "worlds/boot_calls_do_not_gate", "worlds/oscillates", "worlds/pay_two_ips",
    "worlds/settle_false_proceed", "reports/coredns_one_pod", "worlds/roomy", "reports/istio_drain",
    "reports/grpc_max_age", "reports/pgbouncer_18x", "reports/tokenreview",
)  # fmt: skip
MOST_BYTES, MOST_WORDS = 200_000, 700
LABELS = ("why", "do", "sure", "else", "note")
FORBIDDEN = ("P(", "collapse", "points of", "assumed ranges", "times slower", "Traceback")


def judged(name: str):
    """Judge each activity: of a small world in few runs, of a bundled one that takes long as a user does."""
    path = HERE / f"{name}.yaml"
    runs_count = None if name in DEAR and "/" not in name else 4
    return tidegate.check(str(path) if "/" in name else name, runs_count=runs_count, jobs=2)


def test_every_bundled_world_is_looked_at() -> None:
    """A world that is added is held to one screen, 200 kB and 700 words as well."""
    assert set(bundled_names()) <= {*QUICK, *DEAR}


@pytest.mark.parametrize("name", [*QUICK, *(pytest.param(one, marks=pytest.mark.evidence) for one in DEAR)])
def test_every_answer_is_one_screen(name: str) -> None:
    """Each activity by itself, and all of them together."""
    verdicts = judged(name)
    path = HERE / f"{name}.yaml"
    file = tidegate.load(str(path) if "/" in name else name)
    for one in verdicts:
        looked_at(one, file)
    together = screen_text([answer_of(one) for one in verdicts], footer=("w.report.html", "--more"))
    assert len(together.splitlines()) <= LINES_COUNT


def words_outside_folds(page: str) -> list[str]:
    """Return the words of a report that are read without unfolding anything."""
    shown = re.sub(r"<(style|script|title|svg|details)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", shown).split()


def looked_at(verdict, file) -> None:
    """Look at one answer as a reader would, on the screen and in the report."""
    answer = answer_of(verdict)
    text = screen_text([answer], footer=("w.report.html", "--more", exit_words(3, ["slow_down"])))
    lines = text.splitlines()
    assert len(lines) <= LINES_COUNT
    assert max(map(columns_count, lines)) <= 80
    assert lines[2].startswith(f"  {answer.word}   ")
    found = [line[2:8].strip() for line in lines if line.startswith("  ") and line[2:6].strip() in LABELS]
    assert [label for label in LABELS if label in found] == found
    assert {"why", "do", "sure"} <= set(found)
    assert not halved(text, answer)
    assert " if so, " not in f" {' '.join(text.split()).lower()}"
    assert not [word for word in FORBIDDEN if word in text]
    assert all(len(set(line.cells)) > 1 for line in answer.compared.lines)
    if verdict.verdict in {"slow_down", "protect_first"}:
        assert re.search(r"\d|=", answer.remedy) or verdict.remedy
    assert len(line_text(verdict)) <= LINE_COUNT
    said = " ".join(text.split())
    limits = answer.verdict.cases[0].exceeded
    assert not limits or limits[0] in said
    page = report_html(verdict, file.world, what_if=what_if(file, verdict.activity or None))
    assert len(page.encode()) < MOST_BYTES
    assert len(words_outside_folds(page)) <= MOST_WORDS
