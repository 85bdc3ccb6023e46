"""What all sources together showed, for a terminal: what differs, was not used, is to be measured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from tidegate.discover.stock import Stock
from tidegate.present.discovered_text import flow_paragraphs
from tidegate.present.layout import hung, plain
from tidegate.present.quantities import NO_BREAK
from tidegate.world.how_many import how_many

_SHOWN_UNSEEN = 15
_SHOWN_NOTES = 30


def stock_text(found: Stock, *, width: int, unicode: bool) -> str:
    """Return what was found in lines of at most `width` columns."""
    lines = [line for text in _paragraphs(found) for line in hung(text, width)]
    return "".join(f"{plain(line, unicode=unicode)}\n".replace(NO_BREAK, " ") for line in lines)


def _paragraphs(found: Stock) -> Iterator[str]:
    counts = found.counts
    sources = f", from {'; '.join(found.sources)}" if found.sources else ""
    yield (
        f"{how_many(counts['services'], 'service')}, "
        f"{how_many(counts['clients'], 'population', 'populations')} of clients and "
        f"{how_many(counts['crossings'], 'crossing')}{sources}."
    )
    if found.flows is not None:
        yield ""
        yield from flow_paragraphs(found.flows)
    for note in found.notes[:_SHOWN_NOTES]:
        yield f"Mind: {note}."
    if len(found.notes) > _SHOWN_NOTES:
        rest = how_many(len(found.notes) - _SHOWN_NOTES, "more remark")
        yield f"{rest}: see --format json."
    if found.unused:
        yield ""
        yield "Not used:"
        for kind, why, count in found.unused:
            yield f"  {count:,} {kind}: {why}"
    yield ""
    ranked = (
        "the first changes most"
        if found.is_ranked
        else "what is nearest to the first activity first; what decides was not looked at"
    )
    yield f"Not known, and how to measure it ({ranked}):"
    for number, thing in enumerate(found.unseen[:_SHOWN_UNSEEN], 1):
        yield f"{number}. {thing.what}."
        if thing.measure:
            yield f"   {thing.measure}"
    if len(found.unseen) > _SHOWN_UNSEEN:
        rest = how_many(len(found.unseen) - _SHOWN_UNSEEN, "more number is", "more numbers are")
        yield f"{rest} assumed: see --format json."


def stock_json(found: Stock) -> str:
    """Return what was found as one JSON document."""
    document = {
        "counts": dict(found.counts),
        "sources": list(found.sources),
        "notes": list(found.notes),
        "unused": [{"kind": kind, "why": why, "count": count} for kind, why, count in found.unused],
        "unseen": [asdict(one) for one in found.unseen],
        "is_ranked": found.is_ranked,
        "world": found.text,
    }
    return json.dumps(document, indent=2) + "\n"
