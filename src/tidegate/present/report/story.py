"""What does the report show first? The answer, the ways it can go, the narrow place, how sure that is.

Outside of its folds a report has at most 700 words; whatever would change the reader's decision is among
them. The sentences are those of the terminal, under headings that say the same as its labels.
"""

from __future__ import annotations

from collections.abc import Callable

from tidegate.evaluate.arithmetic.limit import Limit
from tidegate.evaluate.judging.verdict import CaseEvidence, CrossingEvidence, Ranges, Series
from tidegate.present.quantities import count_text, duration_text
from tidegate.present.report.chart import Course, Line, figure, moves
from tidegate.present.report.markup import Html, join, prose, tag
from tidegate.present.report.provenance import provenance_line
from tidegate.present.report.section import section
from tidegate.present.report.topology import topology
from tidegate.present.sentence import capitalised, ended
from tidegate.present.verdict import counts, highlights, verdict_words
from tidegate.present.verdict.answer import Answer
from tidegate.present.verdict.comparison import limit_text
from tidegate.present.verdict.said import Made
from tidegate.world.file.called import called
from tidegate.world.world import World

_CHANGES_COUNT = 2
_LIMITS_COUNT = 3
_CELLS = {"choke": "bad", "ink": "", "tide": "good"}
_SHAPES = {
    "proceed": "M8 1 A7 7 0 1 1 7.99 1Z",
    "slow_down": "M8 1 L15 14 L1 14Z",
    "protect_first": "M8 0 L16 8 L8 16 L0 8Z",
    "stop": "M5 1 H11 L15 5 V11 L11 15 H5 L1 11 V5Z",
    "cannot_tell": "M8 1 A7 7 0 1 1 7.99 1Z M8 4 A4 4 0 1 0 8.01 4Z",
}


def head(answer: Answer, made: Made | None = None) -> Html:
    """Return what was judged, the verdict, its remedy and what decides."""
    verdict = answer.verdict
    title = verdict.activity_title or verdict.activity
    shape = tag("path", d=_SHAPES[verdict.verdict], fill_rule="evenodd")
    mark = tag("svg", shape, viewBox="0 0 16 16", aria_hidden="true")
    word = tag("strong", mark, answer.word, class_=f"word {verdict.verdict}")
    remedy = ended(answer.remedy, capital="." not in answer.remedy.split(" ", 1)[0])
    return tag(
        "header",
        provenance_line(verdict, made),
        tag("h1", tag("span", capitalised(title), class_="subject"), word),
        tag("p", answer.loud, class_="loud") if answer.loud else "",
        tag("p", tag("b", prose(remedy)), " ", *_said(answer.why.must), class_="lead"),
    )


def _said(sentences: tuple[str, ...]) -> tuple[Html, ...]:
    return tuple(join(prose(one), " ") for one in sentences)


def now(answer: Answer) -> Html:
    """Return what is asked of the narrow place beside what to do and how sure it is."""
    steps = _steps(answer.do.brief or answer.do.must)
    todo = tag("section", tag("h2", "Do this now", id="do"), steps, class_="do", aria_labelledby="do")
    said = tag("p", *_said(answer.sure.brief or answer.sure.must))  # all of it has a section of its own
    sure = tag("div", tag("h2", "How sure"), said, class_="brief")
    side = tag("div", todo, sure, class_="side")
    course = _asked(answer)
    return tag("div", figure(course) if course else join(), side, class_="top" if course else "top alone")


def _steps(sentences: tuple[str, ...]) -> Html:
    listed = [tag("li", prose(one)) for one in sentences if not one.startswith("- ")]
    choices = [tag("li", prose(one.removeprefix("- "))) for one in sentences if one.startswith("- ")]
    if choices:
        listed.insert(1, tag("li", tag("ul", *choices), class_="choices"))
    return tag("ol", *listed)


def _lines(answer: Answer, course_of: Callable[[CaseEvidence], Series | None]) -> tuple[Line, ...]:
    """Return the compared cases as lines, each with its course; those without one are left out."""
    made = []
    for case, heading in zip(answer.compared.cases, answer.compared.headings, strict=True):
        series = course_of(case)
        if series is not None and len(case.times_s) > 1:
            begins_s = answer.verdict.cases[0].activity_at_s
            times = tuple(at_s - begins_s for at_s in case.times_s)
            label = heading.removeprefix("as planned, ")
            kind = _role(answer, case)
            band = (series.low, series.high) if kind != "tide" else ((), ())
            made.append(
                Line(label=label, kind=kind, times_s=times, values=series.values, low=band[0], high=band[1])
            )
    return tuple(made)


def _role(answer: Answer, case: CaseEvidence) -> str:
    """Return how a case is drawn: the one that decides, the believed one, or what helps."""
    decides = case.name == highlights.deciding_case(answer.verdict).name
    if decides and _is_bad(answer, case):
        return "choke"
    return "tide" if case.name in {"slower", "protected"} else "ink"


def _is_bad(answer: Answer, case: CaseEvidence) -> bool:
    """Whether what decides is that a case fails, and not that nobody knows."""
    verdict = answer.verdict
    fails = case.collapse.value > verdict.acceptable_ratio
    return verdict.verdict != "proceed" and (fails or bool(case.exceeded or verdict.failed_objectives))


def _settled_s(answer: Answer) -> float:
    return max((highlights.recovery_s(case) or 0.0 for case in answer.compared.cases), default=0.0)


def _asked(answer: Answer) -> Course | None:
    """Return what is asked of the crossing that gives way; None where no line moves."""
    place = highlights.choke(answer.compared.cases[0])
    if place is None:
        return None

    def offered(case: CaseEvidence) -> Series | None:
        crossing = highlights.crossing_named(case, place.name)
        return highlights.series_named(crossing.series, "offered") if crossing is not None else None

    lines = _lines(answer, offered)
    if not any(map(moves, lines)):
        return None
    can = place.setup_capacity_per_s
    # A limit that nothing comes near would press all lines flat.
    shown = can is not None and can <= 4.0 * max(max(line.values) for line in lines)
    return Course(
        title=f"New connections asked of {place.name}, a second",
        remark="",
        lines=lines,
        settled_s=_settled_s(answer),
        limit=can if shown else None,
        limit_words=f"{place.name} can set up {count_text(can)}" if shown and can is not None else "",
    )


def _answered(answer: Answer) -> Course | None:
    """Return what the worst-off callers get; None where no line moves."""
    clients = answer.compared.cases[0].clients
    if not clients:
        return None
    worst = min(clients, key=lambda one: one.success_floor_ratio)

    def served(case: CaseEvidence) -> Series | None:
        found = next((one for one in case.clients if one.name == worst.name), None)
        return highlights.series_named(found.series, "served") if found is not None else None

    lines = _lines(answer, served)
    if not any(map(moves, lines)):
        return None
    before = [v for at, v in zip(lines[0].times_s, lines[0].values, strict=True) if at < 0.0]
    normal = f"{count_text(sum(before) / len(before))} is normal" if before else ""
    return Course(
        title=f"Requests of {worst.title} answered, a second",
        remark=normal,
        lines=lines,
        settled_s=_settled_s(answer),
    )


def ways(answer: Answer) -> Html:
    """Return the ways it can go, side by side; on a phone each row is a block of lines."""
    compared = answer.compared
    if len(compared.cases) < 2 or not compared.lines:
        return join()
    kinds = [_CELLS[_role(answer, case)] for case in compared.cases]
    heads = [tag("th", one, scope="col") for one in compared.headings]
    rows = [
        tag(
            "tr",
            tag("th", capitalised(line.label), scope="row"),
            *(
                tag("td", cell, class_=kind or None, data_c=heading)
                for cell, heading, kind in zip(line.cells, compared.headings, kinds, strict=True)
            ),
        )
        for line in compared.lines
    ]
    table = tag("table", tag("thead", tag("tr", tag("td"), *heads)), tag("tbody", *rows), class_="cmp")
    count = {2: "Two", 3: "Three"}[len(compared.cases)]
    return section("ways", f"{count} ways it can go", table)


def anyway(answer: Answer) -> Html:
    """Return what comes of running it as planned."""
    said = [*answer.otherwise.must, *answer.otherwise.may]
    course = _answered(answer)
    if not said and course is None:
        return join()
    title = "If you run it as planned anyway" if said else "What the callers get"
    side = tag("div", *(tag("p", prose(one)) for one in said), class_="side")
    return section("anyway", title, tag("div", figure(course) if course else "", side, class_="top"))


def narrow(answer: Answer, world: World) -> Html:
    """Return the narrow place between its two banks, and each of its limits as a bar."""
    case = highlights.deciding_case(answer.verdict)
    place = highlights.choke(case)
    limit = _limit(answer)
    pressure = highlights.pressure_ratio(place) if place is not None else 0.0
    if limit is not None and pressure < max(limit.pressure_ratio, float(bool(case.exceeded))):
        said = tag("p", ended("; ".join(case.exceeded[:_LIMITS_COUNT]) or limit.says))
        when = verdict_words.case_clause(case)
        bar = tag("ul", _bar(when, limit.pressure_ratio), class_="bars")
        much = "How long that takes beside how long it is waited for"
        much = much if limit.kind == "time" else capitalised(called(limit.path, world))
        note = tag("p", f"{much}; the upright line is the limit.", class_="quiet")
        return section("place", f"The narrow place: {limit.place}", said, note, bar)
    if not pressure:
        return join()  # without a limit it is not narrow
    if place is None or place.name not in world.crossings:
        return join()
    fed = answer.verdict.fed_by
    drawn = topology(world, case, only=place.name, parts=fed.parts if fed else ())
    when = f"At the worst moment, {verdict_words.case_clause(case)}."
    return section(
        "place", f"The narrow place: {place.name}", tag("p", when, class_="quiet"), drawn, _bars(place)
    )


def _limit(answer: Answer) -> Limit | None:
    """Return the limit that decides, of all that happens; of what may go ahead, what it comes near."""
    verdict = answer.verdict
    return verdict.nearest if verdict.verdict == "proceed" else verdict.narrowest or verdict.nearest


def _bars(place: CrossingEvidence) -> Html:
    """Return how much of each limit is asked for, against one common line; over it cut with a torn end."""
    asked = (
        ("new connections", highlights.setup_ratio(place)),
        ("packets", highlights.packets_ratio(place)),
        ("flow table", place.table_peak_ratio),
        ("ports", place.ports_peak_ratio),
    )
    rows = [(label, ratio) for label, ratio in asked if ratio]
    bars = [_bar(label, ratio) for label, ratio in rows]
    note = tag("p", "Its limits, each at the upright line.", class_="quiet")
    return join(note, tag("ul", *bars, class_="bars")) if bars else join()


def _bar(label: str, ratio: float) -> Html:
    state = "over" if ratio >= 1.0 else "under"
    drawing = tag(
        "svg",
        tag("rect", class_="track", width=100, height=10),
        tag("rect", class_=state, width=f"{min(50 * ratio, 100):.1f}", height=10),
        tag("line", class_="rule", x1=50, x2=50, y1=0, y2=10),
        viewBox="0 0 100 10",
        preserveAspectRatio="none",
        aria_hidden="true",
    )
    return tag("li", tag("span", label), drawing, tag("span", limit_text(ratio), class_=f"much {state}"))


def sure(answer: Answer) -> Html:
    """Return what the runs and the worlds drawn say of each way it can go."""
    verdict = answer.verdict
    items = []
    for case, heading in zip(answer.compared.cases, answer.compared.headings, strict=True):
        ranges = highlights.drawn(verdict, case.name)
        items.append(
            tag("li", tag("h3", capitalised(heading)), _runs(answer, case), _worlds(ranges) if ranges else "")
        )
    drawn = "; worlds draw other numbers from their ranges" if verdict.ranges else ""
    lead = tag("p", f"Runs are {counts.given_briefly(verdict.guesses_count)}{drawn}.", class_="kind")
    notes = [tag("li", prose(note)) for note in answer.notes.must]
    noted = (tag("h3", "To be said as well"), tag("ul", *notes)) if notes else ()
    return section("sure", "How sure", lead, tag("ul", *items, class_="sure"), *noted)


def _runs(answer: Answer, case: CaseEvidence) -> Html:
    return tag("p", f"{capitalised(counts.chance_clause(case.collapse, answer.verdict.acceptable_ratio))}.")


def _worlds(ranges: Ranges) -> Html:
    said = f"{capitalised(counts.worlds_counted(ranges))}."
    return tag("p", said)


def changes(answer: Answer) -> Html:
    """Return what would change the answer, the two that move it most."""
    listed = [
        tag("li", tag("b", prose(capitalised(one.says))), *measured)
        for one in verdict_words.changes(answer.verdict, most_count=_CHANGES_COUNT)
        for measured in [[" · ", prose(one.measure)] if one.measure else []]
    ]
    return section("change", "What would change the answer", tag("ol", *listed)) if listed else join()


def provenance(answer: Answer) -> str:
    """Return how much was run, for the title of the last fold."""
    verdict = answer.verdict
    size = verdict_words.size_text(verdict)
    return " · ".join(
        part
        for part in (
            f"seed {verdict.reproduction.seed}",
            verdict_words.runs_text(verdict),
            size,
            f"{duration_text(verdict.horizon_s)} simulated",
            f"{counts.share_clause(verdict.acceptable_ratio)} accepted",
        )
        if part
    )
