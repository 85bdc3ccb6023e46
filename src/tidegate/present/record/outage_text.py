"""How does the record of an outage read on a terminal? Text from nouns.

Titles and words come from people and alerts: control characters never reach a terminal.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from tidegate.inform.wording import Finding
from tidegate.journal.moment import local, moment_text, utc
from tidegate.present.layout import cut, plain, wrap
from tidegate.track.component import Status
from tidegate.track.outage import Outage

STATUS_WORDS: Mapping[Status, str] = {
    Status.OPERATIONAL: "operational",
    Status.DEGRADED: "degraded",
    Status.PARTIAL: "out in part",
    Status.MAJOR: "out",
    Status.MAINTENANCE: "under maintenance",
    Status.UNKNOWN: "not known yet",
}
MARKS: Mapping[Status, str] = {
    Status.OPERATIONAL: "●",
    Status.DEGRADED: "◐",
    Status.PARTIAL: "◑",
    Status.MAJOR: "○",
    Status.MAINTENANCE: "◇",
    Status.UNKNOWN: "?",
}


def impact_text(one: Outage) -> str:
    """Return how bad an outage is, in words."""
    return "impact not known yet" if one.impact == "unknown" else f"{one.impact} impact"


def cause_text(one: Outage, titles: Mapping[str, str]) -> str:
    """Return what an outage comes from and why that is held to be so, its name said once.

    How sure we are is said where it is not certain: that something is sure needs no word.
    """
    name = titles.get(one.cause, one.cause)
    sure = "" if one.certainty == "observed" else f", {one.certainty}"
    why = reason_text(one, titles)
    return f"{name}{sure}" + (f" ({why})" if why else "")


def reason_text(one: Outage, titles: Mapping[str, str]) -> str:
    """Return why a cause is held to be one, without its name, which stands beside it."""
    return one.because.removesuffix(f", from {titles.get(one.cause, one.cause)}")


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
    here = local(at_s, zone_name)
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
        lines.append(cut(plain(line, unicode=unicode), width, unicode=unicode))
    return "\n".join(lines) + "\n"


def outage_text(one: Outage, now_s: float, *, titles: Mapping[str, str], zone_name: str) -> Iterator[str]:
    """Yield the lines of one outage, the answer first, without wrapping."""
    drill = "EXERCISE · " if one.is_exercise else ""
    yield f"{drill}{one.title}"
    yield ""
    end_s = now_s if one.until_s is None else one.until_s
    state = one.state.value.upper().replace("_", " ")
    yield f"  {state}  {impact_text(one)}, {span_text(end_s - one.since_s)}"
    yield f"  since {clock_text(one.since_s, zone_name)}"
    if one.until_s is not None:
        yield f"  until {clock_text(one.until_s, zone_name)}"
    if one.holder:
        yield f"  in the hands of {one.holder}"
    if one.cause:
        yield f"  cause: {cause_text(one, titles)}"
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
        yield "  Nothing is public yet." + _waiting(len(one.drafts))
        return
    for update in one.updates:
        first = update.text().split("\n", 1)[0]
        yield f"  {clock_text(update.at_s, zone_name, dated=False)}  {first}"
    if one.promise_s is not None:
        when = clock_text(one.promise_s, zone_name, dated=False)
        late = f" — OVERDUE by {span_text(now_s - one.promise_s)}" if one.is_overdue(now_s) else ""
        yield f"  next update promised by {when}{late}"


def _waiting(count: int) -> str:
    return "" if not count else f" {count} draft{'s wait' if count > 1 else ' waits'}."


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
