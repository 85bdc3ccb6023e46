from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest

import present_sample as sample
from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.searching.what_if import Slider, Stop, WhatIf
from tidegate.present.report.chart import round_up
from tidegate.present.report.markup import prose, tag
from tidegate.present.report.page import report_html

SMUGGLED = '</script><img src=x onerror="alert(1)">'
MOST_BYTES, MOST_WORDS = 200_000, 700
VOID = {"meta", "link", "input", "br"}


class Outline(HTMLParser):
    """Collects every element, and checks that each is closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((name, dict(attributes)))
        if name not in VOID:
            self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def words_outside_folds(text: str) -> list[str]:
    """Return the words that are read without unfolding anything: pictures, style and folds left out."""
    shown = re.sub(r"<(style|script|title|svg|details)\b.*?</\1>", " ", text, flags=re.DOTALL)
    return unescape(re.sub(r"<[^>]+>", " ", shown)).split()


def outline(text: str) -> Outline:
    parser = Outline()
    parser.feed(text)
    assert not parser.open
    return parser


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_report_is_well_formed_and_answers_first(name: str) -> None:
    """Every verdict gives a page whose elements close in order and whose answer comes first."""
    text = report_html(sample.SAMPLES[name], sample.world())
    outline(text)
    word = name.replace("_", " ").upper()
    assert text.index(f"</svg>{word}") < text.index('id="do"') < text.index("<details")
    assert len(text.encode()) < MOST_BYTES
    assert len(words_outside_folds(text)) <= MOST_WORDS


@pytest.mark.parametrize("name", sample.SAMPLES)
def test_every_picture_moves_and_has_one_unit(name: str) -> None:
    """No flat chart, and never two quantities on one axis: each picture says of what it is, a second."""
    text = report_html(sample.SAMPLES[name], sample.world())
    figures = re.findall(r'<figure class="course">.*?</figure>', text, re.DOTALL)
    for figure in figures:
        caption = re.search(r"<figcaption>(.*?)</figcaption>", figure, re.DOTALL)
        assert caption is not None
        assert 1 == re.sub(r"<span.*", "", caption[1]).count(", a second")
        drawn = re.findall(r'class="way [a-z]+" d="M[^l]+l([^"]+)"', figure)
        heights = [set(re.findall(r"[-\d.]+ ([-\d.]+)", one)) for one in drawn]
        assert any(len(one) > 2 for one in heights), "every line is flat"


def test_report_asks_nothing_of_the_network() -> None:
    """Nothing in the page is loaded from anywhere; links are only followed by people."""
    elements = outline(report_html(sample.STOP, sample.world())).elements
    loads = [(name, key) for name, values in elements for key in ("src", "srcset", "action") if key in values]
    links = {values["href"] for name, values in elements if name == "link"}
    assert ([], {"data:,"}) == (loads, links)


def test_what_a_world_says_never_becomes_markup() -> None:
    """Titles, beliefs, sources and series names are text, whatever they contain."""
    rest = replace(
        sample.RESTS_ON[0], says=SMUGGLED, source=f"javascript:alert(1){SMUGGLED}", measure=SMUGGLED
    )
    dark = replace(sample.DARK[0], title=SMUGGLED, because=SMUGGLED)
    edge = sample.BACK_OFF_FAILS.crossings[0]
    named = replace(edge, series=(*edge.series, replace(edge.series[0], name=SMUGGLED)))
    cases = tuple(
        replace(case, title=SMUGGLED, crossings=(named,)) for case in (sample.BELIEVED, sample.BACK_OFF_FAILS)
    )
    verdict = replace(
        sample.STOP, activity_title=SMUGGLED, title=SMUGGLED, rests_on=(rest,), dark=(dark,), cases=cases,
        notes=(SMUGGLED,), failed_objectives=(SMUGGLED,),
    )  # fmt: skip
    elements = outline(report_html(verdict, sample.world())).elements
    assert not [name for name, values in elements if name == "img" or "onerror" in values]
    assert not [values for name, values in elements if name == "a"]
    assert not [name for name, _ in elements if name == "script"]


def test_sources_are_links_only_to_the_web() -> None:
    """A source with an http address is a link that tells the other side nothing."""
    elements = outline(report_html(sample.STOP, sample.world())).elements
    links = [values for name, values in elements if name == "a"]
    expected = {"href": "https://aws.amazon.com/message/12721/", "rel": "noopener noreferrer"}
    assert [expected] == links


def test_the_order_is_that_of_the_questions() -> None:
    """The answer, the ways it can go, what if not, the narrow place, how sure, and the rest folded."""
    text = report_html(sample.PROTECT_FIRST, sample.world())
    order = ["<h1", *(f'id="{one}"' for one in ("do", "ways", "anyway", "place", "sure", "change", "else"))]
    places = [text.index(one) for one in order]
    assert sorted(places) == places


def test_what_the_terminal_must_say_stands_outside_of_the_folds() -> None:
    """A fold never holds something that changes the reader's decision."""
    note = "Not used, and it bears on start and stop: lifecycle of Deployment api."
    verdict = replace(sample.STOP, notes=(note,), failed_objectives=("nobody is answered for 90 s.",))
    said = " ".join(words_outside_folds(report_html(verdict, sample.world())))
    for sentence in (note, "nobody is answered for 90", "of 260 runs do not recover", "You would be blind"):
        assert sentence in said


def test_a_place_that_is_not_narrow_is_not_drawn() -> None:
    """Where a count decides, its own limit is shown, and not a crossing that has room."""
    over = replace(sample.BELIEVED, exceeded=("db accepts 100 connections, and 200 are wanted",))
    limit = Limit(
        place_kind="service", place="db", path="services.db.connections", kind="stock", wanted=200.0,
        allowed=100.0, least_wanted=200.0, says="db accepts 100 connections, and 200 are wanted",
    )  # fmt: skip
    verdict = replace(sample.STOP, condition="", condition_settles=False, cases=(over,), nearest=limit)
    text = report_html(verdict, sample.world())
    assert "The narrow place: db" in text
    assert 'class="topology"' not in text


def test_the_narrow_place_is_not_one_without_a_limit_and_not_as_it_is_at_rest() -> None:
    """Beside a verdict on what happens stands what happens, however far the usual load is from any limit."""
    free = replace(
        sample.BELIEVED.crossings[0],
        setup_capacity_per_s=None, packets_capacity_per_s=None, table_peak_ratio=None, ports_peak_ratio=None,
    )  # fmt: skip
    case = replace(sample.BELIEVED, crossings=(free,))
    rate = Limit(
        place_kind="service", place="db", path="services.db.instances", kind="rate", wanted=10.0,
        allowed=100.0, least_wanted=10.0, says="db serves 100/s, and 10/s are wanted",
    )  # fmt: skip
    herd = replace(rate, kind="time", wanted=40.0, allowed=10.0, says="all of them take db 40 s")
    verdict = replace(
        sample.STOP, condition="", condition_settles=False, cases=(case,), nearest=rate, narrowest=herd
    )
    text = report_html(verdict, sample.world())
    assert "The narrow place: db" in text
    assert "All of them take db 40 s." in text
    assert "and 10/s are wanted" not in text
    assert "The narrow place" not in report_html(
        replace(verdict, nearest=None, narrowest=None), sample.world()
    )


def test_only_the_choke_point_is_coloured() -> None:
    """A crossing within its limits is never drawn in the colour of the choke point."""
    assert "flooded" in report_html(sample.STOP, sample.world()).split("</style>")[1]
    assert "flooded" not in report_html(sample.PROCEED, sample.world()).split("</style>")[1]


def test_a_plan_that_would_make_the_page_too_large_is_not_estimated_in_it() -> None:
    """A report is below 200 kB: what may be left out of it is what nobody needs in order to decide."""
    stop = Stop(text="600", changes={}, patch=((("phases", 0), 600),))
    slider = Slider(key="size", label="activities.scale.to", stops=(stop, stop), planned=0)
    small = report_html(
        sample.STOP, sample.world(), what_if=WhatIf(document={"phases": []}, sliders=(slider,))
    )
    large = WhatIf(document={"phases": ["x" * MOST_BYTES]}, sliders=(slider,))
    page = report_html(sample.STOP, sample.world(), what_if=large)
    assert "<script" in small
    assert "<script" not in page
    assert "more steps than a page can hold" in page
    assert len(page.encode()) < MOST_BYTES


def test_a_world_without_crossings_has_a_report() -> None:
    """Nothing about crossings is needed to write the page."""
    bare = replace(sample.BELIEVED, crossings=(), clients=())
    verdict = replace(sample.PROCEED, cases=(bare,), dark=(), notes=())
    outline(report_html(verdict, replace(sample.world(), crossings={})))


@pytest.mark.parametrize(("expected", "value"), [(1, 0), (1, 1), (1.5, 1.2), (400e3, 312e3), (0.08, 0.07)])
def test_scales_end_at_round_numbers(expected: float, value: float) -> None:
    """The top of a scale is the next number a person would choose."""
    assert expected == pytest.approx(round_up(value))


def test_attributes_and_children_are_escaped() -> None:
    """Only what is markup already passes unchanged."""
    assert tag("p", "<b>", tag("i", "&"), title='"') == '<p title="&quot;">&lt;b&gt;<i>&amp;</i></p>'


def test_backticks_in_sentences_become_code() -> None:
    """Commands in sentences stand out; a lone backtick is left alone."""
    assert prose("run `a <b>` now") == "run <code>a &lt;b&gt;</code> now"
    assert prose("a ` b") == "a ` b"
