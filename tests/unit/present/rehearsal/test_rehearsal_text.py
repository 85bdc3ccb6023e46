from __future__ import annotations

import dataclasses
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal_sample import measure, twin
from tidegate.evaluate.judging.rehearsals_held import Rehearsed
from tidegate.present.layout import columns_count
from tidegate.present.rehearsal.live import Pane, agreement_text, frame
from tidegate.present.rehearsal.live_picture import live_svg
from tidegate.present.rehearsal.rehearsal_json import rehearsal_json
from tidegate.present.rehearsal.rehearsal_text import rehearsal_text
from tidegate.present.rehearsal.rehearsal_words import foretold_text, signed_percent
from tidegate.present.rehearsal.rehearsed_words import rehearsed_text
from tidegate.present.report.rehearsal import rehearsal_html
from tidegate.verbs.rehearse import Asked, carry_out, prepare


@pytest.fixture(name="ready", scope="module")
def predicted():
    asked = Asked(file=twin(title="<b>Two networks</b>"), repeats_count=2, predicted_count=10)
    with ThreadPoolExecutor(2) as executor:
        return prepare(asked, executor=executor)


@pytest.fixture(name="held", scope="module")
def that_held(ready):
    return carry_out(ready, measure=measure)


@pytest.fixture(name="broke", scope="module")
def that_did_not_hold(ready):
    def calm(text, **options):
        return measure(text.replace("surge.population: 600", "surge.population: 0"), **options)

    return carry_out(ready, measure=calm)


def test_the_answer_comes_first(held):
    """Did the prediction hold, in a word and a sentence, before any number."""
    third = rehearsal_text(held, width=100).splitlines()[2]

    assert "  HELD    predicted to stay down; and on a real network it stayed down in all 2 runs" == third


def test_a_prediction_that_failed_says_so(broke):
    """What was predicted, what happened, and which numbers were off."""
    text = rehearsal_text(broke, width=120)

    assert "DID NOT HOLD    predicted to stay down; but on a real network it stayed well" in text
    assert "off by more than is allowed: packets" in " ".join(text.split())


def test_the_numbers_are_beside_each_other(held):
    """Packets as predicted, as measured, and how far off, with the bound."""
    (line,) = [row for row in rehearsal_text(held, width=120).splitlines() if row.startswith("  packets")]

    assert re.search(r"4\d k( \(\d\d–\d\d\))? +4\d k .*±10 %", line)


def test_what_it_cannot_show_is_always_said(held):
    """Terminal and report name the limits of a rehearsal."""
    for text in (rehearsal_text(held, width=80), rehearsal_html(held)):
        assert "the vendor's own device" in re.sub(r"\s+", " ", text).replace("&#x27;", "'").lower()


@pytest.mark.parametrize("width", [30, 60, 80, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_wider_than_asked(held, width, unicode):
    """At any width, in ASCII too."""
    text = rehearsal_text(held, width=width, unicode=unicode, report="r.html", records="r.jsonl")

    assert width >= max(columns_count(line) for line in text.splitlines())
    assert unicode or text.isascii()


def test_a_title_never_becomes_markup(held):
    """Text of the world is escaped in the report."""
    page = rehearsal_html(held)

    assert "<b>Two networks" not in page
    assert "&lt;b&gt;Two networks" in page


def test_the_report_draws_every_run_over_the_band(held):
    """Each picture has a band, a prediction and one line for each real run."""
    page = rehearsal_html(held)

    pictures = page.count("<figure")
    assert pictures >= 5
    assert pictures == page.count('class="band foreseen"') == page.count('class="line predicted"')
    assert 2 * pictures == page.count('class="line measured"')


def test_json_holds_what_decides_and_every_series(held):
    """Agreement, outcomes of each real run, and series as long as the horizon."""
    document = json.loads(rehearsal_json(held))

    assert document["agreement"]["holds"] is True
    assert [False, False] == [run["outcome"]["recovered"] for run in document["measured"]]
    assert {200} == {len(series["values"]) for series in document["measured"][0]["series"]}


def test_the_prediction_is_told_beforehand(ready):
    """What to expect, how sure, and how long it takes to see."""
    said = foretold_text(ready.rehearsable, ready.prediction, repeats_count=2).replace("\u00a0", " ")

    assert said.startswith("Predicted at 1/1 of its size: to stay down (recovers in 0 of 10 runs)")
    assert said.endswith("of 10 runs). Now the real network, for 40 s.")


@pytest.mark.parametrize(
    ("ratio", "text"), [(0.031, "+3.1 %"), (-0.12, "−12 %"), (0.0, "0 %"), (-0.0004, "0 %")]
)
def test_errors_have_a_sign(ratio, text):
    """Too much is plus, too little minus, and next to nothing is nothing."""
    assert text == signed_percent(ratio).replace("\u00a0", " ")


REHEARSED = Rehearsed(
    source="w.rehearsals.jsonl",
    rehearsals_count=3,
    others_count=1,
    held_count=2,
    ended_as_predicted_count=2,
    runs_count=9,
    scale_ratio=1 / 300,
    last_on="2026-11-20",
    recovery_error_ratio=0.12,
    packets_error_ratio=0.02,
)


ONCE = {
    "rehearsals_count": 1,
    "ended_as_predicted_count": 1,
    "recovery_error_ratio": None,
    "packets_error_ratio": None,
}
OFTEN_SAID = (
    "Rehearsed on a real network 3 times at 1/300 of its size, last on 2026-11-20: it ended as predicted "
    "2 of 3 times, with the time to recover off by at most 12 % and packets off by at most 2 %."
)
ONCE_SAID = (
    "Rehearsed on a real network once at 1/300 of its size, last on 2026-11-20: it ended as predicted."
)
OTHERS_SAID = (
    "Never rehearsed: the one rehearsal in w.rehearsals.jsonl is of another world or activity, or of this "
    "one before it changed."
)
NEVER_SAID = "Never rehearsed: `tidegate rehearse` shows whether a real network does what is predicted."


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, OFTEN_SAID),
        (ONCE, ONCE_SAID),
        ({"rehearsals_count": 0}, OTHERS_SAID),
        ({"rehearsals_count": 0, "others_count": 0}, NEVER_SAID),
    ],
)
def test_a_verdict_says_how_its_rehearsals_went(changes, said):
    """Some, one, none of this world, and none at all."""
    assert said == rehearsed_text(dataclasses.replace(REHEARSED, **changes)).replace("\u00a0", " ")


@pytest.fixture(name="panes")
def four_panes(ready):
    return [Pane(title=f"scene {i}", population="base", prediction=ready.prediction) for i in range(4)]


@pytest.mark.parametrize("width", [40, 79, 80, 100])
@pytest.mark.parametrize("unicode", [True, False])
def test_panes_fill_their_width_and_no_more(panes, width, unicode):
    """Two beside each other where there is room; rows of equal width."""
    rows = ["".join(text for text, _ in row) for row in frame(panes, width=width, unicode=unicode) if row]

    assert {columns_count(rows[0])} == {columns_count(row) for row in rows}
    assert width - 1 <= columns_count(rows[0]) <= width
    assert unicode or all(row.isascii() for row in rows)


def test_the_prediction_is_there_before_anything_is_measured(panes):
    """Only its style is drawn; what is heard adds the other."""
    styles = {style for row in frame(panes, width=80, unicode=True) for _, style in row}
    for at in range(50):
        panes[0].hear({"bin": at, "populations": {"base": {"served": 9}}})
    heard = {style for row in frame(panes, width=80, unicode=True) for _, style in row}

    assert "predicted" in styles
    assert "measured" not in styles
    assert "measured" in heard


def test_a_repeated_run_begins_again(panes):
    """Bins heard a second time replace what was heard before."""
    for count in (9, 4):
        for at in range(10):
            panes[0].hear({"bin": at, "populations": {"base": {"served": count}}})

    assert [4] * 10 == panes[0].served_count


def test_messages_of_others_are_not_drawn(panes):
    """Crossings, stages and other populations leave a pane as it is."""
    for message in ({"kind": "stage"}, {"bin": 3, "crossings": {}}, {"bin": 3, "populations": {"surge": {}}}):
        panes[0].hear(message)

    assert [] == panes[0].served_count


def test_the_picture_stands_by_itself(panes, held):
    """No script, nothing loaded, small, and the moving one ends where the still one is."""
    for pane in panes:
        pane.ended = held
    moving, still = (live_svg(panes, moving=moves) for moves in (True, False))

    assert moving.startswith("<svg")
    assert 300_000 > len(moving)
    assert "<script" not in moving
    assert "href" not in moving
    assert "<animate" in moving
    assert "<animate" not in still
    assert moving.count('class="m"') == still.count('class="m"') == 4


def test_the_last_line_is_the_measured_agreement(held, broke):
    """How many went as predicted, and the worst error of packets."""
    said = agreement_text([held, broke]).replace("\u00a0", " ")

    assert re.fullmatch(
        r"1 of 2 went as predicted, with packets through the device off by at most [\d.]+ %\.", said
    )
