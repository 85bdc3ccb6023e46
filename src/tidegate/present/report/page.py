"""How do the sections become one file? No network, one style and at most one script, each named by its hash.

The policy in the page forbids everything else, so that even markup smuggled in through a world
file could load or run nothing.
"""

from __future__ import annotations

import shlex
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256
from importlib.resources import files

from tidegate.evaluate.judging.verdict import Verdict
from tidegate.evaluate.searching.what_if import WhatIf
from tidegate.present.report import sections, story
from tidegate.present.report.estimate_script import estimate_script
from tidegate.present.report.markup import Html, tag
from tidegate.present.report.section import section
from tidegate.present.report.what_if import data_element, what_if_fold
from tidegate.present.verdict import verdict_words
from tidegate.present.verdict.answer import Answer, answer_of
from tidegate.present.verdict.said import Asked, Made
from tidegate.world.world import World

MOST_BYTES = 200_000
"""A report that would be larger has no *what if*, which takes most of it."""


def report_html(
    verdict: Verdict,
    world: World,
    *,
    command: str = "",
    asked: Asked | None = None,
    what_if: WhatIf | None = None,
    made: Made | None = None,
) -> str:
    """Return the report as one self-contained HTML file; nothing runs in it but what estimates a *what if*.

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
    what_if
        What may be asked in the page; None leaves it out, and then nothing runs at all.
    made
        Who made it, of what and when, as far as that is said.
    """
    answer = answer_of(verdict, asked)
    title = f"{answer.word} · {verdict_words.title_text(verdict)}"

    def made_with(estimate: WhatIf | None) -> str:
        every = (*_story(answer, world, made), _everything_else(answer, command, estimate))
        if estimate is None or not estimate.sliders:
            return _page(title, every, ())
        again = command_of("check", answer, asked or Asked())
        return _page(title, every, (data_element(estimate, again), estimate_script()))

    page = made_with(what_if)
    if what_if is not None and len(page.encode()) > MOST_BYTES:
        page = made_with(replace(what_if, sliders=(), not_followed=("more steps than a page can hold",)))
    return page


def command_of(verb: str, answer: Answer, asked: Asked) -> str:
    """Return how to ask a verb of the same world and activity."""
    words = ["tidegate", verb, asked.world or "WORLD"]
    activity = answer.verdict.activity
    return shlex.join([*words, *(["--activity", activity] if activity and asked.names_activity else [])])


def static_page(title: str, *sections_: Html) -> str:
    """Return sections as one self-contained HTML file in which nothing runs."""
    return _page(title, sections_, ())


def _page(title: str, sections_: Sequence[Html], scripts: Sequence[str]) -> str:
    """Return a page; of two scripts the first is data, and the second is what runs."""
    style = _packaged("style.css")
    runs = scripts[1] if scripts else ""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, runs)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Html(style)),
    )
    run = (Html(scripts[0]), tag("script", Html(runs))) if runs else ()
    return f"<!doctype html>\n{tag('html', head, tag('body', tag('main', *sections_), *run), lang='en')}\n"


def _story(answer: Answer, world: World, made: Made | None) -> tuple[Html, ...]:
    return (
        story.head(answer, made),
        story.now(answer),
        story.ways(answer),
        story.anyway(answer),
        story.narrow(answer, world),
        story.sure(answer),
        story.changes(answer),
    )


def _everything_else(answer: Answer, command: str, asked: WhatIf | None) -> Html:
    verdict = answer.verdict
    folds = (
        what_if_fold(asked) if asked is not None else Html(),
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


def _policy(style: str, runs: str) -> str:
    script_source = f"'{_hash(runs)}'" if runs else "'none'"
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src {script_source}"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"
