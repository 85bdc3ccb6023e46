"""How do the sections become one file? No network, no script, one style that is named by its hash.

The policy in the page forbids everything else, so that even markup smuggled in through a world
file could load or run nothing.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.present.report import sections, story
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.section import section
from tidegate.present.verdict import verdict_words
from tidegate.present.verdict.answer import Answer, answer_of
from tidegate.present.verdict.said import Asked
from tidegate.world.world import World


def report_html(verdict: Verdict, world: World, *, command: str = "", asked: Asked | None = None) -> str:
    """Return the report as one self-contained HTML file in which nothing runs.

    Parameters
    ----------
    verdict
        The answer and its evidence.
    world
        What was judged, for the drawing of its networks.
    command
        The command that gives the same answer again, as it was typed; empty leaves it out.
    asked
        How a command asks further of the same world.
    """
    answer = answer_of(verdict, asked)
    title = f"{answer.word} · {verdict_words.title_text(verdict)}"
    return static_page(title, *_story(answer, world), _everything_else(answer, command))


def static_page(title: str, *sections_: Html) -> str:
    """Return sections as one self-contained HTML file in which nothing runs."""
    style = _packaged("style.css")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *sections_)), lang='en')}\n"


def _story(answer: Answer, world: World) -> tuple[Html, ...]:
    return (
        story.head(answer),
        story.now(answer),
        story.ways(answer),
        story.anyway(answer),
        story.narrow(answer, world),
        story.sure(answer),
        story.changes(answer),
    )


def _everything_else(answer: Answer, command: str) -> Html:
    verdict = answer.verdict
    folds = (
        sections.feeds(verdict),
        sections.evidence(verdict),
        sections.consequences(verdict),
        sections.held_back(verdict),
        sections.rests_on(verdict),
        sections.was_read(verdict),
        sections.shortcuts(verdict),
        sections.reproduction(verdict, command, story.provenance(answer)),
    )
    return section("else", "Everything else", *folds)


def _packaged(name: str) -> str:
    return files("tidegate.present.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str) -> str:
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
