"""What stands in the report, section by section? Each function is one section, words to markup.

The sentences are those of the terminal; what is added here is the whole evidence behind them.
"""

from __future__ import annotations

from tidegate.evaluate.judging.verdict import (
    CaseEvidence,
    ClientsEvidence,
    CrossingEvidence,
    Dark,
    Rest,
    Verdict,
)
from tidegate.present.loop_text import gain_text, title_text
from tidegate.present.quantities import (
    after_text,
    count_text,
    duration_text,
    of_capacity_text,
    percent_text,
    probability_text,
    recovery_text,
)
from tidegate.present.rehearsal.rehearsed_words import rehearsed_text
from tidegate.present.report import chart
from tidegate.present.report.loop_drawing import ring
from tidegate.present.report.markup import Html, join, prose, tag
from tidegate.present.report.table import Column, table
from tidegate.present.report.topology import topology
from tidegate.present.sentence import capitalised
from tidegate.present.verdict import highlights, verdict_words
from tidegate.present.verdict.answer import answer_of
from tidegate.present.verdict.answer_table import Row, answer_rows
from tidegate.present.verdict.edge_text import edges_text, runs_of
from tidegate.present.verdict.read_words import meaning_text, where_text
from tidegate.world.world import World

_NOT_REACHED, _NO_LIMIT = "not reached", "no limit"
_SHAPES = {
    "proceed": "M8 1 A7 7 0 1 1 7.99 1Z",
    "slow_down": "M8 1 L15 14 L1 14Z",
    "protect_first": "M8 0 L16 8 L8 16 L0 8Z",
    "stop": "M5 1 H11 L15 5 V11 L11 15 H5 L1 11 V5Z",
    "cannot_tell": "M8 1 A7 7 0 1 1 7.99 1Z M8 4 A4 4 0 1 0 8.01 4Z",
}


def answer(verdict: Verdict) -> Html:
    """Return the answer: word, condition, what to do, and the numbers side by side."""
    shape = tag("path", d=_SHAPES[verdict.verdict], fill_rule="evenodd")
    mark = tag("svg", shape, viewBox="0 0 16 16", aria_hidden="true")
    word = tag("span", mark, verdict_words.VERDICT_WORDS[verdict.verdict], class_=f"word {verdict.verdict}")
    told = answer_of(verdict)
    parts = [tag("p", word, " ", tag("span", told.remedy), class_="verdict")]
    if verdict.holding_back_is_worse:
        parts.append(tag("p", verdict_words.holding_back(verdict)[0], class_="loud"))
    advice = " ".join(sentence for part in (told.why, told.do, told.sure) for sentence in part.must)
    parts.append(tag("p", prose(advice), class_="advice"))
    cases = highlights.acting_cases(verdict)[: highlights.CASES_SHOWN_COUNT]
    parts.append(_answer_table(answer_rows(verdict, cases), cases))
    quiet = (edges_text(verdict), *verdict_words.ranges_texts(verdict))
    parts.extend(tag("p", text, class_="quiet") for text in quiet if text)
    if folded := verdict_words.folded_text(verdict):
        parts.append(tag("p", folded, class_="quiet"))
    if verdict.rehearsed is not None:
        parts.append(tag("p", prose(rehearsed_text(verdict.rehearsed)), class_="quiet"))
    return tag("header", *_title(verdict), *parts)


def _title(verdict: Verdict) -> tuple[Html, Html]:
    title = verdict.activity_title or verdict.activity
    world = f"{verdict.world} · {verdict.title}" if verdict.title else verdict.world
    return tag("p", world, class_="quiet"), tag("h1", title[:1].upper() + title[1:])


def _answer_table(rows: tuple[Row, ...], cases: tuple[CaseEvidence, ...]) -> Html:
    columns = tuple(Column(heading=case.title) for case in cases)
    body = [
        (
            f"{row.crossing}: {row.label}" if row.crossing else row.label,
            *(join(cell.value, tag("small", f" {cell.at}")) if cell.at else cell.value for cell in row.cells),
        )
        for row in rows
    ]
    return table("The answer in numbers", "", columns, body)


def gap(verdict: Verdict) -> Html:
    """Return the pictures of every crossing over time, case beside case."""
    cases = tuple(case for case in verdict.cases if any(one.series for one in case.crossings))
    if not cases:
        return join()
    blocks = []
    for crossing in cases[0].crossings:
        panels = chart.panels(cases, crossing.name)
        columns = [_case_column(panels, case, crossing.name, index=i) for i, case in enumerate(cases)]
        blocks.append(tag("h3", f"Crossing {crossing.name}"))
        blocks.append(tag("div", *columns, class_="cases"))
    switch = _switch(cases) if len(cases) > 1 else ""
    return _section("gap", "Offered and served", chart.legend(), switch, *blocks)


def _case_column(panels: tuple[chart.Panel, ...], case: CaseEvidence, name: str, *, index: int) -> Html:
    crossing = highlights.crossing_named(case, name)
    if crossing is None:
        return join()
    figures = [
        chart.chart(panel, case, crossing, key=f"{index}/{name}/{i}")
        for i, panel in enumerate(panels)
        if any(series.name in panel.names for series in crossing.series)
    ]
    return tag("div", tag("h4", case.title), *figures, class_=f"case case-{index}")


def _switch(cases: tuple[CaseEvidence, ...]) -> Html:
    choices = [("all", "all cases"), *((str(i), case.title) for i, case in enumerate(cases))]
    radios = [
        tag("label", tag("input", type="radio", name="case", id=f"show-{key}", checked=key == "all"), text)
        for key, text in choices
    ]
    return tag("fieldset", tag("legend", "Show"), *radios)


def place(verdict: Verdict, world: World) -> Html:
    """Return the networks and the narrow places between them, in the case that decides."""
    case = highlights.deciding_case(verdict)
    if not case.crossings:
        return join()
    when = f"At the worst moment, {verdict_words.case_clause(case)}."
    note = f"{when} The channel's width is what the crossing can set up."
    return _section(
        "place",
        "The narrow place",
        tag("p", note, class_="quiet"),
        topology(world, case, parts=verdict.fed_by.parts if verdict.fed_by else ()),
    )


def feeds(verdict: Verdict) -> Html:
    """Return the feedback cycle through which the collapse goes, step by step."""
    if verdict.fed_by is None:
        return join()
    title = f"{capitalised(title_text(verdict.fed_by))}, gain {gain_text(verdict.fed_by.gain)}"
    return _section("feeds", "What feeds it", tag("h3", title), ring(verdict.fed_by))


def consequences(verdict: Verdict) -> Html:
    """Return what goes dark, who is affected, and from when."""
    columns = (Column(heading="from"), Column(heading="because of"), Column(heading="case"))
    parts = [
        tag("p", text)
        for text in (verdict_words.dark_text(verdict), verdict_words.customers_text(verdict))
        if text
    ]
    tooling = highlights.lost(verdict, "tooling")
    if tooling:
        rows = [(_dark_name(dark), *_dark_cells(dark, verdict)) for dark in tooling]
        parts.append(table("Tooling that goes dark", "tooling", columns, rows))
    segments = highlights.lost(verdict, "segment")
    if segments:
        body = [
            (dark.title or dark.name, *_dark_cells(dark, verdict)[:1], dark.loses, dark.keeps)
            for dark in segments
        ]
        heads = (Column(heading="from"), Column(heading="loses"), Column(heading="keeps"))
        parts.append(table("Customers affected", "customers", heads, body))
    if not parts:
        empty = "The world names no tooling and no customers. Add them under `tooling` and `segments`."
        parts.append(tag("p", prose(empty)))
    return _section("dark", "What goes dark, and for whom", *parts)


def _dark_name(dark: Dark) -> Html:
    name = dark.title or dark.name
    return join(name, tag("span", f" {dark.role}", class_="kind") if dark.role not in {"", name} else "")


def _dark_cells(dark: Dark, verdict: Verdict) -> tuple[str, str, str]:
    case = highlights.case_named(verdict, dark.case)
    when = after_text(dark.from_s) if dark.from_s is not None else ""
    return when, dark.because, verdict_words.case_clause(case) if case else dark.case


def held_back(verdict: Verdict) -> Html:
    """Return what not acting, acting slower and protecting first would do."""
    sentences = verdict_words.holding_back(verdict)
    if not sentences:
        return join()
    heading = "Not acting, or acting slower" + (", or protected" if verdict.remedy is not None else "")
    return _section("held-back", heading, *(tag("p", text) for text in sentences))


def evidence(verdict: Verdict) -> Html:
    """Return every number per crossing and population, case beside case."""
    cases = verdict.cases
    columns = tuple(Column(heading=case.title) for case in cases)
    parts = [table("The whole", "", columns, _whole_body(verdict))]
    for crossing in cases[0].crossings:
        found = [highlights.crossing_named(case, crossing.name) for case in cases]
        body = [(label, *cells) for label, cells in _crossing_body([one for one in found if one is not None])]
        parts.append(table(f"Crossing {crossing.name}", "", columns, body))
    for i, clients in enumerate(cases[0].clients):
        title = f"{clients.title or clients.name}, clients of {clients.service}"
        body = _clients_body([case.clients[i] for case in cases])
        parts.append(table(title, "", columns, body))
    note = (
        "Bounds are 95 %, whenever the runs were ended; the other numbers are medians over the runs. "
        "Limits that no case reaches are left out."
    )
    return _section("evidence", "Evidence", tag("p", note, class_="quiet"), *parts)


def _whole_body(verdict: Verdict) -> list[tuple[str, ...]]:
    collapse = [probability_text(case.collapse) for case in verdict.cases]
    runs = [runs_of(case.collapse) for case in verdict.cases]
    recovered = [_recovery_cell(verdict, case) for case in verdict.cases]
    within = f"P(collapse within {duration_text(verdict.horizon_s)})"
    return [(within, *collapse), ("recovered after (80 % of runs)", *recovered), ("runs", *runs)]


def _recovery_cell(verdict: Verdict, case: CaseEvidence) -> str:
    recovery_s = highlights.recovery_s(case)
    text = recovery_text(recovery_s, horizon_s=verdict.horizon_s, draining_ratio=case.draining_ratio)
    if recovery_s is None or case.recovery_low_s is None or case.recovery_high_s is None:
        return text
    return f"{text} ({duration_text(case.recovery_low_s)} to {duration_text(case.recovery_high_s)})"


def _crossing_body(found: list[CrossingEvidence]) -> list[tuple[str, list[str]]]:
    rows = [
        ("new flows/s", [of_capacity_text(one.setup_peak_per_s, one.setup_capacity_per_s) for one in found]),
        ("set-up limit reached", [_moment(one.setup_limit_at_s) for one in found]),
        (
            "packets/s",
            [of_capacity_text(one.packets_peak_per_s, one.packets_capacity_per_s) for one in found],
        ),
        ("saturated", [_moment(one.saturated_at_s) for one in found]),
        ("flow table", [_share(one.table_peak_ratio) for one in found]),
        ("flow table full", [_moment(one.table_full_at_s) for one in found]),
        ("ports", [_share(one.ports_peak_ratio) for one in found]),
        ("ports all taken", [_moment(one.ports_full_at_s) for one in found]),
        ("delay", [duration_text(one.delay_peak_s) for one in found]),
        ("packets lost", [percent_text(one.loss_peak_ratio) for one in found]),
    ]
    return [(label, cells) for label, cells in rows if not set(cells) <= {_NOT_REACHED, _NO_LIMIT}]


def _clients_body(found: list[ClientsEvidence]) -> list[tuple[str, ...]]:
    def half_and_most(half_s: float | None, most_s: float | None) -> str:
        return f"{_time(half_s)}, {_time(most_s)}"

    return [
        ("requests served, worst minute", *(percent_text(one.success_floor_ratio) for one in found)),
        ("to connect: half, 99 %", *(half_and_most(one.connect_p50_s, one.connect_p99_s) for one in found)),
        ("a request: half, 99 %", *(half_and_most(one.request_p50_s, one.request_p99_s) for one in found)),
        ("requests given up", *(count_text(one.given_up_count) for one in found)),
    ]


def _moment(at_s: float | None) -> str:
    return after_text(at_s) if at_s is not None else _NOT_REACHED


def _share(ratio: float | None) -> str:
    return percent_text(ratio) if ratio is not None else _NO_LIMIT


def _time(duration_s: float | None) -> str:
    return duration_text(duration_s) if duration_s is not None else "none succeeded"


def rests_on(verdict: Verdict) -> Html:
    """Return the beliefs and numbers the answer rests on, the greatest effect first."""
    items = [tag("li", *_rest(rest)) for rest in verdict.rests_on]
    if not items:
        return _section("rests-on", "What it rests on", tag("p", "Every number of this world is measured."))
    note = "Ranked by how much each could change the probability of collapse."
    return _section("rests-on", "What it rests on", tag("p", note, class_="quiet"), tag("ol", *items))


def _rest(rest: Rest) -> list[Html]:
    effect = f"changes the probability of collapse by up to {percent_text(rest.effect_ratio)}"
    flips = "; that would change the verdict" if rest.flips else ""
    parts = [
        tag("p", tag("strong", rest.says), " ", tag("span", rest.basis, class_="kind")),
        tag("p", f"{effect[:1].upper()}{effect[1:]}{flips}.", class_="quiet"),
    ]
    if rest.measure:
        parts.append(tag("p", prose(f"To find out: {rest.measure}"), class_="quiet"))
    if rest.source:
        parts.append(tag("p", "Source: ", _source(rest.source), class_="quiet"))
    return parts


def _source(source: str) -> str:
    # Only these two can be followed without running anything: a world file is written by others.
    if source.startswith(("https://", "http://")):
        return tag("a", source, href=source, rel="noopener noreferrer")
    return source


def shortcuts(verdict: Verdict) -> Html:
    """Return the assumptions and shortcuts that apply to this world."""
    if not verdict.notes:
        return join()
    return _section(
        "notes", "Assumptions and shortcuts", tag("ul", *(tag("li", prose(note)) for note in verdict.notes))
    )


def was_read(verdict: Verdict) -> Html:
    """Return what was read in the files that the world comes from, number by number."""
    if not verdict.read:
        return join()
    columns = [Column(heading=heading) for heading in ("as written", "in the world", "remark")]
    rows = [(where_text(row), row.says, meaning_text(row), row.why) for row in verdict.read]
    return _section("read", "What was read", table("Each number of the files", "where", columns, rows))


def reproduction(verdict: Verdict, command: str) -> Html:
    """Return what is needed to get the same answer again; `command` as it was typed, or empty."""
    made = verdict.reproduction
    fractions = ", ".join(percent_text(fraction) for fraction in made.fractions)
    facts = (
        ("seed", str(made.seed)),
        ("version", f"tidegate {made.tidegate_version}"),
        ("engine", made.engine),
        ("population run", fractions or "whole"),
        ("runs", verdict_words.runs_text(verdict)),
        ("stopping rule", made.stopping_rule),
    )
    listed = [part for name, value in facts for part in (tag("dt", name), tag("dd", value))]
    typed = tag("pre", tag("code", command)) if command else join()
    return _section("again", "The same answer again", typed, tag("dl", *listed))


def _section(key: str, title: str, *parts: str) -> Html:
    return tag("section", tag("h2", title, id=f"{key}-title"), *parts, id=key, aria_labelledby=f"{key}-title")
