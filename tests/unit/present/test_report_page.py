from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

import present_sample as sample
from tidegate.present.report import report_html
from tidegate.present.report.chart import round_up
from tidegate.present.report.markup import prose, tag

SMUGGLED = '</script><img src=x onerror="alert(1)">'
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
    assert text.index(f"</svg>{word}") < text.index("<table>")


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
    assert len([name for name, _ in elements if name == "script"]) == 2


def test_sources_are_links_only_to_the_web() -> None:
    """A source with an http address is a link that tells the other side nothing."""
    elements = outline(report_html(sample.STOP, sample.world())).elements
    links = [values for name, values in elements if name == "a"]
    expected = {"href": "https://aws.amazon.com/message/12721/", "rel": "noopener noreferrer"}
    assert [expected] == links


def test_every_chart_has_its_numbers() -> None:
    """The script finds the numbers of each chart that Python has drawn, and no others."""
    text = report_html(sample.STOP, sample.world())
    found = re.search(r'<script type="application/json" id="numbers">(.*?)</script>', text, re.DOTALL)
    assert found is not None
    numbers = json.loads(found[1])
    assert set(re.findall(r'data-chart="([^"]+)"', text)) == set(numbers["charts"])
    assert len(sample.TIMES_S) == len(numbers["cases"][0]["times_s"])


def test_only_the_choke_point_is_coloured() -> None:
    """A crossing within its limits is never drawn in the colour of the choke point."""
    assert "flooded" in report_html(sample.STOP, sample.world()).split("</style>")[1]
    assert "flooded" not in report_html(sample.PROCEED, sample.world()).split("</style>")[1]


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
