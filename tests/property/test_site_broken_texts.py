"""Whatever is published, the site follows: no text, title or time ends it, or holds up another page."""

from __future__ import annotations

import random
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_site_privacy import drafts

import site_sample as sample
from broken_texts import broken_text, published
from record_sample import NOON_S, Memory
from tidegate.inform.state import State
from tidegate.journal.entry import Draft
from tidegate.journal.entry_kinds import KINDS
from tidegate.journal.moment import EARLIEST_S, LATEST_S
from tidegate.present.site.markdown import paragraphs

SET_COUNT = 2_000
PUBLISHED_COUNT, AT_ONCE_COUNT = 200, 50
DEEP = (
    "*a " * 166 + "b* " * 166,
    "**a " * 124 + "a** " * 124,
    "*a " * 50 + "**b " * 50 + "c** " * 50 + "d* " * 50,
)


@pytest.mark.parametrize("text", DEEP)
def test_emphasis_deeper_than_is_read_is_shown_as_it_was_typed(text):
    """Under a thousand letters that nobody can set are a paragraph like any other."""
    said = "".join(ET.fromstring(f"<x>{paragraphs(text)}</x>").itertext())  # noqa: S314  our own
    assert " ".join(text.split()) == " ".join(said.split())


def test_the_same_words_look_the_same_on_every_stack():
    """Neither a short nor a long way to the call changes what is read of a text."""

    def deep(text, steps_count):
        return deep(text, steps_count - 1) if steps_count else paragraphs(text)

    texts = ["*a " * count + "b* " * count for count in range(1, 60)]
    assert [paragraphs(text) for text in texts] == [deep(text, 500) for text in texts]


def test_every_text_becomes_whole_markup():
    """Elements are closed in turn, and the text has bytes, whatever it is made of."""
    chance = random.Random(10)  # noqa: S311
    for _ in range(SET_COUNT):
        found = ET.fromstring(f"<x>{paragraphs(broken_text(chance))}</x>".encode())  # noqa: S314  ours
        assert {one.tag for one in found.iter()} <= {"x", "p", "em", "strong", "a", "ul", "ol", "li", "b"}


def test_whatever_is_published_the_site_follows():
    """Broken words in every place that the public reads: each file is made, and programs can read it."""
    chance = random.Random(11)  # noqa: S311
    for _ in range(PUBLISHED_COUNT // AT_ONCE_COUNT):
        published(chance, AT_ONCE_COUNT)


TIMES = st.sampled_from([EARLIEST_S, EARLIEST_S + 1, -1.0, 0.0, 1e-9, NOON_S + 0.5, LATEST_S - 1, LATEST_S])
NUMBERS = st.sampled_from([EARLIEST_S, -1.0, 0.0, 1e-9, 1.0, 86_400.0, LATEST_S])


@st.composite
def far_drafts(draw):
    """Entries that a journal takes, with times and numbers from the edge of what they may be."""
    one = draw(drafts())
    payload = dict(one.payload)
    for name, field in KINDS[one.kind].fields.items():
        if name in payload and field.form in {"time", "number"}:
            payload[name] = draw({"time": TIMES, "number": NUMBERS}[field.form])
    return Draft(kind=one.kind, subject=one.subject, payload=payload, by=one.by, at_s=draw(TIMES))


@settings(max_examples=150, deadline=None)
@given(st.lists(far_drafts(), min_size=1, max_size=12))
def test_no_time_ends_the_site(said):
    """The first and the last second there is, and spans of nothing or of ten thousand years."""
    journal = Memory()
    journal.append(said)
    assert {} == dict(sample.built(State().take_all(journal.entries())).unmade)
