"""What history shows of a world's numbers, for a terminal: old, new, interval, and what the engine does."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from tidegate.fit.fitted import Fitted, Untold
from tidegate.fit.intensity import Hour
from tidegate.fit.judged_number import Finding, Findings
from tidegate.fit.reproduced import QUIET, Compared
from tidegate.present.layout import Page, sparkline, wrap
from tidegate.present.quantities import percent_text
from tidegate.world.file.quantity import format_quantity
from tidegate.world.file.shape import slot_at

_FORMAT = 1
_BARS = 24
_DIGITS = 4
_LEAST_NUMBER = 18
_VALUES = 24
_GAP = 2


def value_words(path: str, value: float) -> str:
    """Return a value as people read it, with the unit of its path."""
    slot = slot_at(path)
    unit = slot.shape.unit if slot is not None and slot.shape.unit else "count"
    return format_quantity(float(f"{value:.{_DIGITS}g}") if unit != "count" else round(value), unit)


def interval_words(one: Fitted) -> str:
    """Return the interval of a number; one word where it has no width."""
    if one.low == one.high:
        return "exactly"
    return f"{value_words(one.path, one.low)} to {value_words(one.path, one.high)}"


def before_words(finding: Finding) -> str:
    """Return what the world said."""
    return "nothing" if finding.before is None else value_words(finding.number.path, finding.before.value)


def disagreement(finding: Finding) -> str:
    """Return how far a number that was measured before is off, as a sentence; empty where it is not."""
    before = finding.before
    if finding.off_ratio is None or before is None or not isinstance(finding.number, Fitted):
        return ""
    by = percent_text(abs(finding.off_ratio))
    way = "more" if finding.off_ratio > 0 else "less"
    path = finding.number.path
    source = f" ({before.source})" if before.source else ""
    between = f"{value_words(path, before.low)} to {value_words(path, before.high)}"
    return (
        f"{path} was measured before as {between}{source}: {by} {way} than now, and outside of its interval."
    )


def against(finding: Finding) -> str:
    """Return what the engine does not reproduce of a number, as a sentence."""
    said = "; ".join(f"{one.reading} {_apart(one)}" for one in finding.against)
    kept = f"{finding.number.path} keeps {before_words(finding)}"
    return f"{kept}: with the new value the engine does otherwise: {said}."


def doubt(finding: Finding) -> str:
    """Return why a number that was read as it is keeps its old value, as a sentence."""
    assert isinstance(finding.number, Fitted)
    path, value = finding.number.path, finding.number.value
    return (
        f"{path} keeps {before_words(finding)}: {value:,.10g} was read, which is {value_words(path, value)}, "
        "a hundred times off or more. Is it in another unit? Where it is right, write it into the file."
    )


def _apart(one: Compared) -> str:
    seen, likely = sum(one.seen) / len(one.seen), sum(one.likely) / len(one.likely)
    where = "" if one.span == QUIET else f" while nobody answered {one.span}"
    return f"was {seen:,.4g} and would be {likely:,.4g}{where} ({percent_text(one.inside_ratio)} in its band)"


def fit_text(found: Findings, *, written_to: str, width: int, unicode: bool) -> str:
    """Return what was found in lines of at most `width` columns.

    Parameters
    ----------
    found
        What was found.
    written_to
        The file that was written; empty where none was.
    width, unicode
        Of the terminal.
    """
    page = Page(width=width, colour=False, unicode=unicode)
    told = [one for one in found.numbers if isinstance(one.number, Fitted)]
    page.paragraph(f"{_many(len(told), 'number')} of {found.world} told by {found.origin}.", indent="")
    page.add()
    said = tuple(sentences(found))
    for sentence in said:
        page.paragraph(sentence, indent="")
    if said:
        page.add()
    if told:
        _table(page, told)
    for path, hours in found.courses.items():
        _course(page, path, hours)
    _untold(page, found)
    _pictures(page, found)
    page.add()
    page.paragraph(_end(found, written_to), indent="")
    return page.text()


def _table(page: Page, told: Sequence[Finding]) -> None:
    longest = max(len(one.number.path) for one in told) + _GAP
    was = max(len("WAS"), *(len(before_words(one)) for one in told)) + _GAP
    room = page.width - _GAP - was
    number = max(min(longest, room - 2 * _VALUES), _LEAST_NUMBER)
    widths = [number, was, *[max((page.width - _GAP - number - was) // 2, 10)] * 2]
    page.row([["NUMBER"], ["WAS"], ["NOW"], ["INTERVAL"]], widths)
    for one in told:
        fitted = one.number
        assert isinstance(fitted, Fitted)
        mark = {"kept": " (not kept)", "doubted": " (not kept)", "same": " (as before)"}.get(one.state, "")
        cells = [
            _broken(fitted.path, number - _GAP), [before_words(one)],
            wrap(f"{value_words(fitted.path, fitted.value)}{mark}", widths[2] - 1),
            wrap(interval_words(fitted), widths[3] - 1),
        ]  # fmt: skip
        page.row([[page.plain(line) for line in cell] for cell in cells], widths)


def _broken(path: str, room: int) -> list[str]:
    """Return a path in lines, broken at its dots."""
    lines = [""]
    for i, step in enumerate(path.split(".")):
        word = step if i == 0 else f".{step}"
        if lines[-1] and len(lines[-1]) + len(word) > room:
            lines.append(" ")
        lines[-1] += word
    return lines


def sentences(found: Findings) -> Iterator[str]:
    """Yield what must be known before the numbers are read: what does not hold, was not compared, varies."""
    told = [one for one in found.numbers if isinstance(one.number, Fitted)]
    for one in told:
        if one.state == "kept":
            yield f"Not reproduced: {against(one)}"
        elif one.state == "doubted":
            yield f"Not written: {doubt(one)}"
        elif not one.is_compared:
            yield (
                f"Not compared: {one.number.path}: too few steps of what it was read from stand beside a run "
                "(7 are needed), so nothing says that the world does what was seen."
            )
    yield from _minds(told)
    for other in found.compared:
        if not other.holds and not any(other in each.against for each in told):
            yield f"The world does not do what was seen: {other.reading} {_apart(other)}."
    for reading, why in found.unread.items():
        yield f"Not read: {reading}: {why}."


def _minds(told: Sequence[Finding]) -> Iterator[str]:
    for one in told:
        if isinstance(one.number, Fitted) and one.number.is_varying:
            yield (
                f"Mind: {one.number.path} varies over the record by more than chance: now is its mean, and "
                "the interval is the range that was seen."
            )
        if one.state in {"new", "same"} and (said := disagreement(one)):
            yield f"Mind: {said}"


def _course(page: Page, path: str, hours: Sequence[Hour]) -> None:
    values = [one.intensity.value for one in hours]
    bars = sparkline(values, width=len(values), most=max(values), unicode=page.unicode)
    low, high = min(values), max(values)
    page.add()
    page.paragraph(f"The course of a day, {path} by hour in UTC: {bars}", indent="")
    busiest = max(hours, key=lambda one: one.intensity.value).hour
    page.paragraph(
        f"from {value_words(path, low)} to {value_words(path, high)} at {busiest:02d} h; the world has that "
        "of the busiest hour, and the day as its range.",
        indent="  ",
    )


def _untold(page: Page, found: Findings) -> None:
    untold = [one.number for one in found.numbers if isinstance(one.number, Untold)]
    if untold:
        page.add()
        page.paragraph("These data do not tell:", indent="")
    for one in untold:
        page.paragraph(f"{one.path}: {one.why}. What would: {one.measure}.", indent="  ")


def _pictures(page: Page, found: Findings) -> None:
    used = {
        reading for one in found.numbers if isinstance(one.number, Fitted) for reading in one.number.readings
    }
    shown = [
        one
        for one in found.compared
        if max(*one.seen, *one.likely) > 0 and (not one.holds or (one.reading in used and _is_own(one)))
    ]
    if not shown:
        return
    page.add()
    page.paragraph("What was seen, over what the engine does with the new numbers:", indent="")
    for one in shown:
        most = max(*one.seen, *one.likely)
        where = "" if one.span == QUIET else f", while nobody answered {one.span}"
        holds = "in its band" if one.holds else f"NOT in its band ({percent_text(one.inside_ratio)} are)"
        page.paragraph(f"{one.reading}{where}: {holds}", indent="  ")
        for label, values in (("seen  ", one.seen), ("engine", one.likely)):
            bars = sparkline(values, width=min(_BARS, len(values)), most=most, unicode=page.unicode)
            page.add(f"    {label} {bars} {sum(values) / len(values):,.4g}")


def _is_own(one: Compared) -> bool:
    """Whether a reading is of those that a span is about: in a silence the clients that it left alone."""
    return one.span == QUIET or one.reading.startswith(f"clients.{one.span}.")


def _end(found: Findings, written_to: str) -> str:
    count = sum(one.state == "new" for one in found.numbers)
    if not count:
        return "Nothing is written: there is no new number."
    if written_to:
        return f"{written_to} is written with {_many(count, 'number')}; all else stays byte for byte."
    return f"Nothing is written: {_many(count, 'number')} would be."


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def fit_json(found: Findings) -> str:
    """Return what was found as one JSON document."""
    document = {
        "format": _FORMAT,
        "world": found.world,
        "source": found.origin,
        "numbers": [_finding(one) for one in found.numbers],
        "courses": {
            path: [{"hour": one.hour, **asdict(one.intensity)} for one in hours]
            for path, hours in found.courses.items()
        },
        "unread": dict(found.unread),
        "compared": [asdict(one) | {"inside_ratio": one.inside_ratio} for one in found.compared],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _finding(one: Finding) -> dict[str, Any]:
    before = one.before
    said = (
        {"value": before.value, "low": before.low, "high": before.high, "basis": before.basis}
        if before
        else None
    )
    return {
        "path": one.number.path,
        "state": one.state,
        "before": said,
        **{key: value for key, value in asdict(one.number).items() if key != "path"},
        "off_ratio": one.off_ratio,
        "is_compared": one.is_compared,
        "not_reproduced": [each.reading for each in one.against],
    }
