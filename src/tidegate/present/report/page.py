"""How do the sections become one file? No network, one style, one script, both named by their hash.

The policy in the page forbids everything else, so that even markup smuggled in through a world
file could load or run nothing.
"""

from __future__ import annotations

import json
from base64 import b64encode
from hashlib import sha256
from importlib.resources import files

from tidegate.evaluate.judging.verdict import Series, Verdict
from tidegate.present.report import chart, sections
from tidegate.present.report.markup import Html, join, tag
from tidegate.present.verdict import verdict_words
from tidegate.world.world import World


def report_html(verdict: Verdict, world: World, *, command: str = "") -> str:
    """Return the report as one self-contained HTML file.

    Parameters
    ----------
    verdict
        The answer and its evidence.
    world
        What was judged, for the drawing of its networks.
    command
        The command that gives the same answer again, as it was typed; empty leaves it out.
    """
    script = _packaged("script.js")
    return _page(
        f"{verdict_words.VERDICT_WORDS[verdict.verdict]} · {verdict_words.title_text(verdict)}",
        tag("main", *_sections(verdict, world, command)),
        tag("script", Html(_data(verdict)), type="application/json", id="numbers"),
        tag("script", Html(script)),
        script_source=f"'{_hash(script)}'",
    )


def static_page(title: str, *sections_: Html) -> str:
    """Return sections as one self-contained HTML file in which nothing runs."""
    return _page(title, tag("main", *sections_), script_source="'none'")


def _page(title: str, *body: Html, script_source: str) -> str:
    style = _packaged("style.css")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_policy(style, script_source)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Html(style)),
    )
    return f"<!doctype html>\n{tag('html', head, tag('body', *body), lang='en')}\n"


def _sections(verdict: Verdict, world: World, command: str) -> tuple[Html, ...]:
    return (
        sections.answer(verdict),
        sections.gap(verdict),
        sections.place(verdict, world),
        sections.feeds(verdict),
        sections.consequences(verdict),
        sections.held_back(verdict),
        sections.rests_on(verdict),
        sections.evidence(verdict),
        sections.was_read(verdict),
        sections.shortcuts(verdict),
        sections.reproduction(verdict, command),
    )


def _packaged(name: str) -> str:
    return files("tidegate.present.report").joinpath(name).read_text(encoding="utf-8")


def _policy(style: str, script_source: str) -> str:
    return (
        "default-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
        f"style-src '{_hash(style)}'; script-src {script_source}"
    )


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _data(verdict: Verdict) -> str:
    """Return the numbers behind the charts as JSON that cannot end its script element."""
    cases = tuple(case for case in verdict.cases if any(one.series for one in case.crossings))
    charts: dict[str, object] = {}
    for crossing in cases[0].crossings if cases else ():
        panels = chart.panels(cases, crossing.name)
        for i, case in enumerate(cases):
            series = [one for found in case.crossings if found.name == crossing.name for one in found.series]
            for j, panel in enumerate(panels):
                drawn = [_numbers(one) for name in panel.names for one in series if one.name == name]
                charts[f"{i}/{crossing.name}/{j}"] = {"case": i, "series": drawn}
    times = [{"at_s": case.activity_at_s, "times_s": _short(case.times_s)} for case in cases]
    text = json.dumps({"cases": times, "charts": charts}, separators=(",", ":"), allow_nan=False)
    return join(Html(text.replace("<", "\\u003c")))


def _numbers(series: Series) -> dict[str, object]:
    return {"name": series.name, "unit": series.unit, "values": _short(series.values)}


def _short(values: tuple[float, ...]) -> list[float]:
    """Return values with five figures: more cannot be read off a picture."""
    return [float(f"{value:.5g}") for value in values]
