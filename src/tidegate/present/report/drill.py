"""How does a drill look as a page? The answer, a row for each cut, what did not hold. Nothing on it runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tidegate.observe.drill.cut_reading import CutReading
from tidegate.observe.drill.drill_change import Worse
from tidegate.observe.drill.drill_judged import Held
from tidegate.observe.drill.drill_record import Drill
from tidegate.present import drill_words as words
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.page import static_page
from tidegate.present.report.section import section

_SHAPES = {
    Held.HELD: ("M8 1 A7 7 0 1 1 7.99 1Z", "proceed"),
    Held.CONDITIONS: ("M8 1 L15 15 H1Z", "slow_down"),
    Held.LOST: ("M5 1 H11 L15 5 V11 L11 15 H5 L1 11 V5Z", "stop"),
}


def drill_html(drill: Drill, worse: Sequence[Worse], last: Drill | None) -> str:
    """Return the report of a drill as one self-contained HTML file."""
    return static_page(
        f"{words.word(drill)} · Drill of {', '.join(drill.sites)}",
        _answer(drill),
        _listed("findings", "What did not keep to its limit", words.cut_findings(drill)),
        _listed("worse", "Since the last drill", words.worse_texts(worse, last)),
        _limits(drill),
        _listed("notes", "What this cannot show", [f"{text}." for text in words.missing_texts(drill)]),
    )


def _answer(drill: Drill) -> Html:
    path, kind = _SHAPES[drill.held]
    mark = tag("svg", tag("path", d=path), viewBox="0 0 16 16", aria_hidden="true")
    apart = words.apart_text(drill)
    return tag(
        "header",
        tag("p", words.title_text(drill), class_="quiet"),
        tag("h1", "Drill: an outage of the tooling itself"),
        tag(
            "p", tag("span", mark, words.word(drill), class_=f"word {kind}"), " ",
            tag("span", words.ending_text(drill)), class_="verdict",
        ),
        _cuts(drill),
        tag("p", apart, class_="quiet") if apart else "",
    )  # fmt: skip


def _cuts(drill: Drill) -> Html:
    """Return a row for each cut; on a phone, a block for each."""
    heads = [tag("th", head, scope="col") for head in words.HEADS]
    rows = [tag("tr", *_cut(drill, one)) for one in drill.readings]
    caption = tag("caption", "What was cut, and what came of it")
    made = tag("table", caption, tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="cmp")
    return tag("div", made, class_="scroll")


def _cut(drill: Drill, reading: CutReading) -> Iterator[Html]:
    # With its name, by which all that follows on the page calls it.
    name, said = reading.cut, words.cut_says(reading.cut)
    yield tag("th", f"{said} ({name})" if said != name else name, scope="row")
    for head, cell in zip(words.HEADS[1:], words.row(drill, reading).cells[1:], strict=True):
        yield tag("td", cell, data_c=head)


def _listed(name: str, heading: str, texts: Sequence[str]) -> Html:
    return section(name, heading, tag("ul", *(tag("li", text.strip()) for text in texts or ["Nothing."])))


def _limits(drill: Drill) -> Html:
    limits = drill.limits
    said = f"{limits.apart_said_s:g} s" if limits.apart_said_s else "not looked for"
    rows = (
        ("first word", f"{limits.first_word_s:g} s"),
        ("same record again", f"{limits.heal_s:g} s"),
        ("cases lost", f"{limits.lost_cases}"),
        ("notices lost", f"{limits.lost_notices}"),
        ("notices more than once, for each cut", f"{limits.repeated}"),
        ("sites that say nothing of others", f"{limits.unheard}"),
        ("a page says that it cannot hear another", said),
    )
    pairs = [part for name, value in rows for part in (tag("dt", name), tag("dd", value))]
    return section("limits", "The limits", tag("dl", *pairs))
