"""How does the record of an outage read, on a terminal and as a page of its own? Text from nouns.

Titles and words come from people and alerts: control characters never reach a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.inform.wording import Finding
from tidegate.journal.moment import moment_text, utc, zone
from tidegate.present.layout import plain, wrap
from tidegate.track.component import Status
from tidegate.track.outage import Outage
from tidegate.track.summary import Summary

STATUS_WORDS: Mapping[Status, str] = {
    Status.OPERATIONAL: "operational",
    Status.DEGRADED: "degraded",
    Status.PARTIAL: "out in part",
    Status.MAJOR: "out",
    Status.MAINTENANCE: "under maintenance",
    Status.UNKNOWN: "unknown",
}
MARKS: Mapping[Status, str] = {
    Status.OPERATIONAL: "●",
    Status.DEGRADED: "◐",
    Status.PARTIAL: "◑",
    Status.MAJOR: "○",
    Status.MAINTENANCE: "◇",
    Status.UNKNOWN: "?",
}


def span_text(seconds: float) -> str:
    """Return a duration as people say it: ``52 min``, ``6 h 52 min``, ``3 d 4 h``."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    return (f"{hours} h {minutes} min" if minutes else f"{hours} h") if hours else f"{minutes} min"


def clock_text(at_s: float, zone_name: str, *, dated: bool = True) -> str:
    """Return UTC, and local time beside it where that is another."""
    there = utc(at_s)
    here = there.astimezone(zone(zone_name))
    text = f"{there:%Y-%m-%d %H:%M} UTC" if dated else f"{there:%H:%M} UTC"
    return text if here.utcoffset() == there.utcoffset() else f"{text} ({here:%H:%M} {here.tzname()})"


def outages_text(outages: Sequence[Outage], now_s: float, *, width: int, unicode: bool) -> str:
    """Return one line an outage, the open ones first; ends in a line break."""
    if not outages:
        return "No outage is on record. `tidegate outage open TITLE` opens one.\n"
    lines = []
    for one in sorted(outages, key=lambda one: (not one.is_open, -one.since_s)):
        end_s = now_s if one.until_s is None else one.until_s
        mark = "overdue " if one.is_overdue(now_s) else ""
        drill = "exercise " if one.is_exercise else ""
        head = f"{one.id}  {drill}{one.state.value:<11} {moment_text(one.since_s)[:16]}Z"
        line = f"{head}  {span_text(end_s - one.since_s):>10}  {mark}{one.title}"
        lines.append(plain(line, unicode=unicode)[:width])
    return "\n".join(lines) + "\n"


def outage_text(one: Outage, now_s: float, *, titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    """Yield the lines of one outage, the answer first, without wrapping."""
    drill = "EXERCISE · " if one.is_exercise else ""
    yield f"{drill}{one.title}"
    yield ""
    end_s = now_s if one.until_s is None else one.until_s
    state = one.state.value.upper().replace("_", " ")
    yield f"  {state}  {one.impact} impact, {span_text(end_s - one.since_s)}"
    yield f"  since {clock_text(one.since_s, zone_name)}"
    if one.until_s is not None:
        yield f"  until {clock_text(one.until_s, zone_name)}"
    if one.holder:
        yield f"  in the hands of {one.holder}"
    if one.cause:
        sure = "" if one.certainty == "observed" else f", {one.certainty}"
        yield f"  cause: {one.cause}{sure}" + (f" ({one.because})" if one.because else "")
    yield from _who(one, titles)
    yield from _said(one, now_s, zone_name)
    if one.conflicts:
        yield ""
        yield "  Said, but could not be so: " + "; ".join(one.conflicts) + "."


def _who(one: Outage, titles: Mapping[str, str]) -> Iterator[str]:
    if one.components:
        yield ""
    shown = one.components if one.is_open else one.touched
    was = "" if one.is_open else "was "
    for name, status in shown.items():
        yield f"  {MARKS[status]} {titles.get(name, name)}: {was}{STATUS_WORDS[status]}"
    if one.segments:
        yield ""
    for name in one.segments:
        loses, keeps = one.sees.get(name, ""), one.keeps.get(name, "")
        told = f"    {titles.get(name, name)}"
        told += f": loses {loses}" if loses else ""
        yield told + (f"; keeps {keeps}" if keeps else "")
    if one.dark:
        yield ""
        yield "  Goes dark with it: " + ", ".join(titles.get(name, name) for name in one.dark) + "."


def _said(one: Outage, now_s: float, zone_name: str) -> Iterator[str]:
    yield ""
    if not one.updates:
        yield "  Nothing is public yet." + (f" {len(one.drafts)} draft(s) wait." if one.drafts else "")
        return
    for update in one.updates:
        first = update.text().split("\n", 1)[0]
        yield f"  {clock_text(update.at_s, zone_name, dated=False)}  {first}"
    if one.promise_s is not None:
        when = clock_text(one.promise_s, zone_name, dated=False)
        late = f" — OVERDUE by {span_text(now_s - one.promise_s)}" if one.is_overdue(now_s) else ""
        yield f"  next update promised by {when}{late}"


def fitted(lines: Iterator[str], *, width: int, unicode: bool) -> str:
    """Return lines wrapped to a terminal with their indent kept; ends in a line break."""
    fitting: list[str] = []
    for line in lines:
        text = plain(line, unicode=unicode)
        indent = len(text) - len(text.lstrip())
        wrapped = wrap(text.lstrip(), max(width - indent, 20))
        fitting += [" " * indent + part for part in wrapped]
    return "\n".join(part.rstrip() for part in fitting) + "\n"


def words_text(texts: Mapping[str, str], findings: Sequence[Finding]) -> Iterator[str]:
    """Yield the lines of words that are ready, and what speaks against them."""
    for language, text in texts.items():
        yield f"[{language}]"
        for line in text.split("\n"):
            yield f"  {line}"
        yield ""
    for finding in findings:
        where = f" ({finding.language})" if len(texts) > 1 and finding.language else ""
        yield f"{'must' if finding.must else 'better'}{where}: {finding.says}"


def summary_page(found: Summary, *, titles: Mapping[str, str], zone_name: str) -> str:
    """Return the post-event summary as Markdown."""
    return "\n".join(_summary_lines(found, titles, zone_name)) + "\n"


def _summary_lines(found: Summary, titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    one = found.outage
    yield f"# {_safe(one.title)}"
    yield ""
    yield from _in_short(found, zone_name)
    yield from _cause(one, titles)
    yield from _impact(found, titles, zone_name)
    yield from _done(found, zone_name)
    yield from _spoken(found, zone_name)
    yield from _all_lines(found, titles, zone_name)


def _in_short(found: Summary, zone_name: str) -> Iterator[str]:
    one = found.outage
    lasts = "" if one.until_s is not None else " so far; it is not over"
    sentences = [
        f"It began at {clock_text(one.since_s, zone_name)} and lasted {span_text(found.lasted_s)}{lasts}."
    ]
    if found.contained_after_s is not None:
        sentences.append(f"What broke was mended after {span_text(found.contained_after_s)}.")
    if found.draining_ratio > 0:
        sentences.append(f"{found.draining_ratio:.0%} of the time was spent draining what had piled up.")
    if found.words.first_after_s is None:
        sentences.append("Nothing was said in public.")
    else:
        sentences.append(f"The first public word came after {span_text(found.words.first_after_s)}.")
    if one.is_exercise:
        sentences.insert(0, "This was an exercise.")
    yield " ".join(sentences)


def _cause(one: Outage, titles: Mapping[str, str]) -> Iterator[str]:
    yield ""
    yield "## Cause"
    yield ""
    if not one.cause:
        yield "The record names none."
    else:
        sure = {"observed": "", "likely": " This is likely, not certain.", "possible": " This is possible."}
        why = f" {_safe(one.because)}" if one.because else ""
        yield f"{_safe(titles.get(one.cause, one.cause))}.{why}{sure[one.certainty]}"
    if one.dark:
        yield ""
        dark = ", ".join(_safe(titles.get(name, name)) for name in one.dark)
        yield f"It took with it what reports on it and helps: {dark}."


def _impact(found: Summary, titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    one = found.outage
    yield ""
    yield "## Impact"
    yield ""
    if one.segments:
        yield "| customers | lost | kept |"
        yield "| --- | --- | --- |"
        for name in one.segments:
            yield _row(titles.get(name, name), one.sees.get(name, ""), one.keeps.get(name, ""))
        yield ""
    yield "| component | worst | from | until | altogether |"
    yield "| --- | --- | --- | --- | --- |"
    for hit in found.impacts:
        until = "still" if hit.until_s is None else clock_text(hit.until_s, zone_name, dated=False)
        began = clock_text(hit.from_s, zone_name, dated=False)
        title, worst = titles.get(hit.name, hit.name), STATUS_WORDS[hit.worst]
        yield _row(title, worst, began, until, span_text(hit.down_s))


def _done(found: Summary, zone_name: str) -> Iterator[str]:
    yield ""
    yield "## What was tried, and what it did"
    yield ""
    if not found.tried:
        yield "The record names nothing."
    for number, one in enumerate(found.tried, 1):
        effect = f" {_safe(one.effect)}" if one.effect else " What it did is not on record."
        source = f" ({_safe(one.source)})" if one.source else ""
        yield f"{number}. {clock_text(one.at_s, zone_name, dated=False)}: {_safe(one.what)}.{effect}{source}"


def _spoken(found: Summary, zone_name: str) -> Iterator[str]:
    words = found.words
    yield ""
    yield "## What was said"
    yield ""
    if words.first_after_s is None or words.longest_gap_s is None:
        yield "Nothing was said in public."
        return
    counted = f"{words.updates_count} update{'s' if words.updates_count != 1 else ''}"
    promised = (
        f"{words.kept_count} of {words.promises_count} promised updates came in time."
        if words.promises_count
        else "No promise of a next update is on record."
    )
    yield (
        f"{counted}, the first after {span_text(words.first_after_s)}; the longest silence lasted "
        f"{span_text(words.longest_gap_s)}. {promised}"
    )
    for change in found.corrections:
        yield ""
        yield f"Corrected at {clock_text(change.said_s, zone_name)}: {change.name}. {_safe(change.because)}"


def _all_lines(found: Summary, titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    yield ""
    yield "## Timeline"
    yield ""
    yield "| time | what |"
    yield "| --- | --- |"
    named = {"said": "we said: ", "tried": "tried: ", "note": "note: ", "began": "began: "}
    day = ""
    for line in found.timeline:
        what = line.what
        if line.kind == "component":
            name, _, status = what.rpartition(": ")
            what = f"{titles.get(name, name)}: {STATUS_WORDS[Status(status)]}"
        is_new_day, day = day != f"{utc(line.at_s):%Y-%m-%d}", f"{utc(line.at_s):%Y-%m-%d}"
        yield _row(clock_text(line.at_s, zone_name, dated=is_new_day), f"{named.get(line.kind, '')}{what}")


def _safe(text: str) -> str:
    """Return text that stays text in Markdown and HTML."""
    shown = plain(text, unicode=True).replace("\\", "\\\\")
    for sign in "`*_[]<>#":
        shown = shown.replace(sign, {"<": "&lt;", ">": "&gt;"}.get(sign, f"\\{sign}"))
    return shown


def _row(*cells: str) -> str:
    """Return a row of a Markdown table."""
    return "| " + " | ".join(_safe(text).replace("|", "\\|") for text in cells) + " |"
