"""What stands in the folds of the report? The whole evidence behind the answer, each fold a function.

Nothing here changes the reader's decision: that stands in `story`.
"""

from __future__ import annotations

from tidegate.evaluate.judging.rest import Rest
from tidegate.evaluate.judging.verdict import CaseEvidence, ClientsEvidence, CrossingEvidence, Dark, Verdict
from tidegate.present.loop_text import gain_text, title_text
from tidegate.present.quantities import (
    after_text,
    count_text,
    duration_text,
    of_capacity_text,
    percent_text,
    recovery_text,
)
from tidegate.present.report.loop_drawing import ring
from tidegate.present.report.markup import Html, join, prose, tag
from tidegate.present.report.section import fold
from tidegate.present.report.table import Column, table
from tidegate.present.sentence import capitalised
from tidegate.present.verdict import highlights, verdict_words
from tidegate.present.verdict.counts import bound_beside, runs_cell
from tidegate.present.verdict.edge_text import edges_text, runs_of
from tidegate.present.verdict.read_words import meaning_text, where_text
from tidegate.present.verdict.unknown import told_number

_NOT_REACHED, _NO_LIMIT = "not reached", "no limit"


def feeds(verdict: Verdict) -> Html:
    """Return the feedback cycle through which the collapse goes, step by step."""
    if verdict.fed_by is None:
        return join()
    title = f"{capitalised(title_text(verdict.fed_by))}, gain {gain_text(verdict.fed_by.gain)}"
    return fold("feeds", "What feeds it", title, ring(verdict.fed_by))


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
    named = (_many(len(tooling), "tool", "tools"), _many(len(segments), "group", "groups") + " of customers")
    much = ", ".join(named) if tooling or segments else "none of them"
    return fold("dark", "Customers and tooling, one by one", much, *parts)


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
    return fold("held-back", heading, "", *(tag("p", text) for text in sentences))


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
        "How many of a hundred would not recover is 95 % sure, whenever the runs were ended; the other "
        "numbers are medians over the runs. "
        "Limits that no case reaches are left out."
    )
    quiet = [edges_text(verdict), *verdict_words.ranges_texts(verdict), verdict_words.folded_text(verdict)]
    said = [tag("p", text) for text in quiet if text]
    much = ", ".join(
        (
            _many(len(cases[0].clients), "kind of clients", "kinds of clients"),
            _many(len(cases[0].crossings), "crossing", "crossings"),
            _many(len(cases), "case", "cases"),
        )
    )
    return fold(
        "evidence", "Every client and every limit", much, tag("p", note, class_="quiet"), *said, *parts
    )


def _whole_body(verdict: Verdict) -> list[tuple[str, ...]]:
    few = verdict.acceptable_ratio
    collapse = [f"{runs_cell(one.collapse)}: {bound_beside(one.collapse, few)}" for one in verdict.cases]
    runs = [runs_of(case.collapse) for case in verdict.cases]
    recovered = [_recovery_cell(verdict, case) for case in verdict.cases]
    within = f"does not recover within {duration_text(verdict.horizon_s)}"
    return [(within, *collapse), ("normal again after (80 of 100 runs)", *recovered), ("runs", *runs)]


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


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


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
        said = "No belief and no range of this world moves the answer."
        return fold("rests-on", "What it rests on", "", tag("p", said))
    note = "Ranked by in how many more or fewer runs service would not recover."
    much = _many(len(items), "belief or number", "beliefs and numbers")
    return fold("rests-on", "What it rests on", much, tag("p", note, class_="quiet"), tag("ol", *items))


def _rest(rest: Rest) -> list[Html]:
    of_hundred = round(100 * rest.effect_ratio)
    effect = f"changes in how many of 100 runs service does not recover by up to {of_hundred}"
    flips = "; that would change the verdict" if rest.flips else ""
    parts = [
        tag(
            "p",
            tag("strong", told_number(rest) if rest.kind == "number" else rest.says),
            " ",
            tag("span", rest.basis, class_="kind"),
        ),
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
    listed = tag("ul", *(tag("li", prose(note)) for note in verdict.notes))
    return fold("notes", "Assumptions and shortcuts", f"{len(verdict.notes)}", listed)


def was_read(verdict: Verdict) -> Html:
    """Return what was read in the files that the world comes from, number by number."""
    if not verdict.read:
        return join()
    columns = [Column(heading=heading) for heading in ("as written", "in the world", "remark")]
    rows = [(where_text(row), row.says, meaning_text(row), row.why) for row in verdict.read]
    left_out = sum(not row.means for row in verdict.read)
    much = f"{len(rows)} numbers, {left_out} of them left out"
    return fold("read", "What was read", much, table("Each number of the files", "where", columns, rows))


def reproduction(verdict: Verdict, command: str, much: str) -> Html:
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
    return fold("again", "How this was computed", much, typed, tag("dl", *listed))
