"""An outage again, for a terminal: what was seen and predicted when, and what would have been said."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from tidegate.fit.outage_again import FULL_RATIO, Beside, Moment, Replay
from tidegate.journal.moment import utc
from tidegate.present.layout import BOLD, Page, sparkline
from tidegate.present.quantities import percent_text
from tidegate.present.searches.escape_text import answer_text, edge_text
from tidegate.present.verdict.counts import of_runs
from tidegate.present.verdict.reasons import why_part
from tidegate.present.verdict.verdict_words import VERDICT_WORDS

_FORMAT = 1
_BARS = 40
_WHAT = {
    "surge": "a surge is seen in {}",
    "limit": f"{{}} has reached {percent_text(FULL_RATIO)} of its limit",
    "refused": "the first is turned away: {}",
}


def heading(found: Replay) -> str:
    """Return what is shown, as a title."""
    began = f"{utc(found.began_s):%Y-%m-%d %H:%M:%S} UTC"
    return f"{found.world} · {found.activity or 'the triggers'} · began {began}"


def agreement_text(found: Replay) -> str:
    """Return how far the world and the record agree, in sentences."""
    share, low, high = found.again.agreement
    between = f"{percent_text(low)} to {percent_text(high)}"
    said = (
        f"{percent_text(share)} of the record since it began lies in the band of the world's runs "
        f"({between}; {found.again.blocks_count:,} stretches of half a minute); "
        f"{percent_text(found.again.seen_ratio)} of that time was seen."
    )
    first = found.again.first_out
    if first is None or first.left_s is None:
        return f"{said} No reading leaves it for longer than chance has it."
    return f"{said} {first.compared.reading} leaves it first, {_since(first.left_s)}: {_how(first)}."


def _how(one: Beside) -> str:
    assert one.left_s is not None
    i = one.compared.times_s.index(one.left_s)
    seen, low, high = one.compared.seen[i], one.compared.low[i], one.compared.high[i]
    return f"{_amount(seen)} was seen where the world has {_amount(max(low, 0.0))} to {_amount(high)}"


def _amount(value: float) -> str:
    """Return a number with its thousands apart, and no power of ten."""
    return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.4g}"


def _since(at_s: float) -> str:
    return (
        "at its beginning"
        if at_s == 0
        else f"{abs(at_s):,.0f} s {'before it began' if at_s < 0 else 'after'}"
    )


def moments(found: Replay) -> Iterator[tuple[float, str, str]]:
    """Yield what could be told when: seconds since it began, "seen", "predicted" or "on record", and what."""
    every = [
        (one.at_s, "seen" if one.is_seen else "predicted", moment_text(one)) for one in found.again.moments
    ]
    every += [(at_s, "on record", word) for at_s, word in found.told]
    yield from sorted(every, key=lambda one: one[0])


def moment_text(one: Moment) -> str:
    """Return what can be told at a moment."""
    said = _WHAT[one.what].format(one.reading)
    return said if one.since_s is None else f"{said}, which began {_since(one.since_s)}"


def verdict_text(found: Replay) -> str:
    """Return what would have been said beforehand, as a sentence."""
    if found.verdict is None:
        return "Before: nobody asked what would have been said."
    believed = found.verdict.cases[0].collapse
    word = VERDICT_WORDS[found.verdict.verdict]
    why = why_part(found.verdict, is_compared=False).must[:1] if found.verdict.verdict != "proceed" else ()
    return " ".join([f"Before: {word}. As believed it collapses in {of_runs(believed)}.", *why])


def way_out_text(found: Replay) -> str:
    """Return the way out of it, in sentences."""
    if found.verdict is None:
        return ""
    if found.escape is None:
        return "The way out: none was needed; the world does not collapse in any case that was run."
    return f"The way out: {answer_text(found.escape)} {edge_text(found.escape)}"


def replay_text(found: Replay, *, width: int, colour: bool, unicode: bool) -> str:
    """Return an outage again in lines of at most `width` columns."""
    page = Page(width=width, colour=colour, unicode=unicode)
    page.paragraph(heading(found), indent="")
    page.add()
    page.paragraph(agreement_text(found), style=BOLD)
    page.add()
    for at_s, how, what in moments(found):
        page.paragraph(what, hang=f"{at_s:+8,.0f} s  {how:<10} ")
    page.add()
    for sentence in (verdict_text(found), way_out_text(found)):
        if sentence:
            page.paragraph(sentence)
    for reading, why in found.unread.items():
        page.paragraph(f"Not read: {reading}: {why}.")
    page.add()
    for one in found.again.readings:
        _picture(page, one)
    return page.text()


def _picture(page: Page, one: Beside) -> None:
    compared = one.compared
    most = max(*compared.seen, *compared.likely)
    if most <= 0:
        return
    left = "stays in its band" if one.left_s is None else f"leaves its band {_since(one.left_s)}"
    page.paragraph(f"{compared.reading} {left} ({percent_text(compared.inside_ratio)} in it)")
    for label, values in (("seen     ", compared.seen), ("predicted", compared.likely)):
        bars = sparkline(values, width=min(_BARS, len(values)), most=most, unicode=page.unicode)
        page.add(f"    {label} {bars} at most {_amount(max(values))}")


def replay_json(found: Replay) -> str:
    """Return an outage again as one JSON document."""
    share, low, high = found.again.agreement
    first = found.again.first_out
    document = {
        "format": _FORMAT,
        "world": found.world,
        "activity": found.activity,
        "began_s": found.began_s,
        "source": found.source,
        "agreement": {
            "share_ratio": share, "low_ratio": low, "high_ratio": high,
            "blocks_count": found.again.blocks_count, "seen_ratio": found.again.seen_ratio,
            "first_out": None if first is None else first.compared.reading,
            "first_out_s": None if first is None else first.left_s,
        },
        "moments": [
            {**asdict(one), "says": moment_text(one)} for one in found.again.moments
        ],
        "on_record": [{"at_s": at_s, "says": word} for at_s, word in found.told],
        "verdict": None if found.verdict is None else {
            "verdict": found.verdict.verdict, "collapse": asdict(found.verdict.cases[0].collapse),
        },
        "escape": None if found.escape is None else {
            "says": way_out_text(found), "load_ratio": found.escape.edge.at(0.5).value,
        },
        "readings": [asdict(one.compared) | {"left_s": one.left_s} for one in found.again.readings],
        "unread": dict(found.unread),
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
