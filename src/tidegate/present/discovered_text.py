"""What a record showed, for a terminal: who asks what, what was not seen, and what to measure next."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict

from tidegate.discover.discovered import Discovered
from tidegate.discover.number import Number
from tidegate.discover.place_names import known_as
from tidegate.discover.population import Asked, Population
from tidegate.present.failures_text import failing_text, spell_text
from tidegate.present.layout import HANGING as _HANGING
from tidegate.present.layout import hung, plain
from tidegate.present.quantities import NO_BREAK, count_text, duration_text
from tidegate.world.how_many import how_many


def discovered_text(found: Discovered, *, width: int, unicode: bool) -> str:
    """Return what was found in lines of at most `width` columns."""
    lines = [line for text in flow_paragraphs(found) for line in hung(text, width)]
    return "".join(f"{plain(line, unicode=unicode)}\n".replace(NO_BREAK, " ") for line in lines)


def flow_paragraphs(found: Discovered) -> Iterator[str]:
    """Yield what records of flows showed, a paragraph each."""
    asked = [one for one in found.places if one.populations]
    groups = sum(len(one.populations) for one in asked)
    length = f", in {duration_text(found.length_s)} of record" if found.length_s else ""
    yield f"{how_many(len(asked), 'place')} asked by {how_many(groups, 'group')} of sources{length}."
    for warning in found.warnings:
        yield f"Mind: {warning}"
    yield ""
    for one in asked:
        yield known_as(one.place) + _failures(one)
        for spell in one.spells.failed:
            yield f"{_HANGING}{spell_text(spell, one.spells.first_s)}"
        for population in one.populations:
            yield f"{_HANGING}{_population_text(population)}{failing_text(population)}"
    yield ""
    yield "Not seen, and how to measure it:"
    for number, thing in enumerate(found.unseen, 1):
        yield f"{number}. {thing.what}."
        yield f"{_HANGING} {thing.measure}"


def _failures(asked: Asked) -> str:
    said = [
        f"{count:,} {what}"
        for count, what in ((asked.refused_count, "refused"), (asked.unanswered_count, "not answered"))
        if count
    ]
    return f" ({', '.join(said)})" if said else ""


def _population_text(one: Population) -> str:
    sources = how_many(len(one.sources), "source")
    if one.is_kept and one.pool is not None:
        seen = "" if one.pool.count else " or more"
        age = f", each closed after {_of(one.age_s, duration_text)}" if one.age_s else ""
        if one.is_keep_alive:
            return f"{sources} with one connection each{_idle_text(one)}{_pause_text(one)}"
        keep = "keeps" if len(one.sources) == 1 else "keep"
        return f"{sources} {keep} {how_many(round(one.pool.value), 'connection')}{seen} each{age}"
    rate = f", {_of(one.rate_per_s, count_text)} new flows a second in all" if one.rate_per_s else ""
    pause = f", each waits for its answer{_pause_text(one)}" if one.think_s else ""
    untold = ", whether each waits for its answer cannot be told" if one.demand == "untold" else ""
    return f"{sources} with a flow for each request{rate}{pause}{untold}"


def _idle_text(one: Population) -> str:
    if one.idle_s is None:
        return ""
    return f", closed after {_of(one.idle_s, duration_text)} without a request"


def _pause_text(one: Population) -> str:
    return f" and then pauses {_of(one.think_s, duration_text)}" if one.think_s else ""


def _of(number: Number | None, text: object) -> str:
    assert number is not None
    assert callable(text)
    return f"{text(number.value)} ({text(number.low)} to {text(number.high)})"


def discovered_json(found: Discovered) -> str:
    """Return what was found as one JSON document."""
    document = {
        "length_s": found.length_s,
        "warnings": list(found.warnings),
        "unseen": [asdict(one) for one in found.unseen],
        "places": [
            {
                **asdict(one.place),
                "refused": one.refused_count,
                "unanswered": one.unanswered_count,
                "quiet_s": one.spells.quiet_s,
                "spells": [
                    {
                        "how": spell.how,
                        "begin_s": round(spell.begin_s - one.spells.first_s, 3),
                        "end_s": round(spell.end_s - one.spells.first_s, 3),
                        "count": spell.failed_count,
                    }
                    for spell in one.spells.failed
                ],
                "populations": [asdict(each) for each in one.populations],
            }
            for one in found.places
        ],
        "occupancy": asdict(found.occupancy) if found.occupancy else None,
        "replayed": [asdict(one) for one in found.replayed],
        "world": found.text,
    }
    return json.dumps(document, indent=2) + "\n"
